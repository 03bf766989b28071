package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cookie that holds a device's token. Over https its name makes browsers insist on {@code Secure} and on this very
 * host; over plain http, which is loopback only, no browser would take such a name.
 */
enum DeviceCookie {
    PLAIN("nexus-device", ""),
    SECURE("__Host-nexus-device", "; Secure");

    private static final Duration LIFE = Duration.ofDays(180);
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_.~-]{16,256}");

    private final String title;
    private final String secure;

    DeviceCookie(String title, String secure) {
        this.title = title;
        this.secure = secure;
    }

    static DeviceCookie of(HttpServletRequest request) {
        return request.isSecure() ? SECURE : PLAIN;
    }

    /** The token, unless it is missing, garbled, or there twice: then somebody else may have planted one of them. */
    Optional<String> read(HttpServletRequest request) {
        List<String> found = new ArrayList<>();
        for (String header : Collections.list(request.getHeaders("Cookie"))) {
            for (String pair : header.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(title)) {
                    found.add(pair.substring(equals + 1).strip());
                }
            }
        }
        return found.size() == 1 && TOKEN.matcher(found.get(0)).matches()
                ? Optional.of(found.get(0))
                : Optional.empty();
    }

    void write(HttpServletResponse response, String token) {
        response.addHeader(
                "Set-Cookie",
                title + "=" + token + "; Path=/; Max-Age=" + LIFE.toSeconds() + "; HttpOnly; SameSite=Strict" + secure);
    }
}
