package opencode.nexus.tunnel;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;

/**
 * The edge of a test, to which cloudflared connects instead of Cloudflare's. It is named by a property of this JVM, which no
 * setting and no variable of ours sets: whoever decides where the edge is reads everything that passes.
 */
final class TestEdge {

    /** {@code --edge=HOST:PORT,--quick-service=URL,--cacert=FILE}; the first as often as wanted, the others once. */
    static final String PROPERTY = "nexus.test.cloudflared";

    private static final Pattern ARGUMENT = Pattern.compile("(--[a-z-]+)=(.+)");
    private static final Pattern PLACE =
            Pattern.compile("(?:[A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:.]{2,45}])(?::([0-9]{1,5}))?");

    private static final Map<String, Predicate<String>> ALLOWED = Map.of(
            "--edge", TestEdge::isPlaceWithPort, "--quick-service", TestEdge::isService, "--cacert", TestEdge::isFile);

    private TestEdge() {}

    /**
     * What cloudflared is given beyond the usual, before any {@code run}.
     *
     * @param value of the property; null or blank when this is no test
     * @throws NexusException INVALID {@code invalid-field} for anything but the three arguments
     */
    static List<String> arguments(@Nullable String value) {
        List<String> arguments = new ArrayList<>();
        for (String argument : value == null || value.isBlank() ? new String[0] : value.split(",", -1)) {
            Matcher parts = ARGUMENT.matcher(argument);
            if (!parts.matches() || !ALLOWED.containsKey(parts.group(1))) {
                throw NexusException.invalid(
                        PROPERTY, "takes --edge=HOST:PORT, --quick-service=URL and --cacert=FILE, with commas between");
            }
            if (!ALLOWED.get(parts.group(1)).test(parts.group(2))) {
                throw NexusException.invalid(PROPERTY, "has a value for " + parts.group(1) + " that cannot be");
            }
            if (!parts.group(1).equals("--edge")
                    && arguments.stream().anyMatch(given -> given.startsWith(parts.group(1) + "="))) {
                throw NexusException.invalid(PROPERTY, "gives " + parts.group(1) + " twice");
            }
            arguments.add(argument);
        }
        return List.copyOf(arguments);
    }

    private static boolean isPlaceWithPort(String value) {
        Matcher place = PLACE.matcher(value);
        return place.matches() && place.group(1) != null && isPort(place.group(1));
    }

    private static boolean isService(String value) {
        Matcher place = PLACE.matcher(value.replaceFirst("^https?://", ""));
        return value.matches("https?://.+") && place.matches() && (place.group(1) == null || isPort(place.group(1)));
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port > 0 && port <= 65_535;
    }

    private static boolean isFile(String value) {
        try {
            return Path.of(value).isAbsolute() && Files.isRegularFile(Path.of(value));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
