package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;

/** What a path is for, told from exactly what was sent: a path that needs decoding first is none of those known here. */
final class Paths {
    static final String HEALTH = "/api/health";
    static final String SETUP = "/api/setup";
    static final String LOGIN = "/api/login";
    static final String UPLOADS = "/api/chat/uploads";
    static final String SETUP_PAGE = "/setup";
    static final String LOGIN_PAGE = "/login";

    private Paths() {}

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
