package opencode.nexus.restart.supervisor;

import java.util.List;
import opencode.nexus.api.restart.RestartService.Policy;

/** Decides what is done when something dies, hangs or grows. A function: whatever it needs to know it is given. */
public final class Supervisor {

    private Supervisor() {}

    /**
     * What follows from an event.
     *
     * @param now milliseconds of a clock that should only go forward; when it goes back, what was waited for and counted
     *     keeps its age
     * @param random at least 0, less than 1
     */
    public static Step next(State state, Event event, long now, Policy policy, double random) {
        if (state.closed()) {
            return new Step(state, List.of());
        }
        Turn turn = new Turn(state, now, policy, random);
        if (event instanceof Event.Changed changed) {
            turn.changed(changed.status());
        } else if (event instanceof Event.Judged judged) {
            turn.judged(judged);
        } else if (event instanceof Event.TimerFired fired) {
            turn.fired(fired.timer());
        } else if (event instanceof Event.PolicyChanged) {
            turn.policyChanged();
        } else {
            turn.close();
        }
        return turn.end();
    }
}
