package opencode.nexus.restart;

import java.time.Duration;
import java.time.Instant;

/**
 * Tells whether the date can be trusted with what cannot be undone: when it has run for an hour as evenly as the clock that
 * knows no date. After a jump, forward or back, it is another hour. Safe for use by several threads.
 */
final class SteadyClock {
    private static final Duration JUMP = Duration.ofMinutes(1);
    private static final long STEADY_MILLIS = Duration.ofHours(1).toMillis();

    private Instant date;
    private long since;

    /** @param millis of the clock that knows no date */
    SteadyClock(Instant now, long millis) {
        date = now;
        since = millis;
    }

    synchronized boolean isSteady(Instant now, long millis) {
        Instant expected = date.plusMillis(millis - since);
        if (Duration.between(expected, now).abs().compareTo(JUMP) > 0) {
            date = now;
            since = millis;
        }
        return millis - since >= STEADY_MILLIS;
    }
}
