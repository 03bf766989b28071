package opencode.nexus.api.opencode;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a session does.
 *
 * @param message why it tries again; null unless {@link Type#RETRY}
 * @param retryAt when it tries again; null unless {@link Type#RETRY}
 */
public record SessionStatus(Type type, @Nullable String message, @Nullable Instant retryAt) {

    public static final SessionStatus IDLE = new SessionStatus(Type.IDLE, null, null);
    public static final SessionStatus BUSY = new SessionStatus(Type.BUSY, null, null);

    public enum Type {
        IDLE,
        BUSY,
        RETRY
    }
}
