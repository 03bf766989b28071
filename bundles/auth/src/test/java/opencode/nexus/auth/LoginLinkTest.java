package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.api.auth.AuthService.LoginLink;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeNotifications;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginLinkTest {
    private static final String NEXT = "seven wet otters juggling";
    private static final String ADDRESS = "203.0.113.7";

    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;
    private Grant laptop;

    @BeforeEach
    void start() {
        home = new FakeHome(base);
        wall = new Wall(home);
        laptop = wall.setUp();
    }

    @AfterEach
    void stop() {
        wall.close();
    }

    @Test
    void itLogsANewDeviceInOnceAndTheOwnerIsTold() {
        FakeNotifications notifications = new FakeNotifications();
        wall.auth.setNotifications(notifications);
        LoginLink link = wall.auth.loginLink(laptop.token());

        Grant phone = open(link);

        assertThat(wall.auth.authenticate(phone.token())).hasValueSatisfying(device -> {
            assertThat(device.name()).isEqualTo("Phone");
            assertThat(device.address()).isEqualTo(ADDRESS);
        });
        assertThat(notifications.all()).singleElement().satisfies(told -> assertThat(told.text())
                .contains("a link that was made for it", ADDRESS)
                .doesNotContain(link.code()));
        assertExpired(link);
        assertThat(wall.auth.devices()).hasSize(2);
    }

    @Test
    void itIsLongEnoughAndNowhereToBeRead() throws Exception {
        LoginLink link = wall.auth.loginLink(laptop.token());

        assertThat(link.code()).matches("[A-Za-z0-9_-]{32}");
        assertThat(link).asString().doesNotContain(link.code());
        try (Stream<Path> files = Files.walk(base)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).doesNotContain(link.code());
            }
        }
    }

    @Test
    void itIsGoodForFiveMinutes() {
        LoginLink link = wall.auth.loginLink(laptop.token());
        assertThat(link.expiresAt()).isEqualTo(wall.clock.instant().plus(Duration.ofMinutes(5)));

        wall.clock.advance(Duration.ofMinutes(5));

        assertExpired(link);
    }

    @Test
    void aClockThatIsSetBackMakesItNoneTheLonger() {
        LoginLink link = wall.auth.loginLink(laptop.token());

        wall.clock.advance(Duration.ofHours(-1));

        assertExpired(link);
    }

    @Test
    void fewAreOpenAtATime() {
        List<LoginLink> links = Stream.generate(() -> wall.auth.loginLink(laptop.token()))
                .limit(LoginLinks.MOST + 1)
                .toList();

        assertExpired(links.get(0));
        open(links.get(1));
        open(links.get(LoginLinks.MOST));
    }

    @Test
    void aChangeOfThePasswordEndsIt() {
        LoginLink link = wall.auth.loginLink(laptop.token());

        wall.auth.changePassword(laptop.token(), PASSWORD, NEXT);

        assertExpired(link);
    }

    @Test
    void itEndsWithTheLoginThatMadeItAndNoOther() {
        Grant other = wall.auth.login(PASSWORD, null, "Other");
        LoginLink mine = wall.auth.loginLink(laptop.token());
        LoginLink gone = wall.auth.loginLink(other.token());
        wall.auth.logout(other.token());
        Grant third = wall.auth.login(PASSWORD, null, "Third");
        LoginLink revoked = wall.auth.loginLink(third.token());
        wall.auth.revoke(third.device().id());

        assertExpired(gone);
        assertExpired(revoked);
        open(mine);
    }

    @Test
    void onlyWhoIsLoggedInMakesOne() {
        wall.auth.logout(laptop.token());

        assertThat(failure(() -> wall.auth.loginLink(laptop.token())).kind()).isEqualTo(Kind.UNAUTHENTICATED);
        assertThat(failure(() -> wall.auth.loginLink("unheard of")).kind()).isEqualTo(Kind.UNAUTHENTICATED);
    }

    @Test
    void aRestartEndsIt() {
        LoginLink link = wall.auth.loginLink(laptop.token());
        wall.restart();

        assertExpired(link);
    }

    @Test
    void whoGuessesIsLockedOutByNetworkAndARightOneIsNoGuess() {
        LoginLink first = wall.auth.loginLink(laptop.token());
        open(first);
        for (String absurd : List.of("", "x", "a".repeat(1_000_000))) {
            assertThat(failure(() -> wall.auth.loginByLink(absurd, null, "x", ADDRESS))
                            .code())
                    .isEqualTo("link-expired");
        }
        LoginLink link = wall.auth.loginLink(laptop.token());

        assertThat(failure(() -> open(link)).code()).isEqualTo("too-many-tries");
        assertThat(failure(() -> wall.auth.login(PASSWORD, null, "x", ADDRESS)).code())
                .isEqualTo("too-many-tries");
        assertThat(wall.auth
                        .loginByLink(link.code(), null, "Phone", "198.51.100.9")
                        .token())
                .isNotEmpty();
    }

    @Test
    void aDiskThatRefusesLeavesItGood() {
        LoginLink link = wall.auth.loginLink(laptop.token());
        home.refuseWrites(true);
        assertThat(failure(() -> open(link)).kind()).isEqualTo(Kind.UNAVAILABLE);
        home.refuseWrites(false);

        assertThat(open(link).token()).isNotEmpty();
    }

    @Test
    void aDeviceThatIsKnownThereStaysTheSame() {
        Grant phone = open(wall.auth.loginLink(laptop.token()));

        Grant again =
                wall.auth.loginByLink(wall.auth.loginLink(laptop.token()).code(), phone.token(), "Phone", ADDRESS);

        assertThat(again.device().id()).isEqualTo(phone.device().id());
        assertThat(wall.auth.authenticate(phone.token())).isEmpty();
    }

    private Grant open(LoginLink link) {
        return wall.auth.loginByLink(link.code(), null, "Phone", ADDRESS);
    }

    private void assertExpired(LoginLink link) {
        NexusException refused = failure(() -> open(link));
        assertThat(refused.kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(refused.code()).isEqualTo("link-expired");
    }
}
