package opencode.nexus.tunnel;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks how the target of a rule is asked: {@code originRequest}, by type and range. */
final class OriginOptions {
    private static final Set<String> DURATIONS =
            Set.of("connectTimeout", "tlsTimeout", "tcpKeepAlive", "keepAliveTimeout");
    private static final Set<String> SWITCHES =
            Set.of("noHappyEyeballs", "matchSNItoHost", "noTLSVerify", "disableChunkedEncoding", "http2Origin");
    private static final Set<String> NAMES = Set.of("httpHostHeader", "originServerName");
    private static final int MOST_CONNECTIONS = 10_000;
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private static final Pattern DURATION =
            Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,5})m)?(?:(\\d{1,6})s)?(?:(\\d{1,9})ms)?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}(:\\d{1,5})?");
    private static final Pattern TEAM = Pattern.compile("[a-z0-9-]{1,63}");

    private OriginOptions() {}

    /** Tells field and problem of each option that is wrong. */
    static void check(String field, Map<String, Object> options, BiConsumer<String, String> wrong) {
        options.forEach((name, value) -> {
            String problem = problem(name, value);
            if (problem != null) {
                wrong.accept(field + "." + name, problem);
            }
        });
    }

    private static @Nullable String problem(String name, @Nullable Object value) {
        if (DURATIONS.contains(name)) {
            return duration(value);
        }
        if (SWITCHES.contains(name)) {
            return value instanceof Boolean ? null : "must be true or false";
        }
        if (NAMES.contains(name)) {
            return value instanceof String text && NAME.matcher(text).matches() ? null : "must be a host name";
        }
        return switch (name) {
            case "keepAliveConnections" ->
                value instanceof Integer count && count >= 0 && count <= MOST_CONNECTIONS
                        ? null
                        : "must be a number from 0 to " + MOST_CONNECTIONS;
            case "caPool" ->
                value instanceof String path
                                && path.startsWith("/")
                                && path.chars().noneMatch(c -> c < ' ')
                        ? null
                        : "must be the absolute path of a file with certificates";
            case "access" -> access(value);
            default -> "is not known; known are " + known();
        };
    }

    private static @Nullable String duration(@Nullable Object value) {
        String right = "must be a time with its unit, for instance 30s or 1m30s, of at most ten minutes";
        if (!(value instanceof String text) || text.isEmpty()) {
            return right;
        }
        Matcher parts = DURATION.matcher(text);
        if (!parts.matches()) {
            return right;
        }
        Duration duration = Duration.ofHours(number(parts.group(1)))
                .plusMinutes(number(parts.group(2)))
                .plusSeconds(number(parts.group(3)))
                .plusMillis(number(parts.group(4)));
        return duration.compareTo(LONGEST) > 0 ? right : null;
    }

    private static @Nullable String access(@Nullable Object value) {
        String right = "must be {required, teamName, audTag}: true or false, the name of the team, a list of tags";
        if (!(value instanceof Map<?, ?> map)
                || !Set.of("required", "teamName", "audTag").containsAll(map.keySet())) {
            return right;
        }
        boolean tags = map.get("audTag") instanceof List<?> list
                && !list.isEmpty()
                && list.stream().allMatch(tag -> tag instanceof String text && text.matches("[0-9a-f]{16,128}"));
        boolean team =
                map.get("teamName") instanceof String name && TEAM.matcher(name).matches();
        return map.get("required") instanceof Boolean && team && tags ? null : right;
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static String known() {
        return "access, caPool, connectTimeout, disableChunkedEncoding, http2Origin, httpHostHeader, keepAliveConnections,"
                + " keepAliveTimeout, matchSNItoHost, noHappyEyeballs, noTLSVerify, originServerName, tcpKeepAlive,"
                + " tlsTimeout";
    }
}
