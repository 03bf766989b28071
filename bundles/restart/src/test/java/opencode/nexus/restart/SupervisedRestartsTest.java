package opencode.nexus.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Session.Status;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeSupervised;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisedRestartsTest {
    private static final long MB = 1_024 * 1_024;

    @TempDir
    Path base;

    private final VirtualPace pace = new VirtualPace();
    private final RecordingHub hub = new RecordingHub();
    private final FakeSupervised server = new FakeSupervised();
    private final RecordingNotifications notifications = new RecordingNotifications();
    private FakeHome home;
    private SupervisedRestarts restarts;

    @BeforeEach
    void begin() {
        home = new FakeHome(base);
        restarts = restarts(Map.of("maxAttempts", 3));
        look();
        runs(1);
    }

    // ---- what there is to heal ----

    @Test
    void exit() {
        server.leave(List.of(new Evidence("output", "Last output", "boom")));
        pace.passSeconds(30);

        dies(9);

        assertThat(server.asked).containsExactly("revive");
        assertThat(subject().phase()).isEqualTo(Phase.STARTING);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        pace.pass(Duration.ofMillis(700));
        runs(2);

        Attempt attempt = restarts.attempts().get(0);
        assertThat(attempt.outcome()).isEqualTo(Outcome.RECOVERED);
        assertThat(attempt.tookMs()).isEqualTo(700);
        assertThat(attempt.signal()).isEqualTo(9);
        assertThat(attempt.cause()).isEqualTo("ended");
        assertThat(attempt.delayMs()).isZero();
        assertThat(attempt.reason()).isEqualTo("OpenCode ended; it is started again at once.");
        PostMortem found = restarts.postMortem(attempt.id());
        assertThat(found.evidence()).containsExactly(new Evidence("output", "Last output", "boom"));
        assertThat(found.exit()).isNotNull();
        assertThat(found.curve()).hasSize(4);
        assertThat(found.curve().get(1).rssBytes()).isEqualTo(300 * MB);
        assertThat(found.curve().get(1).cpu()).isEqualTo(0.1);
        assertThat(found.decisions()).anyMatch(line -> line.endsWith("Outcome recovered: It runs again."));
        assertThat(found.decisions()).last().asString().endsWith("Looked at after the start: It answered in 5 ms.");
        assertThat(notifications.told)
                .containsExactly("RESTARTED server /dashboard#restarts: OpenCode was started again");
        assertThat(events("restart.attempt")).hasSize(2);
        assertThat(events("restart.attempt").get(0))
                .contains("\"outcome\":\"pending\"", "\"subject\":\"server\"", "\"signal\":9")
                .doesNotContain("\"exit\"", "tookMs");
        assertThat(events("restart.attempt").get(1)).contains("\"outcome\":\"recovered\"", "\"tookMs\":700");
    }

    @Test
    void wedge() {
        heard(pace.instant());
        pace.passSeconds(10);
        answers(null, true, 300);

        pace.passSeconds(29);
        assertThat(server.asked).isEmpty();
        assertThat(subject().health()).isEqualTo(Health.BUSY);
        pace.passSeconds(1);

        assertThat(server.asked)
                .singleElement()
                .asString()
                .startsWith("recycle 1: It runs, but answered nothing")
                .contains("said nothing for");
        assertThat(subject().phase()).isEqualTo(Phase.STOPPING);
        server.become(FakeSupervised.status(State.STOPPING, 1L, null, true));
        server.become(FakeSupervised.status(State.STOPPED, null, null, true));
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        runs(2);
        assertThat(restarts.attempts()).singleElement().satisfies(attempt -> {
            assertThat(attempt.cause()).isEqualTo("wedged");
            assertThat(attempt.outcome()).isEqualTo(Outcome.RECOVERED);
        });
        assertThat(restarts.postMortem(restarts.attempts().get(0).id()).exit()).isNull();
    }

    @Test
    void busy() {
        answers(null, true, 300);
        for (int i = 0; i < 100; i++) {
            heard(pace.instant());
            pace.passSeconds(10);
        }

        assertThat(server.asked).isEmpty();
        assertThat(subject().health()).isEqualTo(Health.BUSY);
        assertThat(restarts.attempts()).isEmpty();
    }

    @Test
    void leak() {
        answers(5, true, 5_000);
        pace.passSeconds(60);
        assertThat(server.asked).isEmpty();
        assertThat(subject().health()).isEqualTo(Health.LEAKING);
        assertThat(subject().reason()).isEqualTo("It holds 5000 MB of memory, more than the 4096 MB it may.");
        assertThat(notifications.told)
                .containsExactly("THRESHOLD server /dashboard#restarts: OpenCode holds much memory");

        answers(5, false, 5_000);
        pace.passSeconds(10);

        assertThat(server.asked).singleElement().asString().startsWith("recycle 1: It holds 5000 MB");
    }

    @Test
    void leakAboveTheCeiling() {
        answers(5, true, 9_000);
        pace.passSeconds(20);

        assertThat(server.asked).singleElement().asString().startsWith("recycle 1: It holds 9000 MB");
        assertThat(restarts.attempts()).extracting(Attempt::cause).containsExactly("over_ceiling");
    }

    @Test
    void hopeless() {
        fails(Cause.MISSING);
        pace.passSeconds(3_600);

        assertThat(server.asked).isEmpty();
        assertThat(subject().phase()).isEqualTo(Phase.FAILED);
        assertThat(restarts.attempts()).extracting(Attempt::outcome).containsExactly(Outcome.GAVE_UP);
        assertThat(notifications.told)
                .containsExactly("GAVE_UP server /dashboard#restarts: OpenCode is not started again");

        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        runs(2);

        assertThat(notifications.told).last().isEqualTo("settled GAVE_UP server");
    }

    @Test
    void storm() {
        for (int pid = 2; pid < 20; pid++) {
            dies(9);
            if (subject().phase() == Phase.BACKOFF) {
                assertThat(subject().retryAt()).isAfter(pace.instant());
                pace.passSeconds(60);
            }
            if (subject().phase() == Phase.FAILED) {
                break;
            }
            server.become(FakeSupervised.status(State.STARTING, (long) pid, null, true));
        }
        assertThat(server.asked.stream().filter("revive"::equals)).hasSize(3);
        assertThat(subject().attempts()).isEqualTo(3);
        assertThat(subject().retryAt()).isEqualTo(pace.instant().plusSeconds(600));
        assertThat(server.asked).last().isEqualTo("retry at " + pace.instant().plusSeconds(600));
        assertThat(restarts.attempts())
                .extracting(Attempt::outcome)
                .containsExactly(Outcome.GAVE_UP, Outcome.FAILED, Outcome.FAILED, Outcome.FAILED);

        pace.passSeconds(601);

        assertThat(server.asked.stream().filter("revive"::equals)).hasSize(4);
        assertThat(restarts.attempts().get(0).outcome()).isEqualTo(Outcome.PENDING);
    }

    @Test
    void aBrokenConfigurationIsShownAndNotRestarted() {
        server.become(new SupervisedStatus(
                State.FAILED, 1L, null, null, null, "Broken: opencode.json", true, true, null, null, null));
        pace.passSeconds(3_600);

        assertThat(server.asked).isEmpty();
        assertThat(subject().health()).isEqualTo(Health.UNUSABLE);
        assertThat(subject().reason()).isEqualTo("Broken: opencode.json");
    }

    // ---- what is looked at ----

    @Test
    void aCalmProcessIsLookedAtEveryTenSecondsAndABusyOneEveryFive() {
        CountingSupervised counted = new CountingSupervised();
        restarts.addSupervised(counted.asSupervised(), Map.of(Supervised.NAME, "tunnel"));
        assertThat(counted.looks).isEqualTo(1);
        pace.passSeconds(60);
        assertThat(counted.looks).isEqualTo(7);

        counted.busy = true;
        pace.passSeconds(70);

        assertThat(counted.looks).isEqualTo(20);
    }

    @Test
    void whoCannotBeLookedAtIsLookedAtAgain() {
        CountingSupervised counted = new CountingSupervised();
        counted.broken = true;
        restarts.addSupervised(counted.asSupervised(), Map.of(Supervised.NAME, "tunnel"));
        pace.passSeconds(60);

        assertThat(counted.looks).isEqualTo(7);
        assertThat(restarts.subjects()).extracting(Subject::name).containsExactly("server", "tunnel");
    }

    @Test
    void theCurveHoldsTenMinutes() {
        pace.passSeconds(3_600);
        dies(9);

        List<?> curve = restarts.postMortem(restarts.attempts().get(0).id()).curve();
        assertThat(curve).hasSizeBetween(60, 62);
    }

    @Test
    void sessionsThatWereOpenAreEvidence() {
        restarts.setChat(Sessions.of("Fix the build"));
        dies(9);

        assertThat(restarts.postMortem(restarts.attempts().get(0).id()).evidence())
                .containsExactly(new Evidence("sessions", "Open sessions", "busy  Fix the build"));
    }

    @Test
    void howTheyStoodBeforeTheFailureIsKeptAndNotWhatItMadeOfThem() {
        List<Session> sessions = new ArrayList<>(List.of(
                Sessions.session("ses_1", "Answering", Status.BUSY),
                Sessions.session("ses_2", "Asking", Status.WAITING),
                Sessions.session("ses_3", "Cut\noff yesterday", Status.INTERRUPTED),
                Sessions.session("ses_4", "Quiet", Status.IDLE),
                Sessions.session("ses_5", "Quiet a moment ago", Status.IDLE)));
        restarts.setChat(Sessions.of(sessions));
        pace.passSeconds(60);

        sessions.set(0, Sessions.session("ses_1", "Answering", Status.INTERRUPTED));
        sessions.set(1, Sessions.session("ses_2", "Asking", Status.INTERRUPTED));
        sessions.set(4, Sessions.session("ses_5", "Quiet a moment ago", Status.INTERRUPTED));
        sessions.add(Sessions.session("ses_6", "New", Status.INTERRUPTED));
        dies(9);

        assertThat(restarts.postMortem(restarts.attempts().get(0).id()).evidence())
                .extracting(Evidence::text)
                .containsExactly("busy  Answering\nwaiting  Asking\ninterrupted  Cut off yesterday\nidle  Quiet\n"
                        + "busy  Quiet a moment ago\nbusy  New");
    }

    // ---- the policy ----

    @Test
    void anotherPolicyHoldsAtOnceAndForgetsNothing() {
        dies(9);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        restarts.modified(Map.of("maxAttempts", 1, "slowRetry", false));
        assertThat(restarts.policy().maxAttempts()).isEqualTo(1);

        dies(9);

        assertThat(subject().phase()).isEqualTo(Phase.FAILED);
        assertThat(server.asked).containsExactly("revive");
    }

    @Test
    void startsAreToldOnlyWhenThePolicySaysSo() {
        restarts.modified(Map.of("notify", false, "maxAttempts", 1, "slowRetry", false));
        dies(9);
        runs(2);
        assertThat(notifications.told).isEmpty();

        dies(9);

        assertThat(notifications.told).hasSize(1).first().asString().startsWith("GAVE_UP");
    }

    @Test
    void switchedOffAManualRestartStillWorks() {
        restarts.modified(Map.of("enabled", false));
        dies(9);
        pace.passSeconds(3_600);
        assertThat(server.asked).isEmpty();

        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        runs(2);

        assertThat(subject().phase()).isEqualTo(Phase.RUNNING);
        assertThat(subject().health()).isEqualTo(Health.HEALTHY);
    }

    @Test
    void aChangeGoesThroughTheSettings() {
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> restarts.change(Map.of("maxAttempts", 5)))
                .satisfies(e -> assertThat(e.code()).isEqualTo("settings-unavailable"));
        FixedSettings settings = new FixedSettings(Map.of("maxAttempts", 5, "notify", false));
        restarts.setSettings(settings);

        assertThat(restarts.change(Map.of("maxAttempts", 5)).maxAttempts()).isEqualTo(5);

        assertThat(settings.changes).containsExactly(Map.of("maxAttempts", 5));
        restarts.unsetSettings(settings);
        assertThatExceptionOfType(NexusException.class).isThrownBy(() -> restarts.change(Map.of()));
    }

    // ---- coming and going ----

    @Test
    void aSuccessorGoesOnWhereItWas() {
        dies(9);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        dies(9);
        assertThat(subject().phase()).isEqualTo(Phase.BACKOFF);
        restarts.close();
        int asked = server.asked.size();

        restarts = restarts(Map.of("maxAttempts", 3));
        look();

        assertThat(restarts.attempts()).extracting(Attempt::outcome).containsExactly(Outcome.PENDING, Outcome.FAILED);
        assertThat(subject().phase()).isEqualTo(Phase.BACKOFF);
        pace.passSeconds(10);
        assertThat(server.asked.subList(asked, server.asked.size())).contains("revive");
        server.become(FakeSupervised.status(State.STARTING, 3L, null, true));
        runs(3);
        assertThat(restarts.attempts()).extracting(Attempt::outcome).containsExactly(Outcome.RECOVERED, Outcome.FAILED);
    }

    @Test
    void aSuccessorCountsWhatWasStartedBefore() {
        for (int pid = 2; pid < 5; pid++) {
            dies(9);
            pace.passSeconds(5);
            server.become(FakeSupervised.status(State.STARTING, (long) pid, null, true));
        }
        restarts.close();
        restarts = restarts(Map.of("maxAttempts", 3));
        look();

        dies(9);

        assertThat(subject().phase()).isEqualTo(Phase.FAILED);
        assertThat(restarts.attempts().get(0).outcome()).isEqualTo(Outcome.GAVE_UP);
    }

    @Test
    void nothingIsDoneAfterTheEnd() {
        dies(9);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        dies(9);
        int asked = server.asked.size();

        restarts.close();
        pace.passSeconds(3_600);
        dies(9);

        assertThat(server.asked).hasSize(asked);
        assertThat(pace.waiting()).isZero();
        assertThat(pace.closed).isTrue();
    }

    @Test
    void whatGoesAwayIsNoSubjectAnyMore() {
        restarts.removeSupervised(server);
        dies(9);

        assertThat(restarts.subjects()).isEmpty();
        assertThat(server.asked).isEmpty();
    }

    @Test
    void somethingWithoutAUsableNameIsPassedOver() {
        restarts.addSupervised(new FakeSupervised(), Map.of());
        restarts.addSupervised(new FakeSupervised(), Map.of(Supervised.NAME, "../../etc"));

        assertThat(restarts.subjects()).hasSize(1);
    }

    @Test
    void everyChangeIsPublishedOnce() {
        assertThat(events("restart.state"))
                .last()
                .asString()
                .contains("\"phase\":\"running\"", "\"health\":\"healthy\"");
        int before = events("restart.state").size();
        pace.passSeconds(120);

        assertThat(events("restart.state")).hasSize(before);
    }

    @Test
    void aFullDiskStopsNoRestart() {
        home.refuseWrites(true);
        dies(9);

        assertThat(server.asked).containsExactly("revive");
        Attempt attempt = restarts.attempts().get(0);
        assertThat(restarts.postMortem(attempt.id()).attempt()).isEqualTo(attempt);
    }

    @Test
    void evidenceThatCannotBeReadStopsNoRestart() {
        CountingSupervised counted = new CountingSupervised();
        restarts.addSupervised(counted.asSupervised(), Map.of(Supervised.NAME, "tunnel"));
        counted.broken = true;
        counted.fake.become(
                FakeSupervised.status(State.FAILED, null, new Exit(Cause.ENDED, 1, null, true, pace.instant()), true));

        assertThat(counted.fake.asked).containsExactly("revive");
        assertThat(restarts.postMortem(restarts.attempts().get(0).id()).decisions())
                .anyMatch(line -> line.endsWith("What it said at the end could not be read."));
    }

    @Test
    void aWrongWallClockMovesNoTimer() {
        dies(9);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        dies(9);
        pace.clock.set(Instant.parse("1970-01-01T00:00:00Z"));
        pace.pass(Duration.ofMillis(600));

        assertThat(server.asked.stream().filter("revive"::equals)).hasSize(2);
    }

    @Test
    void aJumpOfTheWallClockIsNotTimeThatWasNeeded() {
        for (long days : new long[] {1, -2}) {
            dies(9);
            server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
            pace.clock.advance(Duration.ofDays(days));
            pace.pass(Duration.ofMillis(700));
            runs(2);
            pace.passSeconds(120);
        }

        assertThat(restarts.attempts()).hasSize(2).allSatisfy(attempt -> assertThat(attempt.tookMs())
                .isBetween(700L, 20_000L));
    }

    @Test
    void startsThatAClockDatedIntoTheFutureAreNotCounted() {
        Instant right = pace.clock.instant();
        pace.clock.set(right.plus(Duration.ofDays(1)));
        for (int pid = 2; pid < 5; pid++) {
            dies(9);
            pace.passSeconds(5);
            server.become(FakeSupervised.status(State.STARTING, (long) pid, null, true));
        }
        restarts.close();
        pace.clock.set(right);
        restarts = restarts(Map.of("maxAttempts", 3));
        look();

        dies(9);

        assertThat(subject().phase()).isNotEqualTo(Phase.FAILED);
        assertThat(server.asked).last().isEqualTo("revive");
    }

    @Test
    void eachFailureIsOneFile() throws Exception {
        dies(9);
        server.become(FakeSupervised.status(State.STARTING, 2L, null, true));
        dies(9);

        try (Stream<Path> files = Files.list(base.resolve("restart"))) {
            assertThat(files).hasSize(2);
        }
    }

    private SupervisedRestarts restarts(Map<String, Object> config) {
        SupervisedRestarts made = new SupervisedRestarts(config, home, hub, pace);
        made.setNotifications(notifications);
        return made;
    }

    private void look() {
        restarts.addSupervised(server, Map.of(Supervised.NAME, "server"));
    }

    private Subject subject() {
        return restarts.subjects().get(0);
    }

    private void runs(long pid) {
        server.feel(new Vitals(pace.instant(), pid, Duration.ofMillis(5), Instant.EPOCH, false, 300 * MB, 1.0));
        server.become(FakeSupervised.status(State.RUNNING, pid, null, true));
        server.feel(new Vitals(pace.instant(), pid, Duration.ofMillis(5), Instant.EPOCH, false, 300 * MB, 2.0));
    }

    private void dies(int signal) {
        fail(new Exit(Cause.ENDED, null, signal, true, pace.instant()));
    }

    private void fails(Cause cause) {
        fail(new Exit(cause, 1, null, false, pace.instant()));
    }

    private void fail(Exit exit) {
        // No two exits are at the same time.
        pace.pass(Duration.ofMillis(1));
        server.become(new SupervisedStatus(
                State.FAILED,
                null,
                null,
                null,
                null,
                "OpenCode ended.",
                true,
                true,
                new Exit(exit.cause(), exit.code(), exit.signal(), exit.afterReady(), pace.instant()),
                null,
                null));
    }

    private void answers(@Nullable Integer millis, boolean busy, long megabytes) {
        Vitals before = server.vitals();
        server.feel(new Vitals(
                pace.instant(),
                1L,
                millis == null ? null : Duration.ofMillis(millis),
                before.lastEventAt(),
                busy,
                megabytes * MB,
                null));
    }

    private void heard(Instant at) {
        Vitals before = server.vitals();
        server.feel(new Vitals(
                before.at(),
                before.pid(),
                before.answeredIn(),
                at,
                before.busy(),
                before.rssBytes(),
                before.cpuSeconds()));
    }

    private List<String> events(String type) {
        return hub.published(type).stream().map(NexusEvent::data).toList();
    }

    /** Settings that take everything. */
    private static final class FixedSettings implements Settings {
        private final List<Map<String, ?>> changes = new java.util.ArrayList<>();
        private final Map<String, Object> values;

        FixedSettings(Map<String, Object> values) {
            this.values = values;
        }

        @Override
        public List<Group> groups() {
            return List.of();
        }

        @Override
        public Group group(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Group change(String name, Map<String, ? extends @Nullable Object> wanted) {
            assertThat(name).isEqualTo("restart");
            changes.add(Map.copyOf(wanted));
            return new Group(name, "Restarts", List.of(), values, null);
        }
    }
}
