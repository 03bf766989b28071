package opencode.nexus.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;

/**
 * Sessions as the owner sees them: what OpenCode tells of them, and what Nexus adds. Publishes each that looks different
 * from when it was published last. Not safe for use by several threads.
 */
final class SessionViews {
    private final KnownSessions sessions;
    private final RunStates runs;
    private final RequestList requests;
    private final ActiveCards cards;
    private final Choices choices;
    private final Turns turns;
    private final Workspaces workspaces;
    private final BoardEvents events;
    /** Sessions as they were published last. */
    private final Map<String, Session> told = new HashMap<>();

    /** Everything a session's looks depend on. */
    SessionViews(
            KnownSessions sessions,
            RunStates runs,
            RequestList requests,
            ActiveCards cards,
            Choices choices,
            Turns turns,
            Workspaces workspaces,
            BoardEvents events) {
        this.sessions = sessions;
        this.runs = runs;
        this.requests = requests;
        this.cards = cards;
        this.choices = choices;
        this.turns = turns;
        this.workspaces = workspaces;
        this.events = events;
    }

    /** Sessions that are not a sub-agent's, newest first. */
    List<Session> roots() {
        Set<String> waiting = waiting();
        List<Session> list = new ArrayList<>();
        for (OpenCodeSession session : sessions.all()) {
            if (session.parentId() == null) {
                list.add(of(session, waiting.contains(session.id())));
            }
        }
        list.sort(Comparator.comparing(Session::updatedAt).reversed().thenComparing(Session::id));
        return list;
    }

    Session of(OpenCodeSession session) {
        return of(session, waiting().contains(session.id()));
    }

    /** Publishes the session the owner sees this one as, if it changed. */
    void tell(String id) {
        OpenCodeSession session = sessions.find(sessions.root(id));
        if (session == null || session.parentId() != null) {
            return;
        }
        Session now = of(session);
        if (!now.equals(told.put(now.id(), now))) {
            events.session(now);
        }
    }

    /** Publishes everything that changed. The first time, idle sessions without a card are no news: there are thousands. */
    void tellAll() {
        boolean first = told.isEmpty();
        Set<String> waiting = waiting();
        for (OpenCodeSession session : sessions.all()) {
            if (session.parentId() != null) {
                continue;
            }
            Session now = of(session, waiting.contains(session.id()));
            boolean silent = first && !now.active() && now.status() == Session.Status.IDLE;
            if (!now.equals(told.put(now.id(), now)) && !silent) {
                events.session(now);
            }
        }
    }

    void forget(String id) {
        if (told.remove(id) != null) {
            events.sessionRemoved(id);
        }
    }

    private Session of(OpenCodeSession session, boolean waiting) {
        String id = session.id();
        SessionStatus status = runs.status(id);
        Session.Status seen = waiting ? Session.Status.WAITING : runs.seen(id);
        if (seen == Session.Status.IDLE && turns.isUnderway(id)) {
            seen = Session.Status.BUSY;
        }
        String problem =
                switch (seen) {
                    case RETRY -> status.message();
                    case FAILED -> runs.failure(id);
                    default -> null;
                };
        Integer number = cards.number(id);
        Choices.Choice choice = choices.of(session);
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
                number,
                choice.model(),
                choice.agent(),
                turns.waiting(id),
                workspaces.isGone(session.workspace()) ? true : null,
                session.revert());
    }

    /** The sessions with a request of their own or of a sub-agent. */
    private Set<String> waiting() {
        Set<String> waiting = new HashSet<>();
        for (Request request : requests.waiting()) {
            waiting.add(request.sessionId());
            waiting.add(sessions.root(request.sessionId()));
        }
        return waiting;
    }
}
