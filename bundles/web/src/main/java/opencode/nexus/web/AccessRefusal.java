package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.web.http.Problems;

/** Why somebody is not let as far as the login of Nexus, in words for the person and a code for programs. */
enum AccessRefusal {
    NO_TOKEN(
            403,
            "Only through Cloudflare Access",
            "This request did not come through Cloudflare Access, and nobody else is let in here. At Cloudflare, an Access"
                    + " application has to stand before this address."),
    NOT_GENUINE(
            403,
            "Not from your Cloudflare Access",
            "What this request brings along was not made by Cloudflare Access for the team that is set in Nexus."),
    OTHER_APPLICATION(
            403,
            "For another application",
            "This login at Cloudflare Access is for another application. The audience that is set in Nexus has to be the"
                    + " AUD tag of the application that stands before this address."),
    NOT_NOW(
            403,
            "Log in at Cloudflare again",
            "The login at Cloudflare Access is over, or not good yet: then a clock is wrong. Load this page anew."),
    NO_KEYS(
            503,
            "Nobody can be let in right now",
            "The keys of Cloudflare Access cannot be fetched, so nobody is let in from afar. Nexus tries again after a"
                    + " minute. If it stays like this, look whether the team that is set in Nexus exists."),
    SOON(503, "Back in a moment", "The keys of Cloudflare Access are being fetched; try again in a moment."),
    UNCHECKED(
            503,
            "Back in a moment",
            "Whether a request came through Cloudflare Access cannot be checked right now; try again in a moment."),
    BROKEN(
            503,
            "Nobody can be let in",
            "What is set in Nexus for Cloudflare Access is not complete, so nobody is let in from afar. It can be set right"
                    + " at the machine that Nexus runs on.");

    private final int status;
    private final String title;
    private final String sentence;

    AccessRefusal(int status, String title, String sentence) {
        this.status = status;
        this.title = title;
        this.sentence = sentence;
    }

    void write(HttpServletRequest request, HttpServletResponse response) throws IOException {
        boolean soon = this == SOON || this == UNCHECKED;
        if (Paths.wantsPage(request)) {
            if (soon) {
                SmallPage.BACK_SOON.write(response);
            } else {
                SmallPage.write(response, status, title, sentence);
            }
            return;
        }
        if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", soon ? "1" : "60");
        }
        Problems.write(
                response,
                status,
                status == HttpServletResponse.SC_SERVICE_UNAVAILABLE ? "access-unavailable" : "access-required",
                sentence);
    }
}
