package opencode.nexus.opencode;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.supervise.Supervised.Evidence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What OpenCode left behind that tells why it ended: its output and the newest of its own log files. Without secrets. */
final class Inquest {
    private static final Logger LOG = LoggerFactory.getLogger(Inquest.class);
    static final int LINES = 200;
    private static final int MOST = 64 * 1024;

    /** What is shorter, {@code true} for instance, stands everywhere and is no secret. */
    private static final int SHORTEST_SECRET = 6;

    private static final Pattern NAMED = Pattern.compile(
            "(?i)(authorization\"?\\s*[:=]\\s*\"?(?:bearer|basic)\\s+|(?:api[-_]?key|token|secret|passw(?:or)?d)\"?\\s*[:=]\\s*\"?)"
                    + "[^\\s\",;&]{4,}");
    private static final Pattern KEY = Pattern.compile(
            "\\b(?:sk|pk|rk|ghp|gho|xox[abprs]|AIza)[-_][A-Za-z0-9_-]{12,}|\\bnpm_[A-Za-z0-9]{30,}|\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}");
    private static final Pattern URL = Pattern.compile("(?i)(\\b[a-z][a-z0-9+.-]*://)[^\\s/@:]+:[^\\s/@]+@");

    private static final Pattern UNKNOWN_ARGUMENT =
            Pattern.compile("(?i)\\b(?:unknown|unrecognized|invalid) (?:argument|option|flag)s?\\b");
    private static final Pattern UNUSABLE_DIRECTORY = Pattern.compile("\\b(?:EACCES|EROFS|ENOTDIR)\\b");

    private final Function<String, @Nullable String> environment;
    private final String userHome;

    Inquest(Function<String, @Nullable String> environment, String userHome) {
        this.environment = environment;
        this.userHome = userHome;
    }

    /** @param secrets what must not be shown wherever it stands */
    List<Evidence> evidence(List<String> output, Set<String> secrets) {
        List<Evidence> found = new ArrayList<>();
        found.add(new Evidence("output", "Output of OpenCode", clean(String.join("\n", output), secrets)));
        log().ifPresent(lines -> found.add(new Evidence("log", "OpenCode's own log", clean(lines, secrets))));
        return found;
    }

    static String clean(String text, Set<String> secrets) {
        String shown = text;
        // The longest first, since it may contain another one.
        for (String secret : secrets.stream()
                .filter(each -> each.length() >= SHORTEST_SECRET)
                .sorted(Comparator.comparing(String::length).reversed())
                .toList()) {
            shown = shown.replace(secret, "[redacted]");
        }
        shown = NAMED.matcher(shown).replaceAll("$1[redacted]");
        shown = KEY.matcher(shown).replaceAll("[redacted]");
        shown = URL.matcher(shown).replaceAll("$1[redacted]@");
        return shown.length() <= MOST ? shown : shown.substring(shown.length() - MOST);
    }

    /** Why a start failed, by what was said; only what another start cannot mend is told apart. */
    static Cause cause(List<String> output) {
        for (String line : output) {
            if (UNKNOWN_ARGUMENT.matcher(line).find()) {
                return Cause.BAD_ARGUMENTS;
            }
            if (UNUSABLE_DIRECTORY.matcher(line).find()) {
                return Cause.BAD_DIRECTORY;
            }
        }
        return Cause.ENDED;
    }

    private Optional<String> log() {
        String data = environment.apply("XDG_DATA_HOME");
        Path directory = (data == null || data.isBlank() ? Path.of(userHome, ".local", "share") : Path.of(data))
                .resolve("opencode/log");
        try (Stream<Path> files = Files.list(directory)) {
            Optional<Path> newest = files.filter(
                            file -> file.getFileName().toString().endsWith(".log"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()));
            return newest.isPresent() ? Optional.of(end(newest.get())) : Optional.empty();
        } catch (IOException | SecurityException e) {
            LOG.debug("OpenCode's log cannot be read", e);
            return Optional.empty();
        }
    }

    private static String end(Path file) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
            long from = Math.max(0, bytes.length() - MOST);
            bytes.seek(from);
            byte[] tail = new byte[(int) (bytes.length() - from)];
            bytes.readFully(tail);
            List<String> lines =
                    new String(tail, StandardCharsets.UTF_8).lines().toList();
            return lines.stream().skip(Math.max(0, lines.size() - LINES)).collect(Collectors.joining("\n"));
        }
    }
}
