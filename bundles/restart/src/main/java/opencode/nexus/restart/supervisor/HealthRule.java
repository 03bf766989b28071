package opencode.nexus.restart.supervisor;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.Vitals;
import org.jspecify.annotations.Nullable;

/**
 * Tells a process that hangs from one that works. It is wedged only when it answered nothing three times in a row
 * <em>and</em> said nothing for 30 seconds; whoever is slow but at work is busy. That it is dead is seen elsewhere.
 */
public final class HealthRule {
    static final int UNANSWERED = 3;
    static final long SILENCE_MILLIS = 30_000;

    /** A process that starts another is for a moment counted twice, so one value says nothing. */
    static final int VALUES = 2;

    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final long MEGABYTE = 1_024L * 1_024L;

    private HealthRule() {}

    /**
     * What an examination says.
     *
     * @param why one sentence, for people
     */
    public record Look(HealthState state, Verdict verdict, String why) {}

    /**
     * Judges a running process.
     *
     * @param now milliseconds of a clock that should only go forward; going back, it lengthens a silence by nothing
     */
    public static Look next(HealthState state, Vitals vitals, long now, Policy policy) {
        HealthState seen = see(state, vitals, now, policy);
        if (seen.overCeiling() >= VALUES) {
            return new Look(
                    seen,
                    Verdict.OVER_CEILING,
                    holds(vitals) + ", more than the " + policy.memoryCeilingMb()
                            + " MB at which it is exchanged at once.");
        }
        long silence = now - seen.heardAt();
        if (seen.unanswered() >= UNANSWERED && silence >= SILENCE_MILLIS) {
            return new Look(
                    seen,
                    Verdict.WEDGED,
                    "It runs, but answered nothing " + seen.unanswered() + " times in a row and said nothing for "
                            + silence / 1_000 + " seconds.");
        }
        String leak = leak(seen, vitals, policy);
        if (leak != null) {
            boolean idle = !vitals.busy() && vitals.answeredIn() != null;
            return new Look(seen, idle ? Verdict.LEAKING_IDLE : Verdict.LEAKING, leak);
        }
        if (vitals.answeredIn() == null) {
            return new Look(seen, Verdict.BUSY, "It did not answer, but may be at work.");
        }
        if (vitals.busy()) {
            return new Look(seen, Verdict.BUSY, "It works.");
        }
        if (vitals.answeredIn().compareTo(SLOW) > 0) {
            return new Look(seen, Verdict.BUSY, "It took " + vitals.answeredIn().toMillis() + " ms to answer.");
        }
        return new Look(
                seen, Verdict.HEALTHY, "It answered in " + vitals.answeredIn().toMillis() + " ms.");
    }

    private static HealthState see(HealthState state, Vitals vitals, long now, Policy policy) {
        boolean same = state.pid() != null && state.pid().equals(vitals.pid());
        HealthState known = same ? state : HealthState.NEW;
        boolean heard = !same || !Objects.equals(known.lastEventAt(), vitals.lastEventAt()) || now < known.heardAt();
        Long rss = vitals.rssBytes();
        return new HealthState(
                vitals.pid(),
                vitals.answeredIn() == null ? known.unanswered() + 1 : 0,
                vitals.lastEventAt(),
                heard ? now : known.heardAt(),
                exceeds(rss, policy.memoryLimitMb()) ? known.overLimit() + 1 : 0,
                exceeds(rss, policy.memoryCeilingMb()) ? known.overCeiling() + 1 : 0,
                rss == null ? known.growth() : known.growth().with(rss, now));
    }

    private static @Nullable String leak(HealthState seen, Vitals vitals, Policy policy) {
        if (seen.overLimit() >= VALUES) {
            return holds(vitals) + ", more than the " + policy.memoryLimitMb() + " MB it may.";
        }
        int limit = policy.memoryLimitMb() > 0 ? policy.memoryLimitMb() : policy.memoryCeilingMb();
        if (limit > 0 && seen.growth().reaches(limit * MEGABYTE)) {
            return holds(vitals) + ", rises steadily and would reach " + limit + " MB within an hour.";
        }
        return null;
    }

    private static boolean exceeds(@Nullable Long rss, int limitMb) {
        return rss != null && limitMb > 0 && rss > limitMb * MEGABYTE;
    }

    private static String holds(Vitals vitals) {
        Long rss = vitals.rssBytes();
        return rss == null
                ? "Its memory is not known"
                : String.format(Locale.ROOT, "It holds %d MB of memory", rss / MEGABYTE);
    }
}
