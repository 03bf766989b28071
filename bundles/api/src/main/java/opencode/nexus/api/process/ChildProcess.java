package opencode.nexus.api.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A process in custody. Safe for use by several threads. */
@ProviderType
public interface ChildProcess {

    String name();

    long pid();

    /** When the system says it started. */
    Instant startedAt();

    boolean isAlive();

    /**
     * Completes when the process has ended, never exceptionally. The exit code is known only for children of this very
     * gateway; for an adopted one it is -1.
     */
    CompletableFuture<Integer> onExit();

    /**
     * Ends the process and every process below it: politely first, by force after {@code grace}. Blocks until all are
     * gone, at most {@code grace} and two seconds more. Does nothing when it has ended already.
     */
    void stop(Duration grace);

    /** The notes it was started with. */
    Map<String, String> notes();

    /** The file its output goes to. */
    Path output();

    /** The last lines of its output, oldest first; at most {@code count}. */
    List<String> lastLines(int count);
}
