package opencode.nexus.api.chat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that waits for the owner: a permission or a question.
 *
 * @param rootSessionId the session that the owner sees: {@code sessionId} itself, or the one that asked for a sub-agent
 * @param type {@code permission} or {@code question}
 * @param createdAt when Nexus heard of it
 * @param permission what is asked for: {@code bash}, {@code edit}, {@code webfetch}, …; null for a question
 * @param patterns what exactly would run or change
 * @param always what “always” would allow from now on
 * @param metadata OpenCode's own details: {@code command}, {@code filepath}, {@code diff}, …
 * @param messageId and {@code callId}: the tool call that waits
 * @param questions null for a permission
 */
public record Request(
        String id,
        String sessionId,
        String rootSessionId,
        String type,
        Instant createdAt,
        @Nullable String permission,
        @Nullable List<String> patterns,
        @Nullable List<String> always,
        @Nullable Map<String, Object> metadata,
        @Nullable String messageId,
        @Nullable String callId,
        @Nullable List<Question> questions) {

    /** The same request, shown at another session. */
    public Request at(String root) {
        return new Request(
                id,
                sessionId,
                root,
                type,
                createdAt,
                permission,
                patterns,
                always,
                metadata,
                messageId,
                callId,
                questions);
    }

    /** One question; {@code multiple}: several options may be chosen, {@code custom}: own words are taken. */
    public record Question(String question, String header, List<Option> options, boolean multiple, boolean custom) {}

    public record Option(String label, @Nullable String description) {}
}
