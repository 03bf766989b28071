package opencode.nexus.web.dashboard;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.web.http.Json;
import org.jspecify.annotations.Nullable;

/**
 * A configuration of the tunnel as somebody sent it. What is not there, or null, has its standard value; what has a type or
 * a size that cannot be has it too, and is among {@link #wrong}.
 */
final class TunnelConfigReading {
    private static final int LONGEST = 4_096;
    private static final int MOST = 100;
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private final List<Field> wrong = new ArrayList<>();
    private final TunnelConfig config;

    TunnelConfigReading(JsonNode body) {
        TunnelConfig standard = TunnelConfig.STANDARD;
        if (isMissing(body.path("kind"))) {
            wrong.add(new Field("kind", "is required: one of " + words(Kind.values(), TunnelConfigReading::lower)));
        }
        config = new TunnelConfig(
                word(body, "kind", Kind.values(), TunnelConfigReading::lower, standard.kind()),
                text(body, "", "token"),
                false,
                text(body, "", "credentialsFile"),
                text(body, "", "domain"),
                yesOrNo(body, "autoStart", standard.autoStart()),
                word(body, "protocol", Protocol.values(), TunnelConfigReading::lower, standard.protocol()),
                word(body, "edgeIpVersion", EdgeIp.values(), EdgeIp::word, standard.edgeIpVersion()),
                text(body, "", "region"),
                list(body, "ingress", this::rule),
                list(body, "arguments", this::argument));
    }

    TunnelConfig config() {
        return config;
    }

    /** What cannot be read; none of it depends on what the tunnel makes of it. */
    List<Field> wrong() {
        return List.copyOf(wrong);
    }

    /** Whether something is wrong with the field of the body that this one is, or is a part of. */
    boolean isWrong(String field) {
        return wrong.stream().anyMatch(known -> top(known.field()).equals(top(field)));
    }

    private Rule rule(JsonNode given, String field) {
        if (!given.isObject()) {
            wrong.add(new Field(field, "must be an object"));
            return new Rule(null, null, TunnelConfig.NEXUS, Map.of());
        }
        String service = text(given, field + ".", "service");
        if (isMissing(given.path("service"))) {
            wrong.add(new Field(field + ".service", "is required: nexus, or where else the rule leads"));
        }
        return new Rule(
                text(given, field + ".", "hostname"),
                text(given, field + ".", "path"),
                service == null ? TunnelConfig.NEXUS : service,
                options(given.path("originRequest"), field + ".originRequest"));
    }

    private Map<String, Object> options(JsonNode given, String field) {
        if (isMissing(given)) {
            return Map.of();
        }
        if (!given.isObject()) {
            wrong.add(new Field(field, "must be an object"));
            return Map.of();
        }
        if (given.size() > MOST) {
            wrong.add(new Field(field, "has more than " + MOST + " entries"));
            return Map.of();
        }
        return Json.mapper().convertValue(given, MAP);
    }

    private String argument(JsonNode given, String field) {
        String text = text(given, field);
        return text == null ? "" : text;
    }

    private <T> List<T> list(JsonNode from, String name, BiFunction<JsonNode, String, T> entry) {
        JsonNode given = from.path(name);
        if (isMissing(given)) {
            return List.of();
        }
        if (!given.isArray()) {
            wrong.add(new Field(name, "must be a list"));
            return List.of();
        }
        if (given.size() > MOST) {
            wrong.add(new Field(name, "has more than " + MOST + " entries"));
            return List.of();
        }
        List<T> entries = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            entries.add(entry.apply(given.get(i), name + "[" + i + "]"));
        }
        return entries;
    }

    private @Nullable String text(JsonNode from, String prefix, String name) {
        JsonNode given = from.path(name);
        return isMissing(given) ? null : text(given, prefix + name);
    }

    private @Nullable String text(JsonNode given, String field) {
        if (!given.isTextual()) {
            wrong.add(new Field(field, "must be a text"));
            return null;
        }
        if (given.textValue().length() > LONGEST) {
            wrong.add(new Field(field, "is longer than " + LONGEST + " characters"));
            return null;
        }
        return given.textValue();
    }

    private boolean yesOrNo(JsonNode from, String name, boolean standard) {
        JsonNode given = from.path(name);
        if (isMissing(given)) {
            return standard;
        }
        if (!given.isBoolean()) {
            wrong.add(new Field(name, "must be true or false"));
            return standard;
        }
        return given.booleanValue();
    }

    private <T> T word(JsonNode from, String name, T[] values, Function<T, String> word, T standard) {
        JsonNode given = from.path(name);
        if (isMissing(given)) {
            return standard;
        }
        for (T value : values) {
            if (given.isTextual() && word.apply(value).equals(given.textValue())) {
                return value;
            }
        }
        wrong.add(new Field(name, "must be one of: " + words(values, word)));
        return standard;
    }

    private static <T> String words(T[] values, Function<T, String> word) {
        return Arrays.stream(values).map(word).collect(Collectors.joining(", "));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static boolean isMissing(JsonNode given) {
        return given.isMissingNode() || given.isNull();
    }

    private static String top(String field) {
        return field.split("[.\\[]", 2)[0];
    }
}
