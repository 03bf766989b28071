package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import opencode.nexus.testkit.ScriptedModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a person does with conversations beyond asking and reading, against the real OpenCode. */
class ConversationIT {
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

    // ---- the queue ----

    @Test
    void messagesWaitTheirTurnAndEachIsAnsweredOnce() throws Exception {
        String session = session("Queue");
        owner.say(session, "bash:sleep 1");
        List<String> waiting = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            waiting.add(owner.say(session, "words:" + number + ":0"));
        }
        assertThat(texts(session)).containsExactly("words:1:0", "words:2:0", "words:3:0");
        assertThat(owner.get(path(session)).json().path("queued").asInt()).isEqualTo(3);
        JsonNode taken = owner.call("DELETE", path(session) + "/queue/" + waiting.get(1), null)
                .json();
        assertThat(taken.path("text").asText()).isEqualTo("words:2:0");
        assertThat(owner.call("DELETE", path(session) + "/queue/" + waiting.get(1), null)
                        .code())
                .isEqualTo("unknown-message");

        awaitIdle(session);

        List<String> asked = new ArrayList<>();
        List<String> answered = new ArrayList<>();
        for (JsonNode message : owner.messages(session).path("messages")) {
            if (message.path("role").asText().equals("user")) {
                asked.add(message.path("id").asText());
            } else {
                assertThat(message.path("state").asText()).isEqualTo("complete");
                answered.add(message.path("parentId").asText());
            }
        }
        assertThat(asked).hasSize(3).doesNotHaveDuplicates().endsWith(waiting.get(0), waiting.get(2));
        assertThat(answered).containsAll(asked);
    }

    @Test
    void afterAStopWhatWaitsIsSentWhenTheOwnerSaysSo() throws Exception {
        String session = session("Stopped");
        owner.say(session, "endless:20");
        owner.await(path(session) + "/messages", answer -> answer.text().contains("w0003"));
        String waiting = owner.say(session, "words:2:0");

        owner.post(path(session) + "/abort", null);

        owner.await(
                path(session), answer -> answer.json().path("status").asText().equals("idle"));
        assertThat(owner.get(path(session) + "/queue").json().path("paused").asBoolean())
                .isTrue();
        assertThat(owner.post(path(session) + "/queue/resume", null).status()).isEqualTo(204);
        awaitIdle(session);
        assertThat(owner.messages(session).toString()).contains(waiting).contains(ScriptedModel.words(2));
    }

    // ---- files ----

    @Test
    void filesReachTheModelAndPicturesAreShown() throws Exception {
        String session = session("Files");
        Files.writeString(bed.workspace().resolve("notes.md"), "mentioned content");
        Owner.Answer picture = upload("dot.png", "image/png", png());
        Owner.Answer text = upload("data.json", "application/json", "{\"uploaded\":\"content\"}".getBytes(UTF_8));
        assertThat(picture.status()).as(picture.text()).isEqualTo(201);
        assertThat(text.json().path("mime").asText()).isEqualTo("text/plain");

        send(
                session,
                Map.of(
                        "text",
                        "words:1:0",
                        "attachments",
                        List.of(
                                Map.of("upload", picture.json().path("id").asText()),
                                Map.of("upload", text.json().path("id").asText()),
                                Map.of(
                                        "url",
                                        bed.workspace()
                                                .resolve("notes.md")
                                                .toUri()
                                                .toString()),
                                Map.of(
                                        "name",
                                        "inline.txt",
                                        "mime",
                                        "text/plain",
                                        "data",
                                        base64("inline content".getBytes(UTF_8))))));
        awaitIdle(session);

        String said = bed.model().requests().toString();
        assertThat(said).contains("mentioned content", "inline content", "uploaded");
        JsonNode parts = owner.messages(session).path("messages").get(0).path("parts");
        JsonNode shown = null;
        List<String> names = new ArrayList<>();
        for (JsonNode part : parts) {
            if (part.path("type").asText().equals("file")) {
                names.add(part.path("name").asText());
                shown = part.path("mime").asText().startsWith("image/") ? part : shown;
            }
        }
        assertThat(names).contains("dot.png", "data.json", "inline.txt");
        HttpResponse<byte[]> bytes = java.net.http.HttpClient.newHttpClient()
                .send(
                        owner.request(path(session) + "/attachments/"
                                        + shown.path("id").asText() + "?messageId="
                                        + owner.messages(session)
                                                .at("/messages/0/id")
                                                .asText())
                                .GET()
                                .build(),
                        BodyHandlers.ofByteArray());
        assertThat(bytes.statusCode()).isEqualTo(200);
        assertThat(bytes.headers().firstValue("Content-Type")).contains("image/png");
        assertThat(ImageIO.read(new ByteArrayInputStream(bytes.body())).getWidth())
                .isEqualTo(2);
        // Forgotten as soon as OpenCode has them.
        List<String> taken = List.of(
                picture.json().path("id").asText(), text.json().path("id").asText());
        owner.await("/api/health", answer -> Collections.disjoint(uploads(), taken));
    }

    @Test
    void aBrokenPictureComesBackWithTheReason() throws Exception {
        String session = session("Broken");
        byte[] broken = Arrays.copyOf(png(), 20);
        try (EventReader reader = owner.events()) {
            Map<String, Object> message = Map.of(
                    "text",
                    "Look",
                    "clientId",
                    "broken-1",
                    "attachments",
                    List.of(Map.of("name", "a.png", "mime", "image/png", "data", base64(broken))));
            assertThat(send(session, message).status()).isEqualTo(202);
            EventReader.Frame refused = reader.await(frame -> frame.event().equals("chat.message.refused"));

            assertThat(refused.json().path("clientId").asText()).isEqualTo("broken-1");
            assertThat(refused.json().path("reason").asText()).isNotBlank().doesNotContain("\n", "bunfs", "Error:");
            assertThat(owner.get(path(session)).json().path("status").asText()).isEqualTo("idle");
            Owner.Answer again = owner.post(path(session) + "/messages", message);
            assertThat(again.status()).isEqualTo(422);
            assertThat(again.code()).isEqualTo("message-refused");
        }
        owner.say(session, "words:2:0");
        awaitIdle(session);
        assertThat(owner.messages(session).path("messages")).hasSize(2);
    }

    @Test
    void nothingOutsideTheWorkspaceIsRead() throws Exception {
        String session = session("Outside");
        Files.createSymbolicLink(bed.workspace().resolve("out"), java.nio.file.Path.of("/etc"));
        for (String url : List.of(
                "file:///etc/passwd",
                bed.workspace().toUri() + "out/passwd",
                bed.workspace().toUri() + "../../etc/passwd",
                "http://127.0.0.1/")) {
            Owner.Answer answer = owner.post(
                    path(session) + "/messages", Map.of("text", "x", "attachments", List.of(Map.of("url", url))));
            assertThat(answer.status()).as(url).isEqualTo(422);
            assertThat(answer.json().at("/errors/0/field").asText()).isEqualTo("attachments[0].url");
        }
        assertThat(owner.messages(session).path("messages")).isEmpty();
        assertThat(upload("a.png", "image/png", "no picture".getBytes(UTF_8)).status())
                .isEqualTo(422);
        assertThat(upload("a.bin", "application/zip", new byte[] {'P', 'K', 3, 4, 0})
                        .status())
                .isEqualTo(422);
        assertThat(upload("a.txt", "text/plain", new byte[10 * 1024 * 1024 + 1]).code())
                .isEqualTo("attachment-too-large");
    }

    @Test
    void tenFilesOfTenMegabytesFitIntoOneMessage() throws Exception {
        String session = session("Large");
        bed.model().on("Look at all of it", (request, reply) -> reply.text("seen"));
        byte[] content = "x".repeat(10 * 1024 * 1024).getBytes(UTF_8);
        byte[] data = Base64.getEncoder().encode(content);
        List<InputStream> body = new ArrayList<>();
        body.add(stream("{\"text\":\"Look at all of it\",\"attachments\":["));
        for (int number = 0; number < 10; number++) {
            body.add(stream(
                    (number == 0 ? "" : ",") + "{\"name\":\"" + number + ".txt\",\"mime\":\"text/plain\",\"data\":\""));
            body.add(new ByteArrayInputStream(data));
            body.add(stream("\"}"));
        }
        body.add(stream("]}"));
        HttpRequest request = owner.request(path(session) + "/messages")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> new SequenceInputStream(Collections.enumeration(body))))
                .build();

        Owner.Answer answer = owner.send(request);

        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        owner.await(
                path(session) + "/messages?limit=5",
                page -> page.json().path("messages").size() > 0);
        assertThat(owner.get("/api/health").status()).isEqualTo(200);
        owner.call("DELETE", path(session), null);
    }

    // ---- history ----

    @Test
    void turnsAreForkedTakenBackAndBroughtBack() throws Exception {
        String session = session("History");
        String first = owner.say(session, "write:first.txt");
        awaitIdle(session);
        String second = owner.say(session, "write:second.txt");
        awaitIdle(session);
        assertThat(bed.workspace().resolve("second.txt")).exists();

        JsonNode changes = owner.get(path(session) + "/diff").json();
        assertThat(changes.findValuesAsText("file")).containsExactly("first.txt", "second.txt");
        assertThat(owner.get(path(session) + "/diff?messageId=" + first).json().findValuesAsText("file"))
                .containsExactly("first.txt");
        JsonNode preview =
                owner.get(path(session) + "/revert?messageId=" + second).json();
        assertThat(preview.path("files").findValuesAsText("file")).containsExactly("second.txt");

        JsonNode reverted = owner.post(path(session) + "/revert", Map.of("messageId", second))
                .json();
        assertThat(reverted.at("/revert/messageId").asText()).isEqualTo(second);
        assertThat(bed.workspace().resolve("second.txt")).doesNotExist();
        assertThat(bed.workspace().resolve("first.txt")).exists();
        assertThat(owner.messages(session).toString()).contains(first).doesNotContain(second);

        JsonNode fork = owner.post(path(session) + "/fork", Map.of()).json();
        assertThat(fork.path("active").asBoolean()).isTrue();
        assertThat(owner.messages(fork.path("id").asText()).toString()).doesNotContain("second.txt");

        assertThat(owner.post(path(session) + "/unrevert", null).json().has("revert"))
                .isFalse();
        assertThat(bed.workspace().resolve("second.txt")).exists();
        assertThat(owner.messages(session).toString()).contains(second);
        assertThat(owner.post(path(session) + "/fork", Map.of("messageId", "msg_vanished"))
                        .code())
                .isEqualTo("unknown-message");
        owner.call("DELETE", path(fork.path("id").asText()), null);
    }

    @Test
    void aConversationIsExported() throws Exception {
        String session = session("Export \"me\"");
        owner.say(session, "bash:echo '```'");
        awaitIdle(session);

        Owner.Answer markdown = owner.get(path(session) + "/export?format=markdown");
        Owner.Answer json = owner.get(path(session) + "/export?format=json");

        assertThat(markdown.raw().headers().firstValue("Content-Disposition").orElse(""))
                .isEqualTo("attachment; filename=\"Export -me-.md\"; filename*=UTF-8''Export%20-me-.md");
        assertThat(markdown.text())
                .startsWith("# Export \"me\"\n")
                .contains("## You · ", "## OpenCode · ", "````sh\necho '```'\n````", "exit code 0");
        assertThat(json.json().at("/session/id").asText()).isEqualTo(session);
        assertThat(json.json().path("messages"))
                .hasSameSizeAs(owner.messages(session).path("messages"));
        assertThat(owner.get(path(session) + "/export?format=pdf").status()).isEqualTo(422);
    }

    // ---- choices ----

    @Test
    void agentsCommandsAndFilesAreOffered() throws Exception {
        String session = session("Choices");
        assertThat(owner.get("/api/chat/agents?sessionId=" + session).json().findValuesAsText("name"))
                .contains("build", "plan")
                .doesNotContain("title");
        assertThat(owner.get("/api/chat/commands").json().findValuesAsText("name"))
                .contains("init", "review");
        assertThat(owner.get("/api/chat/files?q=READ").text()).contains("README.md");
        assertThat(owner.get("/api/chat/agents?workspace=/etc").status()).isEqualTo(422);

        JsonNode chosen =
                owner.call("PATCH", path(session), Map.of("agent", "plan")).json();
        assertThat(chosen.path("agent").asText()).isEqualTo("plan");
        owner.say(session, "words:1:0");
        awaitIdle(session);
        assertThat(owner.messages(session).at("/messages/0/agent").asText()).isEqualTo("plan");
        assertThat(owner.post(path(session) + "/messages", Map.of("text", "x", "agent", "nobody"))
                        .status())
                .isEqualTo(422);
        assertThat(owner.post(path(session) + "/messages", Map.of("command", "nothing"))
                        .status())
                .isEqualTo(422);
    }

    @Test
    void aCommandIsRun() throws Exception {
        String session = session("Command");
        Files.createDirectories(bed.workspace().resolve(".opencode/command"));
        Owner.Answer sent = send(session, Map.of("command", "init", "text", "words:2:0"));

        awaitIdle(session);

        assertThat(owner.messages(session).at("/messages/0/id").asText())
                .isEqualTo(sent.json().path("messageId").asText());
        assertThat(owner.messages(session).path("messages").size()).isGreaterThanOrEqualTo(2);
    }

    private static String session(String title) throws Exception {
        String session = owner.newSession(title);
        owner.call("PATCH", path(session), Map.of("active", false));
        return session;
    }

    private static String path(String session) {
        return "/api/chat/sessions/" + session;
    }

    private static void awaitIdle(String session) throws Exception {
        owner.await(
                path(session),
                answer -> answer.json().path("status").asText().equals("idle")
                        && !answer.json().has("queued")
                        && isAnswered(session));
    }

    private static boolean isAnswered(String session) {
        try {
            JsonNode messages = owner.messages(session).path("messages");
            JsonNode last = messages.path(messages.size() - 1);
            return last.path("role").asText().equals("assistant")
                    && last.path("state").asText().equals("complete");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> texts(String session) throws Exception {
        return owner.get(path(session) + "/queue").json().path("messages").findValuesAsText("text");
    }

    private static Owner.Answer send(String session, Map<String, Object> message) throws Exception {
        Owner.Answer answer = owner.post(path(session) + "/messages", message);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return answer;
    }

    private static Owner.Answer upload(String name, String mime, byte[] content) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(("--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name
                        + "\"\r\nContent-Type: " + mime + "\r\n\r\n")
                .getBytes(UTF_8));
        body.writeBytes(content);
        body.writeBytes("\r\n--limit--\r\n".getBytes(UTF_8));
        return owner.send(owner.request("/api/chat/uploads")
                .header("Content-Type", "multipart/form-data; boundary=limit")
                .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                .build());
    }

    private static List<String> uploads() {
        try (var files = Files.list(bed.directory("nexus-home").resolve("state/chat-uploads"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] png() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new java.awt.image.BufferedImage(2, 2, java.awt.image.BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    private static String base64(byte[] content) {
        return Base64.getEncoder().encodeToString(content);
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }
}
