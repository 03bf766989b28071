package opencode.nexus.api.chat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages of a session that wait in Nexus until the running answer ends, oldest first.
 *
 * @param paused true when they wait for the owner: the answer before was stopped, failed or was cut off
 */
public record Queue(String sessionId, boolean paused, List<Waiting> messages) {

    public Queue {
        messages = List.copyOf(messages);
    }

    /**
     * One message that waits.
     *
     * @param attachments with their names and media types
     * @param problem why it could not be sent, one sentence; null when it was not tried or may be tried again
     */
    public record Waiting(
            String messageId,
            Instant createdAt,
            String text,
            List<Prompt.Attachment> attachments,
            @Nullable String model,
            @Nullable String agent,
            @Nullable String command,
            @Nullable String clientId,
            @Nullable String problem) {
        public Waiting {
            attachments = List.copyOf(attachments);
        }

        /** The same message, which could not be sent for this reason. */
        public Waiting because(String reason) {
            return new Waiting(messageId, createdAt, text, attachments, model, agent, command, clientId, reason);
        }
    }
}
