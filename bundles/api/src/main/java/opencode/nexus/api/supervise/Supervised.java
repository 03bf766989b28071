package opencode.nexus.api.supervise;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Something that runs beside the gateway and can be started and stopped. Published with the service property
 * {@link #NAME}. No method blocks; changes are published in the hub as {@code <name>.state}.
 */
@ProviderType
public interface Supervised {

    /** Service property: {@code server} or {@code tunnel}. */
    String NAME = "nexus.name";

    SupervisedStatus status();

    /** Asks for it to run. Nothing happens when it runs or is starting. */
    void start();

    /** Asks for it to stop. Nothing happens when it is stopped or stopping. */
    void stop();

    /** Asks for a stop and then a start, whatever the state. */
    void restart();
}
