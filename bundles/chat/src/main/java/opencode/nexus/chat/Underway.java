package opencode.nexus.chat;

import java.time.Instant;
import opencode.nexus.api.chat.Queue;

/** A message that may go to OpenCode, until OpenCode works on it. Not safe for use by several threads. */
final class Underway {
    private final Queue.Waiting message;
    private final boolean queued;
    private final boolean pausedBefore;
    private final RunStates.Ended endedBefore;

    private boolean handedOver;
    private boolean seen;
    private boolean lost;
    private Instant since = Instant.MAX;

    /**
     * One that may go now.
     *
     * @param queued whether it waited before
     * @param pausedBefore whether what waits behind it waited for the owner
     * @param endedBefore how the run before it ended
     */
    Underway(Queue.Waiting message, boolean queued, boolean pausedBefore, RunStates.Ended endedBefore) {
        this.message = message;
        this.queued = queued;
        this.pausedBefore = pausedBefore;
        this.endedBefore = endedBefore;
    }

    Queue.Waiting message() {
        return message;
    }

    String id() {
        return message.messageId();
    }

    boolean queued() {
        return queued;
    }

    boolean pausedBefore() {
        return pausedBefore;
    }

    RunStates.Ended endedBefore() {
        return endedBefore;
    }

    /** OpenCode took it; whether it keeps it shows later. */
    void handOver(Instant now) {
        handedOver = true;
        since = now;
    }

    boolean handedOver() {
        return handedOver;
    }

    /** OpenCode showed it: it has it. False when it did so before. */
    boolean see() {
        boolean first = !seen;
        seen = true;
        return first;
    }

    boolean seen() {
        return seen;
    }

    /** OpenCode went away meanwhile. */
    void lose() {
        lost = true;
    }

    /** Whether it was handed over before a moment. */
    boolean isOlderThan(Instant moment) {
        return handedOver && !since.isAfter(moment);
    }

    /** Whether OpenCode shows it no more, if it has not done so by now. */
    boolean isOverdue(Instant moment) {
        return handedOver && (lost || isOlderThan(moment));
    }
}
