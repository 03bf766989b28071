package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Pattern;

/** What a path is for, told from exactly what was sent: a path that needs decoding first is none of those known here. */
final class Paths {
    static final String HEALTH = "/api/health";
    static final String SETUP = "/api/setup";
    static final String LOGIN = "/api/login";
    static final String LOGIN_LINK = "/api/login/link";
    static final String UPLOADS = "/api/chat/uploads";
    static final String SETUP_PAGE = "/setup";
    static final String LOGIN_PAGE = "/login";

    /** Addresses that a bundle of their own answers. */
    private static final Pattern PARTS =
            Pattern.compile("/api/(chat|server|tunnel|restart|settings|notifications)(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*");

    private Paths() {}

    /** True for an address that only lacks an answer while the bundle for it starts or is replaced. */
    static boolean belongsToAPart(HttpServletRequest request) {
        return PARTS.matcher(request.getRequestURI()).matches();
    }

    /** True for what programs ask for, and people do not. */
    static boolean isApi(HttpServletRequest request) {
        String path = request.getRequestURI();
        return path.equals("/api") || path.startsWith("/api/") || path.equals("/metrics");
    }

    static boolean isRead(HttpServletRequest request) {
        return request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    }

    /** True when a person waits for a page. */
    static boolean wantsPage(HttpServletRequest request) {
        String accept = request.getHeader("Accept");
        return isRead(request) && !isApi(request) && accept != null && accept.contains("text/html");
    }
}
