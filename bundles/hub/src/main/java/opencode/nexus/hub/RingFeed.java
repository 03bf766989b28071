package opencode.nexus.hub;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A position in the ring. What was and what comes are read alike, and nothing is queued for anybody. Passing events have a
 * ring of their own, in which a slow reader jumps ahead.
 */
final class RingFeed implements Feed {
    private static final Logger LOG = LoggerFactory.getLogger(RingFeed.class);

    private final EventRing ring;
    private final EventRing passing;
    private final LongFunction<String> ids;
    private final boolean wantsPassing;
    private final Verdict verdict;
    private final String start;
    private final Set<String> topics;
    private final Runnable wake;
    private final Consumer<RingFeed> onClose;
    private volatile long position;
    private long passed;
    private volatile boolean wakeFailed;

    /** @param position number of the event after which this feed begins */
    RingFeed(
            EventRing ring,
            EventRing passing,
            LongFunction<String> ids,
            Verdict verdict,
            long position,
            Set<String> topics,
            Runnable wake,
            Consumer<RingFeed> onClose) {
        this.ring = ring;
        this.passing = passing;
        this.ids = ids;
        this.wantsPassing = !Collections.disjoint(topics, EventHub.PASSING);
        this.passed = passing.newest();
        this.verdict = verdict;
        this.position = position;
        this.start = ids.apply(position);
        this.topics = Set.copyOf(topics);
        this.wake = wake;
        this.onClose = onClose;
    }

    @Override
    public Verdict verdict() {
        return verdict;
    }

    @Override
    public String start() {
        return start;
    }

    @Override
    public List<NexusEvent> next(int limit) throws FellBehind {
        long newest = ring.newest();
        long reached = position;
        List<NexusEvent> found = new ArrayList<>();
        while (reached < newest && found.size() < limit) {
            EventRing.Entry entry = ring.at(reached + 1);
            if (entry == null) {
                throw new FellBehind();
            }
            reached++;
            if (topics.contains(entry.event().topic())) {
                found.add(entry.event());
            }
            if (entry.endsBatch() && !found.isEmpty()) {
                break;
            }
        }
        position = reached;
        if (wantsPassing) {
            takePassing(limit - found.size(), found);
        }
        return found;
    }

    /** After the numbered ones, with the id of the last of these: a browser that comes back with it has missed none. */
    private void takePassing(int limit, List<NexusEvent> found) {
        long newest = passing.newest();
        String id = ids.apply(position);
        int left = limit;
        while (left > 0 && passed < newest) {
            EventRing.Entry entry = passing.at(passed + 1);
            if (entry == null) {
                passed = Math.max(passed + 1, passing.oldest() - 1);
                continue;
            }
            passed++;
            NexusEvent event = entry.event();
            if (topics.contains(event.topic())) {
                found.add(new NexusEvent(id, event.topic(), event.type(), null, event.data()));
                left--;
            }
        }
    }

    boolean follows(String topic) {
        return topics.contains(topic);
    }

    @Override
    public void close() {
        onClose.accept(this);
    }

    /**
     * Tells the follower about a new event, if it concerns it or if it has not looked for so long that it would soon fall
     * behind. Whatever the follower does wrong here stays here.
     */
    void wake(String topic) {
        if (!topics.contains(topic) && !isFarBehind()) {
            return;
        }
        try {
            wake.run();
        } catch (RuntimeException | LinkageError e) {
            // A follower whose bundle is gone fails with every event: once is enough.
            if (!wakeFailed) {
                wakeFailed = true;
                LOG.warn("A follower of events could not be woken", e);
            }
        }
    }

    private boolean isFarBehind() {
        long oldest = ring.oldest();
        return position < oldest + (ring.newest() - oldest) / 2;
    }
}
