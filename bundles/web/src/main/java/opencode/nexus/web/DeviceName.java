package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a browser is called in the list of devices, told from its {@code User-Agent}: {@code Chrome on Linux}. */
final class DeviceName {
    // The order matters: most browsers also name those they want to be taken for.
    private static final Map<String, String> BROWSERS = ordered(
            "Edg",
            "Edge",
            "OPR/",
            "Opera",
            "SamsungBrowser",
            "Samsung Internet",
            "Firefox/",
            "Firefox",
            "FxiOS",
            "Firefox",
            "CriOS",
            "Chrome",
            "Chrome/",
            "Chrome",
            "Safari/",
            "Safari",
            "curl/",
            "curl",
            "Java",
            "Java",
            "python",
            "Python");
    private static final Map<String, String> SYSTEMS = ordered(
            "iPhone",
            "iPhone",
            "iPad",
            "iPad",
            "Android",
            "Android",
            "CrOS",
            "ChromeOS",
            "Windows",
            "Windows",
            "Mac OS X",
            "macOS",
            "Linux",
            "Linux");

    private DeviceName() {}

    static String of(HttpServletRequest request) {
        String agent = request.getHeader("User-Agent");
        String browser = first(BROWSERS, agent, "A browser");
        String system = first(SYSTEMS, agent, "");
        return system.isEmpty() ? browser : browser + " on " + system;
    }

    private static String first(Map<String, String> names, @Nullable String agent, String otherwise) {
        if (agent == null) {
            return otherwise;
        }
        return names.entrySet().stream()
                .filter(name -> agent.contains(name.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    private static Map<String, String> ordered(String... keysAndValues) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int index = 0; index < keysAndValues.length; index += 2) {
            names.put(keysAndValues[index], keysAndValues[index + 1]);
        }
        return names;
    }
}
