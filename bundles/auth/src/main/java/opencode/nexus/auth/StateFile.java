package opencode.nexus.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import opencode.nexus.api.home.NexusHome;

/** One JSON file below {@code state/auth}, with a schema version, replaced as a whole. */
final class StateFile<T> {
    private static final int VERSION = 1;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The file is there, but what it says cannot be known. The message never quotes the file: it may hold secrets. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String message) {
            super(message);
        }
    }

    private final NexusHome home;
    private final Path file;
    private final Class<T> type;

    StateFile(NexusHome home, String name, Class<T> type) {
        this.home = home;
        this.file = home.directory("auth").resolve(name);
        this.type = type;
    }

    Path path() {
        return file;
    }

    /** The state, or nothing when there is no such file. Everything else that may go wrong is the one exception. */
    Optional<T> read() throws UnreadableException {
        Optional<byte[]> content;
        try {
            content = home.read(file);
        } catch (RuntimeException e) {
            throw new UnreadableException("cannot be read from disk");
        }
        return content.isEmpty() ? Optional.empty() : Optional.of(decode(content.get()));
    }

    private T decode(byte[] content) throws UnreadableException {
        try {
            JsonNode root = JSON.readTree(content);
            if (!root.path("version").isInt()) {
                throw new UnreadableException("is damaged");
            }
            if (root.path("version").intValue() > VERSION) {
                throw new UnreadableException("was written by a newer OpenCode Nexus");
            }
            return JSON.treeToValue(root, type);
        } catch (IOException | RuntimeException e) {
            throw new UnreadableException("is damaged");
        }
    }

    /** Replaces the file. UNAVAILABLE {@code home-not-writable} when the disk refuses; the old content is then still there. */
    void write(T state) {
        ObjectNode root = JSON.createObjectNode().put("version", VERSION);
        root.setAll(JSON.<ObjectNode>valueToTree(state));
        try {
            home.write(file, JSON.writeValueAsBytes(root));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("state of " + file.getFileName() + " is no JSON");
        }
    }
}
