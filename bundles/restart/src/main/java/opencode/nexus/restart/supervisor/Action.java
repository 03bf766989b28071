package opencode.nexus.restart.supervisor;

import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.supervise.Exit;
import org.jspecify.annotations.Nullable;

/** What a supervisor wants done, in the order in which it is to be done. */
public sealed interface Action {

    /** A dead process is started again. */
    record Revive() implements Action {}

    /** A living process is exchanged. */
    record Recycle(long pid, String reason) implements Action {}

    /** The owner is shown when it is started again; null takes that back. */
    record RetryIn(@Nullable Long millis) implements Action {}

    /** {@link Event.TimerFired} with this number is wanted after that time. What was armed before is not wanted any more. */
    record Arm(int timer, long millis) implements Action {}

    /** A failure goes on record; what helps to explain it must be collected before anything else is done. */
    record Begin(String cause, String reason, @Nullable Exit exit, long delayMillis) implements Action {}

    /** What became of the newest failure on record. */
    record Settle(Outcome outcome, String why) implements Action {}

    /** The owner is told. */
    record Tell(News news, String text) implements Action {}

    /** For the record: what was seen or decided. */
    record Note(String text) implements Action {}

    enum News {
        RESTARTED,
        LEAKING,
        GAVE_UP,
        /** What it was given up for is over. */
        OVER
    }
}
