package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong, huge and hostile requests against the running distribution. Each gets a coded answer that says no more than it must. */
class BadInputIT {
    private static TestBed bed;
    private static Nexus nexus;
    private static Owner owner;

    @BeforeAll
    static void start() throws Exception {
        bed = TestBed.real();
        nexus = Nexus.run(bed.setup(bed.directory("nexus-home")));
        owner = Owner.setUp(nexus);
        owner.awaitServer();
    }

    @AfterAll
    static void stop() throws Exception {
        if (nexus != null) {
            nexus.close();
        }
        if (bed != null) {
            bed.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "null", "[]", "\"text\"", "{\"title\":\"a\"} trailing", "{\"title\":}", "\u0000"})
    void malformedJsonIsRefused(String body) throws Exception {
        Owner.Answer answer = owner.post("/api/chat/sessions", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertProblem(answer, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"title\":5}",
                "{\"title\":{}}",
                "{\"title\":[\"a\"]}",
                "{\"title\":\"\"}",
                "{\"title\":\"   \"}",
                "{\"workspace\":\"/etc\"}",
                "{\"workspace\":\"../..\"}"
            })
    void aWrongFieldIsNamed(String body) throws Exception {
        Owner.Answer answer = owner.post("/api/chat/sessions", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.json().path("errors").get(0).path("field").asText()).isIn("title", "workspace");
        assertThat(answer.json().path("errors").get(0).path("message").asText()).isNotBlank();
    }

    @Test
    void unknownFieldsAreOverlooked() throws Exception {
        Owner.Answer answer = owner.post("/api/chat/sessions", "{\"title\":\"x\",\"colour\":{\"deep\":[1,2]}}");
        assertThat(answer.status()).isEqualTo(201);
        owner.call("DELETE", "/api/chat/sessions/" + answer.json().path("id").asText(), null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ses_doesnotexist000000000000",
                "bogus",
                "..%2F..%2Fconfig",
                "a%2Fb",
                "ses_1%3Fx%3D1",
                "%00",
                "ses_%0d%0aHost:%20x",
                "global"
            })
    void unknownAndHostileIdsNameNothing(String id) throws Exception {
        for (String rest : List.of("", "/messages", "/todos")) {
            Owner.Answer answer = owner.get("/api/chat/sessions/" + id + rest);
            assertThat(answer.status()).as(rest + answer.text()).isIn(400, 404);
            assertProblem(answer, answer.status());
        }
        assertThat(owner.post("/api/chat/sessions/" + id + "/messages", Map.of("text", "hello"))
                        .status())
                .isIn(400, 404);
        assertThat(owner.post("/api/chat/sessions/" + id + "/abort", null).status())
                .isIn(400, 404);
        assertThat(owner.call("DELETE", "/api/chat/sessions/" + id, null).status())
                .isIn(400, 404);
        assertThat(owner.post("/api/chat/permissions/" + id, Map.of("reply", "once"))
                        .status())
                .isIn(400, 404);
    }

    @Test
    void textMustBeThereAndMustNotBeTooLong() throws Exception {
        String session = owner.newSession("Texts");
        String path = "/api/chat/sessions/" + session + "/messages";
        for (String text : List.of("", "   ", "\n\t")) {
            Owner.Answer answer = owner.post(path, Map.of("text", text));
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.json().path("errors").get(0).path("field").asText())
                    .isEqualTo("text");
        }
        assertThat(owner.post(path, Map.of()).status()).isEqualTo(422);
        Owner.Answer tooLong = owner.post(path, Map.of("text", "x".repeat(104_210)));
        assertThat(tooLong.status()).isEqualTo(422);
        assertThat(tooLong.text()).contains("104");
        assertThat(owner.get(path + "?limit=0").status()).isEqualTo(422);
        assertThat(owner.get(path + "?limit=many").status()).isEqualTo(422);
        assertThat(owner.get(path + "?before=nonsense").status()).isIn(400, 422);
        assertThat(owner.messages(session).path("messages")).isEmpty();
    }

