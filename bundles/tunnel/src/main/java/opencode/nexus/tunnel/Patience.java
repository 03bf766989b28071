package opencode.nexus.tunnel;

import java.time.Duration;

/**
 * @param poll how often it is asked whether it is connected, until it is
 * @param calm how often afterwards
 * @param quic how long QUIC is tried
 * @param limit how long it may take to be connected
 * @param lost how long a lost edge is waited for
 * @param lostQuick the same for a quick tunnel, whose address would be another after a start
 * @param tooMany how long nothing is asked of Cloudflare after it has had too many requests
 * @param offline how long the first wait for a network is; each is twice the one before
 * @param offlineMost the longest
 * @param held how often it is looked whether what was missing is there
 * @param roundTrip how often Nexus asks itself
 * @param check how long cloudflared may take to tell its version, or what it thinks of a configuration
 */
record Patience(
        Duration poll,
        Duration calm,
        Duration quic,
        Duration limit,
        Duration lost,
        Duration lostQuick,
        Duration tooMany,
        Duration offline,
        Duration offlineMost,
        Duration held,
        Duration roundTrip,
        Duration check) {
    static final Patience USUAL = new Patience(
            Duration.ofMillis(500),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(90),
            Duration.ofSeconds(60),
            Duration.ofMinutes(6),
            Duration.ofMinutes(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10));
}
