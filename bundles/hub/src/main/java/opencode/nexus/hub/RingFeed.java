package opencode.nexus.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A position in the ring. What was and what comes are read alike, and nothing is queued for anybody. */
final class RingFeed implements Feed {
    private static final Logger LOG = LoggerFactory.getLogger(RingFeed.class);

    private final EventRing ring;
    private final Verdict verdict;
    private final String start;
    private final Set<String> topics;
    private final Runnable wake;
    private final Consumer<RingFeed> onClose;
    private volatile long position;
    private volatile boolean wakeFailed;

    /** @param position number of the event after which this feed begins, whose id is {@code start} */
    RingFeed(
            EventRing ring,
            Verdict verdict,
            long position,
            String start,
            Set<String> topics,
            Runnable wake,
            Consumer<RingFeed> onClose) {
        this.ring = ring;
        this.verdict = verdict;
        this.position = position;
        this.start = start;
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
        return found;
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
