package opencode.nexus.chat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeEvent;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a message may go to OpenCode: at once when its session does nothing, else after those that wait. Everything
 * happens under the board's lock, which events take too: a run can neither begin nor end while that is decided.
 *
 * <p>A message is {@link Underway under way} from the moment it may go until OpenCode works on it. OpenCode takes every
 * message at first; only when it shows the message it really has it. A failure before that means that it refused.
 */
final class Turns {

    /** Told what becomes of messages. Called under the board's lock: must return at once. */
    interface Listener {

        /** The first message that waits in this session may go. */
        void mayGoOn(String sessionId);

        /** Nobody knows how the last run ended, or what became of a message: OpenCode has to be asked. */
        void unsure(String sessionId);

        /** OpenCode has a message. */
        void arrived(String sessionId, Queue.Waiting message);

        /** OpenCode does not want a message. */
        void refused(String sessionId, Queue.Waiting message, String reason);
    }

    private final Object lock;
    private final RunStates runs;
    private final Queues queues;
    private final BoardEvents events;
    private final Consumer<String> tell;
    private final Map<String, Underway> underway = new HashMap<>();
    /** Sessions whose last message was refused: OpenCode tells the reason twice. */
    private final Set<String> refused = new HashSet<>();
    /** Sessions in which something waits, but nothing is known of the run before. */
    private final Set<String> unsure;

    private @Nullable Listener listener;
    private boolean connected;

    /**
     * Begins with what waited before.
     *
     * @param lock the board's
     * @param tell publishes a session that changed
     */
    Turns(Object lock, RunStates runs, NexusHome home, BoardEvents events, Consumer<String> tell) {
        this.lock = lock;
        this.runs = runs;
        this.queues = new Queues(home);
        this.events = events;
        this.tell = tell;
        this.unsure = new HashSet<>(queues.sessions());
    }

    void attach(Listener attached) {
        synchronized (lock) {
            listener = attached;
            queues.sessions().forEach(this::goOn);
            askAgain(Instant.MAX);
        }
    }

    void detach(Listener detached) {
        synchronized (lock) {
            if (listener == detached) {
                listener = null;
            }
        }
    }

    // ---- what the owner does ----

    /**
     * Lets a message go, or wait.
     *
     * @return true when it goes now: the caller has to send it, and to say what came of it
     * @throws NexusException CONFLICT {@code queue-full}; UNAVAILABLE when it cannot be written down
     */
    boolean enter(String session, Queue.Waiting message) {
        synchronized (lock) {
            boolean paused = queues.isPaused(session);
            if (!isFree(session) || (!queues.items(session).isEmpty() && !paused)) {
                queues.add(session, message);
                changed(session);
                return false;
            }
            begin(session, new Underway(message, false, paused, runs.ended(session)));
            // What OpenCode refused is not tried again by itself.
            if (!isRefused(session) && queues.pause(session, false)) {
                changed(session);
            }
            return true;
        }
    }

    /** What waits in a session. */
    Queue queue(String session) {
        synchronized (lock) {
            return view(session);
        }
    }

    /** Takes a message out of the queue; nothing when it does not wait any more. */
    Optional<Queue.Waiting> takeBack(String session, String messageId) {
        synchronized (lock) {
            Optional<Queue.Waiting> found = visible(session).stream()
                    .filter(message -> message.messageId().equals(messageId))
                    .findFirst();
            if (found.isPresent()) {
                queues.remove(session, messageId);
                changed(session);
                goOn(session);
            }
            return found;
        }
    }

    void resume(String session) {
        synchronized (lock) {
            unsure.remove(session);
            if (queues.pause(session, false)) {
                changed(session);
            }
            goOn(session);
        }
    }

    /** What waits now waits for the owner. */
    void pause(String session) {
        synchronized (lock) {
            if (queues.pause(session, true)) {
                changed(session);
            }
        }
    }

    // ---- who sends ----

    /** Whether a message waits, or is just leaving the queue. */
    boolean holds(String session, String messageId) {
        synchronized (lock) {
            return queues.items(session).stream().anyMatch(item -> item.id().equals(messageId));
        }
    }

    /** The message that may go now; nothing when none may. */
    Optional<Queues.Item> next(String session) {
        synchronized (lock) {
            return mayGoOn(session) ? Optional.of(queues.items(session).get(0)) : Optional.empty();
        }
    }

    /**
     * The first message of the queue goes.
     *
     * @return false when it may not any more
     */
    boolean begin(String session, Queues.Item item) {
        synchronized (lock) {
            if (!mayGoOn(session) || !queues.items(session).get(0).id().equals(item.id())) {
                return false;
            }
            // Before it is sent: after a crash OpenCode is asked for it first.
            queues.tried(session, item.id(), true);
            begin(session, new Underway(item.message(), true, false, runs.ended(session)));
            changed(session);
            return true;
        }
    }

