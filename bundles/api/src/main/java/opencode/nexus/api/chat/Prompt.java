package opencode.nexus.api.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the owner sends.
 *
 * @param text what is said; the arguments when {@code command} is set
 * @param model {@code provider/model}, null for the session's own
 * @param agent null for the session's own
 * @param clientId chosen by the page; the same id is never sent twice
 * @param command name of one of OpenCode's commands, null for a plain message
 */
public record Prompt(
        String text,
        List<Attachment> attachments,
        @Nullable String model,
        @Nullable String agent,
        @Nullable String clientId,
        @Nullable String command) {

    public Prompt {
        attachments = List.copyOf(attachments);
    }

    /**
     * A file that goes with the message: one that was uploaded, or one of the workspace. Exactly one of {@code upload} and
     * {@code url} is set.
     *
     * @param name null for the name of the file itself
     * @param mime null for what the upload said, or what the name suggests
     * @param upload id of an {@link Upload}
     * @param url {@code file://} address of a file in the session's workspace
     */
    public record Attachment(
            @Nullable String name, @Nullable String mime, @Nullable String upload, @Nullable String url) {}
}
