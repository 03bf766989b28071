package opencode.nexus.tunnel;

import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.tunnel.TunnelListener;
import org.jspecify.annotations.Nullable;

/** What has to be there before anybody is let in from outside. Safe for use by several threads. */
final class Doors {
    private volatile @Nullable TunnelListener listener;
    private volatile @Nullable AuthService login;

    void set(TunnelListener next) {
        listener = next;
    }

    void unset(TunnelListener last) {
        if (listener == last) {
            listener = null;
        }
    }

    void set(AuthService next) {
        login = next;
    }

    void unset(AuthService last) {
        if (login == last) {
            login = null;
        }
    }

    Optional<TunnelListener> listener() {
        return Optional.ofNullable(listener);
    }

    /** Why there may be no tunnel now. */
    Optional<NexusException> missing() {
        AuthService guard = login;
        if (guard == null) {
            return Optional.of(new NexusException(
                    Kind.UNAVAILABLE, "no-login", "The login of Nexus is not ready. Try again in a moment."));
        }
        if (guard.setupRequired()) {
            return Optional.of(new NexusException(
                    Kind.CONFLICT, "no-owner", "Nexus has no owner yet: set a password first, then open the tunnel."));
        }
        return listener == null ? Optional.of(noListener()) : Optional.empty();
    }

    static NexusException noListener() {
        return new NexusException(
                Kind.UNAVAILABLE, "no-listener", "The door for the tunnel is not ready. Try again in a moment.");
    }
}