    /** OpenCode has had this message since it was tried before: it waits no longer. */
    void hadArrived(String session, Queues.Item item) {
        synchronized (lock) {
            if (queues.remove(session, item.id())) {
                changed(session);
                arrived(session, item.message());
            }
            goOn(session);
        }
    }

    /** OpenCode took the message. What it makes of it shows later. */
    void handedOver(String session, String messageId, Instant now) {
        synchronized (lock) {
            underway(session, messageId).ifPresent(message -> message.handOver(now));
        }
    }

    /**
     * The message could not be handed over: all is as before.
     *
     * @return false when OpenCode has it all the same
     */
    boolean failed(String session, String messageId) {
        synchronized (lock) {
            Optional<Underway> message = underway(session, messageId).filter(one -> !one.seen());
            message.ifPresent(one -> takeBack(session, one, one.queued() || one.pausedBefore()));
            return message.isPresent();
        }
    }

    /** The message cannot be sent as it is. */
    void refused(String session, String messageId, String reason) {
        synchronized (lock) {
            underway(session, messageId)
                    .filter(message -> !message.seen())
                    .ifPresent(message -> refuse(session, message, reason));
        }
    }

    // ---- what nobody heard of ----

    /** Whether nobody knows how the last run of a session ended. */
    boolean isUnsure(String session) {
        synchronized (lock) {
            return unsure.contains(session);
        }
    }

    /** A message that was handed over and is not worked on yet. */
    Optional<String> unsettled(String session) {
        synchronized (lock) {
            return Optional.ofNullable(underway.get(session))
                    .filter(Underway::handedOver)
                    .map(Underway::id);
        }
    }

    /** Has OpenCode asked about everything that is not known, and about messages handed over before a moment. */
    void askAgain(Instant before) {
        synchronized (lock) {
            Listener asked = listener;
            if (!connected || asked == null) {
                return;
            }
            Set<String> sessions = new HashSet<>(unsure);
            // OpenCode said that they do nothing, but not that their answer is there.
            queues.sessions().stream()
                    .filter(session -> runs.isAnswering(session) && !runs.isBusy(session))
                    .forEach(sessions::add);
            underway.forEach((session, message) -> {
                if (message.isOlderThan(before)) {
                    sessions.add(session);
                }
            });
            sessions.forEach(asked::unsure);
        }
    }

    /** OpenCode was asked, and says that a session does nothing. */
    void quiet(String session) {
        synchronized (lock) {
            if (!runs.isBusy(session)) {
                runs.over(session);
                moved(session, false);
            }
        }
    }

    /** OpenCode was asked how the last run of a session ended. */
    void sure(String session, boolean endedWell) {
        synchronized (lock) {
            if (unsure.remove(session) && !endedWell) {
                pause(session);
            }
            goOn(session);
        }
    }

    /**
     * OpenCode was asked about a message that was handed over.
     *
     * @param overdue one that was handed over before this moment does not come any more
     */
    void settle(String session, String messageId, boolean arrived, boolean busy, Instant overdue) {
        synchronized (lock) {
            Underway message = underway(session, messageId).orElse(null);
            if (message == null) {
                return;
            }
            if (arrived) {
                seen(session, message);
            }
            if (!message.seen()) {
                if (message.isOverdue(overdue)) {
                    refuse(session, message, "OpenCode took the message but did not keep it.");
                }
                return;
            }
            if (!busy || runs.isAnswering(session)) {
                underway.remove(session);
                tell.accept(session);
                goOn(session);
            }
        }
    }

    // ---- what the board hears; it holds the lock ----

    /** Whether OpenCode was given a message, or is about to be, that it does not work on yet. */
    boolean isUnderway(String session) {
        return underway.containsKey(session);
    }

    /** How many messages wait; null when none does. */
    @Nullable
    Integer waiting(String session) {
        int count = visible(session).size();
        return count == 0 ? null : count;
    }

    void onMessage(Message message) {
        underway(message.sessionId(), message.id()).ifPresent(mine -> seen(message.sessionId(), mine));
    }

    /** True when this failure is that of a message OpenCode refused, and not of a run. */
    boolean isRefusal(OpenCodeEvent.SessionFailed failed) {
        String session = String.valueOf(failed.sessionId());
        Underway mine = underway.get(session);
        if (mine == null) {
            return refused.contains(session) && !runs.isAnswering(session);
        }
        if (mine.seen() || failed.aborted()) {
            return false;
        }
        refuse(session, mine, failed.message());
        return true;
    }

