package opencode.nexus.tunnel;

import java.net.IDN;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.psl.PublicSuffixMatcher;
import org.apache.hc.client5.http.psl.PublicSuffixMatcherLoader;
import org.jspecify.annotations.Nullable;

/** Checks public host names. */
final class HostNames {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?");
    private static final int LONGEST = 253;

    /** Names of Cloudflare itself: nobody else's tunnel answers there. */
    private static final Set<String> CLOUDFLARE = Set.of(
            "trycloudflare.com",
            "cfargotunnel.com",
            "argotunnel.com",
            "cloudflare.com",
            "cloudflareaccess.com",
            "cloudflare-dns.com",
            "workers.dev",
            "pages.dev");

    /** Below these everybody may have a name: the public suffix list, as it was when the library was made. */
    private static final PublicSuffixMatcher SUFFIXES = PublicSuffixMatcherLoader.getDefault();

    private HostNames() {}

    /** In ASCII and lower case; what cannot be is left as it is. */
    static String ascii(String name) {
        try {
            return IDN.toASCII(name.strip(), IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return name;
        }
    }

    /** What is wrong with it as a public name; null when nothing is. */
    static @Nullable String problem(String given) {
        if (given.contains("://")) {
            return "must be a host name without https://";
        }
        if (given.chars().anyMatch(c -> Character.isWhitespace(c) || c < ' ')) {
            return "must be a host name without spaces";
        }
        if (given.contains("/")) {
            return "must be a host name without a path";
        }
        if (given.matches(".*:[0-9]*") || given.contains("@")) {
            return "must be a host name without port or user";
        }
        String name;
        try {
            name = IDN.toASCII(given, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return longLabel(given)
                    ? "has a part of more than 63 characters between two dots"
                    : "must be a host name: letters, digits, dashes and dots";
        }
        String[] labels = name.split("\\.", -1);
        if (labels.length < 2) {
            return "must be a whole name, for instance nexus.example.com";
        }
        for (String label : labels) {
            if (label.length() > 63) {
                return "has a part of more than 63 characters between two dots";
            }
            if (!LABEL.matcher(label).matches()) {
                return "must be a host name: letters, digits, dashes and dots";
            }
        }
        if (name.length() > LONGEST) {
            return "is longer than " + LONGEST + " characters";
        }
        if (labels[labels.length - 1].matches("[0-9]+")) {
            return "must be a name, not an address";
        }
        if (SUFFIXES.getDomainRoot(name) == null) {
            return "is a name below which others have theirs; it takes a name below it, for instance nexus." + name;
        }
        for (String own : CLOUDFLARE) {
            if (name.equals(own) || name.endsWith("." + own)) {
                return "belongs to Cloudflare; it takes a name of your own that is managed there";
            }
        }
        return null;
    }

    private static boolean longLabel(String name) {
        for (String label : name.split("\\.", -1)) {
            if (label.length() > 63) {
                return true;
            }
        }
        return false;
    }
}
