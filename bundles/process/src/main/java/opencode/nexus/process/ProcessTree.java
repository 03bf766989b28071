package opencode.nexus.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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

    /** Its place behind the name, from 0. */
    private static final int START_TICKS = 19;

    /** The parts of a status as the system keeps it, and what a shell adds to a signal. */
    private static final int SIGNAL = 0x7f;

    private static final int CODE_SHIFT = 8;
    private static final int SIGNALLED = 128;

    /** Whether this system has files that tell of processes. */
    private static final boolean TELLS =
            Files.exists(proc(ProcessHandle.current().pid()).resolve("stat"));

    /** How often the system is asked again that seems to contradict itself. */
    private static final int QUESTIONS = 3;

    private final Set<ProcessHandle> members = new LinkedHashSet<>();
    private final Set<ProcessHandle> asked = new HashSet<>();
    private boolean interrupted;

    ProcessTree(ProcessHandle root) {
        members.add(root);
    }

    /**
     * False also for a process that has ended but was not collected by its parent. True while the system does not tell: when
     * no file can be opened any more, a handle takes every process for dead.
     */
    static boolean isAlive(ProcessHandle handle) {
        if (!TELLS) {
            return handle.isAlive();
        }
        for (int question = 0; question < QUESTIONS; question++) {
            boolean alive = handle.isAlive();
            try {
                String stat = stat(handle.pid());
                if (alive) {
                    return !isZombie(stat);
                }
            } catch (NoSuchFileException e) {
                return false;
            } catch (IOException e) {
                // Whether nothing can be read at all, or it has ended just now.
                return Files.exists(proc(handle.pid()))
                        && !isReadable(ProcessHandle.current().pid());
            }
        }
        return false;
    }

    /** All below a process; none when the system does not tell. */
    static List<ProcessHandle> below(ProcessHandle handle) {
        try {
            return handle.descendants().toList();
        } catch (RuntimeException e) {
            // That is how it says that /proc cannot be opened.
            LOG.debug("What process {} has started is not known: {}", handle.pid(), e.getMessage());
            return List.of();
        }
    }

    /** Ends all, the root first. Blocks at most {@code grace} and two seconds more. An interrupt ends the grace. */
    void stop(Duration grace) {
        ask();
        long patience = System.nanoTime() + grace.toNanos();
        while (!living().isEmpty() && System.nanoTime() < patience && !interrupted) {
            pause();
            ask();
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

    /** Each once; whoever could not be asked is asked again. */
    private void ask() {
        addNewcomers();
        members.stream()
                .filter(member -> !asked.contains(member) && member.destroy())
                .forEach(asked::add);
    }

    private List<ProcessHandle> living() {
        return members.stream().filter(ProcessTree::isAlive).toList();
    }

    private void addNewcomers() {
        living().forEach(member -> members.addAll(below(member)));
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
    }

    /**
     * How a child that nobody has collected yet has ended: its code, or 128 and its signal. Told as soon as its first thread
     * is gone, while the others still are on their way and the memory is given back. Nothing while it runs, and when it
     * ended with 0: then it may be that thread alone.
     */
    static OptionalInt exitCode(long pid) {
        try {
            String stat = stat(pid);
            if (!isZombie(stat)) {
                return OptionalInt.empty();
            }
            int status =
                    Integer.parseInt(stat.substring(stat.lastIndexOf(' ') + 1).strip());
            int signal = status & SIGNAL;
            int code = signal == 0 ? status >> CODE_SHIFT : SIGNALLED + signal;
            return code == 0 ? OptionalInt.empty() : OptionalInt.of(code);
        } catch (IOException | NumberFormatException e) {
            LOG.trace("How process {} ended is not told", pid);
            return OptionalInt.empty();
        }
    }

    private static boolean isZombie(String stat) {
        return stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
    }

    /**
     * When a process started, in ticks since the system did: the same for as long as it lives, whatever happens to the
     * clock. Nothing where the system does not tell.
     */
    static Optional<Long> startTicks(long pid) {
        try {
            String stat = stat(pid);
            // The name may hold anything, but the last bracket ends it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
            return fields.length > START_TICKS ? Optional.of(Long.valueOf(fields[START_TICKS])) : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static boolean isReadable(long pid) {
        try {
            return !stat(pid).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    private static String stat(long pid) throws IOException {
        return Files.readString(proc(pid).resolve("stat"), StandardCharsets.ISO_8859_1);
    }

    private static Path proc(long pid) {
        return Path.of("/proc", Long.toString(pid));
    }
}
