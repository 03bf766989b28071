package opencode.nexus.restart;

import java.util.Map;
import opencode.nexus.api.restart.RestartService.Policy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a policy of what is configured. The settings bundle refuses wrong values with a reason; where it is missing, a value
 * that is none is the default, and one that is too large or too small is the nearest that is taken.
 */
final class Policies {
    static final Policy STANDARD = new Policy(true, 10, 600, 500, 2.0, 60_000, 4_096, 8_192, true, true);

    private static final Logger LOG = LoggerFactory.getLogger(Policies.class);
    private static final int MOST_MEGABYTES = 1_048_576;

    private Policies() {}

    static Policy of(Map<String, ?> values) {
        int firstDelay = whole(values, "firstDelayMs", STANDARD.firstDelayMs(), 10, 60_000);
        int limit = whole(values, "memoryLimitMb", STANDARD.memoryLimitMb(), 0, MOST_MEGABYTES);
        int ceiling = whole(values, "memoryCeilingMb", STANDARD.memoryCeilingMb(), 0, MOST_MEGABYTES);
        return new Policy(
                yes(values, "enabled", STANDARD.enabled()),
                whole(values, "maxAttempts", STANDARD.maxAttempts(), 1, 100),
                whole(values, "windowSeconds", STANDARD.windowSeconds(), 10, 86_400),
                firstDelay,
                number(values, "multiplier", STANDARD.multiplier(), 1, 10),
                Math.max(firstDelay, whole(values, "maxDelayMs", STANDARD.maxDelayMs(), 10, 3_600_000)),
                limit,
                ceiling == 0 ? 0 : Math.max(limit, ceiling),
                yes(values, "slowRetry", STANDARD.slowRetry()),
                yes(values, "notify", STANDARD.notifies()));
    }

    private static boolean yes(Map<String, ?> values, String name, boolean standard) {
        Object value = values.get(name);
        if (value == null) {
            return standard;
        }
        String text = value.toString().strip();
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            return Boolean.parseBoolean(text);
        }
        return refuse(name, value, standard);
    }

    private static int whole(Map<String, ?> values, String name, int standard, int least, int most) {
        return (int) Math.round(number(values, name, standard, least, most));
    }

    private static double number(Map<String, ?> values, String name, double standard, double least, double most) {
        Object value = values.get(name);
        if (value == null) {
            return standard;
        }
        Double number = parse(value);
        if (number == null || number.isNaN()) {
            return refuse(name, value, standard);
        }
        double taken = Math.min(most, Math.max(least, number));
        if (taken != number) {
            LOG.warn("{} of the restart policy must be from {} to {}; {} is taken", name, least, most, taken);
        }
        return taken;
    }

    private static @Nullable Double parse(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        try {
            return Double.valueOf(value.toString().strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static <T> T refuse(String name, Object value, T standard) {
        LOG.warn("{} of the restart policy cannot be \"{}\"; {} is taken", name, value, standard);
        return standard;
    }
}
