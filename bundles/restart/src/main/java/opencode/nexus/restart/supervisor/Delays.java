package opencode.nexus.restart.supervisor;

import opencode.nexus.api.restart.RestartService.Policy;

/** How long is waited before a start. */
final class Delays {
    /** How long it must do well until what was counted is forgotten; or ten times the last delay. */
    static final long HEALTHY_MILLIS = 60_000;

    /** Between two starts of something that was given up. */
    static final long SLOW_MILLIS = 600_000;

    private static final int HEALTHY_DELAYS = 10;

    private Delays() {}

    /** No delay after so many failures is longer; the first start comes at once. */
    static long bound(Policy policy, int failures) {
        if (failures <= 0) {
            return 0;
        }
        double grown = policy.firstDelayMs() * Math.pow(policy.multiplier(), failures - 1.0);
        return (long) Math.min(policy.maxDelayMs(), grown);
    }

    /** With full jitter: any delay up to the bound, so that not everything that died together starts together. */
    static long draw(long bound, double random) {
        return bound <= 0 ? 0 : Math.min(bound, (long) (random * bound) + 1);
    }

    static long healthy(long lastDelay) {
        return Math.max(HEALTHY_MILLIS, HEALTHY_DELAYS * lastDelay);
    }
}
