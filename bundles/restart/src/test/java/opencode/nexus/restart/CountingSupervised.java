package opencode.nexus.restart;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.testkit.FakeSupervised;
import org.jspecify.annotations.Nullable;

/** A running thing that counts how often it is examined, and may fail at that. */
final class CountingSupervised {
    final FakeSupervised fake = new FakeSupervised();
    int looks;
    boolean busy;
    boolean broken;

    CountingSupervised() {
        fake.become(FakeSupervised.status(SupervisedStatus.State.RUNNING, 5L, null, true));
    }

    Supervised asSupervised() {
        return new Supervised() {
            @Override
            public SupervisedStatus status() {
                return fake.status();
            }

            @Override
            public void start() {
                fake.start();
            }

            @Override
            public void stop() {
                fake.stop();
            }

            @Override
            public void restart() {
                fake.restart();
            }

            @Override
            public void revive() {
                fake.revive();
            }

            @Override
            public void recycle(long pid, String reason) {
                fake.recycle(pid, reason);
            }

            @Override
            public void retryAt(@Nullable Instant when) {
                fake.retryAt(when);
            }

            @Override
            public Watch watch(Consumer<SupervisedStatus> watcher) {
                return fake.watch(watcher);
            }

            @Override
            public Vitals vitals() {
                looks++;
                if (broken) {
                    throw new IllegalStateException("cannot be examined");
                }
                return new Vitals(Instant.EPOCH, 5L, Duration.ofMillis(1), Instant.EPOCH, busy, null, null);
            }

            @Override
            public List<Evidence> evidence() {
                if (broken) {
                    throw new IllegalStateException("no evidence");
                }
                return List.of();
            }
        };
    }
}
