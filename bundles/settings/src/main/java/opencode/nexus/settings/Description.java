package opencode.nexus.settings;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a bundle says of one group.
 *
 * @param name the part of the PID that differs
 * @param fields by name, in the bundle's order
 */
record Description(String name, String title, Map<String, Field> fields) {
    static final String PREFIX = "opencode.nexus.";

    Description {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    String pid() {
        return PREFIX + name;
    }

    String fileName() {
        return pid() + ".cfg";
    }

    Map<String, Object> standard() {
        Map<String, Object> values = new LinkedHashMap<>();
        fields.forEach((key, field) -> values.put(key, field.setting().standard()));
        return values;
    }

    boolean hasSecrets() {
        return fields.values().stream().anyMatch(field -> field.setting().secret());
    }

    boolean describes(String key) {
        return fields.containsKey(key);
    }
}
