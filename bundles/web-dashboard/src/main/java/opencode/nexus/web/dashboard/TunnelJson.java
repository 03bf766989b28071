package opencode.nexus.web.dashboard;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.EdgeLight;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.api.tunnel.TunnelStatus.ProcessLight;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.jspecify.annotations.Nullable;

/** The shapes in which the tunnel is answered; the status has the one of the event {@code tunnel.state}. */
final class TunnelJson {

    private TunnelJson() {}

    static Status of(TunnelStatus status) {
        return new Status(
                status.state(),
                status.url(),
                status.ready(),
                status.since(),
                status.problem(),
                status.kind(),
                status.version(),
                status.process(),
                status.edge(),
                RoundTrip.of(status.roundTrip()),
                status.deadUrl());
    }

    static Config of(TunnelConfig config) {
        return new Config(
                config.kind(),
                config.credentialsFile(),
                config.domain(),
                config.autoStart(),
                config.protocol(),
                config.edgeIpVersion().word(),
                config.region(),
                config.ingress().stream().map(Rule::of).toList(),
                config.arguments(),
                config.tokenSet());
    }

    record Status(
            TunnelStatus.State state,
            @Nullable URI url,
            boolean ready,
            @Nullable Instant since,
            @Nullable String problem,
            Kind kind,
            @Nullable String version,
            ProcessLight process,
            EdgeLight edge,
            RoundTrip roundTrip,
            @Nullable URI deadUrl) {}

    record RoundTrip(
            Lamp lamp,
            @Nullable Long delayMillis,
            @Nullable Boolean streamsHeld,
            @Nullable Instant at,
            @Nullable String problem) {

        private static RoundTrip of(RoundTripLight light) {
            return new RoundTrip(
                    light.lamp(),
                    light.delay() == null ? null : light.delay().toMillis(),
                    light.streamsHeld(),
                    light.at(),
                    light.problem());
        }
    }

    /** Never with the token. */
    record Config(
            Kind kind,
            @Nullable String credentialsFile,
            @Nullable String domain,
            boolean autoStart,
            Protocol protocol,
            String edgeIpVersion,
            @Nullable String region,
            List<Rule> ingress,
            List<String> arguments,
            boolean tokenSet) {}

    record Rule(
            @Nullable String hostname,
            @Nullable String path,
            String service,
            @Nullable Map<String, Object> originRequest) {

        private static Rule of(TunnelConfig.Rule rule) {
            return new Rule(
                    rule.hostname(),
                    rule.path(),
                    rule.service(),
                    rule.originRequest().isEmpty() ? null : rule.originRequest());
        }
    }
}
