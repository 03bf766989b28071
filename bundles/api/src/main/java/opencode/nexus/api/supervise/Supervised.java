package opencode.nexus.api.supervise;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Something that runs beside the gateway and can be started and stopped. Published with the service property
 * {@link #NAME}. It runs, stops and examines its process; whether a dead or ailing one is started again is decided
 * elsewhere, by whoever {@linkplain #watch watches} it. Changes are published in the hub as {@code <name>.state}. Safe for
 * use by several threads; only {@link #vitals} and {@link #evidence} block.
 */
@ProviderType
public interface Supervised {

    /** Service property: {@code server} or {@code tunnel}. */
    String NAME = "nexus.name";

    SupervisedStatus status();

    // ---- what the owner asks for ----

    /** Asks for it to run. Nothing happens when it runs or is starting. */
    void start();

    /** Asks for it to stop, until the owner starts it again. Nothing happens when it is stopped or stopping. */
    void stop();

    /** Asks for a stop and then a start, whatever the state. */
    void restart();

    // ---- what a supervisor asks for ----

    /** Asks for a new start after a failure. Nothing happens unless it has failed and the owner still wants it to run. */
    void revive();

    /** Asks for a stop and then a start of this very process. Nothing happens when the owner does not want it to run. */
    void recycle(long pid, String reason);

    /** Says when it will be started again; shown in the status until the state changes. Null takes it back. */
    void retryAt(@Nullable Instant when);

    /**
     * Tells every change of {@link #status}, the present one first, in order, on threads of its own. A watcher must return
     * at once.
     *
     * @return ends the watch; nothing is told after it was closed
     */
    Watch watch(Consumer<SupervisedStatus> watcher);

    /**
     * How it does right now. Asks the process itself; blocks at most five seconds.
     *
     * @throws opencode.nexus.api.NexusException UNAVAILABLE {@code too-many-files} when Nexus itself is not able to ask,
     *     which says nothing of the process
     */
    Vitals vitals();

    /** What helps to find out why it failed: its last output, its own log, what was going on. Redacted. Blocks on the disk. */
    List<Evidence> evidence();

    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * @param name short, lower-case, dashed: {@code output}, {@code log}, {@code sessions}
     * @param title for people
     * @param text lines, the newest last; at most 64 KiB
     */
    record Evidence(String name, String title, String text) {}
}
