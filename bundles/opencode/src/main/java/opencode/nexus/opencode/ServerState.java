package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import org.jspecify.annotations.Nullable;

/** How the server stands; every change is published as {@code server.state}. Safe for use by several threads. */
final class ServerState {
    private final EventHub events;
    private final Clock clock;
    private SupervisedStatus status;
    private Optional<Endpoint> endpoint = Optional.empty();

    ServerState(EventHub events, Clock clock) {
        this.events = events;
        this.clock = clock;
        status = new SupervisedStatus(State.STOPPED, null, null, null, clock.instant(), null);
    }

    synchronized SupervisedStatus status() {
        return status;
    }

    boolean is(State state) {
        return status().state() == state;
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

    void running(ChildProcess child, Endpoint place, String version) {
        change(State.RUNNING, child, place, version, null);
    }

    /** Any other state. */
    void become(State state, @Nullable ChildProcess child, @Nullable String problem) {
        change(state, child, null, null, problem);
    }

    /** Nobody looks after it from here any more. */
    synchronized void close() {
        endpoint = Optional.empty();
        notifyAll();
    }

    private synchronized void change(
            State state,
            @Nullable ChildProcess child,
            @Nullable Endpoint place,
            @Nullable String version,
            @Nullable String problem) {
        Instant since = status.state() == state ? status.since() : clock.instant();
        SupervisedStatus next = new SupervisedStatus(
                state, child == null ? null : child.pid(), version, place == null ? null : place.url(), since, problem);
        endpoint = Optional.ofNullable(place);
        notifyAll();
        if (!next.equals(status)) {
            status = next;
            events.publish("server", "server.state", json(next));
        }
    }

    private static String json(SupervisedStatus status) {
        ObjectNode node = Wire.MAPPER.createObjectNode();
        node.put("state", status.state().name().toLowerCase(Locale.ROOT));
        if (status.pid() != null) {
            node.put("pid", status.pid());
        }
        if (status.version() != null) {
            node.put("version", status.version());
        }
        if (status.url() != null) {
            node.put("url", status.url().toString());
        }
        if (status.since() != null) {
            node.put("since", status.since().toString());
        }
        if (status.problem() != null) {
            node.put("problem", status.problem());
        }
        return node.toString();
    }
}
