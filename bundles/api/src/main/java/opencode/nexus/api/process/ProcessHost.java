package opencode.nexus.api.process;

import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Starts child processes and keeps custody of them: they outlive the bundle that asked for them, and a crash of the
 * gateway. Children are found again by pid <em>and</em> start instant, so a recycled pid is never mistaken for a child.
 * All of them are stopped when the framework stops. Safe for use by several threads.
 */
@ProviderType
public interface ProcessHost {

    /**
     * Starts a process. Its output goes to a file with a size cap, never to a pipe.
     *
     * @throws opencode.nexus.api.NexusException CONFLICT {@code already-running} when a process of that name lives;
     *     UNAVAILABLE {@code cannot-start} when the program is missing or the system refuses
     */
    ChildProcess start(ProcessSpec spec);

    /** The living process of that name, started by this gateway or by one before it. */
    Optional<ChildProcess> find(String name);
}
