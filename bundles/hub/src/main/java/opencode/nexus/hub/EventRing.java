package opencode.nexus.hub;

import java.util.concurrent.atomic.AtomicReferenceArray;
import opencode.nexus.api.event.NexusEvent;
import org.jspecify.annotations.Nullable;

/**
 * The newest events, bounded by number and by size. One thread at a time adds; any number read at the same moment and
 * without a lock, so that a reader who is put to sleep never holds up a publisher.
 */
final class EventRing {
    /** What an event of no data costs in memory, about: its id, its record and its place here. */
    private static final int OVERHEAD = 128;

    private final AtomicReferenceArray<@Nullable Entry> slots;
    private final long maxBytes;
    private long bytes;
    private volatile long oldest = 1;
    private volatile long newest;

    EventRing(int maxEvents, long maxBytes) {
        this.slots = new AtomicReferenceArray<>(maxEvents);
        this.maxBytes = maxBytes;
    }

    /** Adds the event with the number {@code newest() + 1}. The newest one is kept whatever its size. */
    void add(NexusEvent event) {
        long sequence = newest + 1;
        if (sequence - oldest == slots.length()) {
            dropOldest();
        }
        Entry entry = new Entry(sequence, event);
        slots.set(slot(sequence), entry);
        bytes += entry.bytes();
        newest = sequence;
        while (bytes > maxBytes && oldest < sequence) {
            dropOldest();
        }
    }

    /** Number of the newest event, 0 before the first. */
    long newest() {
        return newest;
    }

    /** Number of the oldest event kept. */
    long oldest() {
        return oldest;
    }

    /** The event with a number that was given out already, or null when it is not kept any more. */
    @Nullable
    Entry at(long sequence) {
        Entry entry = slots.get(slot(sequence));
        return entry == null || entry.sequence != sequence ? null : entry;
    }

    /** Marks the newest event as the last one that a reader may take together with those before it. */
    void endBatchHere() {
        Entry entry = newest == 0 ? null : slots.get(slot(newest));
        if (entry != null) {
            entry.endsBatch = true;
        }
    }

    private void dropOldest() {
        Entry entry = slots.getAndSet(slot(oldest), null);
        if (entry != null) {
            bytes -= entry.bytes();
        }
        oldest = oldest + 1;
    }

    private int slot(long sequence) {
        return (int) (sequence % slots.length());
    }

    /** One event in its place. */
    static final class Entry {
        private final long sequence;
        private final NexusEvent event;
        private volatile boolean endsBatch;

        private Entry(long sequence, NexusEvent event) {
            this.sequence = sequence;
            this.event = event;
        }

        NexusEvent event() {
            return event;
        }

        /** Whether a reader must take what follows by itself. */
        boolean endsBatch() {
            return endsBatch;
        }

        private int bytes() {
            return OVERHEAD + 2 * event.data().length();
        }
    }
}
