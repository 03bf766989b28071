package opencode.nexus.api.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
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
     * Completes when the process has ended, never exceptionally. The system may still be giving back its memory and its
     * ports then. The exit code is known only for children of this very gateway; for an adopted one it is -1. Whoever waits
     * is told one after the other and must not block.
     */
    CompletableFuture<Integer> onExit();

    /**
     * Ends the process and every process below it: politely first, by force after {@code grace}. Blocks until all are
     * gone, at most {@code grace} and two seconds more. Does nothing when it has ended already.
     */
    void stop(Duration grace);

    /** Memory and processor time of it and the processes below it, as the system tells right now. */
    Usage usage();

    /** The notes it was started with. */
    Map<String, String> notes();

    /** The file its output goes to. */
    Path output();

    /**
     * The last lines of its output, oldest first; at most {@code count}. The file is capped while it is written, so a line
     * may be cut and some output be lost there: such a line is two, never one that was not written.
     */
    List<String> lastLines(int count);

    /**
     * What a process and all below it use.
     *
     * @param rssBytes resident memory; pages that several share are counted for each. Null when the system does not tell
     * @param cpuSeconds processor time so far; null when the system does not tell
     */
    record Usage(@Nullable Long rssBytes, @Nullable Double cpuSeconds) {}
}
