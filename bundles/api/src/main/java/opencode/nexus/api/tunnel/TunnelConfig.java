package opencode.nexus.api.tunnel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the owner set for the tunnel. Its JSON, without the token, is the answer of {@code GET /api/tunnel/config}.
 *
 * @param token given to set one, empty to forget the one that is stored, null to leave it; never given out
 * @param tokenSet whether one is stored; of no meaning when given
 * @param credentialsFile absolute path of what {@code cloudflared tunnel create} wrote
 * @param domain the public host name, in ASCII; a quick tunnel has none
 * @param autoStart whether it opens together with Nexus
 * @param ingress what leads where, first match first; empty leads all to Nexus. A rule that matches all is added
 * @param arguments more arguments, one each
 */
public record TunnelConfig(
        Kind kind,
        @Nullable String token,
        boolean tokenSet,
        @Nullable String credentialsFile,
        @Nullable String domain,
        boolean autoStart,
        Protocol protocol,
        EdgeIp edgeIpVersion,
        @Nullable String region,
        List<Rule> ingress,
        List<String> arguments) {

    /** The target of a rule that leads to Nexus. */
    public static final String NEXUS = "nexus";

    /** A quick tunnel that nobody has set up yet. */
    public static final TunnelConfig STANDARD = new TunnelConfig(
            Kind.QUICK, null, false, null, null, false, Protocol.AUTO, EdgeIp.AUTO, null, List.of(), List.of());

    public TunnelConfig {
        ingress = List.copyOf(ingress);
        arguments = List.copyOf(arguments);
    }

    /** In JSON lower-case. */
    public enum Kind {
        /** Without an account, with another address each time. */
        QUICK,
        /** Known by a token; where it leads may be set in the account. */
        TOKEN,
        /** Known by a file with credentials. */
        CREDENTIALS
    }

    /** In JSON lower-case. */
    public enum Protocol {
        AUTO,
        HTTP2,
        QUIC
    }

    /** In JSON {@code auto}, {@code 4}, {@code 6}. */
    public enum EdgeIp {
        AUTO("auto"),
        V4("4"),
        V6("6");

        private final String word;

        EdgeIp(String word) {
            this.word = word;
        }

        /** As in JSON and for cloudflared. */
        public String word() {
            return word;
        }
    }

    /**
     * @param hostname a host name, or {@code *.} and one; null for any
     * @param path a regular expression as Go knows them; null for any
     * @param service {@link #NEXUS}, {@code http://host:port}, {@code http_status:404}, {@code unix:/path} and the like
     * @param originRequest how the target is asked, as cloudflared names it: booleans, numbers, texts, maps of these
     */
    public record Rule(
            @Nullable String hostname, @Nullable String path, String service, Map<String, Object> originRequest) {
        public Rule {
            originRequest = Collections.unmodifiableMap(new LinkedHashMap<>(originRequest));
        }
    }

    /** The same without the token. */
    public TunnelConfig shown(boolean isTokenSet) {
        return new TunnelConfig(
                kind,
                null,
                isTokenSet,
                credentialsFile,
                domain,
                autoStart,
                protocol,
                edgeIpVersion,
                region,
                ingress,
                arguments);
    }

    @Override
    public String toString() {
        return "TunnelConfig[" + kind + ", " + domain + "]";
    }
}
