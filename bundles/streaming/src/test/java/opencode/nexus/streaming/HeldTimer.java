package opencode.nexus.streaming;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A timer whose time passes when the test says so. */
final class HeldTimer extends ScheduledThreadPoolExecutor {
    private final Queue<Runnable> due = new ArrayDeque<>();

    HeldTimer() {
        super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        if (isShutdown()) {
            throw new RejectedExecutionException("shut down");
        }
        due.add(task);
        return new Held(task, unit.toNanos(delay));
    }

    /** One period passes: everything that was planned before it runs. */
    void pass() {
        for (int left = due.size(); left > 0; left--) {
            due.remove().run();
        }
    }

    int planned() {
        return due.size();
    }

    private static final class Held extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long delay;

        Held(Runnable task, long delay) {
            super(task, null);
            this.delay = delay;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delay, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(delay, other.getDelay(TimeUnit.NANOSECONDS));
        }
    }
}
