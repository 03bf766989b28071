package opencode.nexus.testkit.cloudflared;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The command line, and the environment variable that each flag has: the line goes before the environment, the
 * environment before {@code config.yml}. A flag of {@code tunnel} is unknown behind {@code run}, and a flag that the
 * version did not have yet is unknown everywhere: both end the program with help on stdout and exit code 0.
 */
final class Options {
    private final List<String> command = new ArrayList<>();
    private final List<String> operands = new ArrayList<>();
    private final Map<String, String> line = new HashMap<>();
    private final List<String> edges = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> file = new HashMap<>();

    private Options() {}

    static Options parse(String[] arguments, Map<String, String> environment, String version) throws Failure {
        Options options = new Options();
        Flags.VARIABLES.forEach((flag, variable) -> Optional.ofNullable(environment.get(variable))
                .filter(value -> !value.isEmpty())
                .ifPresent(value -> options.environment.put(flag, value)));
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            if (!argument.startsWith("-") || argument.equals("-")) {
                options.word(argument);
                continue;
            }
            String name = argument.replaceFirst("^--?", "").replaceFirst("(?s)=.*", "");
            if (!Flags.isKnown(name, options.command, version)) {
                throw Failure.misuse("flag provided but not defined: -" + name);
            }
            if (argument.contains("=")) {
                options.given(name, argument.substring(argument.indexOf('=') + 1));
            } else if (Flags.isSwitch(name)) {
                options.given(name, "true");
            } else if (++i == arguments.length) {
                throw Failure.misuse("flag needs an argument: -" + name);
            } else {
                options.given(name, arguments[i]);
            }
        }
        options.checkDurations();
        return options;
    }

    /** {@code tunnel run}, {@code tunnel ingress validate}, {@code version}, or nothing. */
    String command() {
        return String.join(" ", command);
    }

    List<String> operands() {
        return operands;
    }

    /** What the configuration says, where neither the line nor the environment says anything. */
    void below(Map<String, String> settings) {
        file.putAll(settings);
    }

    boolean isSet(String flag) {
        return line.containsKey(flag) || environment.containsKey(flag) || file.containsKey(flag);
    }

    boolean isOn(String flag) {
        return Boolean.parseBoolean(value(flag, "false"));
    }

    String value(String flag, String otherwise) {
        return line.getOrDefault(flag, environment.getOrDefault(flag, file.getOrDefault(flag, otherwise)));
    }

    /** Those of {@code --edge}, the only flag that is given more than once; none where Cloudflare's own are asked for. */
    List<String> edges() {
        return edges.isEmpty() && isSet("edge") ? List.of(value("edge", "")) : List.copyOf(edges);
    }

    /** As the line {@code Settings:} of the log shows it, with secrets masked. */
    String settings() {
        Map<String, String> all = new TreeMap<>(file);
        all.putAll(environment);
        all.putAll(line);
        for (String secret : List.of("token", "credentials-contents")) {
            all.computeIfPresent(secret, (name, value) -> "*****");
        }
        return all.entrySet().stream()
                .map(entry -> entry.getKey() + ":" + entry.getValue())
                .collect(Collectors.joining(" ", "map[", "]"));
    }

    private void given(String name, String value) {
        if (name.equals("edge")) {
            edges.add(value);
        }
        line.put(name, name.equals("edge") ? "[" + String.join(" ", edges) + "]" : value);
    }

    private void word(String word) {
        String longer = command.isEmpty() ? word : command() + " " + word;
        if (operands.isEmpty() && Flags.COMMANDS.contains(longer)) {
            command.add(word);
            return;
        }
        operands.add(word);
    }

    private void checkDurations() throws Failure {
        if (isSet("grace-period") && GoDuration.parse(value("grace-period", "")).isEmpty()) {
            throw Failure.misuse(
                    "invalid value \"" + value("grace-period", "") + "\" for flag -grace-period: parse error");
        }
    }
}
