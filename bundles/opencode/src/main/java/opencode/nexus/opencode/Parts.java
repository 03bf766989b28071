package opencode.nexus.opencode;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.chat.Part;
import org.jspecify.annotations.Nullable;

/** OpenCode's parts of messages as those of the API. The key is the id: only the hub gives shorter ones. */
final class Parts {
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private Parts() {}

    /**
     * One part; nothing for kinds that say nothing to a person ({@code step-start}, {@code snapshot}, …) or are unknown.
     *
     * @param written when it was written: the end of a text that carries no times, because it never grew
     * @param workspaces where a file may have been mentioned
     */
    static Optional<Part> part(JsonNode node, Instant written, List<String> workspaces) {
        String type = Wire.text(node, "type", "");
        String id = Wire.required(node, "id");
        return Optional.ofNullable(
                switch (type) {
                    case "text", "reasoning" -> text(node, id, type, written);
                    case "tool" -> tool(node, id);
                    case "file" -> file(node, id, workspaces);
                    case "patch" -> patch(node, id, workspaces);
                    case "subtask" ->
                        new Part.Subtask(
                                id, id, type, Wire.text(node, "agent", ""), Wire.text(node, "description", ""));
                    case "agent" -> new Part.Note(id, id, type, Wire.text(node, "name"));
                    case "retry" -> new Part.Note(id, id, type, Failures.message(node.path("error")));
                    case "compaction" -> new Part.Note(id, id, type, null);
                    default -> null;
                });
    }

    private static Part text(JsonNode node, String id, String type, Instant written) {
        JsonNode time = node.path("time");
        boolean hidden = Wire.flag(node, "synthetic", false) || Wire.flag(node, "ignored", false);
        return new Part.Text(
                id,
                id,
                type,
                Wire.text(node, "text", ""),
                Wire.instant(time, "start"),
                time.isObject() ? Wire.instant(time, "end") : written,
                hidden ? true : null);
    }

    private static Part file(JsonNode node, String id, List<String> workspaces) {
        JsonNode size = node.path(DataUrls.SIZE);
        return new Part.File(
                id,
                id,
                "file",
                Wire.text(node, "filename", "file"),
                Wire.text(node, "mime", "application/octet-stream"),
                size.isIntegralNumber() && size.canConvertToLong() ? size.longValue() : null,
                mentioned(node, workspaces));
    }

    /** The path in a workspace; nothing for a file that is elsewhere, or was sent by its content. */
    private static @Nullable String mentioned(JsonNode node, List<String> workspaces) {
        String said = Wire.text(node.path("source"), "path", "");
        if (said.startsWith("/")) {
            return inside(said, workspaces);
        }
        if (!said.isEmpty()) {
            return ("/" + said + "/").contains("/../") ? null : said;
        }
        String url = Wire.text(node, "url", "");
        try {
            return url.startsWith("file:///") ? inside(URI.create(url).getPath(), workspaces) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String inside(String file, List<String> workspaces) {
        try {
            Path path = Path.of(file);
            return workspaces.stream()
                    .map(workspace -> AttachedFile.inside(path, workspace))
                    .filter(inside -> inside != null && !inside.isEmpty())
                    .min(Comparator.comparing(String::length))
                    .orElse(null);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static Part patch(JsonNode node, String id, List<String> workspaces) {
        List<String> files = new ArrayList<>();
        for (String file : Wire.texts(node, "files")) {
            String inside = inside(file, workspaces);
            files.add(inside == null ? file : inside);
        }
        return new Part.Patch(id, id, "patch", files);
    }

    private static Part tool(JsonNode node, String id) {
        JsonNode state = node.path("state");
        JsonNode metadata = state.path("metadata");
        JsonNode time = state.path("time");
        return new Part.Tool(
                id,
                id,
                "tool",
                Wire.text(node, "tool", "unknown"),
                Wire.text(node, "callID", ""),
                Wire.text(state, "status", "pending"),
                Wire.text(state, "title"),
                object(state.path("input")),
                first(Wire.text(state, "output"), Wire.text(metadata, "output")),
                Wire.text(state, "error"),
                metadata.path("exit").isInt() ? metadata.path("exit").intValue() : null,
                first(Wire.text(metadata, "diff"), Wire.text(metadata.path("filediff"), "patch")),
                Wire.text(metadata, "sessionId"),
                Wire.instant(time, "start"),
                Wire.instant(time, "end"));
    }

    /** A JSON object as a map; nothing when it is empty or no object. */
    static @Nullable Map<String, Object> object(JsonNode node) {
        return node.isObject() && !node.isEmpty() ? Wire.MAPPER.convertValue(node, OBJECT) : null;
    }

    private static @Nullable String first(@Nullable String one, @Nullable String other) {
        return one == null ? other : one;
    }
}
