package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.api.search.SearchService.Result;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NIOFSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the index outlives, and how it gets up to date again. */
class FillingTest {
    private static final NexusException AWAY =
            new NexusException(NexusException.Kind.UNAVAILABLE, "server-not-running", "OpenCode is not running.");

    @TempDir
    Path place;

    private final FakeHistory history = new FakeHistory();

    @Test
    void aRestartKeepsTheIndexAndReadsOnlyWhatIsNew() {
        String old = history.say("ses_a", "old guard").id();
        history.say("ses_b", "other guard");
        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.found("guard")).hasSize(2);
        }
        history.calls.clear();
        String added = history.say("ses_a", "new guard").id();

        try (Bed bed = new Bed(place, history)) {
            assertThat(bed.found("guard")).hasSize(2);
            assertThat(bed.result("guard").complete()).isFalse();
            assertThat(history.calls).isEmpty();

            bed.connected();

            assertThat(bed.found("guard")).hasSize(3).contains(old, added);
            assertThat(bed.result("guard").complete()).isTrue();
            assertThat(history.calls).containsExactly("page ses_a");
        }
    }

    @Test
    void aLongSessionIsNotReadAgainToItsBeginning() {
        for (int i = 0; i < 200; i++) {
            history.say("ses_a", "guard " + i);
        }
        new Bed(place, history).connected().close();
        assertThat(history.calls).hasSize(10);
        history.calls.clear();
        for (int i = 0; i < 30; i++) {
            history.say("ses_a", "guard again " + i);
        }

        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.result("guard").total()).isEqualTo(230);
            assertThat(history.calls).hasSize(3);
        }
    }

    @Test
    void messagesHeardOfMeanwhileDoNotHideTheGapBehindThem() {
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(place, history).connected()) {
            bed.search.onDisconnected(false);
            for (int i = 0; i < 40; i++) {
                history.say("ses_a", "guard " + i);
            }
            List<Message> heard = Stream.generate(() -> history.say("ses_a", "guard heard"))
                    .limit(20)
                    .toList();
            bed.search.onConnected();
            heard.forEach(bed::changed);
            bed.work();

            assertThat(bed.result("guard").total()).isEqualTo(61);
        }
    }

    @Test
    void whatVanishedMeanwhileIsRemoved() {
        Message taken = history.say("ses_a", "guard of old");
        history.say("ses_a", "guard");
        history.say("ses_gone", "guard");
        new Bed(place, history).connected().close();
        history.delete("ses_gone");
        history.remove(taken);
        history.session("ses_a", null);

        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.result("guard").total()).isEqualTo(1);
        }
    }

    @Test
    void anUnfinishedSessionIsLookedAtAgain() {
        history.say("ses_a", "hello");
        Message running = history.add("ses_a", Message.Role.ASSISTANT, Message.State.RUNNING, List.of());
        history.say("ses_busy", "hello");
        history.statuses.put("ses_busy", SessionStatus.BUSY);
        new Bed(place, history).connected().close();
        history.calls.clear();
        history.replace(running.in(Message.State.COMPLETE).with(List.of(FakeHistory.text("the guard"))));
        history.statuses.clear();

        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.found("guard")).containsExactly(running.id());
            assertThat(history.calls).containsExactlyInAnyOrder("page ses_a", "page ses_busy");
        }
    }

    @Test
    void rebuildingFillsItAnew() {
        Message said = history.say("ses_a", "the guard");
        try (Bed bed = new Bed(place, history).connected()) {
            history.replace(said.with(List.of(FakeHistory.text("the keeper"))));
            bed.search.rebuild();
            while (bed.search.filler().step().isZero()) {
                Result found = bed.result("keeper");
                assertThat(found.total() == 1 || !found.complete()).isTrue();
            }

            assertThat(bed.found("guard")).isEmpty();
            assertThat(bed.found("keeper")).containsExactly(said.id());
            assertThat(bed.result("keeper").complete()).isTrue();
        }
    }

    @Test
    void readingGoesOnWhenOpenCodeIsBack() {
        for (int i = 0; i < 100; i++) {
            history.say("ses_a", "guard " + i);
        }
        try (Bed bed = new Bed(place, history)) {
            bed.search.onConnected();
            step(bed, 4);
            history.failure = AWAY;
            step(bed, 2);
            bed.search.onDisconnected(true);
            bed.work();
            assertThat(bed.result("guard").complete()).isFalse();

            history.failure = null;
            bed.connected();

            assertThat(bed.result("guard").total()).isEqualTo(100);
            assertThat(bed.result("guard").complete()).isTrue();
        }
    }

    @Test
    void aSessionThatCannotBeReadDoesNotStopTheOthers() {
        history.say("ses_a", "guard");
        FakeHistory broken = new FakeHistory();
        broken.say("ses_a", "guard");
        broken.session("ses_b", null);
        broken.delete("ses_b");
        try (Bed bed = new Bed(place, broken).connected()) {
            Message said = broken.say("ses_a", "guard again");
            broken.failure = new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "No.");
            bed.changed(said);
            bed.work();
            broken.failure = null;
            assertThat(bed.result("guard").total()).isEqualTo(1);

            bed.connected();

            assertThat(bed.result("guard").total()).isEqualTo(2);
        }
    }

    @Test
    void aBugInAnAnswerIsNoDamageToTheIndex() {
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(place, history).connected()) {
            history.say("ses_b", "guard");
            history.statuses.put(null, SessionStatus.BUSY);
            bed.search.onConnected();
            step(bed, 5);
            assertThat(bed.result("guard").total()).isEqualTo(1);

            history.statuses.clear();
            bed.connected();
            assertThat(bed.result("guard").total()).isEqualTo(2);
        }
    }

    @Test
    void theClientMayBeReplaced() {
        try (Bed bed = new Bed(place, history)) {
            FakeHistory next = new FakeHistory();
            String said = next.say("ses_a", "guard").id();
            bed.search.setClient(next);
            bed.search.unsetClient(history);
            bed.connected();
            assertThat(bed.found("guard")).containsExactly(said);

            bed.search.unsetClient(next);
            bed.search.onEvent(new OpenCodeEvent.MessageRemoved("ses_a", said));
            bed.work();
            assertThat(bed.found("guard")).containsExactly(said);
        }
    }

    // ---- what can happen to files ----

    @Test
    void wrongBytesAnywhereMeanThatItIsMadeAnew() throws IOException {
        for (int i = 0; i < 30; i++) {
            history.say("ses_" + i, "the guard stands at gate " + i);
        }
        new Bed(place, history).connected().close();
        List<Path> files;
        try (Stream<Path> found = Files.list(place)) {
            files = found.filter(file -> !file.getFileName().toString().equals("write.lock"))
                    .sorted()
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(3);
        for (Path file : files) {
            for (Damage damage : Damage.values()) {
                if (Files.exists(file)) {
                    damage.to(file);
                }
                try (Bed bed = new Bed(place, history).connected()) {
                    assertThat(bed.result("guard").total())
                            .as("%s of %s", damage, file)
                            .isEqualTo(30);
                    assertThat(bed.result("guard").complete()).isTrue();
                }
            }
        }
    }

    private enum Damage {
        FLIP {
            @Override
            void to(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length / 2] ^= 0x55;
                Files.write(file, bytes);
            }
        },
        CUT {
            @Override
            void to(Path file) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
            }
        },
        EMPTY {
            @Override
            void to(Path file) throws IOException {
                Files.write(file, new byte[0]);
            }
        },
        MISSING {
            @Override
            void to(Path file) throws IOException {
                Files.delete(file);
            }
        };

        abstract void to(Path file) throws IOException;
    }

    @Test
    void anIndexOfAnotherVersionIsMadeAnew() throws IOException {
        try (var directory = new NIOFSDirectory(place);
                var writer = new org.apache.lucene.index.IndexWriter(
                        directory, new org.apache.lucene.index.IndexWriterConfig(null))) {
            writer.addDocument(new org.apache.lucene.document.Document());
        }
        String said = history.say("ses_a", "guard").id();

        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.found("guard")).containsExactly(said);
        }
    }

    @Test
    void filesThatVanishUnderItMeanThatItIsMadeAnew() throws IOException {
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(place, history).connected()) {
            try (Stream<Path> files = Files.list(place)) {
                files.forEach(file -> {
                    try {
                        Files.delete(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
            history.say("ses_a", "guard again");
            bed.connected();
            bed.search.rebuild();
            bed.work();
            assertThat(bed.result("guard").total()).isEqualTo(2);
        }
    }

    @Test
    void aFullDiskStopsTheFillingAndNotTheSearch() {
        AtomicBoolean full = new AtomicBoolean();
        Shelf shelf = new Shelf(() -> place, path -> MessageIndex.open(new Disk(path, full)));
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(history, shelf, Bed.FORCED).connected()) {
            step(bed, 1);
            full.set(true);
            Message added = history.say("ses_a", "guard again");
            bed.changed(added);
            step(bed, 20);

            assertThat(bed.result("guard").total()).isEqualTo(1);
            assertThat(bed.result("guard").complete()).isFalse();

            full.set(false);
            bed.work();
            assertThat(bed.result("guard").total()).isEqualTo(2);
            assertThat(bed.result("guard").complete()).isTrue();
        }
    }

    @Test
    void aDiskThatIsFullFromTheStartLeavesAnEmptySearch() {
        AtomicBoolean full = new AtomicBoolean(true);
        Shelf shelf = new Shelf(() -> place, path -> MessageIndex.open(new Disk(path, full)));
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(history, shelf, Bed.AT_ONCE)) {
            bed.search.onConnected();
            step(bed, 20);

            assertThat(bed.result("guard").hits()).isEmpty();
            assertThat(bed.result("guard").complete()).isFalse();
        }
    }

    @Test
    void aPlaceThatCannotBeWrittenSaysThatThereIsNoSearch() throws IOException {
        Path file = Files.createFile(place.resolve("file"));
        try (Bed bed = new Bed(history, new Shelf(() -> file), Bed.AT_ONCE)) {
            bed.search.onConnected();
            step(bed, 3);

            assertThatThrownBy(() -> bed.result("guard")).isInstanceOfSatisfying(NexusException.class, e -> {
                assertThat(e.kind()).isEqualTo(NexusException.Kind.UNAVAILABLE);
                assertThat(e.code()).isEqualTo("search-unavailable");
            });
        }
    }

    @Test
    void anInterruptedReaderDoesNotBreakTheSearchForOthers() {
        history.say("ses_a", "guard");
        try (Bed bed = new Bed(place, history).connected()) {
            Thread.currentThread().interrupt();
            try {
                bed.result("guard");
            } catch (NexusException e) {
                assertThat(e.code()).isEqualTo("search-unavailable");
            } finally {
                Thread.interrupted();
            }

            assertThat(bed.result("guard").total()).isEqualTo(1);
            history.say("ses_a", "guard again");
            bed.connected();
            assertThat(bed.result("guard").total()).isEqualTo(2);
        }
    }

    @Test
    void afterTheEndThereIsNoSearch() {
        history.say("ses_a", "guard");
        Bed bed = new Bed(place, history).connected();
        bed.close();

        assertThatThrownBy(() -> bed.result("guard"))
                .isInstanceOfSatisfying(
                        NexusException.class, e -> assertThat(e.code()).isEqualTo("search-unavailable"));
        assertThat(bed.search.filler().step()).isEqualTo(Duration.ZERO);
        bed.close();
    }

    private static void step(Bed bed, int steps) {
        for (int i = 0; i < steps; i++) {
            bed.search.filler().step();
        }
    }

    /** A disk that can be full. */
    private static final class Disk extends FilterDirectory {
        private final AtomicBoolean full;

        Disk(Path place, AtomicBoolean full) throws IOException {
            super(new NIOFSDirectory(place));
            this.full = full;
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            if (full.get()) {
                throw new IOException("No space left on device");
            }
            return super.createOutput(name, context);
        }
    }
}
