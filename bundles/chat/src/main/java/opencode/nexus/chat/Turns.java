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
 * <p>A message is <em>under way</em> from the moment it may go until OpenCode works on it. OpenCode takes every message at
 * first; only when it shows the message it really has it. A failure before that means that it refused.
 */
final class Turns {

    /** Told what becomes of messages. Called under the board's lock: must return at once. */
    interface Listener {

        /** The first message that waits in this session may go. */
        void mayGoOn(String sessionId);

        /** Nobody knows how the last run ended, or what became of a message: OpenCode has to be asked. */
        void unsure(String sessionId);

        /** OpenCode has a message, under this id. */
        void arrived(String sessionId, Queue.Waiting message, String sentAs);

        /** OpenCode does not want a message. */
        void refused(String sessionId, Queue.Waiting message, String reason);
    }

    private static final Listener NOBODY = new Listener() {
        @Override
        public void mayGoOn(String sessionId) {
            // Who comes later is told again.
        }

        @Override
        public void unsure(String sessionId) {
            // Who comes later is told again.
        }

        @Override
        public void arrived(String sessionId, Queue.Waiting message, String sentAs) {
            // The file says so.
        }

        @Override
        public void refused(String sessionId, Queue.Waiting message, String reason) {
            // The event says so.
        }
    };

    /** A message under way. */
    private static final class Underway {
        private final Queue.Waiting message;
        private final String sentAs;
        private final boolean queued;
        private final RunStates.Ended before;
        /** Whether the queue waited for the owner when this message, which did not wait in it, went out. */
        private final boolean paused;

        private boolean handedOver;
        private boolean seen;
        /** OpenCode went away meanwhile. */
        private boolean lost;

        private Instant since = Instant.MAX;

        private Underway(Queue.Waiting message, String sentAs, boolean queued, RunStates.Ended before, boolean paused) {
            this.message = message;
            this.sentAs = sentAs;
            this.queued = queued;
            this.before = before;
            this.paused = paused;
        }
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

    private Listener listener = NOBODY;
    private boolean connected;

