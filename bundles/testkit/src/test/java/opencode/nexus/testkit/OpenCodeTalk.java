package opencode.nexus.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Speaks to a real OpenCode as plainly as a test needs. */
public final class OpenCodeTalk implements AutoCloseable {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ObjectMapper mapper = new ObjectMapper();
    private final URI url;
    private final Stream<String> lines;
    private final Iterator<String> events;

    /** Opens the stream of events first, so that nothing is missed. */
    public OpenCodeTalk(URI url) throws IOException, InterruptedException {
        this.url = url;
        this.lines = client.send(
                        HttpRequest.newBuilder(url.resolve("/global/event")).build(), BodyHandlers.ofLines())
                .body();
        this.events = lines.iterator();
    }

    public String newSession() throws IOException, InterruptedException {
        return post("/session", Map.of()).path("id").textValue();
    }

    public void prompt(String session, String text) throws IOException, InterruptedException {
        post("/session/" + session + "/prompt_async", Map.of("parts", new Object[] {Map.of("type", "text", "text", text)
        }));
    }

    /** Sends a prompt and waits for the answer, the last message of it. */
    public JsonNode ask(String session, String text) throws IOException, InterruptedException {
        return post(
                "/session/" + session + "/message",
                Map.of("parts", new Object[] {Map.of("type", "text", "text", text)}));
    }

    public JsonNode post(String path, Object body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(url.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(mapper.writeValueAsBytes(body))));
    }

    public JsonNode get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(url.resolve(path)));
    }

    /** Reads events until one fits; the heartbeat keeps this from waiting for ever beyond the test's own limit. */
    public JsonNode next(String type, Predicate<JsonNode> fits) throws IOException {
        while (events.hasNext()) {
            String line = events.next();
            if (line.startsWith("data: ")) {
                JsonNode payload =
                        mapper.readTree(line.substring("data: ".length())).path("payload");
                if (payload.path("type").asText().equals(type) && fits.test(payload.path("properties"))) {
                    return payload.path("properties");
                }
            }
        }
        throw new IOException("the stream of events ended before " + type);
    }

    /** All texts of the newest message. */
    public String lastText(String session) throws IOException, InterruptedException {
        JsonNode messages = get("/session/" + session + "/message");
        StringBuilder text = new StringBuilder();
        for (JsonNode part : messages.path(messages.size() - 1).path("parts")) {
            text.append(
                    part.path("type").asText().equals("text")
                            ? part.path("text").asText()
                            : "");
        }
        return text.toString();
    }

    @Override
    public void close() {
        lines.close();
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                client.send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(request.build().uri().getPath()).isBetween(200, 299);
        return mapper.readTree(answer.body());
    }
}
