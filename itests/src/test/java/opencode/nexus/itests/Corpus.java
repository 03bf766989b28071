package opencode.nexus.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Texts that want to run, to fetch something or to mislead. How they are written down: {@code xss/README.md}. The default run
 * takes every second one of each kind to the places that are slow to reach, the long run all of them.
 */
final class Corpus {
    /** Its payloads swallow what follows them. */
    private static final String UNCLOSED = "unclosed.txt";

    private static final Pattern TIMES = Pattern.compile("⟦(.*?)×(\\d+)⟧", Pattern.DOTALL);
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");

    private static final int STEP = Boolean.getBoolean("nexus.long") ? 1 : 2;

    private Corpus() {}

    /** Every payload once. */
    static List<String> whole() {
        return read(file -> true, 1);
    }

    /** Those for the places that are slow to reach. */
    static List<String> all() {
        return read(file -> true);
    }

    /** Those after which others can stand in the same text. */
    static List<String> closed() {
        return read(file -> !file.equals(UNCLOSED) && !file.equals("long.txt"));
    }

    static List<String> unclosed() {
        return read(UNCLOSED::equals);
    }

    /** Payloads of some files, for instance {@code "html"}. */
    static List<String> of(String... names) {
        return read(file -> List.of(names).contains(file.replace(".txt", "")));
    }

    /** Cuts a list into pieces of this size. */
    static <T> List<List<T>> batches(List<T> all, int size) {
        List<List<T>> batches = new ArrayList<>();
        for (int start = 0; start < all.size(); start += size) {
            batches.add(all.subList(start, Math.min(start + size, all.size())));
        }
        return batches;
    }

    private static List<String> read(Predicate<String> wanted) {
        return read(wanted, STEP);
    }

    private static List<String> read(Predicate<String> wanted, int step) {
        try (Stream<Path> files = Files.list(
                Path.of(Objects.requireNonNull(Corpus.class.getResource("/xss")).toURI()))) {
            List<String> payloads = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".txt") && wanted.test(name)) {
                    List<String> lines = Files.readAllLines(file).stream()
                            .filter(line -> !line.isEmpty() && !line.startsWith("## "))
                            .toList();
                    for (int line = 0; line < lines.size(); line += step) {
                        payloads.add(decode(lines.get(line)));
                    }
                }
            }
            return payloads.stream().distinct().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String decode(String line) {
        String plain = ESCAPE.matcher(line).replaceAll(match -> Matcher.quoteReplacement(sign(match)));
        return TIMES.matcher(plain)
                .replaceAll(match -> Matcher.quoteReplacement(match.group(1).repeat(Integer.parseInt(match.group(2)))));
    }

    private static String sign(MatchResult match) {
        String escape = match.group(1);
        return switch (escape.charAt(0)) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case 'f' -> "\f";
            case '0' -> "\0";
            case 'e' -> "\u001b";
            case '\\' -> "\\";
            case 'u' -> String.valueOf((char) Integer.parseInt(escape.substring(1), 16));
            default -> throw new IllegalArgumentException("escape \\" + escape);
        };
    }
}
