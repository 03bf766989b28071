package opencode.nexus.process;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a later gateway needs to find a child again. Kept 0600, because the notes may hold secrets.
 *
 * @param bootId of the system the child runs on; empty where there is no such thing
 * @param outputFrom where in its file the child's own output begins, in bytes
 * @param mark null for a child of a gateway that knew no marks
 * @param startTicks when it started, by {@link ProcessTree#startTicks}; null where the system does not tell
 */
record ChildRecord(
        long pid,
        Instant startedAt,
        String bootId,
        Path output,
        long outputFrom,
        Map<String, String> notes,
        @Nullable Mark mark,
        @Nullable Long startTicks) {

    /**
     * The system's clock may be set right between two gateways, and the start of every process moves with it. By how much
     * does not matter where there are ticks.
     */
    private static final Duration TOLERANCE = Duration.ofSeconds(2);

    ChildRecord(
            long pid,
            @Nullable Instant startedAt,
            @Nullable String bootId,
            @Nullable Path output,
            long outputFrom,
            @Nullable Map<String, String> notes,
            @Nullable Mark mark,
            @Nullable Long startTicks) {
        if (pid <= 1 || startedAt == null || bootId == null || output == null || outputFrom < 0 || notes == null) {
            throw new IllegalArgumentException("not a record of a process");
        }
        this.pid = pid;
        this.startedAt = startedAt;
        this.bootId = bootId;
        this.output = output;
        this.outputFrom = outputFrom;
        this.notes = Map.copyOf(notes);
        this.mark = mark;
        this.startTicks = startTicks;
    }

    /** The process that was meant, if it still lives: never another one that got the same pid. */
    Optional<ProcessHandle> find(String currentBootId) {
        if (!bootId.equals(currentBootId) || pid == ProcessHandle.current().pid()) {
            return Optional.empty();
        }
        return ProcessHandle.of(pid).filter(ProcessTree::isAlive).filter(this::startedWhenTheChildDid);
    }

    private boolean startedWhenTheChildDid(ProcessHandle handle) {
        Optional<Long> ticks = ProcessTree.startTicks(handle.pid());
        if (startTicks != null && ticks.isPresent()) {
            return ticks.get().equals(startTicks);
        }
        return handle.info().startInstant().filter(this::isStart).isPresent();
    }

    private boolean isStart(Instant instant) {
        return Duration.between(startedAt, instant).abs().compareTo(TOLERANCE) <= 0;
    }

    @Override
    public String toString() {
        return "pid " + pid + " since " + startedAt;
    }
}
