package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetupTest {
    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;

    @BeforeEach
    void start() {
        home = new FakeHome(base);
        wall = new Wall(home);
    }

    @AfterEach
    void stop() {
        wall.close();
    }

    @Test
    void theCodeLiesInAFileForTheLauncherUntilItIsClaimed() throws Exception {
        assertThat(wall.auth.setupRequired()).isTrue();
        assertThat(Files.readAllLines(wall.file("setup-code"))).containsExactly(wall.code());
        assertThat(wall.code()).matches("[0-9a-hjkmnp-tv-z]{26}");

        wall.setUp();

        assertThat(wall.file("setup-code")).doesNotExist();
        assertThat(wall.auth.setupRequired()).isFalse();
        assertThat(wall.auth.setupCode()).isEmpty();
    }

    @Test
    void whoeverSetsUpIsLoggedIn() {
        var grant = wall.setUp();

        assertThat(wall.auth.authenticate(grant.token()))
                .hasValueSatisfying(device -> assertThat(device.name()).isEqualTo("Firefox on a laptop"));
    }

    @Test
    void aCodeTypedByHandIsUnderstood() {
        String typed =
                wall.code().toUpperCase().replace('0', 'O').replace('1', 'l').replaceAll("(.{5})", "$1-");

        assertThat(wall.auth.setUp(typed, PASSWORD, "x").token()).isNotEmpty();
    }

    @Test
    void ofAThousandSimultaneousClaimsOneWins() throws Exception {
        String code = wall.code();
        int claims = 1_000;
        CountDownLatch ready = new CountDownLatch(claims);
        ExecutorService threads = Executors.newFixedThreadPool(claims);
        List<Future<String>> outcomes = new ArrayList<>();
        for (int i = 0; i < claims; i++) {
            String name = "claim " + i;
            outcomes.add(threads.submit(() -> {
                ready.countDown();
                ready.await();
                try {
                    return wall.auth.setUp(code, PASSWORD, name).device().name();
                } catch (NexusException e) {
                    return e.code();
                }
            }));
        }
        List<String> ends = new ArrayList<>();
        for (Future<String> outcome : outcomes) {
            ends.add(outcome.get(60, TimeUnit.SECONDS));
        }
        threads.shutdown();

        assertThat(ends).filteredOn(end -> end.startsWith("claim ")).hasSize(1);
        assertThat(ends).filteredOn("already-set-up"::equals).hasSize(claims - 1);
        assertThat(wall.auth.devices()).hasSize(1);
    }

    @Test
    void aSecondOwnerIsRefusedWhateverTheCode() {
        String code = wall.code();
        wall.setUp();

        NexusException refused = failure(() -> wall.auth.setUp(code, "another good password", "x"));

        assertThat(refused.kind()).isEqualTo(Kind.CONFLICT);
        assertThat(refused.code()).isEqualTo("already-set-up");
    }

    @Test
    void aWeakPasswordDoesNotUseUpTheCode() {
        String code = wall.code();
        for (int i = 0; i < 20; i++) {
            assertThat(failure(() -> wall.auth.setUp(code, "too short", "x")).kind())
                    .isEqualTo(Kind.INVALID);
        }

        assertThat(wall.auth.setUp(code, PASSWORD, "x").token()).isNotEmpty();
    }

    @Test
    void tenWrongTriesUseUpTheCode() {
        String code = wall.code();
        for (int i = 0; i < 10; i++) {
            assertThat(refusal("0000000000")).isEqualTo("wrong-code");
        }

        assertThat(refusal(code)).isEqualTo("wrong-code");
        assertThat(wall.code()).isNotEqualTo(code);
        wall.setUp();
    }

    @Test
    void nineWrongTriesDoNot() {
        for (int i = 0; i < 9; i++) {
            refusal("0000000000");
        }

        wall.setUp();
    }

    @Test
    void aCodeIsGoodForAQuarterOfAnHourAndThenSaysHowToGetAnother() throws Exception {
        String code = wall.code();
        wall.clock.advance(Duration.ofMinutes(15).minusMillis(1));
        assertThat(wall.code()).isEqualTo(code);
        wall.clock.advance(Duration.ofMillis(1));

        NexusException old = failure(() -> wall.auth.setUp(code, PASSWORD, "x"));
        assertThat(old.kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(old.code()).isEqualTo("wrong-code");
        assertThat(old).hasMessageContaining("nexus:setup-code").hasMessageContaining("restart");

        assertThat(wall.code()).isNotEqualTo(code);
        assertThat(Files.readString(wall.file("setup-code"))).isEqualTo(wall.code() + "\n");
        wall.setUp();
    }

    @Test
    void aClockSetBackDoesNotKeepACodeForEver() {
        String code = wall.code();
        wall.clock.advance(Duration.ofMinutes(-16));

        assertThat(refusal(code)).isEqualTo("wrong-code");
    }

    @Test
    void absurdCodesAreMerelyWrong() {
        for (String code : List.of("", " ", "\u0000", "é".repeat(26), "x".repeat(1_000_000), "\ud800")) {
            assertThat(refusal(code)).isEqualTo("wrong-code");
        }
    }

    @Test
    void aCodeLeftBehindByACrashIsRemovedAtTheNextStart() {
        wall.setUp();
        wall.put("setup-code", "left behind\n");

        wall.restart();

        assertThat(wall.file("setup-code")).doesNotExist();
    }

    @Test
    void aFullDiskMakesNobodyTheOwner() {
        String code = wall.code();
        home.refuseWrites(true);
        assertThat(failure(() -> wall.auth.setUp(code, PASSWORD, "x")).kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(wall.auth.setupRequired()).isTrue();

        home.refuseWrites(false);
        assertThat(wall.auth.setUp(code, PASSWORD, "x").token()).isNotEmpty();
    }

    @Test
    void withoutAWritableHomeItStillStartsAndOffersACodeLater() {
        home.refuseWrites(true);
        wall.restart();
        home.refuseWrites(false);

        String code = wall.code();
        assertThat(wall.content("setup-code")).isEqualTo(code + "\n");
        wall.setUp();
    }

    private String refusal(String code) {
        return failure(() -> wall.auth.setUp(code, PASSWORD, "x")).code();
    }
}
