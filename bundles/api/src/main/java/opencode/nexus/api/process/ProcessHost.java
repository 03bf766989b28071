package opencode.nexus.api.process;

import java.time.Duration;
import java.util.List;
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

    /**
     * Runs a short command to its end, in no custody: without input, its output thrown away, its arguments passed as they
     * are and never through a shell. Blocks until it has ended. It is ended, with all below it, after {@code limit} and when
     * the calling thread is interrupted.
     *
     * @return its exit code
     * @throws opencode.nexus.api.NexusException UNAVAILABLE {@code cannot-start} when the program is missing or the system
     *     refuses; UNAVAILABLE {@code took-too-long} when it had to be ended, with the interrupt kept
     */
    int run(List<String> command, Duration limit);
}
