package opencode.nexus.restart;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.testkit.FakeSupervised;
import org.jspecify.annotations.Nullable;

/**
 * A shell script under the real process host. It runs as soon as it is started, answers when the test says so, and works
 * while there is a file {@code busy}.
 */
final class ScriptedChild implements Supervised, AutoCloseable {
    private static final Duration GRACE = Duration.ofMillis(300);

    private final ProcessHost processes;
    private final Path directory;
    private final ExecutorService worker =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "scripted-child"));
    private volatile String script;
    private volatile SupervisedStatus status = FakeSupervised.status(State.STOPPED, null, null, false);
    private volatile @Nullable ChildProcess child;
    private volatile boolean answers = true;
    private @Nullable Consumer<SupervisedStatus> watcher;
    private int starts;

    ScriptedChild(ProcessHost processes, Path directory, String script) {
        this.processes = processes;
        this.directory = directory;
        this.script = script;
    }

    /** What is run from the next start on. */
    void become(String next) {
        script = next;
    }

    /** Whether it answers from now on. */
    void answer(boolean now) {
        answers = now;
    }

    synchronized int starts() {
        return starts;
    }

    @Override
    public SupervisedStatus status() {
        return status;
    }

    @Override
    public void start() {
        submit(this::launch);
    }

    @Override
    public void stop() {
        submit(() -> {
            halt();
            tell(FakeSupervised.status(State.STOPPED, null, null, false));
        });
    }

    @Override
    public void restart() {
        submit(() -> {
            halt();
            launch();
        });
    }

    @Override
    public void revive() {
        submit(() -> {
            if (status.wanted() && status.state() == State.FAILED && child == null) {
                launch();
            }
        });
    }

    @Override
    public void recycle(long pid, String reason) {
        submit(() -> {
            ChildProcess running = child;
            if (status.wanted() && running != null && running.pid() == pid) {
                tell(FakeSupervised.status(State.STOPPING, pid, null, true));
                halt();
                launch();
            }
        });
    }

    @Override
    public void retryAt(@Nullable Instant when) {
        // Nobody looks at it here.
    }

    @Override
    public synchronized Watch watch(Consumer<SupervisedStatus> added) {
        watcher = added;
        submit(() -> added.accept(status));
        return () -> forget(added);
    }

    @Override
    public Vitals vitals() {
        ChildProcess running = child;
        ChildProcess.Usage usage = running == null ? new ChildProcess.Usage(null, null) : running.usage();
        return new Vitals(
                Instant.now(),
                running == null ? null : running.pid(),
                answers ? Duration.ofMillis(1) : null,
                null,
                !answers || Files.exists(directory.resolve("busy")),
                usage.rssBytes(),
                usage.cpuSeconds());
    }

    @Override
    public List<Evidence> evidence() {
        try {
            return List.of(new Evidence("output", "Last output", Files.exists(output()) ? tail() : ""));
        } catch (IOException e) {
            return List.of();
        }
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }

    private Path output() {
        return directory.resolve("process").resolve("scripted.log");
    }

    private String tail() throws IOException {
        byte[] all = Files.readAllBytes(output());
        int length = Math.min(1_000, all.length);
        return new String(all, all.length - length, length, StandardCharsets.UTF_8);
    }

    private void launch() {
        synchronized (this) {
            starts++;
        }
        ChildProcess started = processes.start(
                new ProcessSpec("scripted", List.of("/bin/sh", "-c", script), directory, Map.of(), Set.of(), Map.of()));
        child = started;
        tell(FakeSupervised.status(State.STARTING, started.pid(), null, true));
        started.onExit().thenAccept(code -> submit(() -> ended(started, code)));
        tell(FakeSupervised.status(State.RUNNING, started.pid(), null, true));
    }

    private void ended(ChildProcess which, int code) {
        if (child == which) {
            child = null;
            boolean signal = code > 128;
            tell(FakeSupervised.status(
                    State.FAILED,
                    null,
                    new Exit(
                            Exit.Cause.ENDED,
                            signal ? null : (Integer) code,
                            signal ? (Integer) (code - 128) : null,
                            true,
                            Instant.now()),
                    true));
        }
    }

    private void halt() {
        ChildProcess running = child;
        child = null;
        if (running != null) {
            running.stop(GRACE);
        }
    }

    private synchronized void forget(Consumer<SupervisedStatus> which) {
        if (watcher == which) {
            watcher = null;
        }
    }

    private void tell(SupervisedStatus next) {
        status = next;
        Consumer<SupervisedStatus> listening;
        synchronized (this) {
            listening = watcher;
        }
        if (listening != null) {
            listening.accept(next);
        }
    }

    private void submit(Runnable task) {
        try {
            worker.execute(task);
        } catch (RejectedExecutionException e) {
            // The test is over.
            return;
        }
    }
}