    /**
     * A session began or ended to do something, or may have.
     *
     * @param idle whether OpenCode just said that it does nothing
     */
    void moved(String session, boolean idle) {
        if (runs.isBusy(session)) {
            refused.remove(session);
        }
        Underway mine = underway.get(session);
        boolean begun = idle || runs.isAnswering(session) || runs.failure(session) != null;
        if (mine != null && mine.seen() && begun) {
            underway.remove(session);
        }
        if (runs.takeEnd(session) == RunStates.End.BADLY) {
            pause(session);
        }
        goOn(session);
    }

    /** All is known again; but what ended meanwhile, and how, nobody heard. */
    void connected() {
        connected = true;
        unsure.addAll(queues.sessions());
        unsure.removeIf(runs::isAnswering);
        askAgain(Instant.MAX);
    }

    /** OpenCode is gone, and with it what it worked on. */
    void lost() {
        connected = false;
        underway.values().removeIf(Underway::seen);
        underway.values().forEach(Underway::lose);
        queues.sessions().forEach(this::pause);
    }

    void forget(String session) {
        underway.remove(session);
        refused.remove(session);
        unsure.remove(session);
        queues.forget(session);
    }

    /** The uploads that messages take along which wait or are under way. */
    Set<String> uploads() {
        synchronized (lock) {
            Set<String> uploads = new HashSet<>();
            for (String session : queues.sessions()) {
                queues.items(session).forEach(item -> uploads.addAll(Uploads.of(item.message())));
            }
            underway.values().forEach(message -> uploads.addAll(Uploads.of(message.message())));
            return uploads;
        }
    }

    // ---- inside ----

    private boolean isFree(String session) {
        return !underway.containsKey(session) && !runs.isAnswering(session);
    }

    private boolean mayGoOn(String session) {
        return isFree(session)
                && !unsure.contains(session)
                && !queues.isPaused(session)
                && !queues.items(session).isEmpty();
    }

    private boolean isRefused(String session) {
        List<Queues.Item> items = queues.items(session);
        return !items.isEmpty() && items.get(0).message().problem() != null;
    }

    private void goOn(String session) {
        Listener told = listener;
        if (told != null && mayGoOn(session)) {
            told.mayGoOn(session);
        }
    }

    private void begin(String session, Underway message) {
        underway.put(session, message);
        refused.remove(session);
        // What goes wrong from now on belongs to this message.
        runs.goesOn(session);
        tell.accept(session);
    }

    private void seen(String session, Underway message) {
        if (message.see()) {
            queues.remove(session, message.id());
            arrived(session, message.message());
        }
    }

    private void arrived(String session, Queue.Waiting message) {
        Listener told = listener;
        if (told != null) {
            told.arrived(session, message);
        }
    }

    private void refuse(String session, Underway message, String reason) {
        String plain = plain(reason);
        refused.add(session);
        if (message.queued()) {
            queues.refused(session, message.id(), plain);
        }
        Listener told = listener;
        if (told != null) {
            told.refused(session, message.message(), plain);
        }
        takeBack(session, message, true);
        events.refused(session, message.message(), plain);
    }

    /** The first line, without the name of a class in front of it: the rest is for programmers. */
    private static String plain(String reason) {
        String line = reason.lines().findFirst().orElse("").strip();
        String said =
                line.replaceFirst("^(?:[A-Za-z]*(?:Error|Exception): )+", "").strip();
        return said.isEmpty() ? "OpenCode refused the message and did not say why." : said;
    }

    private void takeBack(String session, Underway message, boolean pause) {
        underway.remove(session);
        runs.restore(session, message.endedBefore());
        if (queues.pause(session, pause) || message.queued()) {
            changed(session);
        }
        tell.accept(session);
        goOn(session);
    }

    private Optional<Underway> underway(String session, String messageId) {
        return Optional.ofNullable(underway.get(session))
                .filter(message -> message.id().equals(messageId));
    }

    /** What waits, without the message that is just leaving. */
    private List<Queue.Waiting> visible(String session) {
        Underway leaving = underway.get(session);
        List<Queue.Waiting> visible = new ArrayList<>();
        for (Queues.Item item : queues.items(session)) {
            if (leaving == null || !item.id().equals(leaving.id())) {
                visible.add(item.message());
            }
        }
        return visible;
    }

    private Queue view(String session) {
        List<Queue.Waiting> messages = visible(session);
        return new Queue(session, queues.isPaused(session) && !messages.isEmpty(), messages);
    }

    private void changed(String session) {
        events.queue(view(session));
        tell.accept(session);
    }
}
