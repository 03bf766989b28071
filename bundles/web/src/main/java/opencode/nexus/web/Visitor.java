package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody who came in through the tunnel, as the tunnel tells of them. At the first listener there is none, and what a
 * request says there of its way is not read: anybody can say it.
 *
 * @param address the address they come from, as a literal; {@code unknown} when the tunnel told none, or several
 * @param https whether they speak https with the other end of the tunnel
 */
record Visitor(String address, boolean https) {

    /** Set by the listener itself, never by what is sent. */
    static final String LISTENER = "opencode.nexus.listener";

    static final String UNKNOWN = "unknown";

    private static final Pattern SCHEME = Pattern.compile("\"scheme\"\\s*:\\s*\"([A-Za-z]{1,10})\"");
    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]{2,45}");

    static Optional<Visitor> of(HttpServletRequest request) {
        return cameThroughTheTunnel(request)
                ? Optional.of(new Visitor(address(request), https(request)))
                : Optional.empty();
    }

    static boolean cameThroughTheTunnel(HttpServletRequest request) {
        return request.getAttribute(LISTENER) != null;
    }

    private static String address(HttpServletRequest request) {
        List<String> told = Collections.list(request.getHeaders("CF-Connecting-IP"));
        if (told.size() != 1) {
            return UNKNOWN;
        }
        String literal = told.get(0).strip();
        if (!IPV4.matcher(literal).matches() && !IPV6.matcher(literal).matches()) {
            return UNKNOWN;
        }
        try {
            // Never asks the network: it is a literal, or it is nothing.
            return InetAddress.getByName(literal).getHostAddress();
        } catch (UnknownHostException e) {
            return UNKNOWN;
        }
    }

    /** One word for http, from whichever header, is enough; without any, browsers keep the cookie back by themselves. */
    private static boolean https(HttpServletRequest request) {
        for (String forwarded : Collections.list(request.getHeaders("X-Forwarded-Proto"))) {
            for (String scheme : forwarded.split(",")) {
                if (!scheme.strip().equalsIgnoreCase("https")) {
                    return false;
                }
            }
        }
        for (String visitor : Collections.list(request.getHeaders("Cf-Visitor"))) {
            Matcher scheme = SCHEME.matcher(visitor);
            while (scheme.find()) {
                if (!scheme.group(1).equalsIgnoreCase("https")) {
                    return false;
                }
            }
        }
        return true;
    }
}
