package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService.Device;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeNotifications;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevicesTest {
    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;
    private Grant laptop;
    private final List<String> ended = new ArrayList<>();

    @BeforeEach
    void setUp() {
        home = new FakeHome(base);
        wall = new Wall(home, Map.of("maxDevices", 4));
        laptop = wall.setUp();
        wall.auth.onLogoutOf(ended::add);
    }

    @AfterEach
    void stop() {
        wall.close();
    }

    @Test
    void loginsSurviveARestart() {
        Grant phone = login(null);

        wall.restart();

        assertThat(wall.auth.authenticate(laptop.token()))
                .map(Device::id)
                .contains(laptop.device().id());
        assertThat(wall.auth.authenticate(phone.token()))
                .map(Device::id)
                .contains(phone.device().id());
    }

    @Test
    void theOwnerIsToldOfANewDeviceAndOfNoOther() {
        FakeNotifications notifications = new FakeNotifications();
        wall.auth.setNotifications(notifications);

        Grant phone = wall.auth.login(PASSWORD, null, "Safari on iPhone");
        wall.auth.login(PASSWORD, phone.token(), "Safari on iPhone");
        failure(() -> wall.auth.login(Wall.WRONG, null, "Curl"));

        assertThat(notifications.all()).hasSize(1);
        Notification told = notifications.all().get(0);
        assertThat(told.kind()).isEqualTo(Notification.Kind.NEW_DEVICE);
        assertThat(told.subject()).isEqualTo("device:" + phone.device().id());
        assertThat(told.title()).isEqualTo("New device: Safari on iPhone");
        assertThat(told.text()).contains("2026");
        assertThat(told.link()).isEqualTo("/dashboard#devices");
    }

    @Test
    void whoeverSetsUpIsNoNews() {
        try (Wall fresh = new Wall(new Wall.MemoryHome())) {
            FakeNotifications notifications = new FakeNotifications();
            fresh.auth.setNotifications(notifications);

            fresh.setUp();

            assertThat(notifications.all()).isEmpty();
        }
    }

    @Test
    void aKnownDeviceKeepsItsIdAndGetsAFreshToken() {
        wall.clock.advance(Duration.ofHours(1));
        Grant again = wall.auth.login(PASSWORD, laptop.token(), "Firefox, updated");

        assertThat(again.device().id()).isEqualTo(laptop.device().id());
        assertThat(again.device().createdAt()).isEqualTo(laptop.device().createdAt());
        assertThat(again.device().name()).isEqualTo("Firefox, updated");
        assertThat(again.token()).isNotEqualTo(laptop.token()).hasSize(43);
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(wall.auth.authenticate(again.token())).isPresent();
        assertThat(wall.auth.devices()).hasSize(1);
    }

    @Test
    void aMissingOrDamagedFileMeansThatNobodyIsLoggedIn() {
        for (String damaged : List.of("", "{", "{\"version\":9}", "{\"version\":1,\"owner\":\"x\"}")) {
            Grant grant = login(null);
            wall.put("devices.json", damaged);

            wall.restart();

            assertThat(wall.auth.authenticate(grant.token())).isEmpty();
            assertThat(wall.auth.setupRequired()).isFalse();
            assertThat(wall.auth.devices()).isEmpty();
        }
        assertThat(login(null).device().loggedIn()).isTrue();
    }

    @Test
    void logoutEndsTheLoginAndKeepsTheDeviceKnown() {
        wall.auth.logout(laptop.token());

        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(ended).containsExactly(laptop.device().id());
        assertThat(wall.auth.devices()).singleElement().matches(device -> !device.loggedIn());
        wall.auth.logout(laptop.token());
        wall.auth.logout("unheard of");
        assertThat(ended).hasSize(1);

        wall.restart();
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(login(laptop.token()).device().id())
                .isEqualTo(laptop.device().id());
    }

    @Test
    void revokeForgetsTheDevice() {
        wall.auth.revoke(laptop.device().id());

        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(ended).containsExactly(laptop.device().id());
        assertThat(wall.auth.devices()).isEmpty();
        assertThat(failure(() -> wall.auth.revoke(laptop.device().id())).code()).isEqualTo("unknown-device");
        wall.restart();
        assertThat(login(laptop.token()).device().id())
                .isNotEqualTo(laptop.device().id());
    }

    @Test
    void aLogoutHoldsEvenWhenTheDiskIsFull() {
        home.refuseWrites(true);

        assertThat(failure(() -> wall.auth.logout(laptop.token())).kind()).isEqualTo(Kind.UNAVAILABLE);

        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(ended).containsExactly(laptop.device().id());
        home.refuseWrites(false);
        wall.restart();
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
    }

    @Test
    void aLoginThatCannotBeStoredIsNoneAndLeavesTheOldOne() {
        home.refuseWrites(true);

        assertThat(failure(() -> login(laptop.token())).kind()).isEqualTo(Kind.UNAVAILABLE);

        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
    }

    @Test
    void aCallbackThatWasClosedOrFailsDisturbsNobody() throws Exception {
        List<String> closed = new ArrayList<>();
        wall.auth.onLogoutOf(closed::add).close();
        wall.auth.onLogoutOf(id -> {
            throw new IllegalStateException("broken listener");
        });
        List<String> last = new ArrayList<>();
        wall.auth.onLogoutOf(last::add);

        wall.auth.logout(laptop.token());

        assertThat(closed).isEmpty();
        assertThat(last).containsExactly(laptop.device().id());
    }

    @Test
    void aCallbackMayUseTheServiceFromAnotherThread() throws Exception {
        List<Device> seen = new ArrayList<>();
        wall.auth.onLogoutOf(id -> {
            Thread other = new Thread(() -> {
                seen.add(login(null).device());
                seen.addAll(wall.auth.devices());
            });
            other.start();
            try {
                other.join(30_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });

        wall.auth.changePassword(login(null).token(), PASSWORD, PASSWORD);

        assertThat(seen).isNotEmpty();
    }

    @Test
    void aLoginThatIsNotUsedEndsAfterThirtyDays() {
        wall.clock.advance(Duration.ofDays(29));
        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        wall.clock.advance(Duration.ofDays(29));
        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        wall.clock.advance(Duration.ofDays(30));

        assertThat(wall.auth.devices()).singleElement().matches(device -> !device.loggedIn());
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        assertThat(ended).containsExactly(laptop.device().id());
        assertThat(login(laptop.token()).device().id())
                .isEqualTo(laptop.device().id());
    }

    @Test
    void everyLoginEndsAfterHalfAYear() {
        for (int day = 0; day < 179; day++) {
            wall.clock.advance(Duration.ofDays(1));
            assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        }
        wall.clock.advance(Duration.ofDays(1));

        wall.auth.tidyUp();

        assertThat(ended).containsExactly(laptop.device().id());
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
        wall.restart();
        assertThat(wall.auth.authenticate(laptop.token())).isEmpty();
    }

    @Test
    void aClockThatRanAheadDoesNotProlongALogin() {
        wall.clock.advance(Duration.ofDays(3_650));
        Grant grant = login(laptop.token());
        wall.clock.advance(Duration.ofDays(-3_650));
        wall.restart();
        assertThat(wall.auth.authenticate(grant.token())).isPresent();

        wall.restart();
        wall.clock.advance(Duration.ofDays(31));

        assertThat(wall.auth.authenticate(grant.token())).isEmpty();
    }

    @Test
    void whenEachDeviceWasSeenIsWrittenByAndByAndAtTheEnd() {
        wall.clock.advance(Duration.ofMinutes(1));
        wall.auth.authenticate(laptop.token());
        String before = wall.content("devices.json");
        wall.auth.tidyUp();
        assertThat(wall.content("devices.json")).isEqualTo(before);

        wall.clock.advance(Duration.ofMinutes(5));
        wall.auth.tidyUp();
        String after = wall.content("devices.json");
        assertThat(after).isNotEqualTo(before);

        wall.clock.advance(Duration.ofMinutes(1));
        wall.auth.authenticate(laptop.token());
        wall.restart();
        assertThat(wall.auth.devices()).singleElement().satisfies(device -> assertThat(device.lastSeenAt())
                .isEqualTo(wall.clock.instant()));
    }

    @Test
    void theDiskIsLeftAloneByAuthenticate() {
        home.refuseWrites(true);
        home.refuseReads(true);
        wall.clock.advance(Duration.ofDays(1));

        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        assertThat(wall.auth.authenticate("x".repeat(43))).isEmpty();
        assertThat(wall.auth.authenticate("x".repeat(100_000))).isEmpty();
        assertThat(wall.auth.authenticate("")).isEmpty();
    }

    @Test
    void beyondTheLimitLoggedOutDevicesGoFirstThenThoseNotSeenForLongest() {
        List<Grant> grants = new ArrayList<>(List.of(laptop));
        for (int i = 0; i < 3; i++) {
            wall.clock.advance(Duration.ofMinutes(1));
            grants.add(login(null));
        }
        wall.auth.logout(grants.get(2).token());
        ended.clear();

        wall.clock.advance(Duration.ofMinutes(1));
        Grant fifth = login(null);
        assertThat(ids()).doesNotContain(grants.get(2).device().id()).hasSize(4);
        assertThat(ended).isEmpty();

        wall.clock.advance(Duration.ofMinutes(1));
        Grant sixth = login(null);
        assertThat(ids())
                .doesNotContain(laptop.device().id())
                .contains(fifth.device().id(), sixth.device().id());
        assertThat(ended).containsExactly(laptop.device().id());
    }

    @Test
    void namesAreShortAndHarmless() {
        assertThat(wall.auth
                        .login(PASSWORD, null, "\u001b[31mred\r\nINFO forged\u202e" + "x".repeat(500))
                        .device()
                        .name())
                .hasSize(120)
                .startsWith("[31mred INFO forged x");
        assertThat(wall.auth.login(PASSWORD, null, "\u0000 \n").device().name()).isEqualTo("Unknown browser");
        assertThat(wall.auth.login(PASSWORD, null, "😀".repeat(200)).device().name())
                .isEqualTo("😀".repeat(120));
    }

    @Test
    void noSecretIsPrinted() {
        assertThat(laptop.toString()).doesNotContain(laptop.token());
        assertThat(laptop.device().toString()).doesNotContain(laptop.token());
        assertThat(laptop.token()).doesNotContain(laptop.device().id());
    }

    private Grant login(String token) {
        return wall.auth.login(PASSWORD, token, "Phone");
    }

    @Test
    void whereADeviceLoggedInFromIsKnownAndOutlivesARestart() {
        Grant far = wall.auth.login(PASSWORD, null, "Phone", "203.0.113.7");
        wall.restart();

        assertThat(wall.auth.authenticate(far.token()).orElseThrow().address()).isEqualTo("203.0.113.7");
        assertThat(wall.auth.authenticate(laptop.token()).orElseThrow().address())
                .isNull();
        Grant again = wall.auth.login(PASSWORD, far.token(), "Phone", "198.51.100.1");
        assertThat(again.device().id()).isEqualTo(far.device().id());
        assertThat(again.device().address()).isEqualTo("198.51.100.1");
    }

    @Test
    void aDeviceIsUnknownOnTheOtherSideOfTheTunnel() {
        Grant far = wall.auth.login(PASSWORD, laptop.token(), "Phone", "203.0.113.7");
        Grant near = wall.auth.login(PASSWORD, far.token(), "Desk");

        assertThat(ids())
                .containsExactlyInAnyOrder(
                        laptop.device().id(), far.device().id(), near.device().id());
        assertThat(wall.auth.authenticate(laptop.token())).isPresent();
        assertThat(wall.auth.authenticate(far.token())).isPresent();
    }

    private List<String> ids() {
        return wall.auth.devices().stream().map(Device::id).toList();
    }
}
