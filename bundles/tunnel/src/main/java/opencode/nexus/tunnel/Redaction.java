package opencode.nexus.tunnel;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes out of texts what nobody is to see. */
final class Redaction {
    private static final int MOST = 64 * 1024;
    private static final int LONGEST_LINE = 300;

    /** What looks like a token, wherever it comes from, and the named secrets of files with credentials. */
    private static final Pattern TOKEN = Pattern.compile("eyJ[A-Za-z0-9+/_=.-]{24,}");

    private static final Pattern NAMED = Pattern.compile(
            "(?i)((?:TunnelSecret|apiToken|secret|authorization|cookie)\\\\?\"?\\s*[:=]\\s*\\[?\\\\?\"?)[^\\s\"\\\\,\\]}]{4,}");

    private Redaction() {}

    /** @param token the one that is stored; its secret part is not shown either */
    static String clean(String text, @Nullable String token) {
        String shown = text;
        if (token != null) {
            shown = shown.replace(token, "[redacted]");
            String secret = Secrets.token(token).secret();
            if (!secret.isEmpty()) {
                shown = shown.replace(secret, "[redacted]");
            }
        }
        shown = TOKEN.matcher(shown).replaceAll("[redacted]");
        return NAMED.matcher(shown).replaceAll("$1[redacted]");
    }

    /** The newest lines that fit. */
    static String clean(List<String> lines, @Nullable String token) {
        String all = clean(String.join("\n", lines), token);
        return all.length() <= MOST ? all : all.substring(all.length() - MOST);
    }

    /** For a sentence. */
    static String shortened(String line) {
        return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
    }
}
