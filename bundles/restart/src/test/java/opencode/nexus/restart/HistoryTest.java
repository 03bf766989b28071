package opencode.nexus.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Sample;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
    @TempDir
    Path base;

    private final FakeClock clock = new FakeClock();
    private FakeHome home;
    private long millis = 5_000_000;

    @BeforeEach
    void makeHome() {
        home = new FakeHome(base);
    }

    @Test
    void whatWasWrittenIsFoundByTheNext() {
        History history = history();
        PostMortem written = new PostMortem(
                attempt(history.newId("server", clock.instant())),
                new Exit(Exit.Cause.NOT_READY, 1, null, false, clock.instant()),
                List.of(new Sample(clock.instant(), 5L, 0.5), new Sample(clock.instant(), null, null)),
                List.of("one", "two"),
                List.of(new Evidence("output", "Last output", "a\nb \u0000 \"")));
        history.show(written.attempt());
        history.write(written);

        History next = history();

        assertThat(next.attempts()).containsExactly(written.attempt());
        assertThat(next.find(written.attempt().id())).isEqualTo(written);
        assertThat(next.newest("server")).contains(written.attempt());
        assertThat(next.newest("tunnel")).isEmpty();
    }

    @Test
    void twoAtTheSameMomentHaveTwoIds() {
        History history = history();
        add(history);
        add(history);

        assertThat(history.attempts())
                .extracting(Attempt::id)
                .doesNotHaveDuplicates()
                .hasSize(2);
        assertThat(history().attempts()).hasSize(2);
    }

    @Test
    void theNewestComeFirstAndFiveHundredAreKept() throws Exception {
        History history = history();
        for (int i = 0; i < 510; i++) {
            clock.advance(Duration.ofSeconds(1));
            add(history);
        }

        assertThat(history.attempts()).hasSize(500);
        assertThat(history.attempts().get(0).at()).isEqualTo(clock.instant());
        try (var files = Files.list(base.resolve("restart"))) {
            assertThat(files).hasSize(500);
        }
    }

    @Test
    void afterNinetyDaysTheyAreGone() {
        Attempt first = add(history());
        clock.advance(Duration.ofDays(89));
        assertThat(history().attempts()).containsExactly(first);
        clock.advance(Duration.ofDays(2));

        History history = history();
        assertThat(history.attempts()).isEmpty();
        pass(Duration.ofHours(1));
        Attempt next = add(history);

        assertThat(history.attempts()).containsExactly(next);
        assertThat(fileOf(first)).doesNotExist();
        assertThat(fileOf(next)).exists();
    }

    @ParameterizedTest
    @ValueSource(longs = {365, 91, 1, -1, -91, -365})
    void aClockThatJumpsAndComesBackTakesNothingAway(long days) {
        History history = history();
        Attempt before = add(history);
        pass(Duration.ofHours(5));

        clock.advance(Duration.ofDays(days));
        Attempt meanwhile = add(history);
        pass(Duration.ofMinutes(59));
        add(history);
        assertThat(history().attempts()).contains(meanwhile);
        clock.advance(Duration.ofDays(-days));
        pass(Duration.ofMinutes(1));
        Attempt after = add(history);

        assertThat(history.attempts()).contains(before, after);
        assertThat(history().attempts()).contains(before, after);
        assertThat(fileOf(before)).exists();
    }

    @Test
    void thatTheDiskIsFullIsSaidOnceAndWhatCouldNotBeStoredIsShown() {
        History history = history();
        home.refuseWrites(true);
        Attempt one = add(history);
        Attempt two = add(history);

        assertThat(history.attempts()).containsExactlyInAnyOrder(one, two);
        assertThat(history.find(one.id()).attempt()).isEqualTo(one);
        assertThat(base.resolve("restart")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"attempt\":",
                "{\"attempt\":null}",
                "{\"attempt\":{}}",
                "{\"attempt\":{\"id\":\"20260101-000000-000-server\"}}",
                "{\"attempt\":{\"id\":\"../../x\",\"at\":\"2026-01-01T00:00:00Z\",\"subject\":\"s\",\"outcome\":\"failed\"}}",
                "\u0000\u0001\u0002",
                "{\"exit\":{},\"attempt\":{}}"
            })
    void aDamagedFileIsPassedOver(String content) throws Exception {
        History history = history();
        add(history);
        Files.writeString(base.resolve("restart/20260101-000000-000-server.json"), content);
        Files.createDirectory(base.resolve("restart/directory.json"));

        assertThat(history().attempts()).hasSizeBetween(0, 1);
    }

    @Test
    void ofAFileWhoseEndIsDamagedTheHeadIsStillThere() throws Exception {
        History history = history();
        Attempt attempt = add(history);
        Path file = base.resolve("restart/" + attempt.id() + ".json");
        String content = Files.readString(file);
        Files.writeString(file, content.substring(0, content.length() - 5));

        PostMortem found = history().find(attempt.id());

        assertThat(found.attempt()).isEqualTo(attempt);
        assertThat(found.decisions()).containsExactly("What was known of it beyond this cannot be read.");
    }

    @Test
    void aFileThatIsFarTooLongIsNotRead() throws Exception {
        History history = history();
        Attempt attempt = add(history);
        Files.writeString(base.resolve("restart/" + attempt.id() + ".json"), " ".repeat(3_000_000));

        assertThat(history.find(attempt.id()).decisions()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "../../etc/passwd", "20260101-000000-000-server", "a\u0000b"})
    void anUnknownOneIsSaidToBe(String id) {
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> history().find(id))
                .satisfies(e -> assertThat(e.code()).isEqualTo("unknown-attempt"));
    }

    @Test
    void evidenceIsBoundedEvenWhenItsSourceIsNot() throws Exception {
        History history = history();
        Attempt attempt = attempt(history.newId("server", clock.instant()));
        Evidence huge = new Evidence("output", "Last output", "x".repeat(10_000_000) + "end");
        history.show(attempt);
        history.write(new PostMortem(attempt, null, List.of(), List.of(), java.util.Collections.nCopies(50, huge)));

        assertThat(Files.size(base.resolve("restart/" + attempt.id() + ".json")))
                .isLessThan(1_000_000);
        assertThat(history.find(attempt.id()).evidence())
                .hasSize(10)
                .allSatisfy(one -> assertThat(one.text()).hasSize(65_536).endsWith("end"));
    }

    @Test
    void whatTheDiskRefusesIsKeptInMemoryButNotWithoutEnd() {
        History history = history();
        home.refuseWrites(true);
        for (int i = 0; i < 30; i++) {
            clock.advance(Duration.ofSeconds(1));
            add(history);
        }

        List<Attempt> attempts = history.attempts();
        assertThat(history.find(attempts.get(0).id()).decisions()).containsExactly("why");
        assertThat(history.find(attempts.get(29).id()).decisions()).doesNotContain("why");
    }

    private void pass(Duration duration) {
        clock.advance(duration);
        millis += duration.toMillis();
    }

    private Path fileOf(Attempt attempt) {
        return base.resolve("restart/" + attempt.id() + ".json");
    }

    private History history() {
        return new History(home, clock::instant, () -> millis);
    }

    private Attempt add(History history) {
        Attempt attempt = attempt(history.newId("server", clock.instant()));
        history.show(attempt);
        history.write(new PostMortem(attempt, null, List.of(), List.of("why"), List.of()));
        return attempt;
    }

    private Attempt attempt(String id) {
        return new Attempt(id, clock.instant(), "server", "ended", "It ended.", null, 9, 0, Outcome.GAVE_UP, null);
    }
}
