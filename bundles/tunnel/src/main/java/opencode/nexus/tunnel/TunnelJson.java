package opencode.nexus.tunnel;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelStatus;
import org.jspecify.annotations.Nullable;

/** The JSON of files and events, which is that of the HTTP API: enums lower-case, null left out. */
final class TunnelJson {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private TunnelJson() {}

    static String of(TunnelStatus status) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("state", lower(status.state()));
        put(node, "url", status.url());
        node.put("ready", status.ready());
        put(node, "since", status.since());
        put(node, "problem", status.problem());
        node.put("kind", lower(status.kind()));
        put(node, "version", status.version());
        ObjectNode process =
                node.putObject("process").put("lamp", lower(status.process().lamp()));
        if (status.process().pid() != null) {
            process.put("pid", status.process().pid());
        }
        ObjectNode edge = node.putObject("edge").put("lamp", lower(status.edge().lamp()));
        if (status.edge().connections() != null) {
            edge.put("connections", status.edge().connections());
        }
        ArrayNode locations = edge.putArray("locations");
        status.edge().locations().forEach(locations::add);
        TunnelStatus.RoundTripLight trip = status.roundTrip();
        ObjectNode round = node.putObject("roundTrip").put("lamp", lower(trip.lamp()));
        if (trip.delay() != null) {
            round.put("delayMillis", trip.delay().toMillis());
        }
        if (trip.streamsHeld() != null) {
            round.put("streamsHeld", trip.streamsHeld());
        }
        put(round, "at", trip.at());
        put(round, "problem", trip.problem());
        put(node, "deadUrl", status.deadUrl());
        return node.toString();
    }

    /** Without the token. */
    static ObjectNode of(TunnelConfig config) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("kind", lower(config.kind()));
        put(node, "credentialsFile", config.credentialsFile());
        put(node, "domain", config.domain());
        node.put("autoStart", config.autoStart());
        node.put("protocol", lower(config.protocol()));
        node.put("edgeIpVersion", config.edgeIpVersion().word());
        put(node, "region", config.region());
        ArrayNode rules = node.putArray("ingress");
        for (TunnelConfig.Rule rule : config.ingress()) {
            ObjectNode one = rules.addObject();
            put(one, "hostname", rule.hostname());
            put(one, "path", rule.path());
            one.put("service", rule.service());
            if (!rule.originRequest().isEmpty()) {
                one.set("originRequest", MAPPER.valueToTree(rule.originRequest()));
            }
        }
        ArrayNode arguments = node.putArray("arguments");
        config.arguments().forEach(arguments::add);
        return node;
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void put(ObjectNode node, String field, @Nullable Object value) {
        if (value != null) {
            node.put(field, value.toString());
        }
    }
}
