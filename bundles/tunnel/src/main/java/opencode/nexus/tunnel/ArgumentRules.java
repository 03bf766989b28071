package opencode.nexus.tunnel;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The further arguments that the owner may give. All others are refused: those that show headers in the log, hand secrets
 * over, open the metrics port, choose a configuration or an edge, and those that Nexus sets.
 */
final class ArgumentRules {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,2}");
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]{2,45}");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_-]{1,64}=[A-Za-z0-9_.-]{1,64}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_. -]{1,64}");
    private static final Pattern LEVEL = Pattern.compile("info|warn|error|fatal");

    private static final Map<String, @Nullable Pattern> ALLOWED = allowed();

    private ArgumentRules() {}

    private static Map<String, @Nullable Pattern> allowed() {
        Map<String, @Nullable Pattern> allowed = new TreeMap<>();
        allowed.put("--edge-bind-address", ADDRESS);
        allowed.put("--label", LABEL);
        allowed.put("--loglevel", LEVEL);
        allowed.put("--no-prechecks", null);
        allowed.put("--post-quantum", null);
        allowed.put("--retries", NUMBER);
        allowed.put("--tag", TAG);
        return allowed;
    }

    /** What is wrong with the argument at this place; null when nothing is. A value is written {@code --name=value}. */
    static @Nullable String problem(List<String> arguments, int index) {
        String argument = arguments.get(index);
        int end = argument.indexOf('=');
        String name = end < 0 ? argument : argument.substring(0, end);
        if (!ALLOWED.containsKey(name)) {
            return "is not among the arguments that may be given: " + String.join(", ", ALLOWED.keySet());
        }
        Pattern value = ALLOWED.get(name);
        if (value == null) {
            return end < 0 ? null : "takes no value";
        }
        if (end < 0) {
            return "needs a value, written " + name + "=value";
        }
        return value.matcher(argument.substring(end + 1)).matches() ? null : "has a value that cannot be";
    }
}
