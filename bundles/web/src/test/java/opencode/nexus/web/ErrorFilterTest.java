package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.NexusException;
import opencode.nexus.testkit.FakeExchange;
import org.junit.jupiter.api.Test;

class ErrorFilterTest {

    @Test
    void aBugIsAProblemThatTellsNothing() throws Exception {
        FakeExchange exchange = filter("PUT", "/api/x", (request, response) -> {
            response.getOutputStream().print("half an answer");
            throw new IllegalStateException("secret");
        });

        assertThat(exchange.status()).isEqualTo(500);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
        assertThat(exchange.text())
                .startsWith("{\"type\":\"about:blank\",\"status\":500")
                .doesNotContain("secret", "Exception", "half");
    }

    /** A sender whose connection is closed while it writes never gets to read why. */
    @Test
    void aRefusedBodyIsReadToItsEnd() throws Exception {
        FakeExchange exchange = new FakeExchange("POST", "/api/x").body("text/plain", new byte[3_000_000]);
        new ErrorFilter().doFilter(exchange.request(), exchange.response(), (request, response) -> {
            throw new NexusException(NexusException.Kind.TOO_LARGE, "some-code", "Some sentence.");
        });

        assertThat(exchange.status()).isEqualTo(413);
        assertThat(exchange.unread()).isZero();
    }

    @Test
    void aServletExceptionIsNoDifferent() throws Exception {
        FakeExchange exchange = filter("GET", "/api/x", (request, response) -> {
            throw new ServletException(new IOException("secret"));
        });

        assertThat(exchange.status()).isEqualTo(500);
    }

    @Test
    void aFailureWithACodeKeepsIt() throws Exception {
        FakeExchange exchange = filter("GET", "/api/x", (request, response) -> {
            throw new NexusException(NexusException.Kind.CONFLICT, "some-code", "Some sentence.");
        });

        assertThat(exchange.status()).isEqualTo(409);
        assertThat(exchange.text()).contains("\"code\":\"some-code\"");
    }

    @Test
    void anErrorSentByAnyMethodHasABody() throws Exception {
        for (String method : new String[] {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
            FakeExchange exchange = filter(
                    method, "/api/x", (request, response) -> ((HttpServletResponse) response).sendError(404, "secret"));

            assertThat(exchange.status()).isEqualTo(404);
            assertThat(exchange.text()).contains("\"code\":\"not-found\"").doesNotContain("secret");
        }
    }

    @Test
    void aPersonGetsAPage() throws Exception {
        FakeExchange exchange = new FakeExchange("GET", "/x").header("Accept", "text/html");

        new ErrorFilter().doFilter(exchange.request(), exchange.response(), (request, response) -> {
            throw new IllegalStateException("secret");
        });

        assertThat(exchange.status()).isEqualTo(500);
        assertThat(exchange.text()).startsWith("<!doctype html>").doesNotContain("secret");
    }

    @Test
    void anAnswerThatBeganIsBrokenOffAndNotMixedWithAnother() {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> filter("GET", "/api/x", (request, response) -> {
                    response.flushBuffer();
                    throw new IllegalStateException("bug");
                }));
    }

    @Test
    void nothingIsCachedUnlessAServletSaysSo() throws Exception {
        assertThat(filter("GET", "/api/x", (request, response) -> {}).answered("Cache-Control"))
                .isEqualTo("no-store");
    }

    private static FakeExchange filter(String method, String path, FilterChain chain)
            throws IOException, ServletException {
        FakeExchange exchange = new FakeExchange(method, path);
        new ErrorFilter().doFilter(exchange.request(), exchange.response(), chain);
        return exchange;
    }
}
