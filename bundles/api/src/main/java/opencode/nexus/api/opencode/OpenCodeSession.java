package opencode.nexus.api.opencode;

import java.time.Instant;
import opencode.nexus.api.chat.Revert;
import org.jspecify.annotations.Nullable;

/**
 * A session as OpenCode knows it; what Nexus adds to it is in {@link opencode.nexus.api.chat.Session}.
 *
 * @param model {@code provider/model} of the last message, null before the first
 * @param agent of the last message, null before the first
 */
public record OpenCodeSession(
        String id,
        String title,
        String workspace,
        Instant createdAt,
        Instant updatedAt,
        @Nullable String parentId,
        @Nullable Double cost,
        @Nullable Long tokens,
        @Nullable String model,
        @Nullable String agent,
        @Nullable Revert revert) {}
