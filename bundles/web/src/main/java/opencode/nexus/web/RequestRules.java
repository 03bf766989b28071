package opencode.nexus.web;

import static java.util.stream.Collectors.toUnmodifiableSet;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import opencode.nexus.web.http.Json;
import org.jspecify.annotations.Nullable;

/** What must be true of a request whoever sends it, so that no other site can use the owner's browser against Nexus. */
final class RequestRules {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String UNKNOWN_HOST = "Nexus is not served under this name.";
    private static final String USE_LOOPBACK = " Open it as http://127.0.0.1 instead.";
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> FOREIGN = Set.of("cross-site", "same-site");
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?");
    private static final Pattern ORIGIN = Pattern.compile("(https?)://(.+)");

    private final Set<String> hosts;
    private final TunnelAccess tunnel;

    /** Takes the names, beside those of loopback, under which Nexus may be asked for at its first listener. */
    RequestRules(List<String> hosts, TunnelAccess tunnel) {
        this.tunnel = tunnel;
        this.hosts = Stream.concat(LOOPBACK.stream(), hosts.stream())
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .filter(host -> !host.isEmpty())
                .collect(toUnmodifiableSet());
    }

    /** A refusal by status, stable code, and a sentence. */
    record Refusal(int status, String code, String detail) {}

    /** Refuses what another site sends, by its own admission or through a name that is not ours. */
    Optional<Refusal> refuseForeign(HttpServletRequest request) {
        boolean throughTheTunnel = Visitor.cameThroughTheTunnel(request);
        String host = request.getHeader("Host");
        if (host == null || !(throughTheTunnel ? isPublic(host) : isKnown(host))) {
            return Optional.of(
                    new Refusal(421, "unknown-host", throughTheTunnel ? UNKNOWN_HOST : UNKNOWN_HOST + USE_LOOPBACK));
        }
        String site = request.getHeader("Sec-Fetch-Site");
        if (isSafe(request)) {
            boolean reads = !"navigate".equals(request.getHeader("Sec-Fetch-Mode"));
            return site != null && FOREIGN.contains(site) && reads && Paths.isApi(request)
                    ? Optional.of(crossOrigin())
                    : Optional.empty();
        }
        String origin = request.getHeader("Origin");
        if (site != null && !site.equals("same-origin")) {
            return Optional.of(crossOrigin());
        }
        // A page that sends no referrer names its origin "null", even to itself: then only Sec-Fetch-Site can tell.
        boolean told = origin != null && !(origin.equals("null") && site != null);
        return told && !isSame(origin, host, request.isSecure()) ? Optional.of(crossOrigin()) : Optional.empty();
    }

    /** Refuses what does not prove that it comes from our own page, and bodies a plain form could send. */
    Optional<Refusal> refuseUnproven(HttpServletRequest request) {
        if (isSafe(request)) {
            return Optional.empty();
        }
        if (request.getHeader("Sec-Fetch-Site") == null && request.getHeader("Origin") == null) {
            return Optional.of(crossOrigin());
        }
        boolean body = request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
        return body && !Json.isJson(request.getContentType()) && !isUpload(request)
                ? Optional.of(
                        new Refusal(415, "not-json", "Send the body as JSON, with Content-Type: application/json."))
                : Optional.empty();
    }

    /** A form could send this, too; but not with the proof of its origin that was asked for before. */
    private static boolean isUpload(HttpServletRequest request) {
        String type = request.getContentType();
        return request.getMethod().equals("POST")
                && request.getRequestURI().equals(Paths.UPLOADS)
                && type != null
                && type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data;");
    }

    private static boolean isSafe(HttpServletRequest request) {
        return SAFE.contains(request.getMethod());
    }

    /** A name that the tunnel is known by, at the port of https: none of this machine, whatever is configured. */
    private boolean isPublic(String host) {
        Matcher parts = HOST.matcher(host);
        return parts.matches()
                && (parts.group(2) == null || parts.group(2).equals("443"))
                && tunnel.isAllowed(parts.group(1).toLowerCase(Locale.ROOT));
    }

    private boolean isKnown(String host) {
        Matcher parts = HOST.matcher(host);
        return parts.matches() && hosts.contains(parts.group(1).toLowerCase(Locale.ROOT));
    }

    private static boolean isSame(String origin, String host, boolean secure) {
        Matcher parts = ORIGIN.matcher(origin);
        if (!parts.matches() || (secure && !parts.group(1).equals("https"))) {
            return false;
        }
        Optional<List<String>> theirs =
                hostAndPort(parts.group(2), parts.group(1).equals("https"));
        Optional<List<String>> ours = hostAndPort(host, secure || parts.group(1).equals("https"));
        return theirs.isPresent() && theirs.equals(ours);
    }

    private static Optional<List<String>> hostAndPort(String authority, boolean secure) {
        Matcher parts = HOST.matcher(authority);
        if (!parts.matches()) {
            return Optional.empty();
        }
        @Nullable String port = parts.group(2);
        String known = port != null ? port : secure ? "443" : "80";
        return Optional.of(Arrays.asList(parts.group(1).toLowerCase(Locale.ROOT), known));
    }

    private static Refusal crossOrigin() {
        return new Refusal(403, "cross-origin", "This request does not come from a page of Nexus itself.");
    }
}
