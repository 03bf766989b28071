package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeEvent.MessageChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.MessageRemoved;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionFailed;
import opencode.nexus.api.opencode.OpenCodeEvent.StatusChanged;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.LiveAnswer;
import opencode.nexus.testkit.RealOpenCode;
import opencode.nexus.testkit.ScriptedModel;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What can be done with conversations, with a real OpenCode in a git repository, if there is one. */
@Timeout(180)
class RealConversationsTest {
    private static final String PASSWORD = "not-secret";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final BlockingQueue<OpenCodeEvent> HEARD = new LinkedBlockingQueue<>();

    /** Left to the next clean build: OpenCode's own children may still write there for a moment. */
    private static Path base;

    private static ScriptedModel model;
    private static RealOpenCode program;
    private static Path workspace;
    private static FixedServer server;
    private static HttpOpenCode client;
    private static EventStream stream;

    @BeforeAll
    static void begin() throws Exception {
        if (RealOpenCode.program().isEmpty()) {
            return;
        }
        base = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "opencode")
                .toRealPath();
        model = new ScriptedModel();
        program = new RealOpenCode(RealOpenCode.program().get(), base).use(model);
        workspace = program.workspace();
        Path commands = Files.createDirectories(workspace.resolve(".opencode/command"));
        Files.writeString(commands.resolve("obey.md"), "---\ndescription: Passes it on\n---\n$ARGUMENTS\n");
        Files.writeString(commands.resolve("greet.md"), "Say hello\n");
        URI url = program.start(Map.of("OPENCODE_SERVER_PASSWORD", PASSWORD));
        server = new FixedServer(new Endpoint(url.getPort(), PASSWORD), workspace.toString());
        client = new HttpOpenCode(server);
        stream = new EventStream(server);
        BlockingQueue<Boolean> connected = new LinkedBlockingQueue<>();
        stream.addListener(
                new OpenCodeListener() {
                    @Override
                    public void onConnected() {
                        connected.add(true);
                    }

                    @Override
                    public void onEvent(OpenCodeEvent event) {
                        HEARD.add(event);
                    }

                    @Override
                    public void onDisconnected(boolean serverLost) {}
                },
                Map.of());
        assertThat(connected.poll(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    // Before each test, not once: only then is each one reported as skipped, with the reason.
    @BeforeEach
    void isThere() {
        assumeTrue(RealOpenCode.program().isPresent(), RealOpenCode.MISSING);
        HEARD.clear();
    }

    @AfterAll
    static void end() {
        if (stream != null) {
            stream.close();
            client.close();
        }
        if (program != null) {
            program.close();
            model.close();
        }
    }

    @Test
    void aSessionRemembersModelAndAgent() throws Exception {
        OpenCodeSession session = client.create(workspace.toString(), "Mine", "scripted/scripted-titles", "plan");

        assertThat(client.session(session.id()))
                .extracting(OpenCodeSession::title, OpenCodeSession::model, OpenCodeSession::agent)
                .containsExactly("Mine", "scripted/scripted-titles", "plan");

        String message = ask(session.id(), new Outgoing("Hi", List.of(), "scripted/scripted", "build", null));
        assertThat(client.message(session.id(), message))
                .extracting(Message::model, Message::agent)
                .containsExactly("scripted/scripted", "build");
        assertThat(client.session(session.id()))
                .extracting(OpenCodeSession::model, OpenCodeSession::agent)
                .containsExactly("scripted/scripted", "build");
    }

    @Test
    void aForkHasTheMessagesBeforeOneOrAll() throws Exception {
        String session = newSession();
        ask(session, "Hi");
        String second = ask(session, "Hi again");

        assertThat(client.messages(client.fork(session, second).id(), 50, null).messages())
                .extracting(Message::role)
                .containsExactly(Message.Role.USER, Message.Role.ASSISTANT);
        OpenCodeSession all = client.fork(session, null);
        assertThat(client.messages(all.id(), 50, null).messages()).hasSize(4);
        assertThat(all.parentId()).isNull();
        assertFailure(() -> client.fork(session, client.newMessageId()), "unknown-message");
        assertFailure(() -> client.message(session, client.newMessageId()), "unknown-message");
    }

    @Test
    void whatAnAnswerChangedIsTakenBackAndBroughtBack() throws Exception {
        String session = newSession();
        ask(session, "Hi");
        String message = ask(session, "edit:made.txt");
        Path made = workspace.resolve("made.txt");
        FileChange change = new FileChange(
                "made.txt",
                "--- made.txt\t\n+++ made.txt\t\n@@ -0,0 +1,4 @@\n+alpha\n+beta, changed\n+and one more\n+gamma\n",
                4,
                0,
                "added");
        assertThat(client.changes(session, message)).containsExactly(change);

        OpenCodeSession reverted = client.revert(session, message);

        assertThat(made).doesNotExist();
        assertThat(reverted.revert().messageId()).isEqualTo(message);
        assertThat(reverted.revert().files()).singleElement().satisfies(file -> {
            assertThat(file.file()).isEqualTo("made.txt");
            assertThat(file.status()).isEqualTo("added");
            assertThat(file.additions()).isEqualTo(4);
            assertThat(file.patch()).startsWith("--- /dev/null\n+++ made.txt\n@@ -0,0 +1,4 @@\n+alpha\n");
        });
        // Still listed; whoever shows them leaves them out.
        assertThat(client.messages(session, 50, null).messages())
                .extracting(Message::id)
                .contains(message);

        assertThat(client.unrevert(session).revert()).isNull();
        assertThat(made).content().startsWith("alpha\nbeta, changed\n");
        assertThat(client.unrevert(session).revert()).isNull();
        assertFailure(() -> client.revert(session, client.newMessageId()), "unknown-message");
        assertThat(client.session(session).revert()).isNull();
    }

    @Test
    void theNextMessageMakesATakingBackFinal() throws Exception {
        String session = newSession();
        String first = ask(session, "write:final.txt");
        client.revert(session, first);
        HEARD.clear();

        String next = client.newMessageId();
        client.prompt(session, next, prompt("Hi"));

        List<OpenCodeEvent> before = heardUntil(
                MessageChanged.class, changed -> changed.message().id().equals(next));
        awaitAnswer(session, next);
        assertThat(before)
                .filteredOn(MessageRemoved.class::isInstance)
                .extracting(event -> ((MessageRemoved) event).messageId())
                .contains(first);
        assertThat(client.messages(session, 50, null).messages())
                .extracting(Message::id)
                .doesNotContain(first)
                .contains(next);
        assertThat(client.session(session).revert()).isNull();
        assertThat(workspace.resolve("final.txt")).doesNotExist();
    }

    @Test
    void agentsCommandsAndFilesOfTheWorkspaceAreOffered() throws Exception {
        Files.createDirectories(workspace.resolve("src/deep"));
        Files.writeString(workspace.resolve("src/deep/Näme #1.java"), "class A {}\n");
        Files.writeString(workspace.resolve(".gitignore"), "ignored\n");
        Files.createDirectories(workspace.resolve("ignored"));
        Files.writeString(workspace.resolve("ignored/deep.java"), "class B {}\n");

        assertThat(client.agents(workspace.toString()))
                .extracting(Agent::name, Agent::isDefault)
                .startsWith(tuple("build", true))
                .contains(tuple("plan", false), tuple("general", false))
                .doesNotContain(tuple("title", false));
        assertThat(client.commands(workspace.toString()))
                .contains(new Command("obey", "Passes it on", true), new Command("greet", null, false))
                .extracting(Command::name)
                .contains("init", "review")
                .isSorted();
        // OpenCode looks for new files when it is asked for some, and answers with what it knew before.
        awaitFile("Näme", "src/deep/Näme #1.java");
        // No program is needed for it, directories are among them, and what Git ignores is not.
        assertThat(client.files(workspace.toString(), "src", 10)).contains("src/deep/");
        assertThat(client.files(workspace.toString(), "", 100))
                .contains("README.md")
                .doesNotContain("/", "ignored/", "ignored/deep.java");
        assertThat(client.files(workspace.toString(), "[(*?\\", 10)).isEmpty();
    }

    @Test
    void anUploadedImageReachesTheModelButItsPathReachesNobody() throws Exception {
        String session = newSession();
        Path upload = Files.write(base.resolve("upload-of-nexus"), png());
        String message = client.newMessageId();

        client.prompt(session, message, prompt("look", new Outgoing.File("a.png", "image/jpeg", upload, false)));
        // All that is needed of it has been sent.
        Files.delete(upload);
        awaitAnswer(session, message);

        assertThat(lastText(session)).isEqualTo("I see: text, image/png");
        Part.File file = (Part.File) client.message(session, message).parts().get(1);
        assertThat(file.mime()).isEqualTo("image/png");
        assertThat(file.size()).isEqualTo(png().length);
        assertThat(file.path()).isNull();
        assertThat(client.attachment(session, message, file.id()).content()).isEqualTo(png());
        assertThat(model.requests())
                .noneMatch(request -> request.json().toString().contains("upload-of-nexus"));
        assertThat(client.message(session, message).parts().toString()).doesNotContain("upload-of-nexus");
    }

    @Test
    void textsAndWhatIsMentionedReachTheModel() throws Exception {
        String session = newSession();
        Path upload = Files.writeString(base.resolve("upload-of-nexus"), "{\"uploaded\": true}");
        Path picture = Files.write(workspace.resolve("picture ä.png"), png());

        String message = ask(
                session,
                prompt(
                        "look",
                        new Outgoing.File("x.json", "application/json", upload, false),
                        new Outgoing.File("README.md", "text/markdown", workspace.resolve("README.md"), true),
                        new Outgoing.File("workspace", "application/x-directory", workspace, true),
                        new Outgoing.File("picture ä.png", "image/png", picture, true)));

        List<Part> parts = client.message(session, message).parts();
        assertThat(parts)
                .filteredOn(Part.File.class::isInstance)
                .extracting("name", "mime", "size", "path")
                .containsExactly(
                        tuple("x.json", "text/plain", 18L, null),
                        tuple("README.md", "text/plain", null, "README.md"),
                        tuple("workspace", "application/x-directory", null, null),
                        tuple("picture ä.png", "image/png", (long) png().length, "picture ä.png"));
        String texts = parts.stream()
                .filter(Part.Text.class::isInstance)
                .map(part -> ((Part.Text) part).text())
                .toList()
                .toString();
        assertThat(texts).contains("{\"uploaded\": true}", "# A workspace for tests", "<type>directory</type>");
        assertThat(parts)
                .filteredOn(Part.Text.class::isInstance)
                .filteredOn(part -> ((Part.Text) part).hidden() == null)
                .hasSize(1);
        assertThat(lastText(session)).startsWith("I see: text").endsWith("image/png");
    }

    /** OpenCode takes it, and tells afterwards, by a failure without a message id, that there is no message. */
    @Test
    void aBrokenImageIsRefusedAfterwardsAndLeavesNothing() throws Exception {
        String session = newSession();
        Path upload = Files.writeString(base.resolve("broken"), "not a PNG");
        String message = client.newMessageId();

        client.prompt(session, message, prompt("look", new Outgoing.File("a.png", "image/png", upload, false)));

        List<OpenCodeEvent> events = heardUntil(SessionFailed.class, failed -> session.equals(failed.sessionId()));
        assertThat(((SessionFailed) events.get(events.size() - 1)))
                .isEqualTo(new SessionFailed(session, "Image could not be decoded", false));
        assertThat(events)
                .filteredOn(event -> session.equals(event.sessionId()))
                .noneMatch(event -> event instanceof MessageChanged || event instanceof StatusChanged);
        assertFailure(() -> client.message(session, message), "unknown-message");
        assertThat(client.messages(session, 50, null).messages()).isEmpty();
        assertThat(client.statuses()).doesNotContainKey(session);

        // The session is as good as before.
        ask(session, "Hi");
        assertThat(lastText(session)).isEqualTo(ScriptedModel.GREETING);
    }

    @Test
    void aCommandIsTakenAtOnceAndRuns() throws Exception {
        LiveAnswer live = new LiveAnswer();
        model.on("obey this", live);
        String session = newSession();
        String message = client.newMessageId();

        // Returns while the answer is still to come.
        client.prompt(session, message, new Outgoing("obey this", List.of(), null, null, "obey"));

        assertThat(client.message(session, message).parts())
                .extracting(part -> ((Part.Text) part).text())
                .containsExactly("obey this");
        assertThat(live.awaitAsked(LIMIT)).isTrue();
        live.say("obeyed");
        live.end();
        awaitAnswer(session, message);
        assertThat(lastText(session)).isEqualTo("obeyed");
        assertFailure(
                () -> client.prompt(session, client.newMessageId(), new Outgoing("", List.of(), null, null, "nope")),
                "invalid-field");
    }

    @Test
    void aCommandRunsOnWhenThisBundleIsReplaced() throws Exception {
        LiveAnswer live = new LiveAnswer();
        model.on("outlive me", live);
        String session = newSession();
        String message = client.newMessageId();
        HttpOpenCode predecessor = new HttpOpenCode(server);
        predecessor.prompt(session, message, new Outgoing("outlive me", List.of(), null, null, "obey"));
        assertThat(live.awaitAsked(LIMIT)).isTrue();

        predecessor.close();
        live.say("still here");
        live.end();

        awaitAnswer(session, message);
        assertThat(lastText(session)).isEqualTo("still here");
    }

    @Test
    void aCommandWithABrokenImageIsRefusedAtOnce() throws Exception {
        String session = newSession();
        Path upload = Files.writeString(base.resolve("broken-too"), "not a PNG");
        Outgoing.File file = new Outgoing.File("a.png", "image/png", upload, false);

        assertThatThrownBy(() -> client.prompt(
                        session, client.newMessageId(), new Outgoing("", List.of(file), null, null, "greet")))
                .isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.fields())
                        .extracting(NexusException.Field::field)
                        .containsExactly("attachments"));
        assertThat(client.messages(session, 50, null).messages()).isEmpty();
    }

