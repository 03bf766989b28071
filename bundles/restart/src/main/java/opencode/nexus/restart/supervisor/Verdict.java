package opencode.nexus.restart.supervisor;

import opencode.nexus.api.restart.RestartService.Health;

/** How a running process does, and so what may be done to it. */
public enum Verdict {
    HEALTHY(Health.HEALTHY),
    BUSY(Health.BUSY),
    WEDGED(Health.WEDGED),
    /** Holds too much, but works on something. */
    LEAKING(Health.LEAKING),
    /** Holds too much, and nothing is lost by an exchange. */
    LEAKING_IDLE(Health.LEAKING),
    /** Holds so much that an exchange cannot wait. */
    OVER_CEILING(Health.LEAKING);

    private final Health health;

    Verdict(Health health) {
        this.health = health;
    }

    Health health() {
        return health;
    }
}
