package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads single values of OpenCode's JSON. A value of the wrong type counts as missing. */
final class Wire {

    /** A text may be as long as an answer: attachments come as data URLs. */
    static final JsonMapper MAPPER = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(OpenCodeHttp.MAX_BODY)
                    .build())
            .build());

    private Wire() {}

    static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value != null && value.isTextual() ? value.textValue() : null;
    }

    static String text(JsonNode node, String field, String fallback) {
        String value = text(node, field);
        return value == null ? fallback : value;
    }

    /** A text that must be there. */
    static String required(JsonNode node, String field) {
        String value = text(node, field);
        if (value == null || value.isEmpty()) {
            throw new Incomplete(field);
        }
        return value;
    }

    /** Milliseconds since 1970. */
    static @Nullable Instant instant(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isNumber() || !value.canConvertToLong()) {
            return null;
        }
        return Instant.ofEpochMilli(value.longValue());
    }

    static boolean flag(JsonNode node, String field, boolean fallback) {
        JsonNode value = node.get(field);
        return value != null && value.isBoolean() ? value.booleanValue() : fallback;
    }

    static @Nullable Double number(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value != null && value.isNumber() ? value.doubleValue() : null;
    }

    static List<String> texts(JsonNode node, String field) {
        List<String> values = new ArrayList<>();
        for (JsonNode value : node.path(field)) {
            if (value.isTextual()) {
                values.add(value.textValue());
            }
        }
        return values;
    }

    /** The sum of {@code tokens}, or nothing when it is not given. */
    static @Nullable Long tokens(JsonNode node) {
        JsonNode tokens = node.path("tokens");
        if (!tokens.isObject()) {
            return null;
        }
        if (tokens.path("total").isNumber()) {
            return tokens.path("total").longValue();
        }
        JsonNode cache = tokens.path("cache");
        return tokens.path("input").asLong()
                + tokens.path("output").asLong()
                + tokens.path("reasoning").asLong()
                + cache.path("read").asLong()
                + cache.path("write").asLong();
    }

    /** Something without which the whole has no meaning is missing. */
    static final class Incomplete extends RuntimeException {
        private static final long serialVersionUID = 1;

        Incomplete(String field) {
            super("OpenCode left out " + field);
        }
    }
}
