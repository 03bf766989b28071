package opencode.nexus.api.metrics;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that was measured at one moment.
 *
 * @param gateway this process
 * @param server OpenCode and the processes below it; null while there is none
 * @param tunnel cloudflared; null while there is none
 * @param metrics what sources told, in no order
 */
public record Sample(
        Instant at,
        ProcessUse gateway,
        @Nullable ProcessUse server,
        @Nullable ProcessUse tunnel,
        MachineUse machine,
        List<Metric> metrics) {

    public Sample {
        metrics = List.copyOf(metrics);
    }

    /** The value of a series that a source told; empty when it did not, or when it is not known. */
    public Optional<Double> value(String series) {
        return metrics.stream()
                .filter(metric -> metric.series().equals(series))
                .map(Metric::value)
                .filter(value -> !value.isNaN())
                .findFirst();
    }

    /**
     * What a process uses, with all below it but for the counts of the gateway, which are its own. What the system does not
     * tell is null.
     *
     * @param cpu busy cores since the sample before: 1.0 is one core busy all the time; null in the first sample
     * @param rssBytes resident memory
     * @param openFiles open file descriptors
     * @param uptimeSeconds since the process itself was started
     * @param readBytes read from disk since its start
     * @param writtenBytes written to disk since its start
     */
    public record ProcessUse(
            long pid,
            @Nullable Double cpu,
            @Nullable Long rssBytes,
            @Nullable Integer threads,
            @Nullable Integer openFiles,
            double uptimeSeconds,
            @Nullable Long readBytes,
            @Nullable Long writtenBytes) {}

    /**
     * @param cpu busy cores of the whole machine since the sample before; null in the first sample
     * @param cores how many there are
     * @param load the average of a minute; null where there is no such thing
     * @param disks where Nexus and the workspaces lie, each file system once
     */
    public record MachineUse(
            @Nullable Double cpu,
            int cores,
            long memoryUsedBytes,
            long memoryTotalBytes,
            @Nullable Double load,
            List<Disk> disks) {
        public MachineUse {
            disks = List.copyOf(disks);
        }
    }

    /** @param path the first directory of Nexus or of a workspace that lies there */
    public record Disk(String path, long freeBytes, long totalBytes) {}
}
