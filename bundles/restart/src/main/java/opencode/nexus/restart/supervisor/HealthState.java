package opencode.nexus.restart.supervisor;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What examinations of one process have found so far.
 *
 * @param pid whose it is; null before the first
 * @param unanswered how many in a row had no answer
 * @param lastEventAt as the newest examination told it
 * @param heardAt when that was new, by the clock of the supervisor
 * @param overLimit how many in a row found more memory than it may hold
 * @param overCeiling how many in a row found far too much
 */
public record HealthState(
        @Nullable Long pid,
        int unanswered,
        @Nullable Instant lastEventAt,
        long heardAt,
        int overLimit,
        int overCeiling,
        Growth growth) {

    /** Of a process that was not examined yet. */
    public static final HealthState NEW = new HealthState(null, 0, null, 0, 0, 0, Growth.NONE);
}
