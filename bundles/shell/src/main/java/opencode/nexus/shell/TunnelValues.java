package opencode.nexus.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import org.jspecify.annotations.Nullable;

/** A configuration of the tunnel with some values changed, each written {@code name=value}; an empty one is none. */
final class TunnelValues {
    private static final String KNOWN =
            "kind, domain, credentialsFile, autoStart, protocol, edgeIpVersion, region, arguments, ingress";

    private final List<Field> wrong = new ArrayList<>();
    private Kind kind;
    private @Nullable String credentialsFile;
    private @Nullable String domain;
    private boolean autoStart;
    private Protocol protocol;
    private EdgeIp edgeIpVersion;
    private @Nullable String region;
    private List<Rule> ingress;
    private List<String> arguments;

    private TunnelValues(TunnelConfig config) {
        kind = config.kind();
        credentialsFile = config.credentialsFile();
        domain = config.domain();
        autoStart = config.autoStart();
        protocol = config.protocol();
        edgeIpVersion = config.edgeIpVersion();
        region = config.region();
        ingress = config.ingress();
        arguments = config.arguments();
    }

    /**
     * @param token as in {@link TunnelConfig}
     * @throws NexusException INVALID naming each value that cannot be
     */
    static TunnelConfig changed(TunnelConfig config, List<String> values, @Nullable String token) {
        TunnelValues changed = new TunnelValues(config);
        values.forEach(changed::take);
        if (!changed.wrong.isEmpty()) {
            throw NexusException.invalid(changed.wrong);
        }
        return new TunnelConfig(
                changed.kind,
                token,
                config.tokenSet(),
                changed.credentialsFile,
                changed.domain,
                changed.autoStart,
                changed.protocol,
                changed.edgeIpVersion,
                changed.region,
                changed.ingress,
                changed.arguments);
    }

    private void take(String given) {
        String[] parts = given.split("=", 2);
        String name = parts[0].strip();
        if (parts.length < 2 || name.isEmpty()) {
            wrong.add(new Field(given, "must be written name=value"));
            return;
        }
        String value = parts[1].strip();
        switch (name) {
            case "kind" -> kind = word(name, value, Kind.values(), TunnelValues::lower, kind);
            case "domain" -> domain = nothing(value);
            case "credentialsFile" -> credentialsFile = nothing(value);
            case "autoStart" -> autoStart = word(name, value, new Boolean[] {true, false}, String::valueOf, autoStart);
            case "protocol" -> protocol = word(name, value, Protocol.values(), TunnelValues::lower, protocol);
            case "edgeIpVersion" -> edgeIpVersion = word(name, value, EdgeIp.values(), EdgeIp::word, edgeIpVersion);
            case "region" -> region = nothing(value);
            case "arguments" -> arguments = value.isEmpty() ? List.of() : List.of(value.split("\\s*,\\s*"));
            case "ingress" -> {
                if (value.isEmpty()) {
                    ingress = List.of();
                } else {
                    wrong.add(new Field(name, "can only be emptied here; rules are set on the dashboard"));
                }
            }
            case "token" ->
                wrong.add(new Field(
                        name, "is not taken here, where the history would keep it; use --ask-token or --token-file"));
            default -> wrong.add(new Field(name, "is not known; known are " + KNOWN));
        }
    }

    private <T> T word(String name, String value, T[] values, Function<T, String> word, T otherwise) {
        for (T each : values) {
            if (word.apply(each).equals(value)) {
                return each;
            }
        }
        wrong.add(new Field(
                name, "must be one of: " + Arrays.stream(values).map(word).collect(Collectors.joining(", "))));
        return otherwise;
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String nothing(String value) {
        return value.isEmpty() ? null : value;
    }
}
