package opencode.nexus.api.opencode;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A session as OpenCode knows it; what Nexus adds to it is in {@link opencode.nexus.api.chat.Session}. */
public record OpenCodeSession(
        String id,
        String title,
        String workspace,
        Instant createdAt,
        Instant updatedAt,
        @Nullable String parentId,
        @Nullable Double cost,
        @Nullable Long tokens) {}
