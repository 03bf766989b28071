package opencode.nexus.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import opencode.nexus.api.chat.Request;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for the owner. OpenCode goes on listing what an abort left behind; what was settled here is
 * therefore never shown again. Not safe for use by several threads.
 */
final class RequestList {
    private static final int SETTLED_KEPT = 1_000;

    private final BoardEvents events;
    private final Map<String, Request> waiting = new LinkedHashMap<>();
    private final Map<String, Boolean> settled = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > SETTLED_KEPT;
        }
    };

    RequestList(BoardEvents events) {
        this.events = events;
    }

    /** Oldest first. */
    List<Request> waiting() {
        List<Request> list = new ArrayList<>(waiting.values());
        list.sort(Comparator.comparing(Request::createdAt).thenComparing(Request::id));
        return list;
    }

    @Nullable
    Request find(String id) {
        return waiting.get(id);
    }

    boolean wasSettled(String id) {
        return settled.containsKey(id);
    }

    void add(Request request) {
        if (!wasSettled(request.id()) && waiting.putIfAbsent(request.id(), request) == null) {
            events.request(request);
        }
    }

    void settle(String id) {
        settled.put(id, true);
        if (waiting.remove(id) != null) {
            events.requestSettled(id);
        }
    }

    /** Settles those that match and tells which they were. */
    List<Request> settleIf(Predicate<Request> which) {
        List<Request> gone = waiting.values().stream().filter(which).toList();
        gone.forEach(request -> settle(request.id()));
        return gone;
    }
}
