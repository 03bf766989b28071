package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model and the agent that the owner chose for the next message of a session. OpenCode knows only those of the last
 * message: until it says the same, the choice is kept here, in a file, for the 1,000 sessions chosen for last. Not safe for
 * use by several threads.
 */
final class Choices {
    private static final Logger LOG = LoggerFactory.getLogger(Choices.class);
    private static final int MOST = 1_000;

    private static final Choice NONE = new Choice(null, null);

    /** What was chosen; null where nothing was. */
    record Choice(@Nullable String model, @Nullable String agent) {}

    private final NexusHome home;
    private final Path file;
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Choice> choices = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Choice> eldest) {
            return size() > MOST;
        }
    };

    Choices(NexusHome home) {
        this.home = home;
        this.file = home.directory("chat").resolve("choices.json");
        read();
    }

    /** What the next message of a session is sent with: what was chosen, else what the last one was sent with. */
    Choice of(OpenCodeSession session) {
        Choice choice = chosen(session.id());
        return new Choice(
                choice.model() == null ? session.model() : choice.model(),
                choice.agent() == null ? session.agent() : choice.agent());
    }

    /** What was chosen, and is not what the last message was sent with anyway. */
    Choice chosen(String sessionId) {
        return choices.getOrDefault(sessionId, NONE);
    }

    /** Remembers what is not null; the rest stays. */
    void choose(OpenCodeSession session, @Nullable String model, @Nullable String agent) {
        Choice before = choices.remove(session.id());
        Choice next = new Choice(
                model == null && before != null ? before.model() : model,
                agent == null && before != null ? before.agent() : agent);
        Choice own = new Choice(
                Objects.equals(next.model(), session.model()) ? null : next.model(),
                Objects.equals(next.agent(), session.agent()) ? null : next.agent());
        if (own.model() != null || own.agent() != null) {
            choices.put(session.id(), own);
        }
        if (!Objects.equals(before, choices.get(session.id()))) {
            write();
        }
    }

    /** OpenCode tells how a session stands: what it says itself needs not be remembered. */
    void heard(OpenCodeSession session) {
        if (choices.containsKey(session.id())) {
            choose(session, null, null);
        }
    }

    void forget(String sessionId) {
        if (choices.remove(sessionId) != null) {
            write();
        }
    }

    private void read() {
        try {
            byte[] content = home.read(file).orElse(null);
            if (content == null) {
                return;
            }
            for (JsonNode one : json.readTree(content).path("choices")) {
                String session = one.path("session").textValue();
                Choice choice = new Choice(
                        one.path("model").textValue(), one.path("agent").textValue());
                if (session != null && (choice.model() != null || choice.agent() != null)) {
                    choices.put(session, choice);
                }
            }
        } catch (NexusException | IOException e) {
            LOG.warn("Which models and agents were chosen is not known any more: {} cannot be read", file);
        }
    }

    private void write() {
        ObjectNode root = json.createObjectNode();
        ArrayNode list = root.putArray("choices");
        choices.forEach((session, choice) -> {
            ObjectNode one = list.addObject().put("session", session);
            if (choice.model() != null) {
                one.put("model", choice.model());
            }
            if (choice.agent() != null) {
                one.put("agent", choice.agent());
            }
        });
        try {
            home.write(file, json.writeValueAsString(root).getBytes(StandardCharsets.UTF_8));
        } catch (NexusException | JsonProcessingException e) {
            // What was chosen still holds as long as this gateway runs, and the next choice writes it again.
            LOG.warn("Which model or agent was chosen could not be stored: {}", e.getMessage());
        }
    }
}
