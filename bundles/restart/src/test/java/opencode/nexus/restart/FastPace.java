package opencode.nexus.restart;

import java.time.Instant;
import java.util.concurrent.Executor;

/** Real threads in a world that goes twenty times as fast. */
final class FastPace implements Pace {
    private static final int FACTOR = 20;
    private final ThreadPace real = new ThreadPace();

    @Override
    public long millis() {
        return real.millis() * FACTOR;
    }

    @Override
    public Instant instant() {
        return real.instant();
    }

    @Override
    public double random() {
        return real.random();
    }

    @Override
    public void decide(Runnable task) {
        real.decide(task);
    }

    @Override
    public Waiting decideIn(long millis, Runnable task) {
        return real.decideIn(millis / FACTOR, task);
    }

    @Override
    public Executor files() {
        return real.files();
    }

    @Override
    public Prober prober(String name) {
        return real.prober(name);
    }

    @Override
    public void close() {
        real.close();
    }
}
