package opencode.nexus.testkit.cloudflared;

import java.util.UUID;
import opencode.nexus.testkit.cloudflared.Ingress.Rule;

/**
 * What the origin gets to see. The edge overwrites what tells about the visitor and appends to {@code
 * X-Forwarded-For}; everything else a visitor sends, forged or not, arrives as it was. Not recorded from a real edge:
 * taken from its documentation.
 */
final class EdgeHeaders {
    private EdgeHeaders() {}

    static Head towardsOrigin(Head request, Control control, Standing standing, Rule rule) {
        boolean upgrades = request.first("Upgrade").isPresent();
        Head head = new Head(request.word(0) + " " + request.word(1) + " HTTP/1.1");
        request.headers().forEach(header -> head.add(header.getKey(), header.getValue()));
        String address = control.text("visitor.address", "203.0.113.7");
        String scheme = control.text("visitor.scheme", "https");
        if (!rule.hostHeader().isEmpty()) {
            head.set("Host", rule.hostHeader());
        }
        String chain =
                request.first("X-Forwarded-For").map(before -> before + ", ").orElse("") + address;
        head.set("X-Forwarded-For", chain)
                .set("X-Forwarded-Proto", scheme)
                .set("CF-Connecting-IP", address)
                .set("CF-Ray", UUID.randomUUID().toString().replace("-", "").substring(0, 16) + "-BRU")
                .set("CF-Visitor", "{\"scheme\":\"" + scheme + "\"}")
                .set("CF-IPCountry", control.text("visitor.country", "XX"))
                .set("Cdn-Loop", "cloudflare; loops=1")
                .remove("Expect")
                .set("Accept-Encoding", "gzip, br")
                .set("Cf-Warp-Tag-ID", standing.connectorId.toString());
        // One request for each connection, except that a WebSocket keeps its own.
        return upgrades ? head : head.set("Connection", "close");
    }
}
