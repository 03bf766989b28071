package opencode.nexus.chat;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import opencode.nexus.api.opencode.OpenCodeSession;
import org.jspecify.annotations.Nullable;

/**
 * The sessions as OpenCode told of them last, without those that were deleted: events of them may still be on their way.
 * Not safe for use by several threads.
 */
final class KnownSessions {
    private static final int DEEPEST = 20;
    private static final int DELETED_KEPT = 1_000;

    private final Map<String, OpenCodeSession> sessions = new HashMap<>();
    private final Map<String, Boolean> deleted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > DELETED_KEPT;
        }
    };

    @Nullable
    OpenCodeSession find(String id) {
        return sessions.get(id);
    }

    Collection<OpenCodeSession> all() {
        return Collections.unmodifiableCollection(sessions.values());
    }

    Set<String> workspaces() {
        return sessions.values().stream().map(OpenCodeSession::workspace).collect(Collectors.toSet());
    }

    /** Whether it counts: false for one that was deleted. */
    boolean put(OpenCodeSession session) {
        if (deleted.containsKey(session.id())) {
            return false;
        }
        sessions.put(session.id(), session);
        return true;
    }

    void remove(String id) {
        sessions.remove(id);
    }

    /** It is deleted, and does not come back with a late event. */
    void delete(String id) {
        deleted.put(id, true);
        sessions.remove(id);
    }

    /** Those that are known but not in a list. */
    List<String> missingIn(List<OpenCodeSession> list) {
        Set<String> listed = list.stream().map(OpenCodeSession::id).collect(Collectors.toSet());
        return sessions.keySet().stream().filter(id -> !listed.contains(id)).toList();
    }

    /** The session that asked for this one, and so on to the first. */
    String root(String id) {
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