    private static String newSession() {
        return client.create(workspace.toString(), null, null, null).id();
    }

    private static Outgoing prompt(String text, Outgoing.File... files) {
        return new Outgoing(text, List.of(files), null, null, null);
    }

    private static String ask(String session, String text) throws InterruptedException {
        return ask(session, prompt(text));
    }

    /** Sends it and waits for the end of the answer. */
    private static String ask(String session, Outgoing outgoing) throws InterruptedException {
        String message = client.newMessageId();
        client.prompt(session, message, outgoing);
        awaitAnswer(session, message);
        return message;
    }

    /** Waits until OpenCode is done with it: after the end it stores what was changed, and tells the message again. */
    private static void awaitAnswer(String session, String message) throws InterruptedException {
        heardUntil(
                StatusChanged.class,
                changed ->
                        changed.sessionId().equals(session) && changed.status().type() == SessionStatus.Type.IDLE);
        heardUntil(MessageChanged.class, changed -> changed.message().id().equals(message));
    }

    private static void awaitFile(String query, String file) {
        long end = System.nanoTime() + LIMIT.toNanos();
        List<String> found = client.files(workspace.toString(), query, 10);
        while (!found.contains(file) && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            found = client.files(workspace.toString(), query, 10);
        }
        assertThat(found).contains(file);
    }

    private static <T> List<OpenCodeEvent> heardUntil(Class<T> type, Predicate<T> wanted) throws InterruptedException {
        List<OpenCodeEvent> heard = new ArrayList<>();
        while (true) {
            OpenCodeEvent event = HEARD.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(event)
                    .as("no " + type.getSimpleName() + " after " + heard)
                    .isNotNull();
            heard.add(event);
            if (type.isInstance(event) && wanted.test(type.cast(event))) {
                return heard;
            }
        }
    }

    private static String lastText(String session) {
        List<Message> messages = client.messages(session, 50, null).messages();
        List<Part> parts = messages.get(messages.size() - 1).parts();
        return ((Part.Text) parts.get(parts.size() - 1)).text();
    }

    private static byte[] png() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return bytes.toByteArray();
    }

    private static void assertFailure(ThrowingCallable call, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.code())
                .isEqualTo(code));
    }
}
