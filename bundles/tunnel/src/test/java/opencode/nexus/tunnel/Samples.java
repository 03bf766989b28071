package opencode.nexus.tunnel;

import java.util.List;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import org.jspecify.annotations.Nullable;

/** Configurations of each kind. */
final class Samples {
    static final String DOMAIN = "nexus.example.com";

    private Samples() {}

    static TunnelConfig quick(Protocol protocol) {
        return of(Kind.QUICK, null, null, null, protocol, List.of(), List.of());
    }

    static TunnelConfig token(@Nullable String token) {
        return of(Kind.TOKEN, token, null, DOMAIN, Protocol.HTTP2, List.of(), List.of());
    }

    static TunnelConfig credentials(String file) {
        return of(Kind.CREDENTIALS, null, file, DOMAIN, Protocol.HTTP2, List.of(), List.of());
    }

    static TunnelConfig with(TunnelConfig other, List<Rule> rules, List<String> arguments) {
        return of(
                other.kind(),
                other.token(),
                other.credentialsFile(),
                other.domain(),
                other.protocol(),
                rules,
                arguments);
    }

    private static TunnelConfig of(
            Kind kind,
            @Nullable String token,
            @Nullable String file,
            @Nullable String domain,
            Protocol protocol,
            List<Rule> rules,
            List<String> arguments) {
        return new TunnelConfig(kind, token, false, file, domain, false, protocol, EdgeIp.AUTO, null, rules, arguments);
    }
}
