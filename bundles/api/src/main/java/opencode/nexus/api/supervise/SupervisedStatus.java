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
 */
public record SupervisedStatus(
        State state,
        @Nullable Long pid,
        @Nullable String version,
        @Nullable URI url,
        @Nullable Instant since,
        @Nullable String problem) {

    public enum State {
        STOPPED,
        STARTING,
        RUNNING,
        STOPPING,
        FAILED
    }
}
