package opencode.nexus.api.chat;

/**
 * A file that waits to be attached to a message.
 *
 * @param id names it in {@link Prompt.Attachment}
 * @param size in bytes
 */
public record Upload(String id, String name, String mime, long size) {}
