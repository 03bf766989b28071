package opencode.nexus.hub;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps events in a ring in memory. Publishers take turns at one lock, held for about as long as it takes to store a
 * reference; followers take none. A changed configuration begins a new epoch.
 */
@Component(configurationPid = "opencode.nexus.hub", immediate = true)
@Designate(ocd = RingHub.Config.class)
public final class RingHub implements EventHub {
    private static final Logger LOG = LoggerFactory.getLogger(RingHub.class);
    private static final String CHAT = "chat";
    private static final int MOST_EVENTS = 4_194_304;
    private static final int MOST_DIGITS = 18;
    private static final int MOST_PASSING = 4_096;
    private static final long MOST_PASSING_BYTES = 8_388_608;

    @ObjectClassDefinition(name = "Nexus: event hub")
    public @interface Config {
        @AttributeDefinition(description = "How many events are kept for browsers that come back", min = "1")
        int maxEvents() default 65_536;

        @AttributeDefinition(description = "How much memory these may take, in bytes", min = "1")
        long maxBytes() default 16_777_216;

        @AttributeDefinition(description = "How many unfinished texts are kept", min = "1")
        int maxTexts() default 1_000;

        @AttributeDefinition(description = "How many characters these may have in all", min = "1")
        long maxTextCharacters() default 67_108_864;
    }

    private final Object lock = new Object();
    private final String epoch;
    private final String prefix;
    private final EventRing ring;
    private final EventRing passing = new EventRing(MOST_PASSING, MOST_PASSING_BYTES);
    private final RunningTexts texts;
    private final List<RingFeed> feeds = new CopyOnWriteArrayList<>();

    @Activate
    public RingHub(Config config, @Reference NexusHome home) {
        epoch = Epoch.next(home);
        prefix = epoch + "-";
        ring = new EventRing(Math.min(Math.max(1, config.maxEvents()), MOST_EVENTS), Math.max(1, config.maxBytes()));
        texts = new RunningTexts(Math.max(1, config.maxTexts()), Math.max(1, config.maxTextCharacters()));
        LOG.info("Event hub begins epoch {}", epoch);
    }

    @Override
    public String publish(String topic, String type, String json) {
        if (json.indexOf('\n') >= 0 || json.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("data of " + type + " has more than one line");
        }
        String id;
        synchronized (lock) {
            id = add(topic, type, null, json);
        }
        wake(topic);
        return id;
    }

    @Override
    public String cursor() {
        return id(ring.newest());
    }

    @Override
    public String epoch() {
        return epoch;
    }

    @Override
    public Feed follow(@Nullable String after, Set<String> topics, Runnable wake) {
        // Under the lock, so that every event is either before the position found here or wakes the new feed.
        synchronized (lock) {
            long newest = ring.newest();
            long asked = after == null ? newest : sequence(after);
            boolean known = asked >= ring.oldest() - 1 && asked <= newest;
            long position = known ? asked : newest;
            RingFeed feed = new RingFeed(
                    ring,
                    passing,
                    this::id,
                    known ? Feed.Verdict.OK : Feed.Verdict.GAP,
                    position,
                    topics,
                    wake,
                    feeds::remove);
            feeds.add(feed);
            return feed;
        }
    }

    @Override
    public int followers(String topic) {
        return (int) feeds.stream().filter(feed -> feed.follows(topic)).count();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The keys of the newest 20,000 parts are remembered after their texts have ended.
     */
    @Override
    public String begin(String sessionId, String messageId, String partId, String text) {
        synchronized (lock) {
            return texts.begin(sessionId, messageId, partId, text);
        }
    }

    @Override
    public boolean append(String partId, String text) {
        synchronized (lock) {
            Optional<String> key = texts.append(partId, text);
            if (key.isEmpty()) {
                return false;
            }
            add(CHAT, NexusEvent.TEXT, key.get(), text);
        }
        wake(CHAT);
        return true;
    }

    @Override
    public void freeze(String sessionId) {
        synchronized (lock) {
            texts.freeze(sessionId);
        }
    }

    @Override
    public void end(String partId) {
        synchronized (lock) {
            texts.remove(partId);
        }
    }

    @Override
    public void forget(String sessionId) {
        synchronized (lock) {
            texts.removeAll(sessionId);
        }
    }

    @Override
    public Running running(String sessionId) {
        String cursor;
        List<GrowingText.Snapshot> snapshots;
        synchronized (lock) {
            cursor = cursor();
            snapshots = texts.snapshots(sessionId);
            // A page has what is up to here, so nobody may be given what comes next in one piece with it.
            ring.endBatchHere();
        }
        return new Running(
                cursor, snapshots.stream().map(GrowingText.Snapshot::text).toList());
    }

    @Override
    public Set<String> runningSessions() {
        synchronized (lock) {
            return texts.sessions();
        }
    }

    private String add(String topic, String type, @Nullable String part, String data) {
        if (PASSING.contains(topic)) {
            passing.add(new NexusEvent(cursor(), topic, type, part, data));
            return cursor();
        }
        String id = id(ring.newest() + 1);
        ring.add(new NexusEvent(id, topic, type, part, data));
        return id;
    }

    /** Never under the lock: what a follower does there must not hold up other publishers. */
    private void wake(String topic) {
        for (RingFeed feed : feeds) {
            feed.wake(topic);
        }
    }

    private String id(long sequence) {
        return prefix + sequence;
    }

    /** The number in an id of this epoch; -1 when it is no such id. */
    private long sequence(String id) {
        String digits = id.startsWith(prefix) ? id.substring(prefix.length()) : "";
        if (digits.isEmpty()
                || digits.length() > MOST_DIGITS
                || !digits.chars().allMatch(digit -> digit >= '0' && digit <= '9')) {
            return -1;
        }
        return Long.parseLong(digits);
    }
}
