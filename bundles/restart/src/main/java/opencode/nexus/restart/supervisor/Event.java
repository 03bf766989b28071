package opencode.nexus.restart.supervisor;

import opencode.nexus.api.supervise.SupervisedStatus;

/** What a supervisor is told. */
public sealed interface Event {

    /** How the thing stands now. That the owner starts it after it was given up is seen from this, too. */
    record Changed(SupervisedStatus status) implements Event {}

    /**
     * What an examination of a running process says.
     *
     * @param why one sentence, for people
     */
    record Judged(long pid, Verdict verdict, String why) implements Event {}

    /** What {@link Action.Arm} asked for has come. */
    record TimerFired(int timer) implements Event {}

    /** The policy is another one than at the event before. */
    record PolicyChanged() implements Event {}

    /** Nobody listens any more. Nothing is done after it. */
    record Closed() implements Event {}
}
