package opencode.nexus.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.process.ProcessSpec;
import org.jspecify.annotations.Nullable;

/** Starts nothing, but remembers what it was asked for. Children live until the test or the code under test ends them. */
public final class FakeProcessHost implements ProcessHost {

    /** Everything that was started, oldest first. */
    public final List<ProcessSpec> started = new CopyOnWriteArrayList<>();

    /** Every command that was run to its end, oldest first. */
    public final List<List<String>> commands = new CopyOnWriteArrayList<>();

    private final Map<String, FakeChild> children = new HashMap<>();
    private volatile int exitCode;
    private volatile Consumer<FakeChild> onStart = child -> {};
    private @Nullable NexusException refusal;
    private long nextPid = 1_000;

    /** What a child does when it is started, on the thread that starts it: open a port, end at once, … */
    public void onStart(Consumer<FakeChild> behaviour) {
        onStart = behaviour;
    }

    /** What every command that is run ends with from now on; 0 unless set. */
    public void exitWith(int code) {
        exitCode = code;
    }

    /** Every start from now on fails so; null makes starts work again. */
    public synchronized void refuse(@Nullable NexusException failure) {
        refusal = failure;
    }

    /** A process that a gateway before this one has left: known by name, but its exit code will be -1. */
    public synchronized FakeChild leave(String name, Map<String, String> notes) {
        FakeChild child = new FakeChild(name, nextPid++, Map.copyOf(notes), true);
        children.put(name, child);
        return child;
    }

    /** The newest child of that name, dead or alive. */
    public synchronized FakeChild child(String name) {
        FakeChild child = children.get(name);
        if (child == null) {
            throw new AssertionError("no process " + name + " was started");
        }
        return child;
    }

    @Override
    public ChildProcess start(ProcessSpec spec) {
        FakeChild child = begin(spec);
        onStart.accept(child);
        return child;
    }

    @Override
    public synchronized Optional<ChildProcess> find(String name) {
        return Optional.<ChildProcess>ofNullable(children.get(name)).filter(ChildProcess::isAlive);
    }

    @Override
    public synchronized int run(List<String> command, Duration limit) {
        if (refusal != null) {
            throw refusal;
        }
        commands.add(List.copyOf(command));
        return exitCode;
    }

    private synchronized FakeChild begin(ProcessSpec spec) {
        if (find(spec.name()).isPresent()) {
            throw new NexusException(NexusException.Kind.CONFLICT, "already-running", spec.name() + " runs already.");
        }
        if (refusal != null) {
            throw refusal;
        }
        FakeChild child = new FakeChild(spec.name(), nextPid++, spec.notes(), false);
        children.put(spec.name(), child);
        started.add(spec);
        return child;
    }

    /** A process that is only pretended. */
    public static final class FakeChild implements ChildProcess {
        private final String name;
        private final long pid;
        private final Map<String, String> notes;
        private final boolean adopted;
        private final Instant startedAt = Instant.parse("2026-01-01T00:00:00Z");
        private final CompletableFuture<Integer> exit = new CompletableFuture<>();
        private final List<Duration> stops = new CopyOnWriteArrayList<>();
        private final List<String> lines = new ArrayList<>();
        private final Semaphore looks = new Semaphore(0);
        private volatile Usage usage = new Usage(null, null);
        private volatile boolean endless;

        private FakeChild(String name, long pid, Map<String, String> notes, boolean adopted) {
            this.name = name;
            this.pid = pid;
            this.notes = notes;
            this.adopted = adopted;
        }

        /** Ends by itself. */
        public void exit(int code) {
            exit.complete(adopted ? -1 : code);
        }

        /** Whether no signal reaches it. */
        public void outlives(boolean signals) {
            endless = signals;
        }

        /** Writes a line of output. */
        public void print(String line) {
            synchronized (lines) {
                lines.add(line);
            }
        }

        /** Uses this much from now on. */
        public void use(Usage now) {
            usage = now;
        }

        @Override
        public Usage usage() {
            return usage;
        }

        /** The grace of every {@link #stop}, oldest first. */
        public List<Duration> stops() {
            return List.copyOf(stops);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public Instant startedAt() {
            return startedAt;
        }

        @Override
        public boolean isAlive() {
            return !exit.isDone();
        }

        @Override
        public CompletableFuture<Integer> onExit() {
            return exit.copy();
        }

        @Override
        public void stop(Duration grace) {
            stops.add(grace);
            if (!endless) {
                exit(143);
            }
        }

        @Override
        public Map<String, String> notes() {
            return notes;
        }

        @Override
        public Path output() {
            return Path.of(name + ".log");
        }

        /** Waits until somebody has looked at its output so many times. */
        public void awaitLooks(int count) throws InterruptedException {
            if (!looks.tryAcquire(count, 30, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody looks at the output of " + name);
            }
        }

        @Override
        public List<String> lastLines(int count) {
            looks.release();
            synchronized (lines) {
                return List.copyOf(lines.subList(Math.max(0, lines.size() - count), lines.size()));
            }
        }
    }
}
