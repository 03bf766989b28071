package opencode.nexus.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process and everything below it, as it was and as it grows. Members are remembered after their parent is gone, when
 * the system does not know any more where they came from.
 *
 * <p>A signal never hits a stranger: a {@link ProcessHandle} knows when its process started, and refuses to signal one
 * that started at another time.
 */
final class ProcessTree {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);
    private static final Duration FORCE = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(25);

    private final Set<ProcessHandle> members = new LinkedHashSet<>();
    private boolean interrupted;

    ProcessTree(ProcessHandle root) {
        members.add(root);
    }

    /** False also for a process that has ended but was not collected by its parent. */
    static boolean isAlive(ProcessHandle handle) {
        return handle.isAlive() && !isZombie(handle.pid());
    }

    /** Ends all, the root first. Blocks at most {@code grace} and two seconds more. An interrupt ends the grace. */
    void stop(Duration grace) {
        addNewcomers();
        members.forEach(ProcessHandle::destroy);
        long patience = System.nanoTime() + grace.toNanos();
        while (!living().isEmpty() && System.nanoTime() < patience && !interrupted) {
            pause();
            addNewcomers().forEach(ProcessHandle::destroy);
        }
        long end = System.nanoTime() + FORCE.toNanos();
        while (!living().isEmpty() && System.nanoTime() < end) {
            addNewcomers();
            living().forEach(ProcessHandle::destroyForcibly);
            pause();
        }
        living().forEach(handle -> LOG.warn("Process {} cannot be ended", handle.pid()));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private List<ProcessHandle> living() {
        return members.stream().filter(ProcessTree::isAlive).toList();
    }

    private List<ProcessHandle> addNewcomers() {
        return living().stream()
                .flatMap(ProcessHandle::descendants)
                .filter(members::add)
                .toList();
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
    }

    private static boolean isZombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            return stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
        } catch (IOException e) {
            return false;
        }
    }
}
