package opencode.nexus.search;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.opencode.OpenCodeSession;

/** What must not be found although it may be in the index. Safe for use by several threads. */
final class Hidden {
    private final Set<String> deleted = new HashSet<>();
    private final Map<String, String> takenBack = new HashMap<>();

    /**
     * How it stands now.
     *
     * @param deleted sessions that are gone, but not yet from the index
     * @param takenBack per session the message from which on everything is taken back
     */
    record Now(Set<String> deleted, Map<String, String> takenBack) {
        static final Now NOTHING = new Now(Set.of(), Map.of());

        Now {
            deleted = Set.copyOf(deleted);
            takenBack = Map.copyOf(takenBack);
        }
    }

    synchronized Now now() {
        return new Now(deleted, takenBack);
    }

    synchronized void deleted(String sessionId) {
        deleted.add(sessionId);
        takenBack.remove(sessionId);
    }

    /** These are out of the index. */
    synchronized void forget(Collection<String> sessionIds) {
        deleted.removeAll(sessionIds);
    }

    synchronized void changed(OpenCodeSession session) {
        if (session.revert() == null) {
            takenBack.remove(session.id());
        } else {
            takenBack.put(session.id(), session.revert().messageId());
        }
    }

    /** All sessions there are. */
    synchronized void know(Collection<OpenCodeSession> sessions) {
        takenBack.clear();
        sessions.forEach(this::changed);
    }
}
