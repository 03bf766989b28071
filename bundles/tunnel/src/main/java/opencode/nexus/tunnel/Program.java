package opencode.nexus.tunnel;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.process.ProcessSpec;
import org.jspecify.annotations.Nullable;

/** Finds cloudflared, asks for its version and lets it check a configuration. Safe for use by several threads. */
final class Program {
    static final String FLOOR = "2025.6.1";

    private static final String CHECK = "cloudflared-check";
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final Pattern VERSION = Pattern.compile("(\\d{4})\\.(\\d{1,2})\\.(\\d{1,3})\\b.*");

    private volatile String command;
    private final Function<String, @Nullable String> environment;
    private final ProcessHost processes;
    private final Path directory;
    private final Duration limit;
    private @Nullable Known known;

    /** @param path where it is */
    record Found(Path path, String version) {}

    private record Known(Path path, long size, long changed, String version) {}

    Program(
            String command,
            Function<String, @Nullable String> environment,
            ProcessHost processes,
            Path directory,
            Duration limit) {
        this.command = command;
        this.environment = environment;
        this.processes = processes;
        this.directory = directory;
        this.limit = limit;
    }

    /** Names another one, for the next start. */
    void use(String other) {
        command = other;
    }

    /**
     * The program, when it can be used. Blocks at most as long as it may take to tell its version.
     *
     * @throws NexusException UNAVAILABLE {@code no-cloudflared}, {@code cloudflared-unusable}, {@code cloudflared-silent} or
     *     {@code cloudflared-too-old}
     */
    synchronized Found find() {
        Path path = locate();
        Known last = known;
        long size = path.toFile().length();
        long changed = path.toFile().lastModified();
        if (last != null && last.path().equals(path) && last.size() == size && last.changed() == changed) {
            return new Found(path, last.version());
        }
        List<String> said = run(List.of(path.toString(), "version", "--short"));
        String version = said.stream()
                .map(String::strip)
                .filter(line -> VERSION.matcher(line).matches())
                .findFirst()
                .orElseThrow(() -> unusable(path + " does not tell a version, so it is no cloudflared. " + install()));
        if (isOlder(version, FLOOR)) {
            throw new NexusException(
                    Kind.UNAVAILABLE,
                    "cloudflared-too-old",
                    "cloudflared " + version + " is too old; " + FLOOR + " or newer is needed. " + install());
        }
        known = new Known(path, size, changed, version);
        return new Found(path, version);
    }

    /** What cloudflared has against a configuration; empty when it says OK, and nothing else. */
    synchronized Optional<String> objection(Found program, Path config) {
        List<String> said =
                run(List.of(program.path().toString(), "tunnel", "--config", config.toString(), "ingress", "validate"));
        List<String> words = said.stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("Validating rules from"))
                .toList();
        return words.equals(List.of("OK"))
                ? Optional.empty()
                : Optional.of(
                        words.isEmpty()
                                ? "cloudflared does not say that it is right"
                                : "cloudflared says: " + Redaction.shortened(String.join(" ", words)));
    }

    static boolean isOlder(String version, String than) {
        Matcher one = VERSION.matcher(version);
        Matcher other = VERSION.matcher(than);
        if (!one.matches() || !other.matches()) {
            return false;
        }
        for (int place = 1; place <= 3; place++) {
            int difference = Integer.compare(Integer.parseInt(one.group(place)), Integer.parseInt(other.group(place)));
            if (difference != 0) {
                return difference < 0;
            }
        }
        return false;
    }

    /** What to type in order to have it, on this platform. */
    static String install() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (system.contains("mac")) {
            return "Install it: brew install cloudflared";
        }
        if (system.contains("win")) {
            return "Install it: winget install --id Cloudflare.cloudflared";
        }
        String arch =
                switch (System.getProperty("os.arch", "")) {
                    case "aarch64", "arm64" -> "arm64";
                    case "arm" -> "arm";
                    case "x86", "i386" -> "386";
                    default -> "amd64";
                };
        return "Install it: sudo curl -fLo /usr/local/bin/cloudflared"
                + " https://github.com/cloudflare/cloudflared/releases/latest/download/cloudflared-linux-" + arch
                + " && sudo chmod +x /usr/local/bin/cloudflared";
    }

    private Path locate() {
        try {
            if (command.contains("/")) {
                Path path = Path.of(command).toAbsolutePath();
                if (Files.isDirectory(path)) {
                    throw unusable(path + " is a directory, not the program. Name the program in it.");
                }
                if (Files.exists(path) && !Files.isExecutable(path)) {
                    throw unusable(path + " may not be executed. Run: chmod +x " + path);
                }
                if (Files.isRegularFile(path)) {
                    return path;
                }
                throw missing(path + " is not there. " + install());
            }
            String path = environment.apply("PATH");
            for (String each : (path == null ? "" : path).split(":")) {
                Path candidate = Path.of(each.isEmpty() ? "." : each, command).toAbsolutePath();
                if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        } catch (InvalidPathException e) {
            throw missing("The path of cloudflared is none. " + install());
        }
        throw missing("cloudflared was not found on the PATH. " + install());
    }

    /** Runs it to its end; what it says on either stream. */
    private List<String> run(List<String> line) {
        processes.find(CHECK).ifPresent(left -> left.stop(GRACE));
        ChildProcess child;
        try {
            child = processes.start(
                    new ProcessSpec(CHECK, line, directory, Map.of(), TunnelCommand.WITHHELD, Map.of()));
        } catch (NexusException e) {
            throw unusable(line.get(0) + " cannot be started. " + install());
        }
        try {
            int code = child.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            List<String> said = new ArrayList<>(child.lastLines(50));
            if (code != 0 && said.remove("OK")) {
                said.add("it ended with code " + code);
            }
            return said;
        } catch (TimeoutException e) {
            child.stop(GRACE);
            throw new NexusException(
                    Kind.UNAVAILABLE,
                    "cloudflared-silent",
                    line.get(0) + " did not answer within " + limit.toSeconds()
                            + " seconds and was ended. Try it by hand: cloudflared version");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            child.stop(GRACE);
            throw unusable("It was not waited for cloudflared any more.");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static NexusException missing(String message) {
        return new NexusException(Kind.UNAVAILABLE, "no-cloudflared", message);
    }

    private static NexusException unusable(String message) {
        return new NexusException(Kind.UNAVAILABLE, "cloudflared-unusable", message);
    }
}
