package opencode.nexus.api.opencode;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Told what happens in OpenCode. Register it as a service. Listeners are called one after the other, in the order of
 * their service ranking (highest first) and in the order of the events, never by two threads at the same time.
 *
 * <p>While a listener runs, later events wait in the connection: it may call {@link OpenCodeClient} from
 * {@link #onConnected}, but should be quick everywhere else.
 */
@ConsumerType
public interface OpenCodeListener {

    /**
     * The stream of events is open, for the first time or again, and nothing was delivered from it yet. Whatever
     * happened before may have been missed: ask for the state now. Also called for a listener that joins later.
     */
    void onConnected();

    void onEvent(OpenCodeEvent event);

    /**
     * The stream is gone. When it turns out later that OpenCode itself is gone too, this is called again with true.
     *
     * @param serverLost true when OpenCode itself is gone, so that nothing is running any more; false when only the
     *     connection broke
     */
    void onDisconnected(boolean serverLost);
}
