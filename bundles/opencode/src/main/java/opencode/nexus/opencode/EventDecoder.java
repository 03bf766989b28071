package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import opencode.nexus.api.opencode.OpenCodeEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenCode's event frames as events of the API. Pieces of text, by far the most frequent, are read token by token; a
 * frame of a kind that is not wanted is left as soon as its type is known. Nothing a frame holds makes this throw.
 */
final class EventDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(EventDecoder.class);
    private static final String DELTA = "message.part.delta";
    private static final String CONNECTED = "server.connected";

    /** Everything else is left unread, the {@code sync} twins of other events among it. */
    private static final Set<String> WANTED = Set.of(
            "session.created",
            "session.updated",
            "session.deleted",
            "session.status",
            "session.error",
            "message.updated",
            "message.removed",
            "message.part.updated",
            "message.part.removed",
            "permission.asked",
            "permission.replied",
            "question.asked",
            "question.replied",
            "question.rejected",
            "todo.updated");

    private final Clock clock;
    private final Supplier<List<String>> workspaces;

    /** @param workspaces where files may be mentioned */
    EventDecoder(Clock clock, Supplier<List<String>> workspaces) {
        this.clock = clock;
        this.workspaces = workspaces;
    }

    /** Takes what frames say. */
    interface Sink {
        /** The stream has begun. */
        void connected();

        void event(OpenCodeEvent event);
    }

    /** Decodes one frame: the JSON after {@code data:}. */
    void decode(byte[] frame, int offset, int length, Sink sink) {
        try (JsonParser parser = Wire.MAPPER.createParser(frame, offset, length)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                envelope(parser, sink);
            }
        } catch (IOException | Wire.Incomplete | IllegalArgumentException e) {
            LOG.debug("An event of OpenCode makes no sense and is left out: {}", e.getMessage());
        }
    }

    /** {@code {directory, project, payload: {id, type, properties}}}, or what is in the payload alone. */
    private void envelope(JsonParser parser, Sink sink) throws IOException {
        String type = null;
        JsonNode early = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (value == JsonToken.START_OBJECT && "payload".equals(field)) {
                envelope(parser, sink);
                return;
            }
            if (value == JsonToken.VALUE_STRING && "type".equals(field)) {
                type = parser.getText();
                if (early != null || !isWanted(type)) {
                    break;
                }
                continue;
            }
            if (value == JsonToken.START_OBJECT && "properties".equals(field)) {
                if (DELTA.equals(type)) {
                    delta(parser, sink);
                    return;
                }
                early = Wire.MAPPER.readTree(parser);
                if (type != null) {
                    break;
                }
                continue;
            }
            parser.skipChildren();
        }
        if (CONNECTED.equals(type)) {
            sink.connected();
            return;
        }
        if (type != null && early != null) {
            event(type, early).ifPresent(sink::event);
        }
    }

    private static boolean isWanted(String type) {
        return DELTA.equals(type) || WANTED.contains(type);
    }

    private static void delta(JsonParser parser, Sink sink) throws IOException {
        String session = null;
        String message = null;
        String part = null;
        String field = null;
        String delta = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                parser.skipChildren();
                continue;
            }
            switch (name) {
                case "sessionID" -> session = parser.getText();
                case "messageID" -> message = parser.getText();
                case "partID" -> part = parser.getText();
                case "field" -> field = parser.getText();
                case "delta" -> delta = parser.getText();
                default -> {}
            }
        }
        if (session != null && message != null && part != null && delta != null && "text".equals(field)) {
            sink.event(new OpenCodeEvent.TextAdded(session, message, part, delta));
        }
    }

    private Optional<OpenCodeEvent> event(String type, JsonNode properties) {
        return Optional.ofNullable(
                switch (type) {
                    case DELTA -> textAdded(properties);
                    case "session.created", "session.updated" ->
                        new OpenCodeEvent.SessionChanged(Conversations.session(properties.path("info")));
                    case "session.deleted" -> new OpenCodeEvent.SessionRemoved(sessionOf(properties));
                    case "session.status" ->
                        new OpenCodeEvent.StatusChanged(
                                sessionOf(properties), Conversations.status(properties.path("status")));
                    case "session.error" -> failed(properties);
                    case "message.updated" ->
                        new OpenCodeEvent.MessageChanged(Conversations.message(properties.path("info")));
                    case "message.removed" ->
                        new OpenCodeEvent.MessageRemoved(sessionOf(properties), Wire.required(properties, "messageID"));
                    case "message.part.updated" -> partChanged(properties);
                    case "message.part.removed" ->
                        new OpenCodeEvent.PartRemoved(
                                sessionOf(properties),
                                Wire.required(properties, "messageID"),
                                Wire.required(properties, "partID"));
                    case "permission.asked" ->
                        new OpenCodeEvent.RequestAsked(Conversations.permission(properties, clock.instant()));
                    case "question.asked" ->
                        new OpenCodeEvent.RequestAsked(Conversations.question(properties, clock.instant()));
                    case "permission.replied", "question.replied", "question.rejected" ->
                        new OpenCodeEvent.RequestSettled(sessionOf(properties), Wire.required(properties, "requestID"));
                    case "todo.updated" ->
                        new OpenCodeEvent.TodosChanged(
                                sessionOf(properties), Conversations.todos(properties.path("todos")));
                    default -> null;
                });
    }

    /** Only when the properties came before the type, which OpenCode does not do today. */
    private static @Nullable OpenCodeEvent textAdded(JsonNode properties) {
        return "text".equals(Wire.text(properties, "field"))
                ? new OpenCodeEvent.TextAdded(
                        sessionOf(properties),
                        Wire.required(properties, "messageID"),
                        Wire.required(properties, "partID"),
                        Wire.text(properties, "delta", ""))
                : null;
    }

    private static @Nullable OpenCodeEvent failed(JsonNode properties) {
        JsonNode error = properties.get("error");
        if (Failures.isEcho(error)) {
            return null;
        }
        return new OpenCodeEvent.SessionFailed(
                Wire.text(properties, "sessionID"), Failures.message(error), Failures.isAbort(error));
    }

    private @Nullable OpenCodeEvent partChanged(JsonNode properties) {
        JsonNode part = properties.path("part");
        Instant at = Wire.instant(properties, "time");
        return Parts.part(part, at == null ? clock.instant() : at, workspaces.get())
                .map(decoded -> new OpenCodeEvent.PartChanged(
                        Wire.required(part, "sessionID"), Wire.required(part, "messageID"), decoded))
                .orElse(null);
    }

    private static String sessionOf(JsonNode properties) {
        return Wire.required(properties, "sessionID");
    }
}
