package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;

/**
 * OpenCode's sessions, messages and requests as those of the API. Answers and events carry the same JSON. What cannot be
 * left out and is missing throws {@link Wire.Incomplete}.
 */
final class Conversations {
    private Conversations() {}

    static OpenCodeSession session(JsonNode node) {
        JsonNode time = node.path("time");
        Instant created = instant(time, "created", Instant.EPOCH);
        return new OpenCodeSession(
                Wire.required(node, "id"),
                Wire.text(node, "title", ""),
                Wire.required(node, "directory"),
                created,
                instant(time, "updated", created),
                Wire.text(node, "parentID"),
                Wire.number(node, "cost"),
                Wire.tokens(node),
                model(node.path("model")),
                Wire.text(node, "agent"),
                revert(node));
    }

    private static @Nullable Revert revert(JsonNode session) {
        JsonNode revert = session.path("revert");
        String message = Wire.text(revert, "messageID");
        return message == null
                ? null
                : new Revert(message, FileChanges.takenBack(Wire.text(revert, "diff"), Wire.text(session, "path", "")));
    }

    static SessionStatus status(JsonNode node) {
        return switch (Wire.text(node, "type", "")) {
            case "idle" -> SessionStatus.IDLE;
            case "retry" ->
                new SessionStatus(
                        SessionStatus.Type.RETRY,
                        Failures.shorten(Wire.text(node, "message", "")),
                        Wire.instant(node, "next"));
            default -> SessionStatus.BUSY;
        };
    }

    /** A message without its parts. */
    static Message message(JsonNode node) {
        boolean user = "user".equals(Wire.required(node, "role"));
        JsonNode time = node.path("time");
        Instant completed = Wire.instant(time, "completed");
        Message.State state = user ? Message.State.COMPLETE : state(node, completed);
        return new Message(
                Wire.required(node, "id"),
                Wire.required(node, "sessionID"),
                user ? Message.Role.USER : Message.Role.ASSISTANT,
                instant(time, "created", Instant.EPOCH),
                completed,
                state,
                state == Message.State.FAILED ? Failures.message(node.get("error")) : null,
                model(user ? node.path("model") : node),
                Wire.text(node, "agent"),
                Wire.text(node, "parentID"),
                Wire.number(node, "cost"),
                Wire.tokens(node),
                null);
    }

    /** A stored message with its parts; a part that makes no sense is left out. */
    static Message stored(JsonNode node, List<String> workspaces) {
        Message message = message(node.path("info"));
        List<Part> parts = new ArrayList<>();
        for (JsonNode part : node.path("parts")) {
            try {
                Parts.part(part, message.createdAt(), workspaces).ifPresent(parts::add);
            } catch (Wire.Incomplete e) {
                continue;
            }
        }
        return message.with(parts);
    }

    static Request permission(JsonNode node, Instant heard) {
        JsonNode tool = node.path("tool");
        return new Request(
                Wire.required(node, "id"),
                Wire.required(node, "sessionID"),
                Wire.required(node, "sessionID"),
                "permission",
                heard,
                Wire.text(node, "permission", ""),
                Wire.texts(node, "patterns"),
                Wire.texts(node, "always"),
                Parts.object(node.path("metadata")),
                Wire.text(tool, "messageID"),
                Wire.text(tool, "callID"),
                null);
    }

    static Request question(JsonNode node, Instant heard) {
        JsonNode tool = node.path("tool");
        List<Request.Question> questions = new ArrayList<>();
        node.path("questions").forEach(question -> questions.add(question(question)));
        return new Request(
                Wire.required(node, "id"),
                Wire.required(node, "sessionID"),
                Wire.required(node, "sessionID"),
                "question",
                heard,
                null,
                null,
                null,
                null,
                Wire.text(tool, "messageID"),
                Wire.text(tool, "callID"),
                questions);
    }

    static List<Todo> todos(JsonNode nodes) {
        if (!nodes.isArray()) {
            throw new Wire.Incomplete("todos");
        }
        List<Todo> todos = new ArrayList<>();
        for (JsonNode node : nodes) {
            todos.add(new Todo(
                    Wire.text(node, "content", ""),
                    Wire.text(node, "status", "pending"),
                    Wire.text(node, "priority", "medium")));
        }
        return todos;
    }

    /** {@code provider/model} of an object that names both. */
    static @Nullable String model(JsonNode node) {
        String provider = Wire.text(node, "providerID");
        String model = Optional.ofNullable(Wire.text(node, "modelID")).orElse(Wire.text(node, "id"));
        return provider == null || model == null ? null : provider + "/" + model;
    }

    private static Message.State state(JsonNode node, @Nullable Instant completed) {
        JsonNode error = node.path("error");
        if (error.isObject()) {
            return Failures.isAbort(error) ? Message.State.ABORTED : Message.State.FAILED;
        }
        if (completed == null) {
            return Message.State.RUNNING;
        }
        // An abort while OpenCode waits for a retry leaves neither a reason nor an error.
        return node.path("finish").isTextual() ? Message.State.COMPLETE : Message.State.ABORTED;
    }

    private static Request.Question question(JsonNode node) {
        List<Request.Option> options = new ArrayList<>();
        for (JsonNode option : node.path("options")) {
            options.add(new Request.Option(Wire.text(option, "label", ""), Wire.text(option, "description")));
        }
        return new Request.Question(
                Wire.text(node, "question", ""),
                Wire.text(node, "header", ""),
                options,
                Wire.flag(node, "multiple", false),
                Wire.flag(node, "custom", true));
    }

    private static Instant instant(JsonNode node, String field, Instant fallback) {
        Instant value = Wire.instant(node, field);
        return value == null ? fallback : value;
    }
}
