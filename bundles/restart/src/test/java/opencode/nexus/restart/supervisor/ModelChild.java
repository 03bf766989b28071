package opencode.nexus.restart.supervisor;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import org.jspecify.annotations.Nullable;

/**
 * A supervised thing on paper. What it tells is heard later, in order, as by a real one. It does what it is told without
 * looking, so that a second living child would be seen.
 */
final class ModelChild {
    private final Random random;
    private final Deque<SupervisedStatus> told = new ArrayDeque<>();

    State state = State.STOPPED;

    @Nullable
    Long pid;

    boolean wanted = true;
    boolean good;
    private long pids;
    private int exits;
    private int steps;

    ModelChild(Random random) {
        this.random = random;
        tell(null, null);
    }

    boolean hasNews() {
        return !told.isEmpty();
    }

    SupervisedStatus news() {
        return told.removeFirst();
    }

    boolean isAlive() {
        return pid != null;
    }

    /** @return false when there is a child already */
    boolean revive() {
        if (isAlive()) {
            return false;
        }
        if (!good && random.nextInt(50) == 0) {
            // Lost on the way.
            return true;
        }
        launch();
        return true;
    }

    void recycle(long which) {
        if (!wanted || pid == null || pid != which || !good && random.nextInt(50) == 0) {
            return;
        }
        halt();
        launch();
    }

    void ownerStarts() {
        wanted = true;
        if (!isAlive()) {
            launch();
        } else {
            tell(null, null);
        }
    }

    void ownerStops() {
        wanted = false;
        tell(null, null);
        halt();
    }

    void ownerRestarts() {
        wanted = true;
        halt();
        launch();
    }

    /** What a start leads to, or what happens to a running child. */
    void goOn() {
        if (!isAlive()) {
            return;
        }
        steps++;
        if (state == State.STARTING) {
            int what = good ? 0 : random.nextInt(10);
            if (what < 5) {
                become(State.RUNNING);
            } else if (what < 6) {
                state = State.FAILED;
                tell(null, "The configuration is broken.");
            } else {
                die();
            }
        } else if (!good && random.nextInt(3) == 0) {
            die();
        }
    }

    void die() {
        if (!isAlive()) {
            return;
        }
        pid = null;
        state = State.FAILED;
        Exit.Cause[] causes = Exit.Cause.values();
        Exit.Cause cause = random.nextInt(20) == 0 ? causes[random.nextInt(causes.length)] : Exit.Cause.ENDED;
        tell(new Exit(cause, 1, null, true, Instant.ofEpochMilli(++exits)), "It ended.");
    }

    void repeat() {
        if (!told.isEmpty() && random.nextBoolean()) {
            told.addLast(told.getLast());
        }
    }

    private void launch() {
        pid = ++pids;
        become(State.STARTING);
    }

    private void halt() {
        if (isAlive()) {
            become(State.STOPPING);
            pid = null;
        }
        become(State.STOPPED);
    }

    private void become(State next) {
        state = next;
        tell(null, null);
    }

    private void tell(@Nullable Exit exit, @Nullable String problem) {
        told.addLast(new SupervisedStatus(state, pid, null, null, null, problem, wanted, true, exit, null, null));
    }

    @Override
    public String toString() {
        return state + " " + pid + (wanted ? " wanted" : "") + " after " + steps;
    }
}
