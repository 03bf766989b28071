package opencode.nexus.tunnel;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Map;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;

/**
 * The {@code config.yml} of one start. It is always given, since cloudflared would else take one that lies about. All texts
 * are quoted as in JSON, so that none can be taken for anything else.
 */
final class ConfigYaml {

    /** So long may a stop take. */
    static final int GRACE_SECONDS = 5;

    private ConfigYaml() {}

    /**
     * @param tunnelId of the credentials; empty for any other kind
     * @param metricsPort on loopback, chosen by us
     * @param listenerPort where Nexus answers the tunnel
     */
    static String text(TunnelConfig config, Protocol protocol, String tunnelId, int metricsPort, int listenerPort) {
        StringBuilder yaml = new StringBuilder();
        if (config.kind() == Kind.CREDENTIALS) {
            yaml.append("tunnel: ").append(json(tunnelId)).append('\n');
            yaml.append("credentials-file: ")
                    .append(json(String.valueOf(config.credentialsFile())))
                    .append('\n');
        }
        yaml.append("no-autoupdate: true\n");
        yaml.append("metrics: ").append(json("127.0.0.1:" + metricsPort)).append('\n');
        yaml.append("grace-period: ").append(GRACE_SECONDS).append("s\n");
        yaml.append("protocol: ").append(TunnelJson.lower(protocol)).append('\n');
        yaml.append("edge-ip-version: ")
                .append(json(config.edgeIpVersion().word()))
                .append('\n');
        if (config.region() != null) {
            yaml.append("region: ").append(json(config.region())).append('\n');
        }
        yaml.append("ingress:\n");
        if (config.ingress().isEmpty()) {
            rule(yaml, standard(config), listenerPort);
        }
        config.ingress().forEach(rule -> rule(yaml, rule, listenerPort));
        Rule last = config.ingress().isEmpty()
                ? standard(config)
                : config.ingress().get(config.ingress().size() - 1);
        if (last.hostname() != null || last.path() != null) {
            yaml.append("  - service: \"http_status:404\"\n");
        }
        return yaml.toString();
    }

    private static Rule standard(TunnelConfig config) {
        return new Rule(config.domain(), null, TunnelConfig.NEXUS, Map.of());
    }

    private static void rule(StringBuilder yaml, Rule rule, int listenerPort) {
        String service =
                rule.service().equals(TunnelConfig.NEXUS) ? "http://127.0.0.1:" + listenerPort : rule.service();
        yaml.append("  - service: ").append(json(service)).append('\n');
        if (rule.hostname() != null) {
            yaml.append("    hostname: ").append(json(rule.hostname())).append('\n');
        }
        if (rule.path() != null) {
            yaml.append("    path: ").append(json(rule.path())).append('\n');
        }
        if (!rule.originRequest().isEmpty()) {
            yaml.append("    originRequest: ")
                    .append(json(rule.originRequest()))
                    .append('\n');
        }
    }

    private static String json(Object value) {
        try {
            return TunnelJson.MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts, numbers and maps can be written", e);
        }
    }
}
