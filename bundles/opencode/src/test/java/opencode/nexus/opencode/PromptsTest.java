package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.testkit.FakeClock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptsTest {
    private static final String SESSION = "ses_1";
    private static final String MESSAGE = "msg_202b89781001udRvqRpn6g6RYz";
    private static final String PROMPT = "/session/ses_1/prompt_async";
    private static final String COMMAND = "/session/ses_1/command";
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 1, 2};

    @TempDir
    Path base;

    private final FakeOpenCode openCode = new FakeOpenCode();
    private Path workspace;
    private HttpOpenCode client;

    @BeforeEach
    void open() throws IOException {
        workspace = Files.createDirectory(base.resolve("work space"));
        client = new HttpOpenCode(
                new FixedServer(openCode.endpoint(), workspace.toString()), new FakeClock(), Duration.ofSeconds(20));
        openCode.answer("POST " + PROMPT, 204, "text/plain", "");
        openCode.json("GET /session/ses_1", session("New session - 2026-11-22T10:06:21.511Z"));
        openCode.json("GET /path", "{\"state\":\"/nowhere\"}");
        openCode.json("GET /config/providers", "{}");
        openCode.json("GET /command", "[{\"name\":\"review\",\"template\":\"\"},{\"name\":\"a/b\",\"template\":\"\"}]");
    }

    @AfterEach
    void close() {
        client.close();
        openCode.close();
    }

    @Test
    void aPromptWithAModelIsSentAsItIs() {
        client.prompt(SESSION, MESSAGE, new Outgoing("Hello", List.of(), "prov/mo/del", "plan", null));

        assertThat(openCode.calls("POST", PROMPT)).singleElement().satisfies(call -> assertThat(call.body())
                .isEqualTo("{\"messageID\":\"" + MESSAGE + "\",\"agent\":\"plan\","
                        + "\"model\":{\"providerID\":\"prov\",\"modelID\":\"mo/del\"},"
                        + "\"parts\":[{\"type\":\"text\",\"text\":\"Hello\"}]}"));
    }

    @Test
    void anUploadedFileGoesByItsContentAndItsPathStaysHere() throws IOException {
        byte[] content = new byte[100_000];
        System.arraycopy(PNG, 0, content, 0, PNG.length);
        Path upload = Files.write(base.resolve("upload-1"), content);

        send("", new Outgoing.File("a \"b\".png", "image/png", upload, false));

        FakeOpenCode.Received sent = openCode.calls("POST", PROMPT).get(0);
        assertThat(sent.headers().get("Transfer-encoding")).containsExactly("chunked");
        assertThat(sent.body()).doesNotContain("upload-1");
        assertThat(sent.json().path("parts")).singleElement().satisfies(part -> {
            assertThat(part.path("type").textValue()).isEqualTo("file");
            assertThat(part.path("filename").textValue()).isEqualTo("a \"b\".png");
            assertThat(part.path("mime").textValue()).isEqualTo("image/png");
            assertThat(part.path("url").textValue())
                    .isEqualTo("data:image/png;base64," + Base64.getEncoder().encodeToString(content));
        });
    }

    @Test
    void aMentionedFileIsReadWhereItIs() throws IOException {
        Path file = Files.writeString(workspace.resolve("ä #1?.md"), "text");
        Path directory = Files.createDirectory(workspace.resolve("src"));

        send(
                "look at @src now",
                new Outgoing.File("ä #1?.md", "text/markdown", file, true),
                new Outgoing.File("src", "application/x-directory", directory, true));

        JsonNode parts = openCode.calls("POST", PROMPT).get(0).json().path("parts");
        assertThat(parts.get(1).toString())
                .isEqualTo("{\"type\":\"file\",\"mime\":\"text/plain\",\"filename\":\"ä #1?.md\",\"url\":\"file://"
                        + base.toUri().getRawPath() + "work%20space/%C3%A4%20%231%3F.md\",\"source\":"
                        + "{\"type\":\"file\",\"path\":\"ä #1?.md\",\"text\":{\"value\":\"\",\"start\":0,\"end\":0}}}");
        assertThat(parts.get(2).path("mime").textValue()).isEqualTo("application/x-directory");
        assertThat(parts.get(2).path("url").textValue()).endsWith("/work%20space/src");
        assertThat(parts.get(2).path("source").path("text").toString())
                .isEqualTo("{\"value\":\"@src\",\"start\":8,\"end\":12}");
    }

    @Test
    void aMentionedFileHasToBeInTheWorkspace() throws IOException {
        Path outside = Files.writeString(base.resolve("secret"), "x");

        assertInvalid(() -> send("x", new Outgoing.File("secret", "text/plain", outside, true)), "attachments[0]");
        assertInvalid(
                () -> send("x", new Outgoing.File("s", "text/plain", workspace.resolve("../secret"), true)),
                "attachments[0]");
        assertThat(openCode.calls("POST", PROMPT)).isEmpty();
    }

    /** What a provider does not take would make each later answer of the session fail. */
    @ParameterizedTest
    @CsvSource({
        "image/jpeg, PNG, image/png",
        "text/plain, PNG, image/png",
        "image/png, broken, image/png",
        "image/svg+xml, <svg/>, text/plain",
        "application/json, {}, text/plain",
        "application/octet-stream, words, text/plain",
        "text/html, <b>, text/plain",
        "application/pdf, %PDF-1.7, application/pdf",
        "audio/wav, RIFF, audio/wav",
        "video/mp4, x, video/mp4",
        "'text/plain\",\"x\":\"', x, text/plain",
    })
    void aFileIsSentAsWhatItIs(String said, String content, String sentAs) throws IOException {
        Path file =
                Files.write(base.resolve("f"), content.equals("PNG") ? PNG : content.getBytes(StandardCharsets.UTF_8));

        send("", new Outgoing.File("f", said, file, false));

        JsonNode part =
                openCode.calls("POST", PROMPT).get(0).json().path("parts").get(0);
        assertThat(part.path("mime").textValue()).isEqualTo(sentAs);
        assertThat(part.path("url").textValue()).startsWith("data:" + sentAs + ";base64,");
    }

    @ParameterizedTest
    @CsvSource({"application/zip, PK", "image/heic, ftyp", "text/plain, PK", "application/pdf, PK"})
    void whatNoModelCouldReadIsRefused(String said, String content) throws IOException {
        Path file = Files.writeString(base.resolve("f"), content + "\0\1");

        assertInvalid(() -> send("x", new Outgoing.File("f", said, file, false)), "attachments[0]");
        assertThat(openCode.calls("POST", PROMPT)).isEmpty();
    }

    @Test
    void aFileThatIsGoneIsRefusedByName() {
        assertThatThrownBy(() -> send("x", new Outgoing.File("gone.txt", "text/plain", base.resolve("gone"), false)))
                .isInstanceOfSatisfying(NexusException.class, failure -> {
                    assertThat(failure.fields())
                            .extracting(NexusException.Field::field)
                            .containsExactly("attachments[0]");
                    assertThat(failure.getMessage()).contains("gone.txt").doesNotContain(base.toString());
                });
    }

    @Test
    void theOfferAnswersWhereNoOtherModelIsAndTheSessionGetsATitle() {
        offer();

        client.prompt(
                SESSION, MESSAGE, new Outgoing("  What is\n the time? " + "x".repeat(80), List.of(), null, null, null));

        assertThat(openCode.calls("PATCH", "/session/ses_1")
                        .get(0)
                        .json()
                        .path("title")
                        .asText())
                .startsWith("What is the time? x")
                .endsWith("…")
                .hasSizeLessThanOrEqualTo(61);
        assertThat(openCode.calls("POST", PROMPT).get(0).json().path("model"))
                .hasToString("{\"providerID\":\"nexus-demo\",\"modelID\":\"canned\"}");
        assertThat(openCode.calls("GET", "/config").get(0).query())
                .isEqualTo("directory=" + OpenCodeHttp.encode(workspace.toString()));
        assertThat(client.models().get(0).demo()).isTrue();
    }

    @Test
    void aTitleOfTheOwnersOwnStays() {
        openCode.json("GET /session/ses_1", session("My 2"));
        client.offer = new FixedOffer();

        client.prompt(SESSION, MESSAGE, new Outgoing("Hi", List.of(), "nexus-demo/canned", null, null));

        assertThat(openCode.calls("PATCH", "/session/ses_1")).isEmpty();
    }

    @Test
    void aCommandRunsWithItsFilesAndGivesTheSessionATitle() throws IOException {
        offer();
        openCode.json("POST " + COMMAND, "{}");
        Path file = Files.writeString(base.resolve("f"), "text");

        client.prompt(
                SESSION,
                MESSAGE,
                new Outgoing(
                        "the  last commit",
                        List.of(new Outgoing.File("f", "text/plain", file, false)),
                        null,
                        "plan",
                        "review"));

        assertThat(openCode.calls("POST", COMMAND)).singleElement().satisfies(call -> assertThat(call.body())
                .isEqualTo("{\"messageID\":\"" + MESSAGE + "\",\"agent\":\"plan\",\"command\":\"review\","
                        + "\"arguments\":\"the  last commit\",\"model\":\"nexus-demo/canned\",\"parts\":"
                        + "[{\"type\":\"file\",\"mime\":\"text/plain\",\"filename\":\"f\","
                        + "\"url\":\"data:text/plain;base64,dGV4dA==\"}]}"));
        assertThat(openCode.calls("PATCH", "/session/ses_1").get(0).body())
                .isEqualTo("{\"title\":\"/review the last commit\"}");
        assertThat(openCode.calls("POST", PROMPT)).isEmpty();
    }

    @Test
    void aCommandIsTakenWhenItsMessageIsStored() {
        openCode.hang("POST " + COMMAND);
        openCode.json("GET /session/ses_1/message/" + MESSAGE, "{}");

        // Returns although the run does not end.
        client.prompt(SESSION, MESSAGE, command("review"));

        assertThat(openCode.calls("POST", COMMAND)).hasSize(1);
    }

    @Test
    void aCommandThatIsRefusedAtOnceFails() {
        openCode.answer("POST " + COMMAND, 400, "application/json", "{\"_tag\":\"BadRequest\"}");
        assertInvalid(() -> client.prompt(SESSION, MESSAGE, command("review")), "attachments");

        openCode.answer("POST " + COMMAND, 500, "application/json", "{\"name\":\"UnknownError\"}");
        assertThatThrownBy(() -> client.prompt(SESSION, MESSAGE, command("a/b")))
                .isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.code())
                        .isEqualTo("opencode-failed"));
    }

    @Test
    void aCommandThatDoesNotExistNeverGetsThere() {
        for (String name : List.of("nope", "", "/review", "re view", "x".repeat(300))) {
            assertInvalid(() -> client.prompt(SESSION, MESSAGE, command(name)), "command");
        }
        assertThat(openCode.calls("POST", COMMAND)).isEmpty();
    }

    @Test
    void theAnswerToACommandIsNotReadToItsEnd() {
        openCode.handle("POST " + COMMAND, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(new byte[1024]);
            }
        });

        client.prompt(SESSION, MESSAGE, command("review"));

        assertThat(openCode.calls("POST", COMMAND)).hasSize(1);
    }

    @Test
    void morePeopleThanThreadsAreTurnedAway() {
        openCode.hang("POST " + COMMAND);
        openCode.json("GET /session/ses_1/message/" + MESSAGE, "{}");
        for (int i = 0; i < 32; i++) {
            client.prompt(SESSION, MESSAGE, command("review"));
        }

        assertThatThrownBy(() -> client.prompt(SESSION, MESSAGE, command("review")))
                .isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.code())
                        .isEqualTo("too-many-commands"));
    }

    private void offer() {
        openCode.json("PATCH /session/ses_1", session("x"));
        openCode.json(
                "GET /config/providers",
                "{\"providers\":[{\"id\":\"opencode\",\"models\":{\"m\":{}},\"options\":{\"apiKey\":\"public\"}},"
                        + "{\"id\":\"nexus-demo\",\"models\":{\"canned\":{}}}],\"default\":{\"opencode\":\"m\"}}");
        client.offer = new FixedOffer();
    }

    private void send(String text, Outgoing.File... files) {
        client.prompt(SESSION, MESSAGE, new Outgoing(text, List.of(files), "a/b", null, null));
    }

    private static Outgoing command(String name) {
        return new Outgoing("", List.of(), "a/b", null, name);
    }

    private String session(String title) {
        return "{\"id\":\"ses_1\",\"directory\":\"" + workspace + "\",\"title\":\"" + title
                + "\",\"time\":{\"created\":1,\"updated\":1}}";
    }

    private static void assertInvalid(ThrowingCallable call, String field) {
        assertThatThrownBy(call).isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.fields())
                .extracting(NexusException.Field::field)
                .containsExactly(field));
    }
}
