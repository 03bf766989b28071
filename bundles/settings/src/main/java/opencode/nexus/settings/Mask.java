package opencode.nexus.settings;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.settings.Field.WrongException;
import org.jspecify.annotations.Nullable;

/**
 * Stands for what a secret holds, {@link Settings#MASK} in its place. Of a list of {@code NAME=value} the names are told and
 * only the values masked. Who sends a mask back means: leave that one as it is.
 */
final class Mask {
    private static final int LONGEST_NAME = 40;

    private Mask() {}

    /** A value as it may be given out. */
    static Object shown(Field field, Object value) {
        if (!field.setting().secret()) {
            return value;
        }
        return value instanceof List<?> list
                ? list.stream().map(entry -> masked(String.valueOf(entry))).toList()
                : String.valueOf(value).isEmpty() ? "" : Settings.MASK;
    }

    /**
     * What a caller says, with the values in use in place of their masks.
     *
     * @throws WrongException when a mask stands for nothing that is set
     */
    static @Nullable Object restored(Field field, @Nullable Object given, Object inUse) throws WrongException {
        if (!field.setting().secret()) {
            return given;
        }
        if (given instanceof Collection<?> entries && inUse instanceof List<?> known) {
            return restored(entries, known);
        }
        return Settings.MASK.equals(given) ? inUse : given;
    }

    private static List<@Nullable Object> restored(Collection<?> entries, List<?> known) throws WrongException {
        Map<String, Deque<Object>> byMask = new HashMap<>();
        for (Object entry : known) {
            byMask.computeIfAbsent(masked(String.valueOf(entry)), unknown -> new ArrayDeque<>())
                    .add(entry);
        }
        List<@Nullable Object> restored = new ArrayList<>();
        for (Object entry : entries) {
            if (!(entry instanceof String text) || !text.endsWith(Settings.MASK) || !text.equals(masked(text))) {
                restored.add(entry);
                continue;
            }
            Deque<Object> meant = byMask.get(text);
            if (meant == null || meant.isEmpty()) {
                throw new WrongException(
                        "has no value to keep" + of(name(text)) + ": write it in place of " + Settings.MASK);
            }
            restored.add(meant.remove());
        }
        return restored;
    }

    private static String masked(String entry) {
        String name = name(entry);
        return entry.length() == name.length() ? entry : name + Settings.MASK;
    }

    /** Up to the sign of equality; empty when there is none. */
    private static String name(String entry) {
        return entry.substring(0, entry.indexOf('=') + 1);
    }

    private static String of(String name) {
        return name.isEmpty() ? "" : " for " + name.substring(0, Math.min(name.length() - 1, LONGEST_NAME));
    }
}
