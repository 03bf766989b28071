package opencode.nexus.search;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was heard of OpenCode and is not in the index yet. It is bounded: what is too much for it is found again by
 * comparing. Safe for use by several threads, of which one works it off.
 */
final class Backlog {
    private static final int MOST_SESSIONS = 1_000;
    private static final int MOST_MESSAGES = 20;

    /** Sessions, each with its messages that changed, or with none when there were too many to name. */
    private final Map<String, Set<String>> touched = new LinkedHashMap<>();

    private long touchedAt;
    private long connectedAt;
    private boolean connected;
    private boolean compare;
    private boolean rebuild;
    private boolean hurry;
    private boolean closed;
    private boolean news;
    private volatile long textAt = System.nanoTime() - Duration.ofDays(1).toNanos();

    /** Messages of a session to read again; all of it when none is named. */
    record Touched(String sessionId, Set<String> messageIds) {}

    // ---- what is heard ----

    synchronized void connected() {
        connected = true;
        connectedAt = System.nanoTime();
        compare();
    }

    synchronized void disconnected() {
        connected = false;
    }

    synchronized void touch(String sessionId, String messageId) {
        touch(new Touched(sessionId, Set.of(messageId)));
    }

    synchronized void touch(Touched again) {
        if (touched.isEmpty()) {
            touchedAt = System.nanoTime();
        }
        Set<String> known = touched.get(again.sessionId());
        if (known == null && touched.size() >= MOST_SESSIONS) {
            compare();
            return;
        }
        boolean all = known != null && known.isEmpty() || again.messageIds().isEmpty();
        Set<String> ids = known == null ? new HashSet<>() : known;
        ids.addAll(again.messageIds());
        if (all || ids.size() > MOST_MESSAGES) {
            ids.clear();
        }
        touched.put(again.sessionId(), ids);
        wake();
    }

    /** The session is gone: nothing of it is to be read. */
    synchronized void forget(String sessionId) {
        touched.remove(sessionId);
        wake();
    }

    /** A piece of an answer came. Called very often. */
    void text() {
        textAt = System.nanoTime();
    }

    synchronized void compare() {
        compare = true;
        wake();
    }

    synchronized void rebuild() {
        rebuild = true;
        hurry();
    }

    /** Somebody waits: no more idling before the first work. */
    synchronized void hurry() {
        hurry = true;
        wake();
    }

    synchronized void close() {
        closed = true;
        wake();
    }

    synchronized void wake() {
        news = true;
        notifyAll();
    }

    // ---- what is to be done ----

    /** Waits until it is time to begin: a while after the connection, or when somebody waits. */
    synchronized void awaitBegin(Duration idle) throws InterruptedException {
        while (!closed && !hurry) {
            long left = connected ? connectedAt + idle.toNanos() - System.nanoTime() : Long.MAX_VALUE;
            if (left <= 0) {
                return;
            }
            park(left);
        }
    }

    /** Waits until there is news since the last call, but not longer than this. */
    synchronized void await(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); left > 0 && !news && !closed; left = end - System.nanoTime()) {
            park(left);
        }
        news = false;
    }

    private void park(long nanos) throws InterruptedException {
        wait(nanos == Long.MAX_VALUE ? 0 : nanos / 1_000_000 + 1);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    synchronized boolean isConnected() {
        return connected;
    }

    boolean isStreaming(Duration within) {
        return System.nanoTime() - textAt < within.toNanos();
    }

    /** Whether what the index lacks is not known at the moment. */
    synchronized boolean wantsCompare() {
        return compare || rebuild;
    }

    synchronized boolean takeRebuild() {
        boolean taken = rebuild;
        // In one step, so that nobody sees a moment in which nothing is wanted.
        compare |= rebuild;
        rebuild = false;
        return taken;
    }

    synchronized void takeCompare() {
        compare = false;
    }

    /** How long until {@link #takeTouched} gives something, if nothing new happens. */
    synchronized Optional<Duration> untilTouched(Duration quiet) {
        return touched.isEmpty()
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(Math.max(0, touchedAt + quiet.toNanos() - System.nanoTime())));
    }

    /** The session that was touched first; only after a quiet time, since messages change several times in a row. */
    synchronized Optional<Touched> takeTouched(Duration quiet) {
        if (touched.isEmpty() || System.nanoTime() - touchedAt < quiet.toNanos()) {
            return Optional.empty();
        }
        Map.Entry<String, Set<String>> first = touched.entrySet().iterator().next();
        touched.remove(first.getKey());
        return Optional.of(new Touched(first.getKey(), Set.copyOf(first.getValue())));
    }
}