    Turns(Object lock, RunStates runs, NexusHome home, BoardEvents events, Consumer<String> tell) {
        this.lock = lock;
        this.runs = runs;
        this.queues = new Queues(home);
        this.unsure = new HashSet<>(queues.sessions());
        this.events = events;
        this.tell = tell;
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
                listener = NOBODY;
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
            if (!isFree(session) || (!visible(session).isEmpty() && !paused)) {
                queues.add(session, message);
                changed(session);
                return false;
            }
            begin(session, new Underway(message, message.messageId(), false, runs.ended(session), paused));
            if (queues.pause(session, false)) {
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

    /** Whether a message waits, or is just leaving the queue. */
    boolean holds(String session, String messageId) {
        synchronized (lock) {
            return queues.items(session).stream().anyMatch(item -> item.id().equals(messageId));
        }
    }

    /** Takes a message out of the queue; nothing when it does not wait any more. */
    Optional<Queue.Waiting> takeBack(String session, String messageId) {
        synchronized (lock) {
            Optional<Queue.Waiting> found = visible(session).stream()
                    .filter(message -> message.messageId().equals(messageId))
                    .findFirst();
            found.ifPresent(message -> {
                queues.remove(session, messageId);
                changed(session);
            });
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

    // ---- who sends what waits ----

    /** The message that may go now; nothing when none may. */
    Optional<Queues.Item> next(String session) {
        synchronized (lock) {
            return mayGoOn(session) ? Optional.of(queues.items(session).get(0)) : Optional.empty();
        }
    }

    /**
     * The first message of the queue goes out under this id.
     *
     * @return false when it may not go any more
     */
    boolean begin(String session, Queues.Item item, String sentAs) {
        synchronized (lock) {
            if (!mayGoOn(session) || !queues.items(session).get(0).id().equals(item.id())) {
                return false;
            }
            // Before it is sent: after a crash it is known which message to look for.
            queues.tried(session, item.id(), sentAs);
            begin(session, new Underway(item.message(), sentAs, true, runs.ended(session), false));
            changed(session);
            return true;
        }
    }

    /** OpenCode has had this message since it was tried before: it waits no longer. */
    void hadArrived(String session, Queues.Item item) {
        synchronized (lock) {
            if (queues.remove(session, item.id())) {
                changed(session);
                listener.arrived(session, item.message(), String.valueOf(item.triedAs()));
            }
            goOn(session);
        }
    }

    /** OpenCode took the message. What it makes of it shows later. */
    void handedOver(String session, String sentAs, Instant now) {
        synchronized (lock) {
            Underway message = underway(session, sentAs);
            if (message != null) {
                message.handedOver = true;
                message.since = now;
            }
        }
    }

    /**
     * The message could not be handed over: all is as before, and what waits waits for the owner.
     *
     * @return false when OpenCode has it all the same
     */
    boolean failed(String session, String sentAs) {
        synchronized (lock) {
            Underway message = underway(session, sentAs);
            if (message == null || message.seen) {
                return false;
            }
            takeBack(session, message, message.queued || message.paused);
            return true;
        }
    }

    /** The message cannot be sent as it is. */
    void refused(String session, String sentAs, String reason) {
        synchronized (lock) {
            Underway message = underway(session, sentAs);
            if (message != null && !message.seen) {
                refuse(session, message, reason);
            }
        }
    }

    /** A message that was handed over, and of which nothing was heard since: the id it was sent under. */
    Optional<String> unsettled(String session) {
        synchronized (lock) {
            return Optional.ofNullable(underway.get(session))
                    .filter(message -> message.handedOver)
                    .map(message -> message.sentAs);
        }
    }

    /** Whether nobody knows how the last run of a session ended. */
    boolean isUnsure(String session) {
        synchronized (lock) {
            return unsure.contains(session);
        }
    }

    /** Has OpenCode asked about everything that is not known, and about messages handed over before a moment. */
    void askAgain(Instant before) {
        synchronized (lock) {
            if (connected) {
                Set<String> sessions = new HashSet<>(unsure);
                // OpenCode said that they do nothing, but not that their answer is there.
                queues.sessions().stream()
                        .filter(session -> runs.isAnswering(session) && !runs.isBusy(session))
                        .forEach(sessions::add);
                underway.forEach((session, message) -> {
                    if (message.handedOver && !message.since.isAfter(before)) {
                        sessions.add(session);
                    }
                });
                sessions.forEach(listener::unsure);
            }
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
     * OpenCode was asked about a message of which nothing was heard.
     *
     * @param overdue one that was handed over before this moment does not come any more
     */
    void settle(String session, String sentAs, boolean arrived, boolean busy, Instant overdue) {
        synchronized (lock) {
            Underway message = underway(session, sentAs);
            if (message == null) {
                return;
            }
            if (!arrived && !message.seen) {
                if (message.lost || !message.since.isAfter(overdue)) {
                    refuse(session, message, "OpenCode took the message but did not keep it.");
                }
                return;
            }
            seen(session, message);
            if (!busy || runs.isAnswering(session)) {
                underway.remove(session);
                tell.accept(session);
                goOn(session);
            }
        }
    }

    // ---- what the board hears ----

    /** Whether a message is on its way in a session. */
    boolean isUnderway(String session) {
        return underway.containsKey(session);
    }

    /** How many messages wait; null when none does. */
    @Nullable
    Integer waiting(String session) {
        int count = visible(session).size();
        return count == 0 ? null : count;
    }

    /** The uploads that waiting messages, and those under way, take along. */
    Set<String> uploads() {
        synchronized (lock) {
            Set<String> uploads = new HashSet<>(queues.uploads());
            underway.values().forEach(message -> uploads.addAll(Uploads.of(message.message)));
            return uploads;
        }
    }

    /** All is known again; but what ended meanwhile, and how, nobody heard. */
    void connected() {
        connected = true;
        for (String session : queues.sessions()) {
            if (runs.isAnswering(session)) {
                unsure.remove(session);
            } else {
                unsure.add(session);
            }
        }
        askAgain(Instant.MAX);
    }

    void onMessage(Message message) {
        Underway mine = underway.get(message.sessionId());
        if (mine != null && mine.sentAs.equals(message.id())) {
            seen(message.sessionId(), mine);
        }
    }

    /** True when this failure is that of a message OpenCode refused, and not of a run. */
    boolean isRefusal(OpenCodeEvent.SessionFailed failed) {
        String session = String.valueOf(failed.sessionId());
        Underway mine = underway.get(session);
        if (mine == null || mine.seen || failed.aborted()) {
            return mine == null && !runs.isAnswering(session) && refused.contains(session);
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
        if (mine != null && mine.seen && begun) {
            underway.remove(session);
        }
        RunStates.End end = runs.takeEnd(session);
        if (end == RunStates.End.BADLY) {
            pause(session);
        }
        goOn(session);
    }

    /** OpenCode is gone, and with it what it worked on. */
    void lost() {
        connected = false;
        underway.values().removeIf(message -> message.seen);
        underway.values().forEach(message -> message.lost = true);
        queues.sessions().forEach(this::pause);
    }

    void forget(String session) {
        underway.remove(session);
        refused.remove(session);
        unsure.remove(session);
        queues.forget(session);
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

    private void goOn(String session) {
        if (mayGoOn(session)) {
            listener.mayGoOn(session);
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
        if (message.seen) {
            return;
        }
        message.seen = true;
        queues.remove(session, message.message.messageId());
        listener.arrived(session, message.message, message.sentAs);
    }

    private void refuse(String session, Underway message, String reason) {
        refused.add(session);
        if (message.queued) {
            queues.tried(session, message.message.messageId(), null);
        }
        takeBack(session, message, true);
        String plain = plain(reason);
        listener.refused(session, message.message, plain);
        events.refused(session, message.message, plain);
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
        runs.restore(session, message.before);
        if (queues.pause(session, pause) || message.queued) {
            changed(session);
        }
        tell.accept(session);
        goOn(session);
    }

    private @Nullable Underway underway(String session, String sentAs) {
        Underway message = underway.get(session);
        return message != null && message.sentAs.equals(sentAs) ? message : null;
    }

    /** What waits, without the message that is just leaving. */
    private List<Queue.Waiting> visible(String session) {
        Underway leaving = underway.get(session);
        List<Queue.Waiting> visible = new ArrayList<>();
        for (Queues.Item item : queues.items(session)) {
            if (leaving == null || !item.id().equals(leaving.message.messageId())) {
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
