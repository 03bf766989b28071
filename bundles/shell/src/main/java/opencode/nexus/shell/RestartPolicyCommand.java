package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService;
import opencode.nexus.api.restart.RestartService.Policy;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:restart-policy}: shows the policy; with {@code name=value}, changes it. */
@Service
@Command(
        scope = "nexus",
        name = "restart-policy",
        description = "Show or change when things are started again, for instance: maxAttempts=5 enabled=true")
public final class RestartPolicyCommand implements Action {

    @Argument(name = "values", description = "name=value, any number of them", multiValued = true)
    @Nullable
    List<String> values;

    @Reference(optional = true)
    @Nullable
    RestartService restarts;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        if (restarts == null) {
            out.println("Restarts are missing: feature:install nexus-restart");
            return;
        }
        if (values == null || values.isEmpty()) {
            show(out, restarts.policy());
            return;
        }
        Map<String, Object> changes = new LinkedHashMap<>();
        for (String value : values) {
            String[] parts = value.split("=", 2);
            if (parts.length < 2 || parts[0].isBlank()) {
                out.println("Write name=value, not " + value);
                return;
            }
            changes.put(parts[0].strip(), typed(parts[1].strip()));
        }
        try {
            show(out, restarts.change(changes));
        } catch (NexusException e) {
            if (e.fields().isEmpty()) {
                out.println(e.getMessage());
            }
            e.fields().forEach(field -> out.println(field.field() + ": " + field.message()));
        }
    }

    /** What is neither true, false nor a number stays a text, for the settings to refuse with a reason. */
    private static Object typed(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            // Perhaps one with a point.
        }
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static void show(PrintStream out, Policy policy) {
        out.println("enabled          " + policy.enabled());
        out.println("maxAttempts      " + policy.maxAttempts());
        out.println("windowSeconds    " + policy.windowSeconds());
        out.println("firstDelayMs     " + policy.firstDelayMs());
        out.println("multiplier       " + policy.multiplier());
        out.println("maxDelayMs       " + policy.maxDelayMs());
        out.println("memoryLimitMb    " + policy.memoryLimitMb());
        out.println("memoryCeilingMb  " + policy.memoryCeilingMb());
        out.println("slowRetry        " + policy.slowRetry());
        out.println("notify           " + policy.notifies());
    }
}
