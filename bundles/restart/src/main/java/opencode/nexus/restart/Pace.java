package opencode.nexus.restart;

import java.time.Instant;
import java.util.concurrent.Executor;

/** Time, chance and threads, so that a test can have its own. */
interface Pace extends AutoCloseable {

    /** Milliseconds of a clock that only goes forward and knows no date. */
    long millis();

    Instant instant();

    /** At least 0, less than 1. */
    double random();

    /** Runs a task after all that were given before, on the one thread that decides. */
    void decide(Runnable task);

    /** As {@link #decide}, later. */
    Waiting decideIn(long millis, Runnable task);

    /** The one thread that reads and writes files. */
    Executor files();

    /** A thread for what may block for seconds. */
    Prober prober(String name);

    @Override
    void close();

    /** Something that is to be run later. */
    interface Waiting {
        void cancel();
    }

    /** A thread of its own; at most one task waits for it. */
    interface Prober extends Executor, AutoCloseable {
        @Override
        void close();
    }
}
