package opencode.nexus.tunnel;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;

/**
 * How one cloudflared was started; kept as notes of its process, so that a later gateway knows.
 *
 * @param fingerprint of all that a running cloudflared cannot be told anew
 */
record Place(int metrics, int listener, Kind kind, Protocol protocol, String fingerprint) {

    Map<String, String> notes() {
        return Map.of(
                "metrics",
                "" + metrics,
                "listener",
                "" + listener,
                "kind",
                TunnelJson.lower(kind),
                "protocol",
                TunnelJson.lower(protocol),
                "settings",
                fingerprint);
    }

    static Optional<Place> of(Map<String, String> notes) {
        try {
            return Optional.of(new Place(
                    port(notes.get("metrics")),
                    port(notes.get("listener")),
                    Kind.valueOf(String.valueOf(notes.get("kind")).toUpperCase(Locale.ROOT)),
                    Protocol.valueOf(String.valueOf(notes.get("protocol")).toUpperCase(Locale.ROOT)),
                    notes.getOrDefault("settings", "")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static int port(String text) {
        int port = Integer.parseInt(String.valueOf(text));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("no port");
        }
        return port;
    }
}
