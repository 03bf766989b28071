package opencode.nexus.opencode;

import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An OpenCode that somebody else runs: used as long as it answers, never started or stopped. */
final class ForeignServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignServer.class);
    private static final int MISSES = 3;

    private final Endpoint endpoint;
    private final String workspace;
    private final ServerState state;
    private final Readiness readiness;
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-opencode-foreign"));
    private int misses;

    ForeignServer(Endpoint endpoint, String workspace, ServerState state, Readiness readiness) {
        this.endpoint = endpoint;
        this.workspace = workspace;
        this.state = state;
        this.readiness = readiness;
    }

    /** The one that is configured; nothing when Nexus is to run its own. */
    static Optional<Endpoint> configured(ServerConfig config) {
        if (config.url().isBlank()) {
            return Optional.empty();
        }
        URI url = URI.create(config.url().strip().replaceAll("/+$", ""));
        return Optional.of(new Endpoint(url, config.username(), config.password()));
    }

    void begin(long everyMillis) {
        state.become(State.STARTING, null, null);
        thread.scheduleWithFixedDelay(this::look, 0, everyMillis, TimeUnit.MILLISECONDS);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    static NexusException notControlled() {
        return new NexusException(
                Kind.CONFLICT,
                "not-controlled",
                "This OpenCode was not started by Nexus. Start and stop it where it was started.");
    }

    private void look() {
        try {
            take(readiness.ask(endpoint, workspace));
        } catch (RuntimeException e) {
            LOG.error("Looking after the OpenCode at {} failed", endpoint, e);
        }
    }

    private void take(Readiness.Answer answer) {
        switch (answer.verdict()) {
            case READY -> {
                misses = 0;
                state.running(null, endpoint, answer.text(), null);
            }
            case NOT_YET -> {
                if (++misses >= MISSES || !state.is(State.RUNNING)) {
                    state.become(
                            State.FAILED,
                            null,
                            "No OpenCode answers at " + endpoint + " (" + answer.text() + "). Start it there.");
                }
            }
            case BROKEN -> state.become(State.FAILED, null, answer.text());
            case UNSAFE ->
                state.become(
                        State.FAILED,
                        null,
                        "The OpenCode at " + endpoint + " wants another password, or none at all. Start it with"
                                + " OPENCODE_SERVER_PASSWORD, and put the same one into the settings.");
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