    @Test
    void aBodyOfTwentyMegabytesIsRefusedWithItsLimit() throws Exception {
        Owner.Answer answer = owner.post("/api/chat/sessions", "{\"title\":\"" + "x".repeat(20_000_000) + "\"}");
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.code()).isEqualTo("body-too-large");
        HttpRequest chunked = owner.request("/api/chat/sessions")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> new Endless(20_000_000)))
                .build();
        try {
            assertThat(owner.send(chunked).status()).isEqualTo(413);
        } catch (java.io.IOException e) {
            // The connection may be closed while the rest of the body is still on its way.
            assertThat(e).hasMessageMatching("(?i).*(reset|closed|broken|bytes|header parser).*");
        }
        assertThat(owner.get("/api/health").status()).isEqualTo(200);
    }

    @Test
    void withoutACookieThereIsNothingButTheDoor() throws Exception {
        Owner stranger = new Owner(nexus.uri("/"));
        for (String path : List.of(
                "/api/me",
                "/api/server",
                "/api/events",
                "/api/events?mode=poll",
                "/api/chat/sessions",
                "/api/chat/models",
                "/api/chat/requests",
                "/api/devices",
                "/api/nothing",
                "/metrics",
                "/api/chat/sessions/x/messages")) {
            Owner.Answer answer = stranger.get(path);
            assertThat(answer.status()).as(path).isEqualTo(401);
            assertProblem(answer, 401);
        }
        for (String path : List.of("/", "/dashboard", "/nothing", "/index.html", "/system/console")) {
            Owner.Answer answer = stranger.get(path);
            assertThat(answer.status()).as(path).isEqualTo(302);
            assertThat(answer.raw().headers().firstValue("Location").orElse("")).matches("/login(\\?to=%2F.*)?");
        }
        assertThat(stranger.get("/api/health").text()).isEqualTo("{\"status\":\"up\"}");
        assertThat(stranger.get("/login").status()).isEqualTo(200);
        assertThat(stranger.get("/api/setup").json().path("required").asBoolean(true))
                .isFalse();
        assertThat(stranger.post("/api/setup", Map.of("code", "x", "password", Owner.PASSWORD))
                        .status())
                .isEqualTo(409);
        assertThat(stranger.post("/api/server/stop", null).status()).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n",
                "GET /api/health HTTP/1.1\r\nHost: 10.0.0.1:8181\r\n\r\n",
                "GET http://evil.example/api/health HTTP/1.1\r\nHost: evil.example\r\n\r\n"
            })
    void anUnknownHostIsMisdirected(String request) throws Exception {
        assertThat(raw(request)).startsWith("HTTP/1.1 421");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "NONSENSE\r\n\r\n",
                "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
                "GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                "DELETE /api/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            })
    void everyAnswerCarriesTheHeadersAndTellsNothingOfItsMaker(String request) throws Exception {
        String answer = raw(request);
        assertThat(answer).startsWith("HTTP/1.1 ");
        assertThat(answer.toLowerCase(java.util.Locale.ROOT))
                .contains(
                        "content-security-policy:",
                        "x-content-type-options: nosniff",
                        "x-frame-options: deny",
                        "referrer-policy: no-referrer")
                .doesNotContain("\nserver:", "jetty", "karaf", "exception", "\tat ", "org.eclipse");
        assertThat(answer).contains("require-trusted-types-for 'script'");
    }

    @Test
    void headersOfSixteenKilobytesAreEnough() throws Exception {
        assertThat(raw("GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Big: " + "x".repeat(30_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431");
    }

    @Test
    void aForeignPageCannotActForTheOwner() throws Exception {
        for (Map<String, String> headers : List.of(
                Map.of("Origin", "https://evil.example"),
                Map.of("Origin", "null"),
                Map.of("Sec-Fetch-Site", "cross-site"),
                Map.of("Sec-Fetch-Site", "same-site"),
                Map.<String, String>of())) {
            HttpRequest.Builder request = HttpRequest.newBuilder(nexus.uri("/api/chat/sessions"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{}"));
            owner.headers().forEach(request::header);
            headers.forEach(request::header);
            Owner.Answer answer = owner.send(request.build());
            assertThat(answer.status()).as(headers + answer.text()).isEqualTo(403);
        }
        HttpRequest.Builder form = owner.request("/api/chat/sessions")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"));
        assertThat(owner.send(form.build()).status()).isEqualTo(415);
    }

    @Test
    void forgedAndDoubledCookiesOpenNothing() throws Exception {
        String good = owner.headers().get("Cookie");
        String name = good.substring(0, good.indexOf('='));
        for (String cookie : List.of(
                name + "=",
                name + "=forged",
                name + "=" + "A".repeat(43),
                name + "=\"",
                "=;;;",
                name + "=a; " + name + "=b")) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(nexus.uri("/api/me")).header("Cookie", cookie);
            assertThat(new Owner(nexus.uri("/")).send(request.build()).status())
                    .as(cookie)
                    .isEqualTo(401);
        }
    }

    @Test
    void logoutEndsTheLoginAndItsStreams() throws Exception {
        Owner phone = new Owner(nexus.uri("/"));
        assertThat(phone.post("/api/login", Map.of("password", "not the password at all"))
                        .status())
                .isEqualTo(401);
        assertThat(phone.post("/api/login", Map.of("password", Owner.PASSWORD)).status())
                .isEqualTo(204);
        try (EventReader reader = phone.events()) {
            assertThat(reader.next().orElseThrow().event()).isEqualTo("hello");
            Map<String, String> before = phone.headers();
            assertThat(phone.post("/api/logout", null).status()).isEqualTo(204);
            while (reader.next().isPresent()) {
                // What was on its way may still come; then the stream ends.
            }
            HttpRequest.Builder old = HttpRequest.newBuilder(nexus.uri("/api/me"));
            before.forEach(old::header);
            assertThat(new Owner(nexus.uri("/")).send(old.build()).status()).isEqualTo(401);
        }
        assertThat(owner.get("/api/me").status()).isEqualTo(200);
    }

    @Test
    void wrongMethodsAndTopicsAreNamed() throws Exception {
        assertProblem(owner.call("PUT", "/api/chat/sessions", "{}"), 405);
        assertProblem(owner.call("DELETE", "/api/server", null), 405);
        assertThat(owner.get("/api/events?topics=chat,gossip").status()).isEqualTo(422);
        assertProblem(owner.get("/api/nothing"), 404);
    }

    private static void assertProblem(Owner.Answer answer, int status) {
        assertThat(answer.raw().headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        JsonNode problem = answer.json();
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotBlank();
        assertThat(problem.path("code").asText()).matches("[a-z0-9]+(-[a-z0-9]+)*");
    }

    /** What a request, sent as it is, is answered. */
    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", nexus.uri("/").getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(
                    request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** So many bytes before any JSON begins. */
    private static final class Endless extends InputStream {
        private long left;

        Endless(long left) {
            this.left = left;
        }

        @Override
        public int read() {
            return left-- > 0 ? ' ' : -1;
        }
    }
}
