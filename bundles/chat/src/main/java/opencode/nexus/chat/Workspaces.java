package opencode.nexus.chat;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import opencode.nexus.api.NexusException;

/**
 * Which directories are not there any more. Looking may take its time, on a network drive for instance, so it is done at
 * most every few seconds, by one thread, and for each directory once however many sessions work in it.
 */
final class Workspaces {
    private static final long AGE = Duration.ofSeconds(3).toNanos();

    private final LongSupplier nanoTime;
    private final ReentrantLock looking = new ReentrantLock();
    private volatile Set<String> gone = Set.of();
    private volatile boolean looked;
    private volatile long lookedAt;

    Workspaces(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether a directory was not there when somebody looked last. */
    boolean isGone(String workspace) {
        return gone.contains(workspace);
    }

    /**
     * Looks again when it was long ago. While another thread looks, what is known counts.
     *
     * @return the directories that came or went
     */
    Set<String> look(Supplier<Set<String>> workspaces) {
        if ((looked && nanoTime.getAsLong() - lookedAt < AGE) || !looking.tryLock()) {
            return Set.of();
        }
        try {
            Set<String> now = new HashSet<>();
            for (String workspace : workspaces.get()) {
                if (!exists(workspace)) {
                    now.add(workspace);
                }
            }
            Set<String> changed = new HashSet<>(now);
            gone.forEach(workspace -> {
                if (!changed.remove(workspace)) {
                    changed.add(workspace);
                }
            });
            gone = Set.copyOf(now);
            lookedAt = nanoTime.getAsLong();
            looked = true;
            return changed;
        } finally {
            looking.unlock();
        }
    }

    static NexusException gone(String workspace) {
        return new NexusException(
                NexusException.Kind.CONFLICT,
                "workspace-gone",
                "The workspace " + workspace + " is not there any more. What was said in it can still be read.");
    }

    /** Looks at once. */
    static boolean exists(String workspace) {
        try {
            return Files.isDirectory(Path.of(workspace));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
