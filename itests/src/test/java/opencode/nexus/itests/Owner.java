package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Somebody at the HTTP API, with or without a login. Not safe for use by several threads while logging in. */
final class Owner {
    static final String PASSWORD = "a quiet harbour 27 boats";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;
    private @Nullable String cookie;

    Owner(URI base) {
        this.base = base;
    }

    /** Sets a fresh gateway up and is logged in afterwards. */
    static Owner setUp(Nexus nexus) throws Exception {
        Owner owner = new Owner(nexus.uri("/"));
        Answer answer = owner.post("/api/setup", Map.of("code", nexus.awaitSetupCode(), "password", PASSWORD));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return owner;
    }

    /** The same browser, after the gateway moved or came back. */
    Owner at(Nexus nexus) {
        Owner next = new Owner(nexus.uri("/"));
        next.cookie = cookie;
        return next;
    }

    record Answer(int status, String text, HttpResponse<?> raw) {
        JsonNode json() {
            try {
                return JSON.readTree(text);
            } catch (java.io.IOException e) {
                throw new AssertionError("not JSON: " + text, e);
            }
        }

        String code() {
            return json().path("code").asText();
        }
    }

    Answer get(String path) throws Exception {
        return send(request(path).GET().build());
    }

    Answer post(String path, @Nullable Object body) throws Exception {
        return call("POST", path, body);
    }

    Answer call(String method, String path, @Nullable Object body) throws Exception {
        HttpRequest.Builder request = request(path);
        if (body == null) {
            return send(request.method(method, BodyPublishers.noBody()).build());
        }
        String text = body instanceof String raw ? raw : JSON.writeValueAsString(body);
        return send(request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(text))
                .build());
    }

    /** A request of this browser: its cookie, and the header a same-origin page sends. */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Origin", base.toString().replaceAll("/$", ""));
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        return request;
    }

    Answer send(HttpRequest request) throws Exception {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
        response.headers().firstValue("Set-Cookie").ifPresent(value -> cookie = value.split(";")[0]);
        return new Answer(response.statusCode(), response.body(), response);
    }

    /** Opens the stream of events; {@code after} null for a fresh one. */
    EventReader events(String method, @Nullable String after) throws Exception {
        return new EventReader(open(method, after));
    }

    /** A stream whose connection breaks after so many bytes. */
    EventReader cutEvents(String method, @Nullable String after, long bytes) throws Exception {
        return new EventReader(open(method, after), bytes);
    }

    /** A stream that is opened and then never read. */
    InputStream deafEvents() throws Exception {
        return open("GET", null);
    }

    /** What a request of this browser carries, for a client that writes its own. */
    Map<String, String> headers() {
        return cookie == null ? Map.of() : Map.of("Cookie", cookie);
    }

    private InputStream open(String method, @Nullable String after) throws Exception {
        HttpRequest.Builder request = request("/api/events").method(method, BodyPublishers.noBody());
        if (after != null) {
            request.header("Last-Event-ID", after);
        }
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
        return response.body();
    }

    EventReader events() throws Exception {
        return events("GET", null);
    }

    /** Asks again and again until the answer is as wanted. */
    Answer await(String path, Predicate<Answer> wanted) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        Answer last = get(path);
        while (!wanted.test(last)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still " + last.status() + " " + last.text());
            }
            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            last = get(path);
        }
        return last;
    }

    void awaitServer() throws Exception {
        await("/api/server", answer -> answer.json().path("state").asText().equals("running"));
    }

    String newSession(String title) throws Exception {
        Answer answer = post("/api/chat/sessions", Map.of("title", title));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("id").asText();
    }

    String say(String session, String text) throws Exception {
        Answer answer = post("/api/chat/sessions/" + session + "/messages", Map.of("text", text));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return answer.json().path("messageId").asText();
    }

    JsonNode messages(String session) throws Exception {
        Answer answer = get("/api/chat/sessions/" + session + "/messages?limit=200");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
