package opencode.nexus.api.chat;

import org.jspecify.annotations.Nullable;

/**
 * A way of working that can be chosen for a message.
 *
 * @param mode {@code primary}, {@code subagent} or {@code all}, as OpenCode says
 * @param isDefault used when the owner chooses none
 */
public record Agent(String name, @Nullable String description, String mode, boolean isDefault) {}
