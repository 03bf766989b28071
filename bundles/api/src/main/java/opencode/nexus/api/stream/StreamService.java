package opencode.nexus.api.stream;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** Opens streams of events, one for each browser tab. Safe for use by several threads. */
@ProviderType
public interface StreamService {

    /** The topics that a stream may ask for. */
    Set<String> TOPICS = Set.of("chat", "server", "tunnel", "metrics", "logs", "notifications");

    /** The topics of a stream that asks for none. */
    Set<String> DEFAULT_TOPICS = Set.of("chat", "server", "tunnel", "notifications");

    /**
     * Opens a stream.
     *
     * @param after id of the last event seen; null for a fresh start
     * @param wake called when {@link BrowserStream#next} may have something, on any thread: must return at once
     * @throws opencode.nexus.api.NexusException TOO_MANY {@code too-many-streams} when there are 20 already
     */
    BrowserStream open(@Nullable String after, Set<String> topics, Runnable wake);
}
