package opencode.nexus.api.supervise;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a process ended, or why there is none.
 *
 * @param code what it exited with; null when it did not, or when nobody knows
 * @param signal what ended it, for instance 9; null when none did, or when nobody knows
 * @param afterReady whether it had been of use before
 */
public record Exit(Cause cause, @Nullable Integer code, @Nullable Integer signal, boolean afterReady, Instant at) {

    /** Why; the class of an exit decides whether another start could help. */
    public enum Cause {
        /** It ended by itself, or was ended by somebody else. */
        ENDED(false),
        /** It did not become ready in time and was ended. */
        NOT_READY(false),
        /** The system refused, for want of memory, files or processes. */
        REFUSED(false),
        /** There is no such program. */
        MISSING(true),
        /** Another program has its port, at the second try as well. */
        PORT_TAKEN(true),
        /** It does not know one of its arguments. */
        BAD_ARGUMENTS(true),
        /** A directory it needs is not there or cannot be written. */
        BAD_DIRECTORY(true),
        /** It cannot use what it was given: its configuration, its credentials. */
        BAD_SETTINGS(true),
        /** It would let strangers in. */
        UNSAFE(true);

        private final boolean hopeless;

        Cause(boolean hopeless) {
            this.hopeless = hopeless;
        }

        /** Whether another start would end the same way. */
        public boolean isHopeless() {
            return hopeless;
        }
    }
}
