package opencode.nexus.api.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Measures the gateway, OpenCode, cloudflared and the machine, and keeps what was measured: each second for 15 minutes, each
 * 15 seconds for a day, each 5 minutes for 30 days. A sample is taken each second while somebody looks (a browser follows
 * topic {@code metrics}, or {@link #sample} was called within 30 seconds) and in each 15 seconds otherwise, and published in
 * the hub as {@code metrics.sample} on topic {@code metrics}. Safe for use by several threads.
 */
@ProviderType
public interface MetricsService {

    /** The newest sample, at most a second old; taken now if it has to be. Blocks at most two seconds. */
    Sample sample();

    /**
     * What was measured. Blocks on the disk.
     *
     * @throws opencode.nexus.api.NexusException INVALID naming the field: {@code since} after {@code until} or
     *     {@code points} out of bounds
     */
    History history(Query query);

    /** The series that are known now or were in the last 30 days, by name. */
    List<Series> series();

    // ---- for Prometheus ----

    /**
     * The newest sample as text.
     *
     * @param openMetrics as OpenMetrics 1.0, else as Prometheus text 0.0.4
     */
    String exposition(boolean openMetrics);

    /** Whether somebody may read {@link #exposition} with this token. Takes the same time for right and wrong ones. */
    boolean admits(String token);

    /** When the token was made; empty while there is none. */
    Optional<Instant> tokenSince();

    /** Makes a new token, which ends the old one. It is told here only; what is kept is a hash. */
    String newToken();

    /** There is no token any more. */
    void revokeToken();

    // ---- what it is made of ----

    /**
     * @param series which ones, by {@link Metric#series}; those that are not known are left out of the answer
     * @param since from when; nothing is older than 30 days
     * @param until up to when; null for now
     * @param points the largest number of points of a series wanted, 1 to 2000
     */
    record Query(Set<String> series, Instant since, @Nullable Instant until, int points) {
        public Query {
            series = Set.copyOf(series);
        }
    }

    /**
     * @param step how much time a point stands for
     * @param at when the time of each point begins, oldest first, one step apart
     * @param marks what happened in that time, oldest first
     */
    record History(Duration step, List<Instant> at, List<Line> lines, List<Mark> marks) {
        public History {
            at = List.copyOf(at);
            lines = List.copyOf(lines);
            marks = List.copyOf(marks);
        }
    }

    /** One series in a history. The arrays have a place for each point; NaN where nothing was measured. */
    record Line(Series series, double[] min, double[] mean, double[] max) {}

    /**
     * A series without its values.
     *
     * @param name as {@link Metric#series}
     * @param rate whether values are per second, because it counts something
     */
    record Series(String name, Metric.Unit unit, boolean rate, String help) {}

    /**
     * Something that happened and explains what is seen.
     *
     * @param kind {@code restart}, {@code tunnel}, {@code alarm} or {@code gap}
     * @param text one sentence
     */
    record Mark(Instant at, String kind, String text) {}
}
