package opencode.nexus.chat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;

/**
 * How everything stands in OpenCode at one moment.
 *
 * @param statuses of the sessions that are not idle
 * @param requests those that a run really waits for
 */
record Snapshot(Map<String, SessionStatus> statuses, List<OpenCodeSession> sessions, List<Request> requests) {
    private static final int NEWEST = 20;

    static Snapshot take(OpenCodeClient opencode) {
        Map<String, SessionStatus> statuses = opencode.statuses();
        List<OpenCodeSession> sessions = opencode.sessions();
        List<Request> requests = opencode.requests().stream()
                .filter(request -> statuses.containsKey(request.sessionId()))
                .filter(request -> isAlive(request, opencode))
                .toList();
        return new Snapshot(statuses, sessions, requests);
    }

    /** The newest message of a session; nothing when there is none. */
    static Optional<Message> newest(String sessionId, OpenCodeClient opencode) {
        List<Message> newest = opencode.messages(sessionId, 1, null).messages();
        return newest.isEmpty() ? Optional.empty() : Optional.of(newest.get(newest.size() - 1));
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
}
