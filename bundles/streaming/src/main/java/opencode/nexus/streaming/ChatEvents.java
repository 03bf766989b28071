package opencode.nexus.streaming;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.List;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.event.EventHub;

/** Publishes what belongs to a message, in the words of the HTTP API. */
final class ChatEvents {
    private static final String TOPIC = "chat";

    private final EventHub hub;
    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .configure(EnumFeature.WRITE_ENUMS_TO_LOWERCASE, true)
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();

    ChatEvents(EventHub hub) {
        this.hub = hub;
    }

    /** Without parts, which are published one by one. */
    void message(Message message) {
        publish("chat.message", new MessageData(message.sessionId(), message.with(null)));
    }

    void messageRemoved(String sessionId, String messageId) {
        publish("chat.message.removed", new MessageRemovedData(sessionId, messageId));
    }

    void part(String sessionId, String messageId, Part part) {
        publish("chat.part", new PartData(sessionId, messageId, part));
    }

    void partRemoved(String sessionId, String messageId, String partId) {
        publish("chat.part.removed", new PartRemovedData(sessionId, messageId, partId));
    }

    void todos(String sessionId, List<Todo> todos) {
        publish("chat.todos", new TodosData(sessionId, todos));
    }

    private void publish(String type, Object data) {
        try {
            hub.publish(TOPIC, type, json.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type + " cannot be written as JSON", e);
        }
    }

    private record MessageData(String sessionId, Message message) {}

    private record MessageRemovedData(String sessionId, String messageId) {}

    private record PartData(String sessionId, String messageId, Part part) {}

    private record PartRemovedData(String sessionId, String messageId, String partId) {}

    private record TodosData(String sessionId, List<Todo> todos) {}
}
