package opencode.nexus.chat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
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

    /** The client of a bundle that was just replaced may come a moment after its events. */
    private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(5);

    private final KnownSessions sessions = new KnownSessions();
    private final RunStates runs = new RunStates();
    private final Workspaces workspaces;
    private final ActiveCards cards;
    private final Choices choices;
    private final RequestList requests;
    private final Turns turns;
    private final SessionViews views;
    private final Object loading = new Object();
    private volatile boolean loaded;
    private @Nullable OpenCodeClient client;

    @Activate
    public SessionBoard(@Reference EventHub hub, @Reference NexusHome home) {
        this(hub, home, System::nanoTime);
    }

    SessionBoard(EventHub hub, NexusHome home, LongSupplier nanoTime) {
        workspaces = new Workspaces(nanoTime);
        BoardEvents events = new BoardEvents(hub);
        requests = new RequestList(events);
        cards = new ActiveCards(home);
        choices = new Choices(home);
        turns = new Turns(this, runs, home, events, this::tell);
        views = new SessionViews(sessions, runs, requests, cards, choices, turns, workspaces, events);
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
        cut.forEach(id -> roots.add(sessions.root(id)));
        runs.interrupted(roots);
        turns.lost();
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
            turns.onMessage(changed.message());
            moved(changed.message().sessionId(), false);
        } else if (event instanceof OpenCodeEvent.MessageRemoved removed) {
            runs.removed(removed.sessionId(), removed.messageId());
            moved(removed.sessionId(), false);
        } else if (event instanceof OpenCodeEvent.SessionFailed failed) {
            failed(failed);
        } else if (event instanceof OpenCodeEvent.RequestAsked asked) {
            add(asked.request());
            tell(asked.request().sessionId());
        } else if (event instanceof OpenCodeEvent.RequestSettled settled) {
            requests.settle(settled.requestId());
            tell(settled.sessionId());
        }
    }

    private void add(Request request) {
        requests.add(request.at(sessions.root(request.sessionId())));
    }

    private void status(String id, SessionStatus status) {
        runs.changed(id, status);
        if (status.type() == SessionStatus.Type.IDLE) {
            // Nothing waits in a session that does nothing; after an abort OpenCode goes on listing what did.
            requests.settleIf(request -> request.sessionId().equals(id));
        }
        moved(id, status.type() == SessionStatus.Type.IDLE);
        tell(id);
    }

    private void failed(OpenCodeEvent.SessionFailed failed) {
        String id = failed.sessionId();
        if (id != null && !turns.isRefusal(failed)) {
            runs.failed(id, failed.message(), failed.aborted());
            moved(id, false);
            tell(id);
        }
    }

    private void moved(String id, boolean idle) {
        turns.moved(id, idle);
        notifyAll();
    }

    // ---- what the owner sees ----

    /** Sessions that are not a sub-agent's, newest first. */
    List<Session> sessions() {
        look();
        synchronized (this) {
            return views.roots();
        }
    }

    Optional<Session> find(String id) {
        look();
        synchronized (this) {
            return Optional.ofNullable(sessions.find(id)).map(views::of);
        }
    }

    /** Whether any session works in a directory. */
    boolean worksIn(String workspace) {
        loadOnce();
        synchronized (this) {
            return sessions.workspaces().contains(workspace);
        }
    }

    /** Which messages may go, and which wait. */
    Turns turns() {
        return turns;
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
        if (sessions.put(session)) {
            choices.heard(session);
            tell(session.id());
        }
        return views.of(session);
    }

    /** @throws NexusException CONFLICT {@code too-many-active} */
    synchronized String reserveCard() {
        return cards.reserve();
    }

    synchronized void releaseCard(String reservation) {
        cards.release(reservation);
    }

    synchronized Session assignCard(String reservation, OpenCodeSession session) {
        cards.assign(reservation, session.id());
        return put(session);
    }

    /**
     * Gives a card another number.
     *
     * @throws NexusException CONFLICT {@code not-active} when the session has no card
     */
    synchronized void moveCard(String id, int number) {
        if (!cards.move(id, number)) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT, "not-active", "This session has no card. Make it active first.");
        }
        cards.sessions().forEach(this::tell);
    }

    /**
     * Remembers what the next message of a session is sent with; null stays as it is.
     *
     * @throws NexusException NOT_FOUND {@code unknown-session} when it was deleted meanwhile
     */
    synchronized Session choose(String id, @Nullable String model, @Nullable String agent) {
        OpenCodeSession session = sessions.find(id);
        if (session == null) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
        }
        choices.choose(session, model, agent);
        tell(id);
        return views.of(session);
    }

    /** What the owner chose for the next message; OpenCode's own choice is not among it. */
    synchronized Choices.Choice chosen(String id) {
        return choices.chosen(id);
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

    synchronized void settle(Request request) {
        requests.settle(request.id());
        tell(request.sessionId());
    }

    /** The session is about to be stopped: what waits now does not go on by itself. */
    synchronized void stopping(String id) {
        runs.stopping(id);
        turns.pause(id);
    }

    /** It could not be stopped. */
    synchronized void notStopped(String id) {
        runs.notStopping(id);
        notifyAll();
    }

    /** The session was stopped: nobody waits for an answer any more, nor do its sub-agents. */
    synchronized void aborted(String id) {
        requests.settleIf(request -> request.sessionId().equals(id)
                || sessions.root(request.sessionId()).equals(id));
        tell(id);
    }

    /** The session is deleted; events of it that are still on their way count for nothing. */
    synchronized void removed(String id) {
        forget(id);
        sessions.delete(id);
    }

    private void forget(String id) {
        String root = sessions.root(id);
        sessions.remove(id);
        runs.forget(id);
        requests.settleIf(request -> request.sessionId().equals(id));
        cards.remove(id);
        choices.forget(id);
        turns.forget(id);
        views.forget(id);
        tell(root);
        notifyAll();
    }

    // ---- state of the beginning ----

    /** Tells when a workspace came or went. Does nothing before the sessions were asked for. */
    void lookForWorkspaces() {
        if (loaded) {
            look();
        }
    }

    /** The sessions are known, and whether their workspaces are there. Not under the lock: a disk may be slow. */
    private void look() {
        loadOnce();
        Set<String> changed = workspaces.look(() -> {
            synchronized (this) {
                return sessions.workspaces();
            }
        });
        if (!changed.isEmpty()) {
            synchronized (this) {
                cards.sessions().forEach(this::tell);
            }
        }
    }

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
        Snapshot now = Snapshot.take(opencode);
        synchronized (this) {
            replace(now);
            Set<String> listed = new HashSet<>();
            now.requests().forEach(request -> listed.add(request.id()));
            requests.settleIf(request -> !listed.contains(request.id()));
            now.requests().forEach(this::add);
            views.tellAll();
            loaded = true;
        }
        for (String id : activeSessions()) {
            lookOrForget(id, opencode);
        }
        synchronized (this) {
            turns.connected();
        }
    }

    private void replace(Snapshot now) {
        // A list may leave out what a card shows: each of these is asked for by itself.
        List<String> shown = cards.sessions();
        sessions.missingIn(now.sessions()).stream()
                .filter(id -> !shown.contains(id))
                .forEach(this::forget);
        now.sessions().forEach(session -> {
            if (sessions.put(session)) {
                choices.heard(session);
            }
        });
        runs.replace(now.statuses());
        notifyAll();
    }

    private synchronized List<String> activeSessions() {
        return cards.sessions();
    }

    private void lookOrForget(String id, OpenCodeClient opencode) {
        try {
            synchronized (this) {
                if (sessions.find(id) != null && runs.isBusy(id)) {
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
        Message answer = Snapshot.newest(id, opencode).orElse(null);
        if (answer == null || answer.role() != Message.Role.ASSISTANT) {
            return;
        }
        synchronized (this) {
            if (runs.isBusy(id)) {
                return;
            }
            runs.look(id, answer);
            tell(id);
        }
    }

    private void tell(String id) {
        views.tell(id);
    }
}
