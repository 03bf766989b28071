package opencode.nexus.api.chat;

import org.jspecify.annotations.Nullable;

/**
 * A prepared prompt, called by {@code /name}.
 *
 * @param takesArguments whether what follows the name is used
 */
public record Command(String name, @Nullable String description, boolean takesArguments) {}
