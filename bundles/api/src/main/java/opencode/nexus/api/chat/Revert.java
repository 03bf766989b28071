package opencode.nexus.api.chat;

import java.util.List;

/**
 * Turns that are taken back, or would be: a message, everything after it, and what they changed in files.
 *
 * @param messageId the first message that is taken back
 * @param files what was, or would be, changed back; patches may be left out
 */
public record Revert(String messageId, List<FileChange> files) {
    public Revert {
        files = List.copyOf(files);
    }
}
