package opencode.nexus.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.Feed.FellBehind;
import opencode.nexus.api.event.NexusEvent;

/** However publishing, reading, breaking off and coming back follow each other: each event exactly once, or a gap. */
class ResumeTest {
    private static final Set<String> WANTED = Set.of("chat", "server");
    private static Path directory;

    private enum Act {
        PUBLISH,
        READ,
        BREAK_OFF,
        RESTART
    }

    private record Step(Act act, int amount) {}

    @BeforeContainer
    static void makeDirectory() throws IOException {
        directory = Files.createTempDirectory("resume");
    }

    @AfterContainer
    static void removeDirectory() throws IOException {
        Files.deleteIfExists(directory.resolve("hub/epoch"));
        Files.deleteIfExists(directory.resolve("hub"));
        Files.delete(directory);
    }

    @Property(tries = 500)
    void everyEventComesOnceOrTheGapIsTold(
            @ForAll("steps") List<Step> steps, @ForAll @IntRange(min = 1, max = 12) int kept) {
        Reader reader = new Reader(new HubLife(directory), Map.of("maxEvents", kept));

        for (Step step : steps) {
            switch (step.act) {
                case PUBLISH -> reader.publish(step.amount);
                case READ -> reader.read(step.amount);
                case BREAK_OFF -> reader.comeBack();
                case RESTART -> reader.restart();
            }
        }
        reader.readAll();

        assertThat(reader.seen).isEqualTo(reader.expected);
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Act> acts = Arbitraries.frequency(
                Tuple.of(10, Act.PUBLISH), Tuple.of(8, Act.READ), Tuple.of(4, Act.BREAK_OFF), Tuple.of(1, Act.RESTART));
        return acts.flatMap(act -> Arbitraries.integers().between(1, 6).map(amount -> new Step(act, amount)))
                .list()
                .ofMaxSize(60);
    }

    /** A browser: remembers only the id of what it saw last. After a gap it takes what was published as fetched anew. */
    private static final class Reader {
        private final HubLife life;
        private final Map<String, Object> configuration;
        private final int kept;
        private final List<String> expected = new ArrayList<>();
        private final List<String> seen = new ArrayList<>();
        private RingHub hub;
        private Feed feed;
        private String last;
        private int published;
        private int publishedInEpoch;
        private boolean otherEpoch;

        Reader(HubLife life, Map<String, Object> configuration) {
            this.life = life;
            this.configuration = configuration;
            this.kept = (int) configuration.get("maxEvents");
            hub = life.next(configuration);
            feed = hub.follow(null, WANTED, () -> {});
            last = feed.start();
        }

        void publish(int count) {
            for (int i = 0; i < count; i++) {
                published++;
                publishedInEpoch++;
                String topic = List.of("chat", "server", "tunnel").get(published % 3);
                hub.publish(topic, "event", Integer.toString(published));
                if (WANTED.contains(topic)) {
                    expected.add(Integer.toString(published));
                }
            }
        }

        void read(int limit) {
            if (otherEpoch) {
                return;
            }
            try {
                List<NexusEvent> found = feed.next(limit);
                assertThat(found).hasSizeLessThanOrEqualTo(limit);
                for (NexusEvent event : found) {
                    seen.add(event.data());
                    last = event.id();
                }
            } catch (FellBehind e) {
                assertThat(publishedInEpoch - sequence(last)).isGreaterThan(kept);
                comeBack();
            }
        }

        void comeBack() {
            feed.close();
            feed = hub.follow(last, WANTED, () -> {});
            boolean mustBeGap = otherEpoch || publishedInEpoch - sequence(last) > kept;
            assertThat(feed.verdict()).isEqualTo(mustBeGap ? Feed.Verdict.GAP : Feed.Verdict.OK);
            if (mustBeGap) {
                assertThat(feed.start()).isEqualTo(hub.cursor());
                seen.clear();
                seen.addAll(expected);
            }
            last = feed.start();
            otherEpoch = false;
        }

        void restart() {
            hub = life.next(configuration);
            publishedInEpoch = 0;
            otherEpoch = true;
        }

        void readAll() {
            if (otherEpoch) {
                comeBack();
            }
            int before;
            do {
                before = seen.size();
                read(100);
            } while (seen.size() > before);
        }

        private static int sequence(String id) {
            return Integer.parseInt(id.substring(id.indexOf('-') + 1));
        }
    }
}
