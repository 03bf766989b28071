package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.event.EventHub;
import org.jspecify.annotations.Nullable;

/** Publishes what concerns whole sessions, in the words of the HTTP API. */
final class BoardEvents {
    private static final String TOPIC = "chat";

    private final EventHub hub;
    private final ObjectMapper json = ChatJson.mapper();

    BoardEvents(EventHub hub) {
        this.hub = hub;
    }

    void session(Session session) {
        publish("chat.session", session);
    }

    void sessionRemoved(String sessionId) {
        publish("chat.session.removed", new SessionRemovedData(sessionId));
    }

    void request(Request request) {
        publish("chat.request", request);
    }

    void requestSettled(String id) {
        publish("chat.request.settled", new RequestSettledData(id));
    }

    void queue(Queue queue) {
        publish("chat.queue", queue);
    }

    void refused(String sessionId, Queue.Waiting message, String reason) {
        publish("chat.message.refused", new RefusedData(sessionId, message.messageId(), message.clientId(), reason));
    }

    private void publish(String type, Object data) {
        try {
            hub.publish(TOPIC, type, json.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type + " cannot be written as JSON", e);
        }
    }

    private record SessionRemovedData(String sessionId) {}

    private record RefusedData(String sessionId, String messageId, @Nullable String clientId, String reason) {}

    private record RequestSettledData(String id) {}
}
