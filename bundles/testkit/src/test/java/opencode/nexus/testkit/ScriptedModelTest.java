package opencode.nexus.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptedModelTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();
    private ScriptedModel model;

    @BeforeEach
    void start() throws IOException {
        model = new ScriptedModel();
    }

    @AfterEach
    void stop() {
        model.close();
    }

    @Test
    void saysAsManyWordsAsItIsTold() throws Exception {
        assertThat(text("words:200:0")).isEqualTo(ScriptedModel.words(200));
        assertThat(ScriptedModel.words(200)).hasSize(1200).endsWith("w0199 ");
    }

    @Test
    void aScriptOfTheTestGoesBeforeDirectives() throws Exception {
        model.on("words:1", (request, reply) -> reply.text("mine"));

        assertThat(text("words:1:0")).isEqualTo("mine");
        assertThat(text("words:2:0")).isEqualTo(ScriptedModel.words(2));
    }

    @Test
    void aWordWithinASentenceIsNoDirective() throws Exception {
        assertThat(text("please do not hang")).isEqualTo(ScriptedModel.GREETING);
    }

    @ParameterizedTest
    @CsvSource({
        "bash:sleep 30, bash",
        "permission, bash",
        "question, question",
        "todo, todowrite",
        "write:a, write",
        "edit:a, write",
        "task:words:5, task"
    })
    void callsTools(String directive, String tool) throws Exception {
        JsonNode answer = mapper.readTree(post(directive, false).body());

        assertThat(answer.at("/choices/0/message/tool_calls/0/function/name").textValue())
                .isEqualTo(tool);
    }

    @Test
    void saysMarkdownWhole() throws Exception {
        assertThat(text("markdown")).isEqualTo(ScriptedModel.MARKDOWN);
    }

    @Test
    void seesWhatCameWithTheMessage() throws Exception {
        assertThat(text("look")).isEqualTo("I see: text");
        Object content = List.of(
                Map.of("type", "text", "text", "look"),
                Map.of("type", "image_url", "image_url", Map.of("url", "data:image/png;base64,QUJD")),
                Map.of("type", "file", "file", Map.of("file_data", "data:application/pdf;base64,QUJD")));

        assertThat(mapper.readTree(client.send(request(content, false), BodyHandlers.ofString())
                                .body())
                        .at("/choices/0/message/content")
                        .textValue())
                .isEqualTo("I see: text, image/png, application/pdf");
    }

    @Test
    void failsAsOftenAsItIsToldAndThenAnswers() throws Exception {
        HttpResponse<String> first = post("fail:503:2:7", true);

        assertThat(first.statusCode()).isEqualTo(503);
        assertThat(first.headers().firstValue("retry-after")).hasValue("7");
        assertThat(post("fail:503:2:7", true).statusCode()).isEqualTo(503);
        assertThat(text("fail:503:2:7")).isEqualTo(ScriptedModel.GREETING);
    }

    @Test
    void breaksInTheMiddle() {
        assertThatThrownBy(() -> post("drop:3", true)).isInstanceOf(IOException.class);
    }

    @Test
    void sendsBytesAsTheyAre() throws Exception {
        model.on(
                "bytes",
                ScriptedModel.raw(
                        List.of("data: {\"x\":1}\n\n".getBytes(UTF_8), ": half".getBytes(UTF_8)), Duration.ZERO));

        assertThat(post("bytes", true).body()).startsWith("data: {\"x\":1}\n\n: half");
    }

    @Test
    void aLiveAnswerComesPieceByPiece() throws Exception {
        LiveAnswer live = new LiveAnswer();
        model.on("live", live);
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request("live", false), BodyHandlers.ofString());
        assertThat(live.awaitAsked(Duration.ofSeconds(30))).isTrue();

        live.say("one ");
        live.say("two");
        live.end();

        assertThat(mapper.readTree(answer.get(30, TimeUnit.SECONDS).body())
                        .at("/choices/0/message/content")
                        .textValue())
                .isEqualTo("one two");
    }

    @Test
    void remembersWhatItWasAsked() throws Exception {
        text("first");
        text("second");

        assertThat(model.requests())
                .extracting(request -> request.lastUserText())
                .containsExactly("first", "second");
    }

    @Test
    void itsConfigurationNamesItsAddress() throws Exception {
        JsonNode config = mapper.readTree(model.openCodeConfig());

        assertThat(config.at("/provider/scripted/options/baseURL").textValue())
                .isEqualTo(model.baseUrl().toString());
    }

    private String text(String message) throws IOException, InterruptedException {
        return mapper.readTree(post(message, false).body())
                .at("/choices/0/message/content")
                .textValue();
    }

    private HttpResponse<String> post(String message, boolean stream) throws IOException, InterruptedException {
        return client.send(request(message, stream), BodyHandlers.ofString());
    }

    private HttpRequest request(Object message, boolean stream) throws IOException {
        return HttpRequest.newBuilder(URI.create(model.baseUrl() + "/chat/completions"))
                .header("Authorization", "Bearer " + ScriptedModel.KEY)
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofByteArray(mapper.writeValueAsBytes(Map.of(
                        "model",
                        ScriptedModel.MODEL,
                        "stream",
                        stream,
                        "messages",
                        List.of(Map.of("role", "user", "content", message))))))
                .build();
    }
}
