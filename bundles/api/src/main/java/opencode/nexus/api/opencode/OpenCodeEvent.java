package opencode.nexus.api.opencode;

import java.util.List;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Todo;
import org.jspecify.annotations.Nullable;

/** One thing that happened in OpenCode. Kinds that Nexus does not know never get here. */
public sealed interface OpenCodeEvent {

    /** Null only for a failure that belongs to no session. */
    @Nullable
    String sessionId();

    /** Created or changed. */
    record SessionChanged(OpenCodeSession session) implements OpenCodeEvent {
        @Override
        public String sessionId() {
            return session.id();
        }
    }

    record SessionRemoved(String sessionId) implements OpenCodeEvent {}

    record StatusChanged(String sessionId, SessionStatus status) implements OpenCodeEvent {}

    /** The run ended with a failure; {@code aborted} when the owner stopped it. */
    record SessionFailed(@Nullable String sessionId, String message, boolean aborted) implements OpenCodeEvent {}

    /** New or changed; without parts. */
    record MessageChanged(Message message) implements OpenCodeEvent {
        @Override
        public String sessionId() {
            return message.sessionId();
        }
    }

    record MessageRemoved(String sessionId, String messageId) implements OpenCodeEvent {}

    /** New or changed: always the full state. */
    record PartChanged(String sessionId, String messageId, Part part) implements OpenCodeEvent {}

    record PartRemoved(String sessionId, String messageId, String partId) implements OpenCodeEvent {}

    /** A piece that is appended to a text part. */
    record TextAdded(String sessionId, String messageId, String partId, String text) implements OpenCodeEvent {}

    record RequestAsked(Request request) implements OpenCodeEvent {
        @Override
        public String sessionId() {
            return request.sessionId();
        }
    }

    record RequestSettled(String sessionId, String requestId) implements OpenCodeEvent {}

    record TodosChanged(String sessionId, List<Todo> todos) implements OpenCodeEvent {}
}
