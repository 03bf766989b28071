package opencode.nexus.api.supervise;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a supervised thing stands. Its JSON is the answer of {@code GET /api/server}.
 *
 * @param pid its process, while there is one
 * @param url where it answers, without credentials
 * @param since when this state began
 * @param problem one sentence for the owner, when something is wrong
 * @param wanted whether the owner wants it to run; false from a stop of the owner until a start
 * @param controlled false when the process is somebody else's: it can be used, but not started or stopped
 * @param exit how it ended or failed to start, while the state is FAILED and there is no process
 * @param retryAt when it will be started again by itself
 * @param warning one sentence when it runs, but something should be looked at: an old version, a change that waits
 */
public record SupervisedStatus(
        State state,
        @Nullable Long pid,
        @Nullable String version,
        @Nullable URI url,
        @Nullable Instant since,
        @Nullable String problem,
        boolean wanted,
        boolean controlled,
        @Nullable Exit exit,
        @Nullable Instant retryAt,
        @Nullable String warning) {

    public enum State {
        STOPPED,
        STARTING,
        RUNNING,
        STOPPING,
        /** It ended, could not be started, or is up but unusable; then there is a pid. */
        FAILED
    }
}
