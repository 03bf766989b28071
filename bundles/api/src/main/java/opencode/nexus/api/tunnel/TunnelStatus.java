package opencode.nexus.api.tunnel;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the tunnel stands. Its JSON is the answer of {@code GET /api/tunnel}.
 *
 * @param url the public address, while there is one
 * @param ready whether the edge is connected
 * @param since when this state began
 * @param problem one sentence for the owner, when something is wrong
 * @param version of cloudflared, when it is known
 * @param deadUrl the address before this one, which leads nowhere any more
 */
public record TunnelStatus(
        State state,
        @Nullable URI url,
        boolean ready,
        @Nullable Instant since,
        @Nullable String problem,
        TunnelConfig.Kind kind,
        @Nullable String version,
        ProcessLight process,
        EdgeLight edge,
        RoundTripLight roundTrip,
        @Nullable URI deadUrl) {

    public enum State {
        CLOSED,
        OPENING,
        OPEN,
        FAILED
    }

    public enum Lamp {
        ON,
        OFF,
        UNKNOWN
    }

    /** Whether cloudflared runs. */
    public record ProcessLight(Lamp lamp, @Nullable Long pid) {}

    /**
     * Whether Cloudflare's edge is connected.
     *
     * @param connections how many; null when that is not known
     * @param locations where, as cloudflared names them
     */
    public record EdgeLight(Lamp lamp, @Nullable Integer connections, List<String> locations) {
        public EdgeLight {
            locations = List.copyOf(locations);
        }
    }

    /**
     * Whether Nexus reaches itself by its public address.
     *
     * @param delay until the answer began
     * @param streamsHeld whether an answer is held back until it is complete; null when that is not known
     * @param at when it was tried last
     * @param problem why it did not work
     */
    public record RoundTripLight(
            Lamp lamp,
            @Nullable Duration delay,
            @Nullable Boolean streamsHeld,
            @Nullable Instant at,
            @Nullable String problem) {
        public static final RoundTripLight UNKNOWN = new RoundTripLight(Lamp.UNKNOWN, null, null, null, null);
    }
}
