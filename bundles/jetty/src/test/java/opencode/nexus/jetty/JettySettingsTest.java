package opencode.nexus.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.xml.XmlConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs a real server with the settings as they are shipped. */
class JettySettingsTest {
    private final Server server = new Server();
    private LocalConnector connector;

    @BeforeEach
    void start() throws Exception {
        XmlConfiguration settings = new XmlConfiguration(
                ResourceFactory.root().newResource(JettySettingsTest.class.getResource("/jetty.xml")));
        settings.configure(server);
        connector = new LocalConnector(server, new HttpConnectionFactory((HttpConfiguration)
                settings.getIdMap().get("httpConfig")));
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                if (request.getHttpURI().getPath().equals("/fails")) {
                    throw new IllegalStateException("secret inside");
                }
                if (request.getHttpURI().getPath().equals("/unknown")) {
                    return false;
                }
                response.setStatus(204);
                callback.succeeded();
                return true;
            }
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void everyAnswerCarriesTheSecurityHeaders() throws Exception {
        String answer = get("/", "Host: localhost\r\n");

        assertThat(answer).startsWith("HTTP/1.1 204");
        assertSecure(answer);
        assertThat(answer)
                .contains("Content-Security-Policy: default-src 'none'; script-src 'self';")
                .contains("trusted-types lit-html nexus-worker\r\n")
                .contains("Permissions-Policy: ");
    }

    @Test
    void withoutAnybodyToAnswerItIsWorthComingBack() throws Exception {
        String answer = get("/unknown", "Host: localhost\r\n");

        assertProblem(answer, 503, "service-unavailable");
        assertThat(answer).contains("Retry-After: 1\r\n");
    }

    @Test
    void aBugTellsNothingOfItself() throws Exception {
        String answer = get("/fails", "Host: localhost\r\n");

        assertProblem(answer, 500, "server-error");
        assertThat(answer).doesNotContain("secret", "Exception", "opencode.nexus");
    }

    @Test
    void whatJettyRefusesItselfIsAProblemToo() throws Exception {
        assertProblem(get("/", ""), 400, "bad-request");
        assertProblem(get("/%2e%2e/etc/passwd", "Host: localhost\r\n"), 400, "bad-request");
        assertProblem(get("/a%2Fb", "Host: localhost\r\n"), 400, "bad-request");
    }

    @Test
    void headersOf12KilobytesPassAndOf20DoNot() throws Exception {
        assertThat(get("/", "Host: localhost\r\nX-Long: " + "x".repeat(12_000) + "\r\n"))
                .startsWith("HTTP/1.1 204");
        assertProblem(
                get("/", "Host: localhost\r\nX-Long: " + "x".repeat(20_000) + "\r\n"),
                431,
                "request-header-fields-too-large");
    }

    private static void assertProblem(String answer, int status, String code) {
        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("Content-Type: application/problem+json\r\n")
                .contains("\"code\":\"" + code + "\"");
        assertSecure(answer);
    }

    private static void assertSecure(String answer) {
        assertThat(answer)
                .contains("X-Content-Type-Options: nosniff\r\n")
                .contains("X-Frame-Options: DENY\r\n")
                .contains("Referrer-Policy: no-referrer\r\n")
                .contains("Cross-Origin-Opener-Policy: same-origin\r\n")
                .contains("Cross-Origin-Resource-Policy: same-origin\r\n")
                .doesNotContainIgnoringCase("\r\nserver:");
    }

    private String get(String path, String headers) throws Exception {
        return connector.getResponse("GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
    }
}
