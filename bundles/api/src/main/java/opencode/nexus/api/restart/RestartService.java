package opencode.nexus.api.restart;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised.Evidence;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Starts what died again, ends what hangs or grows, and remembers why. One supervisor for each
 * {@link opencode.nexus.api.supervise.Supervised}. Safe for use by several threads.
 */
@ProviderType
public interface RestartService {

    Policy policy();

    /**
     * Changes some values of the policy, as settings group {@code restart}.
     *
     * @throws opencode.nexus.api.NexusException INVALID naming every wrong field; UNAVAILABLE without the settings bundle
     */
    Policy change(Map<String, ? extends @Nullable Object> values);

    /** How each supervised thing stands, by name. */
    List<Subject> subjects();

    /** What was done in the last 90 days, newest first. Each new one is published as {@code restart.attempt}. */
    List<Attempt> attempts();

    /** @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-attempt} */
    PostMortem postMortem(String attemptId);

    /**
     * @param maxAttempts starts within the window before it gives up; 1 to 100
     * @param firstDelayMs before the second start; the first comes at once; 10 to 60000
     * @param multiplier of the delay from one start to the next; 1 to 10
     * @param maxDelayMs no delay is longer; at least the first, at most 3600000
     * @param memoryLimitMb above it the process is exchanged when it is idle; 0 for never
     * @param memoryCeilingMb above it the process is exchanged at once; 0 for never
     * @param slowRetry whether one start every ten minutes is tried after it gave up
     * @param notifies {@code notify} in JSON: whether the owner is told of starts; that it gave up is told always
     */
    record Policy(
            boolean enabled,
            int maxAttempts,
            int windowSeconds,
            int firstDelayMs,
            double multiplier,
            int maxDelayMs,
            int memoryLimitMb,
            int memoryCeilingMb,
            boolean slowRetry,
            boolean notifies) {}

    /** The states of a supervisor. */
    enum Phase {
        STOPPED,
        STARTING,
        RUNNING,
        STOPPING,
        /** Dead, and started again at {@link Subject#retryAt}. */
        BACKOFF,
        /** Dead, and not started again by itself. */
        FAILED
    }

    enum Health {
        UNKNOWN,
        HEALTHY,
        /** Slow to answer or silent, but at work: left alone. */
        BUSY,
        /** Alive, but answers nothing and says nothing. */
        WEDGED,
        /** Holds more memory than it may. */
        LEAKING,
        /** Up, but of no use, for instance for a broken configuration. A restart would not help. */
        UNUSABLE
    }

    /** @param attempts starts within the present window */
    record Subject(
            String name,
            Phase phase,
            Health health,
            int attempts,
            @Nullable Instant retryAt,
            @Nullable String reason) {}

    enum Outcome {
        /** A start is awaited or under way. */
        PENDING,
        RECOVERED,
        FAILED,
        /** No start was tried. */
        GAVE_UP,
        /** The owner stopped or started it meanwhile. */
        SUPERSEDED
    }

    /**
     * One failure and what was done about it.
     *
     * @param at when the failure was noticed
     * @param reason one sentence: what happened and what was decided
     * @param exit code the process ended with
     * @param signal that ended it
     * @param delayMs between the failure and the start
     * @param tookMs between the failure and being of use again; null until then
     */
    record Attempt(
            String id,
            Instant at,
            String subject,
            String cause,
            String reason,
            @Nullable Integer exit,
            @Nullable Integer signal,
            long delayMs,
            Outcome outcome,
            @Nullable Long tookMs) {}

    /**
     * What is known of a failure.
     *
     * @param exit null when the process was ended on purpose
     * @param curve memory and processor of the ten minutes before, oldest first
     * @param decisions what was observed and decided, with reasons, oldest first
     */
    record PostMortem(
            Attempt attempt, @Nullable Exit exit, List<Sample> curve, List<String> decisions, List<Evidence> evidence) {
        public PostMortem {
            curve = List.copyOf(curve);
            decisions = List.copyOf(decisions);
            evidence = List.copyOf(evidence);
        }
    }

    /** @param cpu cores in use, 1.0 for one */
    record Sample(Instant at, @Nullable Long rssBytes, @Nullable Double cpu) {}
}
