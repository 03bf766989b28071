package opencode.nexus.itests;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A real cloudflared with an edge of the test: {@code NEXUS_TEST_CLOUDFLARED} is the program, {@code
 * NEXUS_TEST_CLOUDFLARED_ARGS} its arguments with spaces between. {@code --edge}, {@code --quick-service} and {@code
 * --cacert} are handed to the gateway as a property that only tests set; all others are arguments that an owner may give, and
 * {@code --protocol} is the protocol, HTTP/2 when none is given.
 */
record RealCloudflared(Path program, String property, String protocol, List<String> arguments) {
    static final String SCRIPTED =
            "a real cloudflared cannot be told what goes wrong, nor has it a public address here";

    private static final Set<String> OF_THE_EDGE = Set.of("--edge", "--quick-service", "--cacert");

    /** What the environment names; null when it names none. */
    static @Nullable RealCloudflared named() {
        String program = System.getenv("NEXUS_TEST_CLOUDFLARED");
        if (program == null || program.isBlank()) {
            return null;
        }
        if (!Files.isExecutable(Path.of(program)) || Files.isDirectory(Path.of(program))) {
            throw new IllegalStateException("NEXUS_TEST_CLOUDFLARED names no program: " + program);
        }
        return of(Path.of(program), System.getenv().getOrDefault("NEXUS_TEST_CLOUDFLARED_ARGS", ""));
    }

    static RealCloudflared of(Path program, String line) {
        List<String> edge = new ArrayList<>();
        List<String> others = new ArrayList<>();
        String protocol = "http2";
        for (String argument : joined(line)) {
            String name = argument.replaceFirst("=.*", "");
            if (OF_THE_EDGE.contains(name)) {
                edge.add(argument);
            } else if (name.equals("--protocol")) {
                protocol = argument.substring(argument.indexOf('=') + 1);
            } else {
                others.add(argument);
            }
        }
        return new RealCloudflared(program, String.join(",", edge), protocol, List.copyOf(others));
    }

    /** With what is needed to reach the edge of the test. */
    Map<String, Object> with(Map<String, Object> config) {
        Map<String, Object> all = new LinkedHashMap<>(config);
        all.put("protocol", protocol);
        all.put("arguments", arguments);
        return all;
    }

    /** Each with its value behind a {@code =}. */
    private static List<String> joined(String line) {
        List<String> joined = new ArrayList<>();
        for (String word : line.strip().split("\\s+")) {
            if (word.startsWith("-")) {
                joined.add(word);
            } else if (!word.isEmpty() && !joined.isEmpty()) {
                joined.set(joined.size() - 1, joined.get(joined.size() - 1) + "=" + word);
            } else if (!word.isEmpty()) {
                throw new IllegalArgumentException("NEXUS_TEST_CLOUDFLARED_ARGS begins with a value: " + word);
            }
        }
        return joined;
    }
}
