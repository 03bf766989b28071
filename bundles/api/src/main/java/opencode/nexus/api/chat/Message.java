package opencode.nexus.api.chat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn. Its JSON is the {@code Message} of the HTTP API.
 *
 * @param model {@code provider/model}
 * @param error one sentence, when state is {@code failed}
 * @param parentId the message this one answers
 * @param parts null in events, which tell of parts one by one
 */
public record Message(
        String id,
        String sessionId,
        Role role,
        Instant createdAt,
        @Nullable Instant completedAt,
        State state,
        @Nullable String error,
        @Nullable String model,
        @Nullable String agent,
        @Nullable String parentId,
        @Nullable Double cost,
        @Nullable Long tokens,
        @Nullable List<Part> parts) {

    public Message {
        parts = parts == null ? null : List.copyOf(parts);
    }

    public enum Role {
        USER,
        ASSISTANT
    }

    public enum State {
        RUNNING,
        COMPLETE,
        ABORTED,
        INTERRUPTED,
        FAILED
    }

    /** The same message in another state. */
    public Message in(State next) {
        return new Message(
                id, sessionId, role, createdAt, completedAt, next, error, model, agent, parentId, cost, tokens, parts);
    }

    /** The same message with these parts, or with none for an event. */
    public Message with(@Nullable List<Part> next) {
        return new Message(
                id, sessionId, role, createdAt, completedAt, state, error, model, agent, parentId, cost, tokens, next);
    }
}
