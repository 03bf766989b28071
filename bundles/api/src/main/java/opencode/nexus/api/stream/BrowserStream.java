package opencode.nexus.api.stream;

import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The events for one browser, ready to be written. Pieces of text that wait together for the same part come as one frame;
 * nothing waits in order to be merged. Used by one thread at a time; {@link #close} by any.
 */
@ProviderType
public interface BrowserStream extends AutoCloseable {

    /** The next frame, or null when there is nothing now. The first is always {@code hello}. */
    @Nullable
    Frame next();

    /**
     * True when the last frame was taken and none will follow: the service went away, or the browser fell so far behind
     * that events were dropped. The last frame is then {@code bye}.
     */
    boolean isOver();

    @Override
    void close();

    /**
     * One event as a browser gets it.
     *
     * @param id null for a heartbeat
     * @param data JSON on one line
     */
    record Frame(@Nullable String id, String event, String data) {

        /** Something to write so that a dead connection is noticed. Not an event. */
        public static final Frame HEARTBEAT = new Frame(null, "", "");

        public boolean isHeartbeat() {
            return id == null;
        }
    }
}
