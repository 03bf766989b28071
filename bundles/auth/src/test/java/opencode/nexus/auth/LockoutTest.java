package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.PASSWORD;
import static opencode.nexus.auth.Wall.WRONG;
import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LockoutTest {
    @TempDir
    Path base;

    private FakeHome home;
    private Wall wall;
    private Grant laptop;
    private Duration passed = Duration.ZERO;

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
    void afterThreeWrongPasswordsTheWaitDoublesUpToAQuarterOfAnHour() {
        guess(null);
        guess(null);
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 13; i++) {
            guess(null);
            waits.add(retryAfter(null).toSeconds());
            wall.clock.advance(retryAfter(null));
        }

        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 900L, 900L, 900L);
    }

    @Test
    void whileItWaitsTheRightPasswordIsNotEvenLookedAt() {
        guess(null, 3);

        NexusException refused = failure(() -> wall.auth.login(PASSWORD, null, "x"));
        assertThat(refused.kind()).isEqualTo(Kind.TOO_MANY);
        assertThat(refused.code()).isEqualTo("too-many-tries");
        assertThat(refused.retryAfter()).contains(Duration.ofSeconds(1));
        assertThat(refused).hasMessageContaining("Try again in a second");

        wall.clock.advance(Duration.ofSeconds(1));
        assertThat(wall.auth.login(PASSWORD, null, "x").token()).isNotEmpty();
    }

    @Test
    void strangersGetAHundredGuessesInAnyDayAndTheOwnersDeviceStillGetsIn() {
        Instant first = wall.clock.instant();
        int guesses = 0;
        while (wall.clock.instant().isBefore(first.plus(Duration.ofHours(24)))) {
            wall.clock.advance(waitOf(null));
            if (wall.clock.instant().isBefore(first.plus(Duration.ofHours(24)))) {
                guess(null);
                guesses++;
            }
        }

        assertThat(guesses).isEqualTo(100);
        assertThat(login(laptop.token()).device().id())
                .isEqualTo(laptop.device().id());
    }

    @Test
    void aRightPasswordEndsTheWaitButNotTheCountOfTheDay() {
        guess(null, 2);
        login(null);
        guess(null, 2);
        assertThat(waitOf(null)).isZero();
        login(null);

        for (int more = 0; more < 95; more++) {
            guess(null);
            login(null);
        }
        guess(null);

        assertThat(waitOf(null)).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void rightPasswordsAreNotGuesses() {
        for (int i = 0; i < 150; i++) {
            assertThat(login(null).token()).isNotEmpty();
        }
    }

    @Test
    void aKnownDeviceWaitsAMinuteAtMostEvenWhenLoggedOut() {
        wall.auth.logout(laptop.token());
        guess(laptop.token(), 3);
        assertThat(waitOf(laptop)).isEqualTo(Duration.ofSeconds(1));
        for (int i = 0; i < 20; i++) {
            wall.clock.advance(waitOf(laptop));
            guess(laptop.token());
        }

        assertThat(waitOf(laptop)).isEqualTo(Duration.ofMinutes(1));
        assertThat(waitOf(null)).isZero();
        wall.clock.advance(Duration.ofMinutes(1));
        assertThat(login(laptop.token()).device().id())
                .isEqualTo(laptop.device().id());
    }

    @Test
    void twoDevicesDoNotHinderEachOther() {
        Grant phone = login(null);
        guess(phone.token(), 3);

        assertThat(waitOf(phone)).isPositive();
        assertThat(waitOf(laptop)).isZero();
    }

    @Test
    void guessingTheCurrentPasswordToChangeItIsGuessing() {
        for (int i = 0; i < 3; i++) {
            assertThat(change(WRONG).code()).isEqualTo("wrong-password");
        }

        assertThat(change(PASSWORD).code()).isEqualTo("too-many-tries");
        assertThat(waitOf(laptop)).isPositive();
    }

    @Test
    void aRestartGivesNoNewGuess() {
        guess(null, 3);
        guess(laptop.token(), 3);

        wall.restart();

        assertThat(retryAfter(null)).isEqualTo(Duration.ofSeconds(1));
        assertThat(retryAfter(laptop)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aGuessThatCannotBeBookedIsNotMade() {
        home.refuseWrites(true);
        for (int i = 0; i < 200; i++) {
            assertThat(failure(() -> wall.auth.login(WRONG, null, "x")).code()).isEqualTo("home-not-writable");
        }
        home.refuseWrites(false);

        assertThat(waitOf(null)).isZero();
    }

    @Test
    void aGuessIsOnDiskAsSoonAsItIsBooked() {
        new Lockout(home, wall.clock).book(null, null);

        assertThat(new Lockout(home, wall.clock).wrong(null)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 60, 86_400, 400L * 86_400})
    void aClockSetBackNeitherHelpsNorLocksOutForEver(long seconds) {
        guess(null, 3);
        wall.clock.advance(Duration.ofSeconds(1));
        guess(null);
        guess(laptop.token(), 3);
        wall.clock.advance(Duration.ofSeconds(-seconds));

        assertThat(retryAfter(null)).isEqualTo(Duration.ofSeconds(2));
        assertThat(retryAfter(laptop)).isEqualTo(Duration.ofSeconds(1));
        wall.restart();
        assertThat(retryAfter(null)).isEqualTo(Duration.ofSeconds(2));
        wall.clock.advance(Duration.ofSeconds(2));
        assertThat(login(null).token()).isNotEmpty();
        assertThat(login(laptop.token()).token()).isNotEmpty();
    }

    @Test
    void aDayWithoutGuessesIsForgiven() {
        for (int i = 0; i < 20; i++) {
            wall.clock.advance(waitOf(null));
            guess(null);
        }
        wall.clock.advance(Duration.ofDays(1));

        guess(null, 2);

        assertThat(waitOf(null)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"version\":7}", "{\"version\":1}"})
    void aDamagedFileGivesStrangersNothingAndLetsTheOwnersDeviceIn(String damaged) {
        wall.put("lockout.json", damaged);
        wall.restart();

        assertThat(retryAfter(null)).isEqualTo(Duration.ofDays(1));
        wall.restart();
        assertThat(retryAfter(null)).isEqualTo(Duration.ofDays(1));
        assertThat(login(laptop.token()).token()).isNotEmpty();
        wall.clock.advance(Duration.ofDays(1));
        assertThat(login(null).token()).isNotEmpty();
    }

    @Test
    void aForgottenDeviceIsAStranger() {
        guess(null, 3);
        wall.auth.revoke(laptop.device().id());

        assertThat(retryAfter(laptop)).isPositive();
    }

    @Test
    void aFloodOfSimultaneousGuessesGetsNoMoreThanOneAfterTheOther() throws Exception {
        int guesses = 200;
        CountDownLatch ready = new CountDownLatch(guesses);
        ExecutorService threads = Executors.newFixedThreadPool(guesses);
        List<Future<String>> outcomes = new ArrayList<>();
        for (int i = 0; i < guesses; i++) {
            outcomes.add(threads.submit(() -> {
                ready.countDown();
                ready.await();
                return failure(() -> wall.auth.login(WRONG, null, "x")).code();
            }));
        }
        List<String> ends = new ArrayList<>();
        for (Future<String> outcome : outcomes) {
            ends.add(outcome.get(60, TimeUnit.SECONDS));
        }
        threads.shutdown();

        assertThat(ends).filteredOn("wrong-password"::equals).hasSize(3);
        assertThat(ends).filteredOn("too-many-tries"::equals).hasSize(guesses - 3);
        assertThat(login(laptop.token()).token()).isNotEmpty();
    }

    /** Thirty days under attack, with typing errors, restarts, and a clock that is set back now and then. */
    @Property(tries = 1, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void inThirtyDaysOfAttackStrangersStayWithinTheirBudgetAndTheOwnerAlwaysGetsIn(@ForAll long seed) {
        Random random = new Random(seed);
        boolean patient = true;
        Deque<Duration> lastDay = new ArrayDeque<>();
        int guessed = 0;
        Duration told = Duration.ZERO;
        try (Wall attacked = new Wall(new Wall.MemoryHome())) {
            String token = attacked.setUp().token();
            for (int attempt = 0; attempt < 100_000; attempt++) {
                if (random.nextInt(5_000) == 0) {
                    patient = !patient;
                    attacked.clock.advance(Duration.ofSeconds(-random.nextInt(200_000)));
                }
                if (random.nextInt(1_000) == 0) {
                    attacked.restart();
                }
                boolean obeys = patient && told.compareTo(Duration.ofHours(1)) < 0 && random.nextInt(30) == 0;
                pass(attacked, obeys ? told : Duration.ofMillis(random.nextBoolean() ? 0 : random.nextInt(104_000)));
                NexusException refused = failure(() -> attacked.auth.login(WRONG, "forged " + random.nextLong(), "x"));
                told = refused.retryAfter().orElse(Duration.ZERO);
                if (refused.kind() == Kind.UNAUTHENTICATED) {
                    guessed++;
                    lastDay.add(passed);
                }
                while (!lastDay.isEmpty() && passed.minus(lastDay.peek()).compareTo(Duration.ofDays(1)) >= 0) {
                    lastDay.remove();
                }
                assertThat(lastDay).hasSizeLessThanOrEqualTo(100);
                if (random.nextInt(300) == 0) {
                    triesANewBrowser(attacked);
                }
                if (random.nextInt(500) == 0) {
                    token = comesHome(attacked, token, random.nextInt(8));
                }
            }
        }
        assertThat(passed).isGreaterThan(Duration.ofDays(28));
        assertThat(guessed).isGreaterThan(2_500);
    }

    /** The owner at a known device: some typing errors, then the right password, each when Nexus said so. */
    private String comesHome(Wall attacked, String token, int typos) {
        for (int i = 0; i < typos; i++) {
            NexusException first = failure(() -> attacked.auth.login(WRONG, token, "x"));
            if (first.kind() == Kind.TOO_MANY) {
                pass(attacked, first.retryAfter().orElseThrow());
                assertThat(failure(() -> attacked.auth.login(WRONG, token, "x")).kind())
                        .isEqualTo(Kind.UNAUTHENTICATED);
            }
        }
        try {
            return attacked.auth.login(PASSWORD, token, "x").token();
        } catch (NexusException e) {
            assertThat(e.retryAfter().orElseThrow()).isLessThanOrEqualTo(Duration.ofMinutes(1));
            pass(attacked, e.retryAfter().orElseThrow());
            return attacked.auth.login(PASSWORD, token, "x").token();
        }
    }

    /** The right password shortens the strangers' wait, but gives them no further guess. */
    private static void triesANewBrowser(Wall attacked) {
        try {
            attacked.auth.login(PASSWORD, null, "x");
        } catch (NexusException e) {
            assertThat(e.kind()).isEqualTo(Kind.TOO_MANY);
        }
    }

    // ---- networks that the tunnel tells of ----

    @Test
    void whoGuessesFromOneNetworkMakesNobodyElseWait() {
        for (int guess = 0; guess < 10; guess++) {
            wrongFrom("203.0.113.7");
            wall.clock.advance(Duration.ofHours(1));
        }
        wrongFrom("203.0.113.7");

        assertThat(failure(() -> wall.auth.login(PASSWORD, null, "x", "203.0.113.7"))
                        .code())
                .isEqualTo("too-many-tries");
        assertThat(wall.auth.login(PASSWORD, null, "Phone", "203.0.113.8").token())
                .isNotEmpty();
        assertThat(wall.auth.login(PASSWORD, null, "Other").token()).isNotEmpty();
    }

    @Test
    void anAddressOfTheSameNetworkWaitsToo() {
        for (int guess = 0; guess < 3; guess++) {
            wrongFrom("2001:db8:1:2:0:0:0:" + guess);
        }

        assertThat(failure(() -> wall.auth.login(PASSWORD, null, "x", "2001:db8:1:2:9:9:9:9"))
                        .code())
                .isEqualTo("too-many-tries");
        assertThat(wall.auth.login(PASSWORD, null, "x", "2001:db8:1:3:0:0:0:0").token())
                .isNotEmpty();
    }

    @Test
    void howeverManyNetworksThereAreTheyShareTheGuessesOfADay() {
        Grant phone = wall.auth.login(PASSWORD, null, "Phone", "203.0.113.7");
        for (int guess = 0; guess < Lockout.GUESSES_A_DAY; guess++) {
            wrongFrom("198.51.100." + guess);
        }

        NexusException refused = failure(() -> wall.auth.login(PASSWORD, null, "x", "203.0.113.7"));

        assertThat(refused.code()).isEqualTo("too-many-tries");
        assertThat(refused.retryAfter().orElseThrow()).isGreaterThan(Duration.ofHours(23));
        wall.restart();
        assertThat(failure(() -> wall.auth.login(PASSWORD, null, "x", "203.0.113.8"))
                        .code())
                .isEqualTo("too-many-tries");
        assertThat(wall.auth.login(PASSWORD, phone.token(), "x", "203.0.113.7").token())
                .as("a known device")
                .isNotEmpty();
    }

    @Test
    void theRightPasswordEndsTheWaitOfItsNetwork() {
        wrongFrom("203.0.113.7");
        wrongFrom("203.0.113.7");
        wall.auth.login(PASSWORD, null, "x", "203.0.113.7");

        wrongFrom("203.0.113.7");
        wrongFrom("203.0.113.7");

        assertThat(wall.auth.login(PASSWORD, null, "x", "203.0.113.7").token()).isNotEmpty();
    }

    private void wrongFrom(String address) {
        assertThat(failure(() -> wall.auth.login(WRONG, null, "x", address)).code())
                .isEqualTo("wrong-password");
    }

    private void pass(Wall attacked, Duration time) {
        attacked.clock.advance(time);
        passed = passed.plus(time);
    }

    /** What the disk says. */
    private Duration waitOf(Grant grant) {
        return new Lockout(home, wall.clock)
                .waitFor(grant == null ? null : grant.device().id(), null);
    }

    /** What a refused login says. */
    private Duration retryAfter(Grant grant) {
        String token = grant == null ? null : grant.token();
        return failure(() -> wall.auth.login(PASSWORD, token, "x")).retryAfter().orElseThrow();
    }

    private void guess(String token, int times) {
        for (int i = 0; i < times; i++) {
            guess(token);
        }
    }

    private void guess(String token) {
        assertThat(failure(() -> wall.auth.login(WRONG, token, "x")).code()).isEqualTo("wrong-password");
    }

    private Grant login(String token) {
        return wall.auth.login(PASSWORD, token, "x");
    }

    private NexusException change(String current) {
        return failure(() -> wall.auth.changePassword(laptop.token(), current, "seven wet otters juggling"));
    }
}
