package opencode.nexus.restart.supervisor;

import java.util.List;

/** What follows from an event. */
public record Step(State state, List<Action> actions) {
    public Step {
        actions = List.copyOf(actions);
    }
}
