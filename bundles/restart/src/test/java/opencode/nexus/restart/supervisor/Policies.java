package opencode.nexus.restart.supervisor;

import opencode.nexus.api.restart.RestartService.Policy;

/** Policies of tests, step by step. */
record Policies(Policy policy) {
    static final Policy USUAL = new Policy(true, 3, 600, 500, 2.0, 4_000, 1_000, 2_000, true, true);

    static Policies usual() {
        return new Policies(USUAL);
    }

    Policies enabled(boolean enabled) {
        return new Policies(new Policy(
                enabled,
                policy.maxAttempts(),
                policy.windowSeconds(),
                policy.firstDelayMs(),
                policy.multiplier(),
                policy.maxDelayMs(),
                policy.memoryLimitMb(),
                policy.memoryCeilingMb(),
                policy.slowRetry(),
                policy.notifies()));
    }

    Policies attempts(int most, int windowSeconds) {
        return new Policies(new Policy(
                policy.enabled(),
                most,
                windowSeconds,
                policy.firstDelayMs(),
                policy.multiplier(),
                policy.maxDelayMs(),
                policy.memoryLimitMb(),
                policy.memoryCeilingMb(),
                policy.slowRetry(),
                policy.notifies()));
    }

    Policies delays(int first, double multiplier, int longest) {
        return new Policies(new Policy(
                policy.enabled(),
                policy.maxAttempts(),
                policy.windowSeconds(),
                first,
                multiplier,
                longest,
                policy.memoryLimitMb(),
                policy.memoryCeilingMb(),
                policy.slowRetry(),
                policy.notifies()));
    }

    Policies memory(int limit, int ceiling) {
        return new Policies(new Policy(
                policy.enabled(),
                policy.maxAttempts(),
                policy.windowSeconds(),
                policy.firstDelayMs(),
                policy.multiplier(),
                policy.maxDelayMs(),
                limit,
                ceiling,
                policy.slowRetry(),
                policy.notifies()));
    }

    Policies slowRetry(boolean slowly) {
        return new Policies(new Policy(
                policy.enabled(),
                policy.maxAttempts(),
                policy.windowSeconds(),
                policy.firstDelayMs(),
                policy.multiplier(),
                policy.maxDelayMs(),
                policy.memoryLimitMb(),
                policy.memoryCeilingMb(),
                slowly,
                policy.notifies()));
    }
}
