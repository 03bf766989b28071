package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Installer.Installation;
import opencode.nexus.api.supervise.Supervised.Watch;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the server stands; every change is published as {@code server.state}. Safe for use by several threads. */
final class ServerState {
    private static final Logger LOG = LoggerFactory.getLogger(ServerState.class);

    private final EventHub events;
    private final Clock clock;
    private final ExecutorService teller =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "nexus-opencode-watch"));
    private final Map<Object, Consumer<SupervisedStatus>> watchers = new LinkedHashMap<>();
    private SupervisedStatus status;
    private Optional<Endpoint> endpoint = Optional.empty();
    private final boolean controlled;
    private boolean wanted;
    private Installation installation = Installation.NOTHING;
    /** What was published last, or stands for nothing published. */
    private String published;
    /** What is to be told as long as this process runs. */
    private @Nullable String standing;

    /** @param controlled false when the process is somebody else's */
    ServerState(EventHub events, Clock clock, boolean wanted, boolean controlled) {
        this.events = events;
        this.clock = clock;
        this.wanted = wanted;
        this.controlled = controlled;
        status = new SupervisedStatus(
                State.STOPPED, null, null, null, clock.instant(), null, wanted, controlled, null, null, null);
        published = json();
    }

    synchronized SupervisedStatus status() {
        return status;
    }

    boolean is(State state) {
        return status().state() == state;
    }

    synchronized boolean isWanted() {
        return wanted;
    }

    /** Where it answers; nothing unless it runs. */
    synchronized Optional<Endpoint> endpoint() {
        return endpoint;
    }

    /** As {@link RunningOpenCode#awaitChange}. */
    synchronized Optional<Endpoint> awaitChange(Optional<Endpoint> seen, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (endpoint.equals(seen)) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                break;
            }
            wait(left);
        }
        return endpoint;
    }

    /** Why there is no endpoint, in a sentence for the owner. */
    String reason() {
        SupervisedStatus now = status();
        return switch (now.state()) {
            case STARTING -> "OpenCode is starting. Try again in a moment.";
            case STOPPING, STOPPED -> "OpenCode is stopped. Start it on the dashboard.";
            case FAILED -> now.problem() == null ? "OpenCode does not run." : now.problem();
            case RUNNING -> "OpenCode does not answer. Try again, or restart it on the dashboard.";
        };
    }

    /** As {@link opencode.nexus.api.supervise.Supervised#watch}. */
    synchronized Watch watch(Consumer<SupervisedStatus> watcher) {
        Object key = new Object();
        watchers.put(key, watcher);
        tell(key, status);
        return () -> forget(key);
    }

    private synchronized void forget(Object key) {
        watchers.remove(key);
    }

    /** Whether the owner wants it to run; told with the next change. */
    synchronized void want(boolean next) {
        wanted = next;
    }

    synchronized Installation installation() {
        return installation;
    }

    /** How an installation stands; what may be asked for stays until {@link #offer} takes it back. */
    synchronized void install(Installer.Progress state, @Nullable String code, @Nullable String message) {
        installation = new Installation(state, installation.offer(), clock.instant(), code, message);
        publish();
    }

    /** What the owner may ask for; told with the next change. Null also forgets that the last try has failed. */
    synchronized void offer(Installer.@Nullable Offer next) {
        if (next == null && installation.state() == Installer.Progress.FAILED) {
            installation = Installation.NOTHING;
        } else if (next != installation.offer()) {
            installation = new Installation(
                    installation.state(), next, installation.since(), installation.code(), installation.message());
        }
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
                    status.controlled(),
                    status.exit(),
                    when,
                    status.warning()));
        }
    }

    /** What should be looked at while it runs; null when nothing needs to be but its version. */
    synchronized void warn(@Nullable String warning) {
        if (status.state() == State.RUNNING) {
            put(new SupervisedStatus(
                    status.state(),
                    status.pid(),
                    status.version(),
                    status.url(),
                    status.since(),
                    status.problem(),
                    wanted,
                    controlled,
                    null,
                    null,
                    warning == null ? standing : warning));
        }
    }

    synchronized void running(@Nullable ChildProcess child, Endpoint place, String version, @Nullable String warning) {
        standing = warning;
        change(State.RUNNING, child == null ? null : child.pid(), place, version, null, null, warning);
    }

    /** It ended, or could not be started. */
    void failed(String problem, Exit exit) {
        change(State.FAILED, null, null, null, problem, exit, null);
    }

    /** Any other state. */
    void become(State state, @Nullable ChildProcess child, @Nullable String problem) {
        change(state, child == null ? null : child.pid(), null, null, problem, null, null);
    }

    /** Nobody looks after it from here any more. */
    void close() {
        synchronized (this) {
            endpoint = Optional.empty();
            watchers.clear();
            notifyAll();
        }
        teller.shutdown();
    }

    private synchronized void change(
            State state,
            @Nullable Long pid,
            @Nullable Endpoint place,
            @Nullable String version,
            @Nullable String problem,
            @Nullable Exit exit,
            @Nullable String warning) {
        Instant since = status.state() == state ? status.since() : clock.instant();
        endpoint = Optional.ofNullable(place);
        notifyAll();
        put(new SupervisedStatus(
                state,
                pid,
                version,
                place == null ? null : place.url(),
                since,
                problem,
                wanted,
                controlled,
                exit,
                null,
                warning));
    }

    private void put(SupervisedStatus next) {
        if (!next.equals(status)) {
            status = next;
            publish();
            watchers.keySet().forEach(key -> tell(key, next));
        }
    }

    private void publish() {
        String now = json();
        if (!now.equals(published)) {
            published = now;
            events.publish("server", "server.state", now);
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
                    LOG.error("A watcher of OpenCode failed", e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this component ends");
        }
    }

    private String json() {
        ObjectNode node = Wire.MAPPER.createObjectNode();
        node.put("state", lower(status.state()));
        put(node, "pid", status.pid());
        put(node, "version", status.version());
        put(node, "url", status.url());
        put(node, "since", status.since());
        put(node, "problem", status.problem());
        node.put("wanted", status.wanted());
        node.put("controlled", status.controlled());
        Exit exit = status.exit();
        if (exit != null) {
            ObjectNode how = node.putObject("exit");
            how.put("cause", lower(exit.cause()));
            put(how, "code", exit.code());
            put(how, "signal", exit.signal());
            how.put("afterReady", exit.afterReady());
            put(how, "at", exit.at());
        }
        put(node, "retryAt", status.retryAt());
        put(node, "warning", status.warning());
        if (!installation.equals(Installation.NOTHING)) {
            ObjectNode install = node.putObject("install");
            install.put("state", lower(installation.state()));
            put(install, "offer", installation.offer() == null ? null : lower(installation.offer()));
            put(install, "since", installation.since());
            put(install, "code", installation.code());
            put(install, "message", installation.message());
        }
        return node.toString();
    }

    private static void put(ObjectNode node, String field, @Nullable Object value) {
        if (value instanceof Long number) {
            node.put(field, number);
        } else if (value instanceof Integer number) {
            node.put(field, number);
        } else if (value != null) {
            node.put(field, value.toString());
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
