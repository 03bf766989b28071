package opencode.nexus.restart.supervisor;

import java.util.List;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.Exit;
import org.jspecify.annotations.Nullable;

/**
 * Everything a supervisor remembers. Times are milliseconds of a clock that knows no date.
 *
 * @param observed whether anything was heard of the thing yet
 * @param wanted whether the owner wants it to run
 * @param controlled whether it can be started and stopped
 * @param alive whether there is a process, or one is being started
 * @param pid the process, when it is known
 * @param own whether what goes on was asked for by the supervisor
 * @param record what is known of the newest failure on record
 * @param failure the exit that was dealt with last, until it is started again
 * @param surrender why it was given up
 * @param failures one after the other, since all was well
 * @param lastDelay before the newest start of the supervisor
 * @param starts when the supervisor started it since all was well, oldest first; the newest hundred of a day
 * @param timer the number that is waited for; 0 for none
 * @param timers how many were armed so far
 * @param due when {@code timer} comes
 * @param at when the last event came
 * @param told whether the owner knows that it was given up
 * @param reason one sentence for the owner, when something is wrong
 */
public record State(
        Phase phase,
        Health health,
        boolean observed,
        boolean wanted,
        boolean controlled,
        boolean alive,
        @Nullable Long pid,
        boolean own,
        Record record,
        @Nullable Exit failure,
        Surrender surrender,
        int failures,
        long lastDelay,
        List<Long> starts,
        int timer,
        int timers,
        long due,
        long at,
        boolean told,
        @Nullable String reason,
        boolean closed) {

    public State {
        starts = List.copyOf(starts);
    }

    /** How the newest failure on record stands. */
    public enum Record {
        CLOSED,
        PENDING,
        GAVE_UP
    }

    /** Why nothing more is done by itself. */
    public enum Surrender {
        NONE,
        SWITCHED_OFF,
        /** Too many starts; the slow retry stays in this lane until all is well. */
        TOO_OFTEN,
        HOPELESS
    }

    /** How many starts are within the window of the policy. */
    public int attempts(long now, Policy policy) {
        return count(starts, now, policy);
    }

    static int count(List<Long> starts, long now, Policy policy) {
        long oldest = now - policy.windowSeconds() * 1_000L;
        return (int) starts.stream().filter(start -> start > oldest).count();
    }

    /** Of something that was never heard of. */
    public static State unknown(long now) {
        return remembered(now, List.of(), Record.CLOSED, null);
    }

    /**
     * Of something that a supervisor before this one looked after.
     *
     * @param starts when it was started within the window, oldest first
     * @param record how its newest failure stands
     * @param failure how that process ended
     */
    public static State remembered(long now, List<Long> starts, Record record, @Nullable Exit failure) {
        return new State(
                Phase.STOPPED,
                Health.UNKNOWN,
                false,
                false,
                true,
                false,
                null,
                false,
                record,
                failure,
                Surrender.NONE,
                starts.size(),
                0,
                starts,
                0,
                0,
                0,
                now,
                record == Record.GAVE_UP,
                null,
                false);
    }
}
