package opencode.nexus.opencode;

import java.util.List;
import java.util.Optional;

/** The OpenCode that runs now, for the other components of this bundle. Safe for use by several threads. */
public interface RunningOpenCode {

    /** Where it answers; nothing unless it is ready for calls. */
    Optional<Endpoint> endpoint();

    /** Why there is no endpoint, in a sentence for the owner. */
    String reason();

    /** The directories it may work in, absolute; the first is the default. Never empty. */
    List<String> workspaces();

    /** Something was heard from it by itself. */
    void heard();

    /**
     * Waits until {@link #endpoint} differs from what the caller has seen.
     *
     * @return the endpoint then, or the one seen when the time is over
     */
    Optional<Endpoint> awaitChange(Optional<Endpoint> seen, long millis) throws InterruptedException;
}
