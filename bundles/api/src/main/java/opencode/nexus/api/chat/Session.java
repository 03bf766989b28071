package opencode.nexus.api.chat;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One conversation. Its JSON is the {@code Session} of the HTTP API.
 *
 * @param workspace absolute path of the directory OpenCode works in
 * @param active whether it has a card on the main page
 * @param parentId the session that asked for this one, for a sub-agent
 * @param cost in US dollars, as OpenCode counts it
 * @param tokens all tokens so far, as OpenCode counts them
 * @param problem one sentence, when status is {@code failed} or {@code retry}
 * @param retryAt when OpenCode tries again, when status is {@code retry}
 * @param number of its card, 1 to 10, the same in every browser; null when it is not active
 * @param model {@code provider/model} that the next message is answered by; null when nothing was chosen or used yet
 * @param agent as {@code model}
 * @param queued how many messages wait in Nexus for the end of the answer; null when none does
 * @param workspaceGone true when the workspace is not there any more, else null
 * @param revert what is taken back until the next message makes it final; null when nothing is
 */
public record Session(
        String id,
        String title,
        String workspace,
        Status status,
        boolean active,
        Instant createdAt,
        Instant updatedAt,
        @Nullable String parentId,
        @Nullable Double cost,
        @Nullable Long tokens,
        @Nullable String problem,
        @Nullable Instant retryAt,
        @Nullable Integer number,
        @Nullable String model,
        @Nullable String agent,
        @Nullable Integer queued,
        @Nullable Boolean workspaceGone,
        @Nullable Revert revert) {

    public enum Status {
        IDLE,
        BUSY,
        RETRY,
        /** A permission or an answer is asked for. */
        WAITING,
        /** The last answer was cut off when the server stopped. */
        INTERRUPTED,
        FAILED
    }
}
