package opencode.nexus.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a person sees when the real pages are not there: plain, complete, and needing nothing else. */
enum SmallPage {
    BACK_SOON(
            503,
            "Back in a moment",
            "A part of Nexus is being started or replaced. This page tries again by itself.",
            "<meta http-equiv=\"refresh\" content=\"2\">"),
    NOT_FOUND(404, "There is nothing here", "The address may be mistyped, or what it led to is gone.", ""),
    REFUSED(400, "That did not work", "The request cannot be answered as it stands.", ""),
    FAILED(500, "Something went wrong", "The log of Nexus tells more.", "");

    private final int status;
    private final byte[] html;

    SmallPage(int status, String title, String sentence, String head) {
        this.status = status;
        html = html(title, sentence, head);
    }

    private static byte[] html(String title, String sentence, String head) {
        String page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                + "<meta name=\"color-scheme\" content=\"light dark\">" + head + "<title>" + title
                + " – OpenCode Nexus</title></head><body><main><h1>" + title + "</h1><p>" + sentence
                + "</p><p><a href=\"/\">To the start page</a></p></main></body></html>\n";
        return page.getBytes(StandardCharsets.UTF_8);
    }

    static SmallPage of(int status) {
        if (status == 404) {
            return NOT_FOUND;
        }
        if (status == 503) {
            return BACK_SOON;
        }
        return status < 500 ? REFUSED : FAILED;
    }

    void write(HttpServletResponse response) throws IOException {
        write(response, status);
    }

    void write(HttpServletResponse response, int actualStatus) throws IOException {
        if (this == BACK_SOON) {
            response.setHeader("Retry-After", "2");
        }
        write(response, actualStatus, html);
    }

    /** One with words of its own, which must be HTML. */
    static void write(HttpServletResponse response, int status, String title, String sentence) throws IOException {
        write(response, status, html(title, sentence, ""));
    }

    private static void write(HttpServletResponse response, int status, byte[] html) throws IOException {
        response.resetBuffer();
        response.setStatus(status);
        response.setContentType("text/html; charset=utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(html.length);
        response.getOutputStream().write(html);
        response.flushBuffer();
    }
}
