package opencode.nexus.api.supervise;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a process does at one moment.
 *
 * @param pid whose vitals these are; null when there is no process
 * @param answeredIn how long it took to answer a question that only it can answer; null when it did not
 * @param lastEventAt when something was heard from it by itself, by the clock of the gateway; null for never
 * @param busy whether work is going on that a restart would lose; true also when that is not known
 * @param rssBytes resident memory of it and the processes below it, as the system tells; null when it does not
 * @param cpuSeconds processor time used by them so far; null when the system does not tell
 */
public record Vitals(
        Instant at,
        @Nullable Long pid,
        @Nullable Duration answeredIn,
        @Nullable Instant lastEventAt,
        boolean busy,
        @Nullable Long rssBytes,
        @Nullable Double cpuSeconds) {}
