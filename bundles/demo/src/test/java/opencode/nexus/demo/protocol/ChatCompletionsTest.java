package opencode.nexus.demo.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import opencode.nexus.demo.protocol.ChatRequest.ToolResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatCompletionsTest {
    private static final String KEY = "a-key";
    private static final String HELLO = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    private static final String STREAM = HELLO.replace("\"model\"", "\"stream\":true,\"model\"");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();
    private ChatCompletions server;

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void listsItsModels() throws Exception {
        serve((request, reply) -> {});

        HttpResponse<String> answer = client.send(request("/models").GET().build(), BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(mapper.readTree(answer.body()).at("/data/0/id").textValue()).isEqualTo("m");
    }

    @Test
    void aStreamCarriesEachPieceByItselfAndSaysWhenItIsDone() throws Exception {
        serve((request, reply) -> {
            reply.reasoning("hm");
            reply.text("Grüße, ");
            reply.text("Welt");
        });

        HttpResponse<String> answer = post(STREAM);

        assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
        assertThat(answer.body()).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = events(answer.body());
        assertThat(events).hasSize(4);
        assertThat(events.get(0).at("/choices/0/delta/role").textValue()).isEqualTo("assistant");
        assertThat(events.get(0).at("/choices/0/delta/reasoning_content").textValue())
                .isEqualTo("hm");
        assertThat(events.get(1).at("/choices/0/delta/content").textValue()).isEqualTo("Grüße, ");
        assertThat(events.get(2).at("/choices/0/delta/content").textValue()).isEqualTo("Welt");
        assertThat(events.get(2).at("/choices/0/finish_reason").isNull()).isTrue();
        assertThat(events.get(3).at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
    }

    @Test
    void aStreamEndsWithTokenCountsWhenTheClientAsksForThem() throws Exception {
        serve((request, reply) -> reply.text("four"));

        List<JsonNode> events =
                events(post(STREAM.replace("\"stream\"", "\"stream_options\":{\"include_usage\":true},\"stream\""))
                        .body());

        JsonNode last = events.get(events.size() - 1);
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.at("/usage/completion_tokens").intValue()).isPositive();
        assertThat(last.at("/usage/total_tokens").intValue())
                .isEqualTo(last.at("/usage/prompt_tokens").intValue()
                        + last.at("/usage/completion_tokens").intValue());
    }

    @Test
    void withoutStreamTheAnswerComesWhole() throws Exception {
        serve((request, reply) -> {
            reply.reasoning("hm");
            reply.text("Hello, ");
            reply.text("world");
            reply.finish("length");
        });

        JsonNode answer = mapper.readTree(post(HELLO).body());

        assertThat(answer.at("/choices/0/message/content").textValue()).isEqualTo("Hello, world");
        assertThat(answer.at("/choices/0/message/reasoning_content").textValue())
                .isEqualTo("hm");
        assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
        assertThat(answer.at("/usage/total_tokens").intValue()).isPositive();
    }

    @Test
    void aToolCallCarriesItsArgumentsAsJsonText() throws Exception {
        serve((request, reply) -> reply.toolCall("bash", Map.of("command", "echo \"x\"")));

        List<JsonNode> events = events(post(STREAM).body());

        JsonNode call = events.get(0).at("/choices/0/delta/tool_calls/0");
        assertThat(call.at("/function/name").textValue()).isEqualTo("bash");
        assertThat(mapper.readTree(call.at("/function/arguments").textValue()))
                .isEqualTo(mapper.readTree("{\"command\":\"echo \\\"x\\\"\"}"));
        assertThat(call.path("id").textValue()).isNotEmpty();
        assertThat(events.get(1).at("/choices/0/finish_reason").textValue()).isEqualTo("tool_calls");
    }

    @Test
    void theScriptSeesWhatWasSaidAndWhichToolsThereAre() throws Exception {
        CompletableFuture<ChatRequest> seen = new CompletableFuture<>();
        serve((request, reply) -> seen.complete(request));

        post(
                """
                {"model":"m","tools":[{"type":"function","function":{"name":"bash","parameters":
                    {"properties":{"command":{},"workdir":{}}}}}],
                 "messages":[{"role":"system","content":"be good"},
                  {"role":"user","content":[{"type":"text","text":"run <system-reminder>no\\n</system-reminder>it"},
                    {"type":"image_url","image_url":{"url":"data:"}}]},
                  {"role":"assistant","content":null,"tool_calls":[
                    {"id":"1","function":{"name":"read","arguments":"{}"}},
                    {"id":"2","function":{"name":"bash","arguments":"{}"}}]},
                  {"role":"tool","tool_call_id":"1","content":"a file"},
                  {"role":"tool","tool_call_id":"2","content":"done"}]}
                """);

        ChatRequest request = seen.get(10, TimeUnit.SECONDS);
        assertThat(request.lastUserText()).isEqualTo("run it");
        assertThat(request.toolResult()).hasValue(new ToolResult("bash", "done"));
        assertThat(request.tool("bash").orElseThrow().parameters()).containsExactlyInAnyOrder("command", "workdir");
        assertThat(request.tool("edit")).isEmpty();
    }

    @Test
    void aFailureBeforeTheFirstPieceIsAStatus() throws Exception {
        serve((request, reply) -> reply.fail(429, "slow down", Map.of("Retry-After", "7")));

        HttpResponse<String> answer = post(STREAM);

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("retry-after")).hasValue("7");
        assertThat(mapper.readTree(answer.body()).at("/error/message").textValue())
                .isEqualTo("slow down");
    }

    @Test
    void aFailureInTheMiddleIsAnEventOfTheStream() throws Exception {
        serve((request, reply) -> {
            reply.text("so far");
            reply.fail(500, "tired", Map.of());
        });

        List<JsonNode> events = events(post(STREAM).body());

        assertThat(events.get(1).at("/error/message").textValue()).isEqualTo("tired");
    }

    @Test
    void aDroppedStreamIsAFailureForTheClient() throws IOException {
        serve((request, reply) -> {
            reply.text("so far");
            reply.drop();
        });

        assertThatThrownBy(() -> post(STREAM)).isInstanceOf(IOException.class);
    }

    @Test
    void theScriptEndsAsSoonAsItsClientLeaves() throws Exception {
        CountDownLatch left = new CountDownLatch(1);
        serve((request, reply) -> {
            reply.text("one");
            try {
                reply.pause(Duration.ofHours(1));
            } catch (IOException e) {
                left.countDown();
                throw e;
            }
        });

        HttpResponse<InputStream> answer = client.send(
                request("/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAM))
                        .build(),
                BodyHandlers.ofInputStream());
        answer.body().close();

        assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void closingCutsAnAnswerThatHangs() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        serve((request, reply) -> {
            hanging.countDown();
            try {
                reply.hang();
            } finally {
                over.countDown();
            }
        });
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(
                request("/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAM))
                        .build(),
                BodyHandlers.ofString());
        assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();

        server.close();

        assertThat(over.await(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> answer.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void withoutTheKeyNothingIsServed() throws Exception {
        serve((request, reply) -> reply.text("secret"));
        URI models = URI.create(server.baseUrl() + "/models");

        assertThat(status(HttpRequest.newBuilder(models))).isEqualTo(401);
        assertThat(status(HttpRequest.newBuilder(models).header("Authorization", "Bearer b-key")))
                .isEqualTo(401);
        assertThat(status(HttpRequest.newBuilder(models).header("Authorization", KEY)))
                .isEqualTo(401);
        assertThat(post(HELLO).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    400 | {"model":"m"
                    400 | []
                    400 | {"model":"m"}
                    400 | {"model":"m","messages":[]}
                    400 | {"model":"m","messages":[7]}
                    400 | {"model":7,"messages":[{"role":"user","content":"x"}]}
                    404 | {"model":"other","messages":[{"role":"user","content":"x"}]}
                    """)
    void aWrongBodyIsRefusedWithAReason(int status, String body) throws Exception {
        serve((request, reply) -> {});

        HttpResponse<String> answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(mapper.readTree(answer.body()).at("/error/message").textValue())
                .isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "421, GET /v1/models HTTP/1.1, Host: evil.example",
        "421, GET /v1/models HTTP/1.1, X: y",
        "404, GET /v2/models HTTP/1.1, Host: localhost",
        "405, DELETE /v1/models HTTP/1.1, Host: localhost",
        "405, GET /v1/chat/completions HTTP/1.1, Host: localhost",
        "411, POST /v1/chat/completions HTTP/1.1, Host: localhost",
        "400, nonsense, Host: localhost",
        "400, GET /v1/models HTTP/1.1, : no name"
    })
    void whatIsNotServedGetsAStatus(int status, String requestLine, String header) throws Exception {
        serve((request, reply) -> {});
        String host = header.equals("Host: localhost") ? header + ":" + server.port() : header;

        String answer = raw(requestLine + "\r\n" + host + "\r\nAuthorization: Bearer " + KEY + "\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 1001", "Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2"})
    void aBodyOfDoubtfulLengthIsNotRead(String length) throws Exception {
        serve((request, reply) -> {});

        String answer = raw("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:" + server.port()
                + "\r\nAuthorization: Bearer " + KEY + "\r\n" + length + "\r\n\r\n" + "x".repeat(5000));

        assertThat(answer).matches("(?s)HTTP/1.1 4(00|11|13) .*");
    }

    @Test
    void anEndlessHeadIsCutShort() throws Exception {
        serve((request, reply) -> {});

        assertThat(raw("GET /" + "x".repeat(20_000))).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void whoSendsTooSlowlyIsCutOff() throws Exception {
        server = new ChatCompletions(0, settings(Duration.ofMillis(50), 4), (request, reply) -> {});

        assertThat(raw("GET /v1/models HTTP/1.1\r\n")).isEmpty();
    }

    @Test
    void oneRequestTooManyIsToldToComeBack() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        server = new ChatCompletions(0, settings(PATIENCE, 1), (request, reply) -> {
            busy.countDown();
            reply.hang();
        });
        client.sendAsync(
                request("/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(STREAM))
                        .build(),
                BodyHandlers.ofString());
        assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(raw("")).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void aServerWithoutAKeyIsNotPossible() throws IOException {
        serve((request, reply) -> {});

        assertThatThrownBy(() -> new ChatCompletions.Settings("x", List.of(), "", 1, 1, PATIENCE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void serve(Script script) throws IOException {
        server = new ChatCompletions(0, settings(PATIENCE, 4), script);
    }

    private static ChatCompletions.Settings settings(Duration patience, int connections) {
        return new ChatCompletions.Settings("nexus-test", List.of("m"), KEY, connections, 1000, patience);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.baseUrl() + path))
                .header("Authorization", "Bearer " + KEY)
                .timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                request("/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private int status(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.discarding()).statusCode();
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private List<JsonNode> events(String body) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String event : body.split("\n\n")) {
            assertThat(event).startsWith("data: ");
            if (!event.equals("data: [DONE]")) {
                events.add(mapper.readTree(event.substring("data: ".length())));
            }
        }
        return events;
    }
}
