package opencode.nexus.tunnel;

import java.net.IDN;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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

    /** The usual ones of two labels. The list of all has ten thousand and changes weekly; a name it would know and this does not fails at Cloudflare. */
    private static final Set<String> SUFFIXES = Set.of(
            "co.uk",
            "org.uk",
            "me.uk",
            "ac.uk",
            "gov.uk",
            "ltd.uk",
            "plc.uk",
            "net.uk",
            "com.au",
            "net.au",
            "org.au",
            "edu.au",
            "gov.au",
            "id.au",
            "co.nz",
            "net.nz",
            "org.nz",
            "co.jp",
            "ne.jp",
            "or.jp",
            "ac.jp",
            "co.kr",
            "or.kr",
            "com.br",
            "net.br",
            "org.br",
            "com.mx",
            "com.ar",
            "com.co",
            "com.pe",
            "com.tr",
            "com.cn",
            "net.cn",
            "org.cn",
            "com.tw",
            "com.hk",
            "com.sg",
            "com.my",
            "co.in",
            "net.in",
            "org.in",
            "co.id",
            "co.th",
            "co.za",
            "org.za",
            "co.il",
            "org.il",
            "com.ua",
            "com.pl",
            "net.pl",
            "org.pl",
            "co.at",
            "or.at",
            "com.pt",
            "com.gr",
            "com.es",
            "com.vn",
            "com.ph",
            "com.eg",
            "com.sa",
            "com.ng",
            "co.ke",
            "eu.org",
            "github.io",
            "gitlab.io",
            "duckdns.org",
            "ddns.net",
            "dyndns.org",
            "herokuapp.com",
            "vercel.app",
            "netlify.app",
            "web.app",
            "uk.com",
            "us.com",
            "de.com",
            "eu.com");

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
        if (SUFFIXES.contains(name)) {
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
