package opencode.nexus.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.Feed.FellBehind;
import opencode.nexus.api.event.NexusEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HubUnderLoadTest {
    private static final int PUBLISHERS = 4;
    private static final int EACH = 10_000;
    private static final Set<String> CHAT = Set.of("chat");

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void everyFollowerSeesEveryEventOnceAndInOrder() throws Exception {
        RingHub hub = hub(Map.of());
        List<Future<List<NexusEvent>>> followers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            followers.add(threads.submit(follower(hub, hub.cursor(), PUBLISHERS * EACH)));
        }

        publishFromManyThreads(hub);

        for (Future<List<NexusEvent>> follower : followers) {
            List<NexusEvent> seen = follower.get();
            assertThat(seen).hasSize(PUBLISHERS * EACH);
            int[] next = new int[PUBLISHERS];
            for (int i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i).id()).isEqualTo("1-" + (i + 1));
                String[] data = seen.get(i).data().split(":");
                assertThat(Integer.parseInt(data[1])).isEqualTo(next[Integer.parseInt(data[0])]++);
            }
        }
    }

    @Test
    void whoFallsBehindIsToldAndNeverShownAnEventTwiceOrOutOfOrder() throws Exception {
        RingHub hub = hub(Map.of("maxEvents", 16));
        Future<Long> tooSlow = threads.submit(() -> {
            Feed feed = hub.follow(null, CHAT, () -> {});
            long last = sequence(feed.start());
            while (last < PUBLISHERS * EACH) {
                try {
                    for (NexusEvent event : feed.next(5)) {
                        assertThat(sequence(event.id())).isEqualTo(last + 1);
                        last++;
                    }
                } catch (FellBehind e) {
                    feed.close();
                    feed = hub.follow(null, CHAT, () -> {});
                    assertThat(sequence(feed.start())).isGreaterThan(last);
                    last = sequence(feed.start());
                }
            }
            return last;
        });

        publishFromManyThreads(hub);

        assertThat(tooSlow.get()).isEqualTo(PUBLISHERS * EACH);
    }

    @Test
    void aTextAndTheEventsAfterItsCursorMakeTheWholeText() throws Exception {
        RingHub hub = hub(Map.of());
        String key = hub.begin("ses", "msg", "prt", "");
        StringBuilder whole = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            whole.append(i).append(' ');
        }
        Future<?> writer = threads.submit(() -> {
            for (int i = 0; i < 20_000; i++) {
                assertThat(hub.append("prt", i + " ")).isTrue();
                hub.publish("chat", "chat.session", "{}");
            }
        });

        List<EventHub.Running> snapshots = new ArrayList<>();
        while (!writer.isDone() && snapshots.size() < 200) {
            snapshots.add(hub.running("ses"));
        }
        writer.get();
        snapshots.add(hub.running("ses"));

        for (EventHub.Running snapshot : snapshots) {
            Feed feed = hub.follow(snapshot.cursor(), CHAT, () -> {});
            assertThat(feed.verdict()).isEqualTo(Feed.Verdict.OK);
            StringBuilder text = new StringBuilder(snapshot.texts().get(0).text());
            // A read ends at each cursor that was given to a page.
            for (List<NexusEvent> read = feed.next(1_000); !read.isEmpty(); read = feed.next(1_000)) {
                read.stream().filter(event -> key.equals(event.part())).forEach(event -> text.append(event.data()));
            }
            assertThat(text).isEqualToIgnoringNewLines(whole);
        }
    }

    private void publishFromManyThreads(RingHub hub) throws Exception {
        List<Future<?>> publishers = new ArrayList<>();
        for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
            int number = publisher;
            publishers.add(threads.submit(() -> {
                for (int i = 0; i < EACH; i++) {
                    hub.publish("chat", "chat.session", number + ":" + i);
                }
            }));
        }
        for (Future<?> publisher : publishers) {
            publisher.get();
        }
    }

    /** Sleeps until woken, as a browser's connection does: a lost wake-up makes it hang. */
    private static Callable<List<NexusEvent>> follower(RingHub hub, String after, int count) {
        Semaphore woken = new Semaphore(0);
        Feed feed = hub.follow(after, CHAT, woken::release);
        return () -> {
            List<NexusEvent> seen = new ArrayList<>();
            while (seen.size() < count) {
                if (!woken.tryAcquire(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("not woken after " + seen.size() + " events");
                }
                woken.drainPermits();
                List<NexusEvent> found = feed.next(100);
                while (!found.isEmpty()) {
                    seen.addAll(found);
                    found = feed.next(100);
                }
            }
            return seen;
        };
    }

    private RingHub hub(Map<String, Object> configuration) {
        return new HubLife(directory).next(configuration);
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.indexOf('-') + 1));
    }
}
