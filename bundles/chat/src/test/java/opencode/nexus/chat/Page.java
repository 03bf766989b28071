package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.StreamService;

/**
 * A page as simple as the HTTP API allows: it opens its stream, asks for the messages, and applies every event whose id is
 * after the cursor of the answer.
 */
final class Page {
    private final ObjectMapper json = new ObjectMapper();
    private final ChatService chat;
    private final BrowserStream stream;
    private final List<BrowserStream.Frame> early = new ArrayList<>();
    private final Map<String, Map<String, Text>> messages = new LinkedHashMap<>();
    private final Map<String, String> states = new LinkedHashMap<>();
    private long cursor = -1;

    /** A text as it is read: its key, what it says, and whether it still grows. */
    record Text(String key, String text, boolean growing) {}

    Page(ChatService chat, StreamService streams) {
        this.chat = chat;
        stream = streams.open(null, Set.of("chat"), () -> {});
        stream.next();
    }

    void load(String sessionId) {
        MessagePage page = chat.messages(sessionId, 200, null);
        cursor = sequence(page.cursor());
        for (Message message : page.messages()) {
            states.put(message.id(), message.state().name().toLowerCase(Locale.ROOT));
            Map<String, Text> texts = messages.computeIfAbsent(message.id(), unknown -> new LinkedHashMap<>());
            for (Part part : message.parts()) {
                if (part instanceof Part.Text text) {
                    texts.put(text.id(), new Text(text.key(), text.text(), text.endedAt() == null));
                }
            }
        }
        early.forEach(this::apply);
        early.clear();
    }

    /** Reads at most so many frames. */
    void read(int frames) {
        for (int count = 0; count < frames; count++) {
            BrowserStream.Frame frame = stream.next();
            if (frame == null) {
                return;
            }
            if (cursor < 0) {
                early.add(frame);
            } else {
                apply(frame);
            }
        }
    }

    /** By message and part. */
    Map<String, Map<String, Text>> texts() {
        return messages;
    }

    Map<String, String> states() {
        return states;
    }

    private void apply(BrowserStream.Frame frame) {
        if (frame.isHeartbeat() || sequence(frame.id()) <= cursor) {
            return;
        }
        try {
            apply(frame.event(), json.readTree(frame.data()));
        } catch (JsonProcessingException e) {
            throw new AssertionError(frame.data(), e);
        }
    }

    private void apply(String event, JsonNode data) {
        switch (event) {
            case "text" -> append(data.get("part").textValue(), data.get("text").textValue());
            case "chat.part" -> replace(data.get("messageId").textValue(), data.get("part"));
            case "chat.part.removed" ->
                messages.getOrDefault(data.get("messageId").textValue(), new LinkedHashMap<>())
                        .remove(data.get("partId").textValue());
            case "chat.message" -> {
                String id = data.at("/message/id").textValue();
                messages.computeIfAbsent(id, unknown -> new LinkedHashMap<>());
                states.put(id, data.at("/message/state").textValue());
            }
            default -> {
                // Nothing that a text depends on.
            }
        }
    }

    private void append(String key, String more) {
        for (Map<String, Text> parts : messages.values()) {
            parts.replaceAll((id, text) -> text.key.equals(key) ? new Text(key, text.text + more, true) : text);
        }
    }

    private void replace(String messageId, JsonNode part) {
        if (part.has("text")) {
            messages.computeIfAbsent(messageId, unknown -> new LinkedHashMap<>())
                    .put(
                            part.get("id").textValue(),
                            new Text(
                                    part.get("key").textValue(),
                                    part.get("text").textValue(),
                                    !part.has("endedAt")));
        }
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.indexOf('-') + 1));
    }
}
