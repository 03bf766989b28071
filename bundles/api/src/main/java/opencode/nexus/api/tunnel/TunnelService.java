package opencode.nexus.api.tunnel;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Gives this Nexus a public address through {@code cloudflared}, and takes it away again. Changes of {@link #status} are
 * published in the hub as {@code tunnel.state} on topic {@code tunnel}. Safe for use by several threads; only
 * {@link #configure}, {@link #validate} and {@link #logTail} block.
 */
@ProviderType
public interface TunnelService {

    /** How the tunnel stands now. Never blocks. */
    TunnelStatus status();

    /**
     * Asks for a public address, until the owner stops it. Returns at once; nothing happens when it is open or opening.
     *
     * @throws opencode.nexus.api.NexusException CONFLICT {@code no-owner} before there is an owner; UNAVAILABLE
     *     {@code no-listener} while there is nothing the tunnel could lead to
     */
    void start();

    /** Takes the public address away, until the owner starts it again. Returns at once. */
    void stop();

    /** What the owner set. The token is never in it. */
    TunnelConfig config();

    /**
     * Sets all of it. A tunnel that runs is started again when it has to be; a quick one has another address then.
     *
     * @throws opencode.nexus.api.NexusException INVALID naming every wrong field, with nothing changed; UNAVAILABLE when the
     *     disk refuses
     */
    TunnelConfig configure(TunnelConfig config);

    /**
     * What is wrong with a configuration: first by our own check, and when that finds nothing, by cloudflared where it is
     * there. Changes nothing. Blocks at most 15 seconds.
     *
     * @return one entry for each thing that is wrong or should be known; empty when all is well
     */
    List<TunnelProblem> validate(TunnelConfig config);

    /**
     * The {@code config.yml} that cloudflared would be given; no secret is in it. What is chosen at each start only, stands
     * there as 0.
     *
     * @throws opencode.nexus.api.NexusException INVALID as {@link #configure}
     */
    String preview(TunnelConfig config);

    /** The last lines cloudflared wrote, oldest first, without secrets; at most {@code count} and 64 KiB. */
    List<String> logTail(int count);
}
