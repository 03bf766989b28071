package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import opencode.nexus.api.search.SearchService.Hit;
import opencode.nexus.api.search.SearchService.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prints how long it takes; only what is found is asserted. */
class ManyMessagesTest {
    private static final int MESSAGES = 12_000;
    private static final int SESSIONS = 150;
    private static final String[] SYLLABLES =
            "ba co di fu ge ha ki lo me nu or pa qui ra se ti um ve wo xi yo za".split(" ");

    @TempDir
    Path place;

    private final Random random = new Random(42);
    private final FakeHistory history = new FakeHistory();
    private final List<String> needles = new ArrayList<>();

    @Test
    void twelveThousandMessagesAreReadAndFound() throws IOException {
        write();
        try (Bed bed = new Bed(place, history)) {
            long begin = cpu();
            bed.connected();
            System.out.printf(
                    Locale.ROOT, "%d messages read in %.1f s of processor time, ", MESSAGES, (cpu() - begin) / 1e9);
            for (int i = 0; i < needles.size(); i += 97) {
                assertThat(bed.found("needle" + i + "end")).containsExactly(needles.get(i));
            }
            assertThat(bed.result("common").total()).isEqualTo(MESSAGES);
            double[] millis = new double[100];
            for (int i = 0; i < millis.length; i++) {
                String query = i % 5 == 0 ? "c" : i % 5 == 1 ? "common" : word() + " " + word().substring(0, 2);
                long start = cpu();
                bed.search.search(query, null, 50, 0);
                millis[i] = (cpu() - start) / 1e6;
            }
            Arrays.sort(millis);
            System.out.printf(
                    Locale.ROOT, "searched in ms: median %.1f  p95 %.1f  max %.1f", millis[50], millis[95], millis[99]);
        }
        try (Stream<Path> files = Files.list(place)) {
            long bytes = files.mapToLong(ManyMessagesTest::size).sum();
            System.out.printf(Locale.ROOT, ", %.1f MB on disk%n", bytes / 1e6);
        }
        history.calls.clear();
        try (Bed bed = new Bed(place, history).connected()) {
            assertThat(bed.found("needle0end")).containsExactly(needles.get(0));
            assertThat(history.calls).isEmpty();
        }
    }

    @Test
    void theThreadDoesItAloneAndStops() throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            history.say("ses_" + i % 7, "the guard " + i);
        }
        Pace soon = new Pace(
                Duration.ofMillis(1),
                Duration.ofMillis(1),
                Duration.ofMillis(1),
                Duration.ofMillis(1),
                Duration.ofMillis(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(1));
        LuceneSearch search = new LuceneSearch(new Shelf(() -> place), soon);
        search.setClient(history);
        Thread thread = search.start();
        search.onConnected();
        Result found = search.search("guard", null, 1, 0);
        CountDownLatch never = new CountDownLatch(1);
        for (int tries = 0; tries < 3_000 && !found.complete(); tries++) {
            assertThat(never.await(10, TimeUnit.MILLISECONDS)).isFalse();
            found = search.search("guard", null, 1, 0);
        }
        assertThat(found.total()).isEqualTo(300);
        assertThat(found.hits().stream().map(Hit::snippet)).containsExactly("the guard 299");

        search.close();

        assertThat(thread.isAlive()).isFalse();
        assertThat(thread.getName()).isEqualTo("nexus-search");
    }

    private void write() {
        for (int i = 0; i < MESSAGES; i++) {
            String session = "ses_" + i % SESSIONS;
            StringBuilder text = new StringBuilder("common needle" + i + "end");
            for (int words = 20 + random.nextInt(200); words > 0; words--) {
                text.append(' ').append(word());
            }
            String file = "src/" + word() + "/" + word() + ".ts";
            needles.add(
                    i % 2 == 0
                            ? history.say(session, text.toString()).id()
                            : history.answer(
                                            session,
                                            FakeHistory.text(text.toString()),
                                            FakeHistory.tool("read", Map.of("filePath", file), word()))
                                    .id());
        }
    }

    /** Frequent ones are short. */
    private String word() {
        StringBuilder word = new StringBuilder();
        do {
            word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
        } while (random.nextInt(3) > 0);
        return word.toString();
    }

    /** What this thread used: other work on the machine does not count. */
    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
