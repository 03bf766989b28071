package opencode.nexus.api.chat;

/** One line of a session's to-do list; status {@code pending}, {@code in_progress}, {@code completed}, {@code cancelled}. */
public record Todo(String content, String status, String priority) {}
