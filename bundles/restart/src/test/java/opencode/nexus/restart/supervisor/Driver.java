package opencode.nexus.restart.supervisor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.SupervisedStatus;
import org.jspecify.annotations.Nullable;

/** Drives a supervisor by hand and keeps what it wanted done. */
final class Driver {
    State state = State.unknown(0);
    Policy policy = Policies.USUAL;
    long now;
    double random = 0.5;
    List<Action> last = List.of();
    final List<Action> all = new ArrayList<>();
    private int exits;

    Driver tell(Event event) {
        Step step = Supervisor.next(state, event, now, policy, random);
        state = step.state();
        last = step.actions();
        all.addAll(last);
        return this;
    }

    Driver stopped(boolean wanted) {
        return status(SupervisedStatus.State.STOPPED, null, wanted, null, null);
    }

    Driver starting(long pid) {
        return status(SupervisedStatus.State.STARTING, pid, true, null, null);
    }

    Driver running(long pid) {
        return status(SupervisedStatus.State.RUNNING, pid, true, null, null);
    }

    Driver stopping(long pid) {
        return status(SupervisedStatus.State.STOPPING, pid, true, null, null);
    }

    Driver unusable(long pid) {
        return status(SupervisedStatus.State.FAILED, pid, true, null, "The configuration is broken.");
    }

    Driver dies() {
        return dies(Exit.Cause.ENDED);
    }

    Driver dies(Exit.Cause cause) {
        return status(SupervisedStatus.State.FAILED, null, true, exit(cause), "It ended with code 1.");
    }

    Exit exit(Exit.Cause cause) {
        return new Exit(cause, 1, null, true, Instant.ofEpochMilli(++exits));
    }

    Driver judged(long pid, Verdict verdict) {
        return tell(new Event.Judged(pid, verdict, "It is " + verdict + "."));
    }

    Driver status(
            SupervisedStatus.State status,
            @Nullable Long pid,
            boolean wanted,
            @Nullable Exit exit,
            @Nullable String problem) {
        return status(status, pid, wanted, true, exit, problem);
    }

    Driver status(
            SupervisedStatus.State status,
            @Nullable Long pid,
            boolean wanted,
            boolean controlled,
            @Nullable Exit exit,
            @Nullable String problem) {
        return tell(new Event.Changed(
                new SupervisedStatus(status, pid, null, null, null, problem, wanted, controlled, exit, null, null)));
    }

    /** The timer that is waited for comes, after its time. */
    Driver wait(String what) {
        Action.Arm armed = armed();
        now += armed.millis();
        return tell(new Event.TimerFired(armed.timer()));
    }

    Action.Arm armed() {
        Action.Arm armed = null;
        for (Action action : all) {
            if (action instanceof Action.Arm arm) {
                armed = arm;
            }
        }
        if (armed == null || armed.timer() != state.timer()) {
            throw new AssertionError("nothing is waited for in " + state);
        }
        return armed;
    }

    long revivals() {
        return all.stream().filter(Action.Revive.class::isInstance).count();
    }

    <T extends Action> List<T> done(Class<T> kind) {
        return last.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
