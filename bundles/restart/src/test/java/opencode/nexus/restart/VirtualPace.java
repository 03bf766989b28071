package opencode.nexus.restart;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import opencode.nexus.testkit.FakeClock;

/** Time that passes when a test says so; everything happens on the thread of the test. */
final class VirtualPace implements Pace {
    final FakeClock clock = new FakeClock();
    double random = 0.5;
    boolean closed;
    private final List<Later> waiting = new ArrayList<>();
    private final List<Runnable> decisions = new ArrayList<>();
    private long millis = 1_000_000;
    private boolean deciding;

    private record Later(long at, Runnable task) {}

    /** Lets time pass; what is due on the way is done at its time. */
    void pass(Duration duration) {
        long end = millis + duration.toMillis();
        while (true) {
            Later next = waiting.stream()
                    .filter(later -> later.at <= end)
                    .min(Comparator.comparingLong(Later::at))
                    .orElse(null);
            if (next == null) {
                break;
            }
            waiting.remove(next);
            move(Math.max(millis, next.at));
            decide(next.task);
        }
        move(end);
    }

    void passSeconds(long seconds) {
        pass(Duration.ofSeconds(seconds));
    }

    /** How much is waited for. */
    int waiting() {
        return waiting.size();
    }

    @Override
    public long millis() {
        return millis;
    }

    @Override
    public Instant instant() {
        return clock.instant();
    }

    @Override
    public double random() {
        return random;
    }

    @Override
    public void decide(Runnable task) {
        decisions.add(task);
        if (deciding) {
            return;
        }
        deciding = true;
        try {
            while (!decisions.isEmpty()) {
                decisions.remove(0).run();
            }
        } finally {
            deciding = false;
        }
    }

    @Override
    public Waiting decideIn(long delay, Runnable task) {
        Later later = new Later(millis + delay, task);
        waiting.add(later);
        return () -> waiting.removeIf(known -> known == later);
    }

    @Override
    public Executor files() {
        return Runnable::run;
    }

    @Override
    public Prober prober(String name) {
        return new Prober() {
            @Override
            public void execute(Runnable task) {
                task.run();
            }

            @Override
            public void close() {
                // There is no thread.
            }
        };
    }

    @Override
    public void close() {
        closed = true;
    }

    private void move(long to) {
        clock.advance(Duration.ofMillis(to - millis));
        millis = to;
    }
}
