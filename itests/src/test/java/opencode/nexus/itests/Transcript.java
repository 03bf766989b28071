package opencode.nexus.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What a page knows of the answers of one session: it applies events exactly as the HTTP API says, and nothing more. */
final class Transcript {
    private final String session;
    private final Map<String, String> texts = new TreeMap<>();
    private final Map<String, String> partByKey = new HashMap<>();
    private final Map<String, String> states = new TreeMap<>();
    private final Map<String, String> roles = new HashMap<>();
    private final Map<String, String> messageOfPart = new HashMap<>();
    private final StringBuilder appended = new StringBuilder();
    private String loaded = "";
    private int pieces;
    private int largestFrame;

    Transcript(String session) {
        this.session = session;
    }

    /** Takes an answer of {@code GET …/messages} as it is. */
    void load(JsonNode page) {
        for (JsonNode message : page.path("messages")) {
            message(message);
            message.path("parts").forEach(part -> part(message.path("id").asText(), part));
        }
        loaded = text();
    }

    void apply(EventReader.Frame frame) {
        switch (frame.event()) {
            case "text" -> {
                JsonNode data = frame.json();
                String part = partByKey.get(data.path("part").asText());
                if (part == null) {
                    return;
                }
                String piece = data.path("text").asText();
                texts.merge(part, piece, String::concat);
                appended.append(piece);
                pieces++;
                if (piece.length() == 6) {
                    largestFrame = Math.max(largestFrame, frame.bytes());
                }
            }
            case "chat.part" -> {
                JsonNode data = frame.json();
                if (data.path("sessionId").asText().equals(session)) {
                    part(data.path("messageId").asText(), data.path("part"));
                }
            }
            case "chat.message" -> {
                JsonNode data = frame.json();
                if (data.path("sessionId").asText().equals(session)) {
                    message(data.path("message"));
                }
            }
            default -> {}
        }
    }

    private void message(JsonNode message) {
        roles.put(message.path("id").asText(), message.path("role").asText());
        states.put(message.path("id").asText(), message.path("state").asText());
    }

    private void part(String message, JsonNode part) {
        if (!part.path("type").asText().equals("text") || !"assistant".equals(roles.get(message))) {
            return;
        }
        messageOfPart.put(part.path("id").asText(), message);
        partByKey.put(part.path("key").asText(), part.path("id").asText());
        texts.put(part.path("id").asText(), part.path("text").asText());
    }

    /** The texts of all answers, one after the other. */
    String text() {
        return String.join("", texts.values());
    }

    /** The pieces alone, as they came. */
    String appended() {
        return appended.toString();
    }

    String appendedAfterLoad() {
        return loaded + appended;
    }

    int pieces() {
        return pieces;
    }

    /** The longest frame that carried exactly six characters, in bytes. */
    int largestFrame() {
        return largestFrame;
    }

    /** State of the newest answer. */
    String state() {
        return states.entrySet().stream()
                .filter(entry -> "assistant".equals(roles.get(entry.getKey())))
                .reduce((first, second) -> second)
                .map(Map.Entry::getValue)
                .orElse("none");
    }

    boolean isComplete() {
        return state().equals("complete");
    }

    boolean isOver() {
        return !state().equals("running") && !state().equals("none");
    }
}
