package opencode.nexus.tunnel;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Takes out of texts what nobody is to see. */
final class Redaction {
    private static final int MOST = 64 * 1024;
    private static final int LONGEST_LINE = 300;

    /** What looks like a token, wherever it comes from, and the named secrets of files with credentials. */
    private static final Pattern TOKEN = Pattern.compile("eyJ[A-Za-z0-9+/_=.-]{24,}");

    private static final Pattern NAMED = Pattern.compile(
            "(?i)((?:TunnelSecret|apiToken|secret|authorization|cookie)\\\\?\"?\\s*[:=]\\s*\\[?\\\\?\"?)[^\\s\"\\\\,\\]}]{4,}");

    private Redaction() {}

    /** @param secrets what is not to be shown wherever it stands */
    static String clean(String text, Set<String> secrets) {
        String shown = text;
        // The longest first, since it may contain another one.
        for (String secret : secrets.stream()
                .sorted(Comparator.comparing(String::length).reversed())
                .toList()) {
            shown = shown.replace(secret, "[redacted]");
        }
        shown = TOKEN.matcher(shown).replaceAll("[redacted]");
        return NAMED.matcher(shown).replaceAll("$1[redacted]");
    }

    /** The newest lines that fit. */
    static String clean(List<String> lines, Set<String> secrets) {
        String all = clean(String.join("\n", lines), secrets);
        return all.length() <= MOST ? all : all.substring(all.length() - MOST);
    }

    /** For a sentence. */
    static String shortened(String line) {
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
    }
}
