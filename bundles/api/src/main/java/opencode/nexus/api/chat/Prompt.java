package opencode.nexus.api.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the owner sends.
 *
 * @param model {@code provider/model}, null for the session's own
 * @param clientId chosen by the page; the same id is never sent twice
 */
public record Prompt(
        String text,
        List<Attachment> attachments,
        @Nullable String model,
        @Nullable String agent,
        @Nullable String clientId) {

    public Prompt {
        attachments = List.copyOf(attachments);
    }

    /** A file; {@code data} is base64. */
    public record Attachment(String name, String mime, String data) {}
}
