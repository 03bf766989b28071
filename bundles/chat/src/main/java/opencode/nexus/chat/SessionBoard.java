package opencode.nexus.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All sessions and how they stand, kept up to date by OpenCode's events so that lists cost no call. Publishes every
 * change, in the order in which the changes happened. Safe for use by several threads.
 */
@Component(
        service = {SessionBoard.class, OpenCodeListener.class},
        immediate = true,
        property = "service.ranking:Integer=200")
public final class SessionBoard implements OpenCodeListener {
    private static final Logger LOG = LoggerFactory.getLogger(SessionBoard.class);
    private static final int DEEPEST = 20;
    private static final int DELETED_KEPT = 1_000;
    private static final int NEWEST = 20;

    /** The client of a bundle that was just replaced may come a moment after its events. */
    private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(5);

    private final BoardEvents events;
    private final ActiveCards cards;
    private final RequestList requests;
    private final Map<String, OpenCodeSession> sessions = new HashMap<>();
    private final RunStates runs = new RunStates();
    /** Sessions as they were published last. */
    private final Map<String, Session> told = new HashMap<>();

    private final Map<String, Boolean> deleted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > DELETED_KEPT;
        }
    };
    private final Object loading = new Object();
    private volatile boolean loaded;
    private @Nullable OpenCodeClient client;

    @Activate
    public SessionBoard(@Reference EventHub hub, @Reference NexusHome home) {
        events = new BoardEvents(hub);
        requests = new RequestList(events);
        cards = new ActiveCards(home);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    public synchronized void setClient(OpenCodeClient added) {
        client = added;
        notifyAll();
    }

    synchronized void unsetClient(OpenCodeClient removed) {
        if (client == removed) {
            client = null;
        }
    }

    // ---- what OpenCode tells ----

    @Override
    public void onConnected() {
        awaitUntil(() -> client != null, CLIENT_PATIENCE);
        try {
            synchronized (loading) {
                load(client());
            }
        } catch (NexusException e) {
            // Whoever asks next tries again.
            loaded = false;
            LOG.warn("The sessions are not known yet: {}", e.getMessage());
        }
    }

    @Override
    public synchronized void onDisconnected(boolean serverLost) {
        if (!serverLost) {
            return;
        }
        Set<String> cut = runs.lost();
        requests.settleIf(request -> true).forEach(request -> cut.add(request.sessionId()));
        Set<String> roots = new HashSet<>(cut);
        cut.forEach(id -> roots.add(root(id)));
        runs.interrupted(roots);
        roots.forEach(this::tell);
        notifyAll();
    }

    @Override
    public synchronized void onEvent(OpenCodeEvent event) {
        if (event instanceof OpenCodeEvent.StatusChanged changed) {
            status(changed.sessionId(), changed.status());
        } else if (event instanceof OpenCodeEvent.SessionChanged changed) {
            put(changed.session());
        } else if (event instanceof OpenCodeEvent.SessionRemoved removed) {
            removed(removed.sessionId());
        } else if (event instanceof OpenCodeEvent.MessageChanged changed) {
            runs.changed(changed.message());
            notifyAll();
        } else if (event instanceof OpenCodeEvent.MessageRemoved removed) {
            runs.removed(removed.sessionId(), removed.messageId());
            notifyAll();
        } else if (event instanceof OpenCodeEvent.SessionFailed failed) {
            failed(failed);
        } else if (event instanceof OpenCodeEvent.RequestAsked asked) {
            requests.add(asked.request());
            tell(asked.request().sessionId());
        } else if (event instanceof OpenCodeEvent.RequestSettled settled) {
            requests.settle(settled.requestId());
            tell(settled.sessionId());
        }
    }

    private void status(String id, SessionStatus status) {
        runs.changed(id, status);
        if (status.type() == SessionStatus.Type.IDLE) {
            // Nothing waits in a session that does nothing; after an abort OpenCode goes on listing what did.
            requests.settleIf(request -> request.sessionId().equals(id));
        }
        notifyAll();
        tell(id);
    }

    private void failed(OpenCodeEvent.SessionFailed failed) {
        String id = failed.sessionId();
        if (id != null) {
            runs.failed(id, failed.message(), failed.aborted());
            tell(id);
        }
    }

    // ---- what the owner sees ----

    /** Sessions that are not a sub-agent's, newest first. */
    List<Session> sessions() {
        loadOnce();
        synchronized (this) {
            Set<String> waiting = waitingSessions();
            List<Session> list = new ArrayList<>(sessions.size());
            for (OpenCodeSession session : sessions.values()) {
                if (session.parentId() == null) {
                    list.add(view(session, waiting.contains(session.id())));
                }
            }
            list.sort(Comparator.comparing(Session::updatedAt).reversed().thenComparing(Session::id));
            return list;
        }
    }

    Optional<Session> find(String id) {
        loadOnce();
        synchronized (this) {
            return Optional.ofNullable(sessions.get(id)).map(this::view);
        }
    }

    List<Request> requests() {
        loadOnce();
        synchronized (this) {
            return requests.waiting();
        }
    }

    Optional<Request> request(String id) {
        loadOnce();
        synchronized (this) {
            return Optional.ofNullable(requests.find(id));
        }
    }

    /** Whether a session works on an answer; also in the moment between its end and that of the message. */
    synchronized boolean isAnswering(String id) {
        return runs.isAnswering(id);
    }

    /**
     * Waits until a session does nothing and its answer is stored.
     *
     * @return false when that took too long
     */
    boolean awaitQuiet(String id, Duration patience) {
        return awaitUntil(() -> !isAnswering(id), patience);
    }

    /**
     * Waits until a stopped or failed run has ended, so that a message is answered.
     *
     * @return false when that took too long
     */
    boolean awaitEnd(String id, Duration patience) {
        return awaitUntil(() -> runs.takesMessages(id), patience);
    }

    private synchronized boolean awaitUntil(BooleanSupplier done, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!done.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    // ---- what the owner does ----

    /** Takes over a session as OpenCode answered with it. */
    synchronized Session put(OpenCodeSession session) {
        if (!deleted.containsKey(session.id())) {
            sessions.put(session.id(), session);
            tell(session.id());
        }
        return view(session);
    }

    /** @throws NexusException CONFLICT {@code too-many-active} */
    synchronized int reserveCard() {
        return cards.reserve();
    }

    synchronized void releaseCard(int number) {
        cards.release(number);
    }

    synchronized Session assignCard(int number, OpenCodeSession session) {
        cards.assign(number, session.id());
        return put(session);
    }

    /**
     * Gives a session a card, or takes it away.
     *
     * @return whether that changed anything
     * @throws NexusException CONFLICT {@code too-many-active}
     */
    boolean setActive(String id, boolean active) {
        synchronized (this) {
            if (!active) {
                boolean changed = cards.remove(id);
                tell(id);
                return changed;
            }
            if (cards.number(id) != null) {
                return false;
            }
            cards.assign(cards.reserve(), id);
            tell(id);
        }
        // Of a session without a card nobody knows how its last answer ended.
        try {
            look(id, client());
        } catch (NexusException e) {
            LOG.debug("How session {} stands is not known", id, e);
        }
        return true;
    }

    /** The owner goes on: what went wrong before is over. Answers with what that was. */
    synchronized RunStates.Ended prompted(String id) {
        RunStates.Ended before = runs.ended(id);
        runs.goesOn(id);
        tell(id);
        return before;
    }

    /** The message could not be sent: the session stands as before. */
    synchronized void notSent(String id, RunStates.Ended before) {
        runs.restore(id, before);
        tell(id);
    }

    synchronized void settle(Request request) {
        requests.settle(request.id());
        tell(request.sessionId());
    }

    /** The session is about to be stopped. */
    synchronized void stopping(String id) {
        runs.stopping(id);
    }

    /** The session was stopped: nobody waits for an answer any more, nor do its sub-agents. */
    synchronized void aborted(String id) {
        requests.settleIf(request ->
                request.sessionId().equals(id) || root(request.sessionId()).equals(id));
        tell(id);
    }

    /** The session is deleted; events of it that are still on their way count for nothing. */
    synchronized void removed(String id) {
        deleted.put(id, true);
        forget(id);
    }

    private void forget(String id) {
        String root = root(id);
        sessions.remove(id);
        runs.forget(id);
        requests.settleIf(request -> request.sessionId().equals(id));
        cards.remove(id);
        if (told.remove(id) != null) {
            events.sessionRemoved(id);
        }
        tell(root);
        notifyAll();
    }

    // ---- state of the beginning ----

    private void loadOnce() {
        if (loaded) {
            return;
        }
        synchronized (loading) {
            if (!loaded) {
                load(client());
            }
        }
    }

    private synchronized OpenCodeClient client() {
        OpenCodeClient current = client;
        if (current == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "server-not-running",
                    "The part of Nexus that talks to OpenCode is being replaced. Try again in a moment.");
        }
        return current;
    }

    private void load(OpenCodeClient opencode) {
        Map<String, SessionStatus> newStatuses = opencode.statuses();
        List<OpenCodeSession> newSessions = opencode.sessions();
        List<Request> newRequests = opencode.requests().stream()
                .filter(request -> newStatuses.containsKey(request.sessionId()))
                .filter(request -> isAlive(request, opencode))
                .toList();
        synchronized (this) {
            boolean first = told.isEmpty();
            replace(newSessions, newStatuses);
            Set<String> listed = new HashSet<>();
            newRequests.forEach(request -> listed.add(request.id()));
            requests.settleIf(request -> !listed.contains(request.id()));
            newRequests.forEach(requests::add);
            if (first) {
                // Thousands of sessions that nobody sees are no news.
                sessions.values().stream()
                        .filter(session -> session.parentId() == null)
                        .filter(session -> cards.number(session.id()) == null)
                        .map(this::view)
                        .filter(session -> session.status() == Session.Status.IDLE)
                        .forEach(session -> told.put(session.id(), session));
            }
            List.copyOf(sessions.keySet()).forEach(this::tell);
            loaded = true;
        }
        for (String id : activeSessions()) {
            lookOrForget(id, opencode);
        }
    }

    private void replace(List<OpenCodeSession> newSessions, Map<String, SessionStatus> newStatuses) {
        Map<String, OpenCodeSession> next = new HashMap<>();
        newSessions.forEach(session -> next.put(session.id(), session));
        next.keySet().removeAll(deleted.keySet());
        // A list may leave out what a card shows: each of these is asked for by itself.
        cards.sessions().stream().filter(sessions::containsKey).forEach(id -> next.putIfAbsent(id, sessions.get(id)));
        List<String> gone =
                sessions.keySet().stream().filter(id -> !next.containsKey(id)).toList();
        gone.forEach(this::forget);
        sessions.putAll(next);
        runs.replace(newStatuses);
        notifyAll();
    }

    /** OpenCode lists requests of aborted runs too; those belong to a message that is over. */
    private static boolean isAlive(Request request, OpenCodeClient opencode) {
        if (request.messageId() == null) {
            return true;
        }
        return opencode.messages(request.sessionId(), NEWEST, null).messages().stream()
                .filter(message -> message.id().equals(request.messageId()))
                .allMatch(message -> message.completedAt() == null);
    }

    private synchronized List<String> activeSessions() {
        return cards.sessions();
    }

    private void lookOrForget(String id, OpenCodeClient opencode) {
        try {
            synchronized (this) {
                if (sessions.containsKey(id) && runs.isBusy(id)) {
                    return;
                }
            }
            OpenCodeSession session = opencode.session(id);
            put(session);
            look(id, opencode);
        } catch (NexusException e) {
            if (e.kind() != NexusException.Kind.NOT_FOUND) {
                throw e;
            }
            LOG.info("Session {} is gone; its card is put away", id);
            removed(id);
        }
    }

    /** Finds out how the last answer of a session ended. */
    private void look(String id, OpenCodeClient opencode) {
        List<Message> newest = opencode.messages(id, 1, null).messages();
        if (newest.isEmpty() || newest.get(newest.size() - 1).role() != Message.Role.ASSISTANT) {
            return;
        }
        Message answer = newest.get(newest.size() - 1);
        synchronized (this) {
            if (runs.isBusy(id)) {
                return;
            }
            runs.look(id, answer);
            tell(id);
        }
    }

    // ---- one session ----

    private void tell(String id) {
        OpenCodeSession session = sessions.get(root(id));
        if (session == null || session.parentId() != null) {
            return;
        }
        Session now = view(session);
        if (!now.equals(told.put(now.id(), now))) {
            events.session(now);
        }
    }

    private Session view(OpenCodeSession session) {
        return view(session, waitingSessions().contains(session.id()));
    }

    private Session view(OpenCodeSession session, boolean waiting) {
        String id = session.id();
        SessionStatus status = runs.status(id);
        Session.Status seen = waiting ? Session.Status.WAITING : runs.seen(id);
        String problem =
                switch (seen) {
                    case RETRY -> status.message();
                    case FAILED -> runs.failure(id);
                    default -> null;
                };
        Integer number = cards.number(id);
        return new Session(
                id,
                session.title(),
                session.workspace(),
                seen,
                number != null,
                session.createdAt(),
                session.updatedAt(),
                session.parentId(),
                session.cost(),
                session.tokens(),
                problem,
                seen == Session.Status.RETRY ? status.retryAt() : null,
                number);
    }

    /** The sessions with a request of their own or of a sub-agent. */
    private Set<String> waitingSessions() {
        Set<String> waiting = new HashSet<>();
        for (Request request : requests.waiting()) {
            waiting.add(request.sessionId());
            waiting.add(root(request.sessionId()));
        }
        return waiting;
    }

    /** The session that asked for this one, and so on to the first. */
    private String root(String id) {
        String current = id;
        for (int depth = 0; depth < DEEPEST; depth++) {
            OpenCodeSession session = sessions.get(current);
            String parent = session == null ? null : session.parentId();
            if (parent == null) {
                return current;
            }
            current = parent;
        }
        return current;
    }
}
