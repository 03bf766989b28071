package opencode.nexus.testkit;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import org.jspecify.annotations.Nullable;

/** Runs nothing; its status is what the test says, and what it was asked for is written down. Watchers hear at once. */
public final class FakeSupervised implements Supervised {

    /** Everything it was asked for, oldest first: {@code start}, {@code stop}, {@code restart}, {@code revive}, {@code recycle 7: why}. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    private final Map<Object, Consumer<SupervisedStatus>> watchers = new ConcurrentHashMap<>();
    private volatile SupervisedStatus status = status(State.STOPPED, null, null, false);
    private volatile Vitals vitals = new Vitals(Instant.EPOCH, null, null, null, false, null, null);
    private volatile List<Evidence> evidence = List.of();

    /** A status with nothing in it but this. */
    public static SupervisedStatus status(State state, @Nullable Long pid, @Nullable Exit exit, boolean wanted) {
        return new SupervisedStatus(state, pid, null, null, null, null, wanted, true, exit, null, null);
    }

    /** It stands like this from now on; watchers are told on the thread of the test. */
    public void become(SupervisedStatus next) {
        status = next;
        watchers.values().forEach(watcher -> watcher.accept(next));
    }

    /** What the next {@link #vitals()} finds. */
    public void feel(Vitals next) {
        vitals = next;
    }

    public void leave(List<Evidence> next) {
        evidence = List.copyOf(next);
    }

    @Override
    public SupervisedStatus status() {
        return status;
    }

    @Override
    public void start() {
        asked.add("start");
    }

    @Override
    public void stop() {
        asked.add("stop");
    }

    @Override
    public void restart() {
        asked.add("restart");
    }

    @Override
    public void revive() {
        asked.add("revive");
    }

    @Override
    public void recycle(long pid, String reason) {
        asked.add("recycle " + pid + ": " + reason);
    }

    @Override
    public void retryAt(@Nullable Instant when) {
        asked.add("retry at " + when);
    }

    @Override
    public Watch watch(Consumer<SupervisedStatus> watcher) {
        Object key = new Object();
        watchers.put(key, watcher);
        watcher.accept(status);
        return () -> watchers.remove(key);
    }

    @Override
    public Vitals vitals() {
        return vitals;
    }

    @Override
    public List<Evidence> evidence() {
        return evidence;
    }
}
