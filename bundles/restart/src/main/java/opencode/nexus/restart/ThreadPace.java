package opencode.nexus.restart;

import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Real time: one thread that decides, one for files, and one for each thing that is examined. */
final class ThreadPace implements Pace {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadPace.class);
    private static final int MOST_FILES = 1_000;
    private static final int END_SECONDS = 3;

    private final ScheduledThreadPoolExecutor decisions =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-restart"));
    private final ThreadPoolExecutor files = single("nexus-restart-files", MOST_FILES);

    ThreadPace() {
        decisions.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        decisions.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public Instant instant() {
        return Instant.now();
    }

    @Override
    public double random() {
        return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public void decide(Runnable task) {
        give(decisions, task);
    }

    @Override
    public Waiting decideIn(long millis, Runnable task) {
        try {
            Future<?> waiting = decisions.schedule(guarded(task), millis, TimeUnit.MILLISECONDS);
            return () -> waiting.cancel(false);
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this component ends");
            return () -> {};
        }
    }

    @Override
    public Executor files() {
        return task -> give(files, task);
    }

    @Override
    public Prober prober(String name) {
        ThreadPoolExecutor thread = single("nexus-restart-" + name, 1);
        return new Prober() {
            @Override
            public void execute(Runnable task) {
                give(thread, task);
            }

            @Override
            public void close() {
                thread.shutdownNow();
            }
        };
    }

    /** What is to be written is written first. */
    @Override
    public void close() {
        decisions.shutdown();
        files.shutdown();
        try {
            decisions.awaitTermination(1, TimeUnit.SECONDS);
            if (!files.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Not every post-mortem could be written before the end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        decisions.shutdownNow();
        files.shutdownNow();
    }

    private static ThreadPoolExecutor single(String name, int waiting) {
        return new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waiting), task -> new Thread(task, name));
    }

    private static void give(Executor thread, Runnable task) {
        try {
            thread.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("Not done: this component ends, or far too much waits", e);
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("Looking after a process failed", e);
            }
        };
    }
}
