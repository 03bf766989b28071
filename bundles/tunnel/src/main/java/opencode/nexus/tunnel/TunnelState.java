package opencode.nexus.tunnel;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised.Watch;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.EdgeLight;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.api.tunnel.TunnelStatus.ProcessLight;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the tunnel stands, for its supervisor and for the owner. Every change of what the owner sees is published as
 * {@code tunnel.state}. Safe for use by several threads.
 */
final class TunnelState {
    private static final Logger LOG = LoggerFactory.getLogger(TunnelState.class);
    private static final EdgeLight DARK = new EdgeLight(Lamp.OFF, 0, List.of());
    private static final EdgeLight UNKNOWN = new EdgeLight(Lamp.UNKNOWN, null, List.of());

    private final EventHub events;
    private final Clock clock;
    private final Supplier<TunnelConfig.Kind> kind;
    private final Supplier<@Nullable URI> dead;
    private final ExecutorService teller =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "nexus-tunnel-watch"));
    private final Map<Object, Consumer<SupervisedStatus>> watchers = new LinkedHashMap<>();
    private SupervisedStatus status;
    private @Nullable TunnelStatus shown;
    private EdgeLight edge = DARK;
    private RoundTripLight roundTrip = RoundTripLight.UNKNOWN;
    private boolean wanted;
    private @Nullable String version;

    TunnelState(
            EventHub events,
            Clock clock,
            boolean wanted,
            Supplier<TunnelConfig.Kind> kind,
            Supplier<@Nullable URI> dead) {
        this.events = events;
        this.clock = clock;
        this.wanted = wanted;
        this.kind = kind;
        this.dead = dead;
        status = new SupervisedStatus(
                State.STOPPED, null, null, null, clock.instant(), null, wanted, true, null, null, null);
    }

    synchronized SupervisedStatus status() {
        return status;
    }

    synchronized TunnelStatus tunnel() {
        TunnelStatus.State state =
                switch (status.state()) {
                    case STOPPED, STOPPING -> TunnelStatus.State.CLOSED;
                    case STARTING -> TunnelStatus.State.OPENING;
                    case RUNNING -> TunnelStatus.State.OPEN;
                    case FAILED -> TunnelStatus.State.FAILED;
                };
        String problem = status.problem() == null ? status.warning() : status.problem();
        return new TunnelStatus(
                state,
                status.url(),
                state == TunnelStatus.State.OPEN && edge.lamp() == Lamp.ON,
                status.since(),
                problem,
                kind.get(),
                version,
                new ProcessLight(status.pid() == null ? Lamp.OFF : Lamp.ON, status.pid()),
                edge,
                roundTrip,
                dead.get());
    }

    boolean is(State state) {
        return status().state() == state;
    }

    synchronized boolean isWanted() {
        return wanted;
    }

    synchronized void want(boolean next) {
        wanted = next;
    }

    synchronized void version(String known) {
        version = known;
    }

    synchronized void running(long pid, @Nullable URI url, int connections, List<String> locations) {
        edge = new EdgeLight(Lamp.ON, connections, locations);
        change(State.RUNNING, pid, url, null, null, null);
    }

    /** It runs, but the edge is not connected, or does not tell. */
    synchronized void lost(boolean known, String warning) {
        edge = known ? DARK : UNKNOWN;
        change(State.RUNNING, status.pid(), status.url(), null, null, warning);
    }

    /** What came of asking that address; of no interest when it is another one by now. */
    synchronized void roundTrip(URI url, RoundTripLight light) {
        if (status.state() == State.RUNNING && url.equals(status.url())) {
            roundTrip = light;
            show();
        }
    }

    /** It ended, or could not be started. */
    synchronized void failed(String problem, Exit exit) {
        edge = DARK;
        change(State.FAILED, null, null, problem, exit, null);
    }

    /** Any other state. */
    synchronized void become(State state, @Nullable Long pid, @Nullable String problem) {
        edge = state == State.STARTING && pid != null ? UNKNOWN : DARK;
        change(state, pid, null, problem, null, null);
    }

    /** As {@link opencode.nexus.api.supervise.Supervised#retryAt}. */
    synchronized void retryAt(@Nullable Instant when) {
        if (status.state() == State.FAILED) {
            put(new SupervisedStatus(
                    status.state(),
                    status.pid(),
                    status.version(),
                    status.url(),
                    status.since(),
                    status.problem(),
                    wanted,
                    true,
                    status.exit(),
                    when,
                    status.warning()));
        }
    }

    /** As {@link opencode.nexus.api.supervise.Supervised#watch}. */
    synchronized Watch watch(Consumer<SupervisedStatus> watcher) {
        Object key = new Object();
        watchers.put(key, watcher);
        tell(key, status);
        return () -> forget(key);
    }

    /** Publishes what has changed, if anything has. */
    synchronized void show() {
        TunnelStatus now = tunnel();
        if (!now.equals(shown)) {
            shown = now;
            events.publish("tunnel", "tunnel.state", TunnelJson.of(now));
        }
    }

    void close() {
        synchronized (this) {
            watchers.clear();
        }
        teller.shutdown();
    }

    private synchronized void forget(Object key) {
        watchers.remove(key);
    }

    private void change(
            State state,
            @Nullable Long pid,
            @Nullable URI url,
            @Nullable String problem,
            @Nullable Exit exit,
            @Nullable String warning) {
        if (state != State.RUNNING || status.state() != State.RUNNING) {
            roundTrip = RoundTripLight.UNKNOWN;
        }
        Instant since = status.state() == state ? status.since() : clock.instant();
        put(new SupervisedStatus(state, pid, version, url, since, problem, wanted, true, exit, null, warning));
    }

    private void put(SupervisedStatus next) {
        boolean changed = !next.equals(status);
        status = next;
        show();
        if (changed) {
            watchers.keySet().forEach(key -> tell(key, next));
        }
    }

    /** On its own thread, so that a watcher can hold up nobody. */
    private void tell(Object key, SupervisedStatus now) {
        try {
            teller.execute(() -> {
                Consumer<SupervisedStatus> watcher;
                synchronized (this) {
                    watcher = watchers.get(key);
                }
                try {
                    if (watcher != null) {
                        watcher.accept(now);
                    }
                } catch (RuntimeException e) {
                    LOG.error("A watcher of the tunnel failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this component ends");
        }
    }
}
