package opencode.nexus.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import opencode.nexus.api.process.ChildProcess;
import org.jspecify.annotations.Nullable;

/** A process of this machine, started by this gateway or by one before it. */
final class LocalChild implements ChildProcess {
    private final String name;
    private final ProcessHandle handle;
    private final boolean adopted;
    private final Instant startedAt;
    private final Map<String, String> notes;
    private final OutputFile output;
    private final long outputFrom;
    private final @Nullable Mark mark;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    LocalChild(
            String name,
            ProcessHandle handle,
            boolean adopted,
            Instant startedAt,
            Map<String, String> notes,
            OutputFile output,
            long outputFrom,
            @Nullable Mark mark) {
        this.name = name;
        this.handle = handle;
        this.adopted = adopted;
        this.startedAt = startedAt;
        this.notes = notes;
        this.output = output;
        this.outputFrom = outputFrom;
        this.mark = mark;
    }

    /** True when it is somebody else's to collect, so that the system may never report its end. */
    boolean isAdopted() {
        return adopted;
    }

    /** Null when an earlier gateway started it that knew no marks. */
    @Nullable
    Mark mark() {
        return mark;
    }

    /** False when that was known already. */
    boolean ended(int exitCode) {
        return exit.complete(exitCode);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long pid() {
        return handle.pid();
    }

    @Override
    public Instant startedAt() {
        return startedAt;
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone() && ProcessTree.isAlive(handle);
    }

    @Override
    public CompletableFuture<Integer> onExit() {
        return exit.copy();
    }

    @Override
    public void stop(Duration grace) {
        if (isAlive()) {
            new ProcessTree(handle).stop(grace);
        }
    }

    @Override
    public Usage usage() {
        return isAlive() ? ProcessUsage.of(handle) : new Usage(null, null);
    }

    @Override
    public Map<String, String> notes() {
        return notes;
    }

    @Override
    public Path output() {
        return output.path();
    }

    @Override
    public List<String> lastLines(int count) {
        return output.lastLines(outputFrom, count);
    }

    @Override
    public String toString() {
        return name + ", pid " + pid();
    }
}
