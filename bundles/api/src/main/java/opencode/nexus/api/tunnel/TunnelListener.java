package opencode.nexus.api.tunnel;

import java.time.Duration;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The door of Nexus that the tunnel leads to: a port on loopback of its own, behind which everybody is a stranger. It
 * belongs to the web and outlives the tunnel; without it there is no tunnel.
 */
@ConsumerType
public interface TunnelListener {

    /**
     * Opens the door. One that is open already stays.
     *
     * @param preferred the port to take if it is free, since a cloudflared may lead there already; 0 for any
     * @return its port
     * @throws opencode.nexus.api.NexusException UNAVAILABLE when no port can be had
     */
    int open(int preferred);

    /** The public host names that are let in from now on, in ASCII; nobody else is. */
    void admit(Set<String> hostnames);

    /**
     * Says goodbye to every stream that came through it, then shuts the door. Called before cloudflared is stopped, which
     * would wait for such streams. Blocks at most one second. Nothing happens when it is shut.
     */
    void close();

    /** A question that only this Nexus can answer, once and within a minute. */
    Probe probe();

    /**
     * @param path to be asked by {@code GET}, absolute, without query
     * @param first how the answer begins, sent at once; letters and digits
     * @param second how it goes on and ends, sent after {@code pause}; letters and digits. No length is announced
     */
    record Probe(String path, String first, String second, Duration pause) {}
}
