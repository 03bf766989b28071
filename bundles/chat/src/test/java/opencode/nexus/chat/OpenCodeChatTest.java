package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.util.converter.Converters;

class OpenCodeChatTest {
    private static final Prompt HELLO = new Prompt("Hello", List.of(), null, null, null, null);

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;
    private OpenCodeChat chat;

    @BeforeEach
    void begin() {
        use(new ChatFixture(directory));
    }

    @AfterEach
    void end() {
        chat.close();
    }

    // ---- sessions ----

    @Test
    void sessionsAreListedNewestFirstWithoutThoseOfSubAgents() {
        opencode.addSession("ses_a", "Old");
        opencode.addSession("ses_b", "New");
        opencode.addSession("ses_c", "Helper", "ses_b");
        opencode.deliver();

        assertThat(chat.sessions(null, null)).extracting(Session::id).containsExactly("ses_b", "ses_a");
        assertThat(chat.session("ses_c").parentId()).isEqualTo("ses_b");
    }

    @Test
    void sessionsAreFoundByTitleAndByCard() {
        opencode.addSession("ses_a", "Fix the Login");
        opencode.addSession("ses_b", "Write docs");
        opencode.deliver();
        nexus.update("ses_b", null, true);

        assertThat(chat.sessions(null, " LOGIN ")).extracting(Session::id).containsExactly("ses_a");
        assertThat(chat.sessions(true, null)).extracting(Session::id).containsExactly("ses_b");
        assertThat(chat.sessions(false, "")).extracting(Session::id).containsExactly("ses_a");
        assertThat(chat.sessions(null, "nothing like it")).isEmpty();
        assertInvalid("q", () -> chat.sessions(null, "x".repeat(201)));
    }

    @Test
    void aNewSessionIsActiveAndToldOnce() {
        Session created = nexus.create("  Plan the week ", null);
        opencode.deliver();

        assertThat(created.title()).isEqualTo("Plan the week");
        assertThat(created.workspace()).isEqualTo(opencode.workspaces().get(0));
        assertThat(created.active()).isTrue();
        assertThat(created.number()).isEqualTo(1);
        assertThat(nexus.published("chat.session")).hasSize(1);
        assertThat(nexus.published("chat.session").get(0))
                .contains("\"status\":\"idle\"", "\"active\":true", "\"number\":1")
                .doesNotContain("null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "two\nlines", "bell\u0007", "\u0085"})
    void aTitleIsOneLineOfText(String title) {
        assertInvalid("title", () -> nexus.create(title, null));
        assertThat(opencode.calls()).isEmpty();
    }

    @Test
    void aTitleHasAtMost200Characters() {
        assertInvalid("title", () -> nexus.create("x".repeat(201), null));
        assertThat(nexus.create("x".repeat(200), null).title()).hasSize(200);
    }

    @Test
    void onlyKnownWorkspacesMayBeWorkedIn() {
        assertInvalid("workspace", () -> nexus.create(null, "/etc"));
        assertInvalid(
                "workspace", () -> nexus.create(null, opencode.workspaces().get(0) + "/../other"));
        String other = opencode.workspaces().get(1);
        assertThat(nexus.create(null, other).workspace()).isEqualTo(other);
        assertThat(chat.workspaces()).isEqualTo(opencode.workspaces());
    }

    @Test
    void theEleventhCardIsRefused() {
        for (int number = 1; number <= 10; number++) {
            assertThat(nexus.create(null, null).number()).isEqualTo(number);
        }
        opencode.addSession("ses_x", "Eleventh");
        opencode.deliver();

        assertThat(failure(() -> nexus.create(null, null)).code()).isEqualTo("too-many-active");
        NexusException refused = failure(() -> nexus.update("ses_x", "Renamed", true));
        assertThat(refused.code()).isEqualTo("too-many-active");
        assertThat(refused.kind()).isEqualTo(NexusException.Kind.CONFLICT);
        assertThat(chat.session("ses_x").title()).isEqualTo("Eleventh");
        assertThat(opencode.calls()).hasSize(10);
    }

    @Test
    void manyAtOnceGetNoMoreThanTenCards() throws Exception {
        List<Integer> numbers = atOnce(16, () -> {
            try {
                return nexus.create(null, null).number();
            } catch (NexusException e) {
                return 0;
            }
        });

        assertThat(numbers).filteredOn(number -> number > 0).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(opencode.calls()).hasSize(10);
    }

    @Test
    void aFailedCreationKeepsNoNumber() {
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));

        assertThat(failure(() -> nexus.create(null, null)).code()).isEqualTo("opencode-failed");

        assertThat(nexus.create(null, null).number()).isEqualTo(1);
    }

    @Test
    void aCardKeepsItsNumberWhenAnotherIsPutAwayAndAfterARestart() {
        String first = nexus.create("First", null).id();
        String second = nexus.create("Second", null).id();
        nexus.update(first, null, false);
        assertThat(chat.session(second).number()).isEqualTo(2);
        assertThat(chat.session(first).active()).isFalse();

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();

        assertThat(chat.session(second).number()).isEqualTo(2);
        assertThat(nexus.create("Third", null).number()).isEqualTo(1);
    }

    @Test
    void aGarbledFileOfCardsIsNoReasonNotToStart() throws Exception {
        for (String content : List.of("", "{", "[1]", "{\"cards\":[1,{},\"ses_a\",\"ses_a\",\"\"]}", "{\"cards\":7}")) {
            Files.writeString(nexus.home.directory("chat").resolve("active.json"), content, StandardCharsets.UTF_8);
            assertThat(nexus.successor().board.sessions()).hasSizeLessThan(2);
        }
    }

    @Test
    void cardsWorkOnWhenTheDiskIsFull() {
        nexus.home.refuseWrites(true);

        assertThat(nexus.create(null, null).number()).isEqualTo(1);
    }

    @Test
    void aSubAgentCannotHaveACard() {
        opencode.addSession("ses_a", "Main");
        opencode.addSession("ses_c", "Helper", "ses_a");
        opencode.deliver();

        assertInvalid("active", () -> nexus.update("ses_c", null, true));
    }

    @Test
    void aRenamedSessionIsToldOnce() {
        opencode.addSession("ses_a", "Old");
        opencode.deliver();
        int before = nexus.published("chat.session").size();

        assertThat(nexus.update("ses_a", " New ", null).title()).isEqualTo("New");
        opencode.deliver();

        assertThat(nexus.published("chat.session")).hasSize(before + 1);
    }

    @Test
    void aFailedRenameLeavesTheCardAsItWas() {
        opencode.addSession("ses_a", "Old");
        opencode.deliver();
        nexus.update("ses_a", null, true);
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));

        failure(() -> nexus.update("ses_a", "New", false));

        assertThat(chat.session("ses_a").active()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ses_nope", "", "../etc", "a/b", "ses 1", "ses_\u0000", "ses_ä"})
    void unknownSessionsAreNotFound(String id) {
        List<ThrowingCallable> calls = List.of(
                () -> chat.session(id),
                () -> nexus.update(id, "x", null),
                () -> nexus.update(id, null, true),
                () -> chat.delete(id),
                () -> chat.messages(id, 10, null),
                () -> chat.send(id, HELLO),
                () -> chat.abort(id),
                () -> chat.todos(id));
        for (ThrowingCallable call : calls) {
            NexusException failure = failure(call);
            assertThat(failure.kind()).isEqualTo(NexusException.Kind.NOT_FOUND);
            assertThat(failure.code()).isEqualTo("unknown-session");
        }
        assertThat(opencode.calls()).isEmpty();
        assertThat(chat.sessions(true, null)).isEmpty();
    }

    @Test
    void deletingStopsTheAnswerFirst() throws Exception {
        opencode.addSession("ses_a", "Doomed");
        String message = opencode.beginAnswer("ses_a");
        opencode.beginText(message, "text");
        opencode.deliver();
        OpenCodeChat patient =
                new OpenCodeChat(nexus.board, nexus.hub, nexus.home, Duration.ofSeconds(20), nexus.clock);
        patient.client = opencode;
        ExecutorService other = Executors.newSingleThreadExecutor();
        Future<?> deletion = other.submit(() -> patient.delete("ses_a"));
        opencode.awaitCall("abort ses_a");
        assertThat(opencode.calls()).containsExactly("abort ses_a");

        opencode.deliver();
        deletion.get(20, TimeUnit.SECONDS);
        opencode.deliver();

        assertThat(opencode.calls()).containsExactly("abort ses_a", "delete ses_a");
        assertThat(chat.sessions(null, null)).isEmpty();
        assertThat(nexus.published("chat.session.removed")).containsExactly("{\"sessionId\":\"ses_a\"}");
        other.shutdown();
        patient.close();
    }

    @Test
    void aSessionThatDoesNotStopIsDeletedAllTheSame() {
        opencode.addSession("ses_a", "Stubborn");
        opencode.beginAnswer("ses_a");
        opencode.deliver();
        opencode.ignoreAborts();

        chat.delete("ses_a");

        assertThat(opencode.calls()).containsExactly("abort ses_a", "delete ses_a");
    }

    @Test
    void aDeletedSessionDoesNotComeBackWithALateEvent() {
        String id = nexus.create("Gone", null).id();
        opencode.deliver();
        chat.delete(id);
        opencode.tell(new OpenCodeEvent.SessionChanged(new FakeOpenCodeClient().addSession(id, "Gone")));
        opencode.deliver();

        assertThat(chat.sessions(null, null)).isEmpty();
        assertThat(nexus.published("chat.session.removed")).hasSize(1);
        assertThat(nexus.create(null, null).number()).isEqualTo(1);
    }

    // ---- messages ----

    @Test
    void messagesComeOldestFirstInPages() {
        opencode.addSession("ses_a", "Long");
        for (int number = 0; number < 5; number++) {
            opencode.addUserMessage("ses_a", "text " + number);
        }
        opencode.deliver();

        MessagePage newest = chat.messages("ses_a", 2, null);
        MessagePage older = chat.messages("ses_a", 2, newest.before());

        assertThat(texts(newest)).containsExactly("text 3", "text 4");
        assertThat(texts(older)).containsExactly("text 1", "text 2");
        assertThat(chat.messages("ses_a", 200, null).before()).isNull();
        assertThat(newest.cursor()).isEqualTo(nexus.hub.cursor());
    }

    @Test
    void limitsAndCursorsAreChecked() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();

        assertInvalid("limit", () -> chat.messages("ses_a", 0, null));
        assertInvalid("limit", () -> chat.messages("ses_a", 201, null));
        assertInvalid("limit", () -> chat.messages("ses_a", -1, null));
        assertInvalid("before", () -> chat.messages("ses_a", 10, ""));
        assertInvalid("before", () -> chat.messages("ses_a", 10, "a&limit=0"));
        assertInvalid("before", () -> chat.messages("ses_a", 10, "x".repeat(2_001)));
    }

    @Test
    void aRunningTextComesWithWhatTheHubHas() {
        String part = running("half an ans");

        Part.Text text = onlyText(chat.messages("ses_a", 10, null));

        assertThat(text.id()).isEqualTo(part);
        assertThat(text.text()).isEqualTo("half an ans");
        assertThat(text.key()).isEqualTo("1");
        assertThat(text.endedAt()).isNull();
    }

    @Test
    void aTextThatEndedAheadOfItsEventsIsStillShownAsItGrows() {
        String part = running("half an ans");
        opencode.addText(part, "wer");
        opencode.endText(part);

        Part.Text text = onlyText(chat.messages("ses_a", 10, null));

        assertThat(text.text()).isEqualTo("half an ans");
        assertThat(text.endedAt()).isNull();
    }

    @Test
    void aFrozenTextGivesWayToTheWholeOne() {
        String part = running("half an ans");
        nexus.hub.freeze("ses_a");
        opencode.addText(part, "wer");
        opencode.endText(part);

        assertThat(onlyText(chat.messages("ses_a", 10, null)).endedAt()).isNotNull();
    }

    @Test
    void whatWasReadBeforeACrashStaysVisible() {
        running("half an ans");
        nexus.hub.freeze("ses_a");
        opencode.disconnect(true);
        opencode.connect();

        MessagePage page = chat.messages("ses_a", 10, null);

        assertThat(page.messages().get(0).state()).isEqualTo(Message.State.INTERRUPTED);
        assertThat(onlyText(page).text()).isEqualTo("half an ans");
    }

    @Test
    void anEmptyTextNobodyKnowsIsLeftOut() {
        opencode.addSession("ses_a", "One");
        opencode.beginText(opencode.beginAnswer("ses_a"), "text");
        opencode.deliver();

        assertThat(chat.messages("ses_a", 10, null).messages().get(0).parts()).isEmpty();
    }

    @Test
    void todosAreHandedOn() {
        opencode.addSession("ses_a", "One");
        opencode.setTodos("ses_a", List.of(new Todo("Test", "pending", "high")));
        opencode.deliver();

        assertThat(chat.todos("ses_a")).containsExactly(new Todo("Test", "pending", "high"));
        assertThat(chat.models()).hasSize(2);
    }

    // ---- sending ----

    @Test
    void aMessageIsSentUnderANewId() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();

        String first = chat.send("ses_a", HELLO);
        opencode.answer("ses_a");
        opencode.deliver();
        String second = chat.send("ses_a", HELLO);

        assertThat(opencode.prompts())
                .extracting(FakeOpenCodeClient.Sent::messageId)
                .containsExactly(first, second)
                .doesNotHaveDuplicates();
    }

    @Test
    void theSameClientIdSendsOnce() {
        opencode.addSession("ses_a", "One");
        opencode.addSession("ses_b", "Other");
        opencode.deliver();

        String first = chat.send("ses_a", hello("c-1"));

        assertThat(chat.send("ses_a", hello("c-1"))).isEqualTo(first);
        opencode.answer("ses_a");
        opencode.deliver();
        assertThat(chat.send("ses_a", hello("c-2"))).isNotEqualTo(first);
        assertThat(chat.send("ses_b", hello("c-1"))).isNotEqualTo(first);
        assertThat(opencode.prompts()).hasSize(3);
    }

    @Test
    void theSameClientIdAtOnceSendsOnce() throws Exception {
        opencode.addSession("ses_a", "One");
        opencode.deliver();

        List<String> ids = atOnce(16, () -> chat.send("ses_a", hello("c-1")));

        assertThat(Set.copyOf(ids)).hasSize(1);
        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void whatWasSentIsRememberedAfterARestart() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();
        String first = chat.send("ses_a", hello("c-1"));

        use(nexus.successor());

        assertThat(chat.send("ses_a", hello("c-1"))).isEqualTo(first);
        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void aMessageRightAfterAnAbortWaitsForItsEnd() throws Exception {
        opencode.addSession("ses_a", "One");
        opencode.beginAnswer("ses_a");
        opencode.deliver();
        OpenCodeChat patient =
                new OpenCodeChat(nexus.board, nexus.hub, nexus.home, Duration.ofSeconds(20), nexus.clock);
        patient.client = opencode;
        List<Boolean> answering = new ArrayList<>();
        opencode.afterPrompt(() -> answering.add(nexus.board.isAnswering("ses_a")));
        ExecutorService other = Executors.newSingleThreadExecutor();
        Future<?> sending = other.submit(() -> {
            patient.abort("ses_a");
            patient.send("ses_a", HELLO);
        });
        opencode.awaitCall("abort ses_a");

        opencode.deliver();
        sending.get(20, TimeUnit.SECONDS);

        assertThat(answering).containsExactly(false);
        other.shutdown();
        patient.close();
    }

    @Test
    void aFailedMessageMayBeSentAgain() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();
        opencode.disconnect(true);
        assertThat(failure(() -> chat.send("ses_a", hello("c-1"))).code()).isEqualTo("server-not-running");
        opencode.connect();

        chat.send("ses_a", hello("c-1"));

        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void aMessageWhoseAnswerGotLostIsNotSentTwice() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();
        FakeOpenCodeClient.Sent arrived = lostAnswer("c-1");

        String again = chat.send("ses_a", hello("c-1"));

        assertThat(again).isEqualTo(arrived.messageId());
        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void aMessageThatWasOnItsWayWhenTheGatewayDiedIsNotSentTwice() throws Exception {
        opencode.addSession("ses_a", "One");
        opencode.deliver();
        FakeOpenCodeClient.Sent arrived = lostAnswer("c-1");
        Path file = nexus.home.directory("chat").resolve("sent.log");
        Files.writeString(file, Files.readString(file) + "+ ses_a c-1 msg_tor");

        use(nexus.successor());

        assertThat(chat.send("ses_a", hello("c-1"))).isEqualTo(arrived.messageId());
        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void sendingWorksWhenTheDiskIsFull() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();
        nexus.home.refuseWrites(true);

        String first = chat.send("ses_a", hello("c-1"));

        assertThat(chat.send("ses_a", hello("c-1"))).isEqualTo(first);
    }

    @Test
    void theTextMustBeThereAndNotTooLong() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();

        assertInvalid("text", () -> chat.send("ses_a", new Prompt("", List.of(), null, null, null, null)));
        assertInvalid("text", () -> chat.send("ses_a", new Prompt(" \n ", List.of(), null, null, null, null)));
        assertInvalid(
                "text", () -> chat.send("ses_a", new Prompt("x".repeat(100_001), List.of(), null, null, null, null)));
        assertThat(opencode.prompts()).isEmpty();
        chat.send("ses_a", new Prompt("x".repeat(100_000), List.of(), null, null, null, null));
        assertThat(opencode.prompts()).hasSize(1);
    }

    @Test
    void modelAgentAndClientIdAreChecked() {
        opencode.addSession("ses_a", "One");
        opencode.deliver();

        assertInvalid("model", () -> chat.send("ses_a", new Prompt("x", List.of(), "nomodel", null, null, null)));
        assertInvalid("model", () -> chat.send("ses_a", new Prompt("x", List.of(), "mock/other", null, null, null)));
        assertInvalid("agent", () -> chat.send("ses_a", new Prompt("x", List.of(), null, "a b", null, null)));
        assertInvalid("clientId", () -> chat.send("ses_a", hello("a b")));
        assertInvalid("clientId", () -> chat.send("ses_a", hello("")));
        assertInvalid("clientId", () -> chat.send("ses_a", hello("x".repeat(101))));
        chat.send("ses_a", new Prompt("x", List.of(), "mock/mock", "build", null, null));
        assertThat(opencode.prompts()).hasSize(1);
    }

    // ---- requests ----

    @Test
    void ofTwoBrowsersTheFirstAnswerWins() {
        Request request = waiting();

        chat.replyPermission(request.id(), "once", null);

        NexusException second = failure(() -> chat.replyPermission(request.id(), "always", null));
        assertThat(second.code()).isEqualTo("unknown-request");
        assertThat(second.kind()).isEqualTo(NexusException.Kind.NOT_FOUND);
        assertThat(opencode.calls()).containsExactly("reply " + request.id() + " once");
        assertThat(chat.requests()).isEmpty();
        opencode.deliver();
        assertThat(nexus.published("chat.request.settled")).containsExactly("{\"id\":\"" + request.id() + "\"}");
    }

    @Test
    void aRequestThatOpenCodeDoesNotKnowAnyMoreGoesAway() {
        Request request = waiting();
        opencode.replyPermission(request, "once", null);

        assertThat(failure(() -> chat.replyPermission(request.id(), "once", null))
                        .code())
                .isEqualTo("unknown-request");
        assertThat(chat.requests()).isEmpty();
    }

    @Test
    void repliesAreChecked() {
        Request request = waiting();

        assertInvalid("reply", () -> chat.replyPermission(request.id(), "maybe", null));
        assertInvalid("message", () -> chat.replyPermission(request.id(), "once", "because"));
        assertInvalid("message", () -> chat.replyPermission(request.id(), "reject", "x".repeat(10_001)));
        assertThat(failure(() -> chat.replyPermission("per_nope", "once", null)).code())
                .isEqualTo("unknown-request");
        assertThat(failure(() -> chat.replyQuestion(request.id(), null)).code()).isEqualTo("unknown-request");
        chat.replyPermission(request.id(), "reject", "use git instead");
        assertThat(opencode.calls()).hasSize(1);
    }

    @Test
    void answersFitTheirQuestions() {
        opencode.addSession("ses_a", "One");
        opencode.beginAnswer("ses_a");
        List<Request.Option> colours = List.of(new Request.Option("Red", null), new Request.Option("Blue", null));
        String id = opencode.askQuestion(
                        "ses_a",
                        new Request.Question("Which?", "Colour", colours, false, false),
                        new Request.Question("Which?", "Colours", colours, true, true))
                .id();
        opencode.deliver();

        assertInvalid("answers", () -> chat.replyQuestion(id, List.of(List.of("Red"))));
        assertInvalid("answers[0]", () -> chat.replyQuestion(id, List.of(List.of("Red", "Blue"), List.of())));
        assertInvalid("answers[0]", () -> chat.replyQuestion(id, List.of(List.of("Green"), List.of())));
        assertInvalid("answers[1]", () -> chat.replyQuestion(id, List.of(List.of("Red"), List.of(" "))));
        assertThat(failure(() -> chat.replyPermission(id, "once", null)).code()).isEqualTo("unknown-request");
        chat.replyQuestion(id, List.of(List.of("Red"), List.of("Blue", "my own")));
        assertThat(chat.requests()).isEmpty();
    }

    @Test
    void aQuestionMayBeDeclined() {
        opencode.addSession("ses_a", "One");
        opencode.beginAnswer("ses_a");
        Request request = opencode.askQuestion("ses_a");
        opencode.deliver();

        chat.replyQuestion(request.id(), null);

        assertThat(opencode.calls()).containsExactly("reply " + request.id() + " reject");
    }

    @Test
    void anAbortSettlesWhatWaitsInTheSessionAndItsSubAgents() {
        waiting();
        opencode.addSession("ses_child", "Helper", "ses_a");
        opencode.askPermission("ses_child", null);
        opencode.addSession("ses_b", "Other");
        opencode.beginAnswer("ses_b");
        Request other = opencode.askPermission("ses_b", null);
        opencode.deliver();

        chat.abort("ses_a");

        assertThat(chat.requests()).containsExactly(other);
        assertThat(nexus.published("chat.request.settled")).hasSize(2);
    }

    // ---- what the owner has set ----

    @Test
    void whatContinueSendsIsTheOwnersChoiceAndChangesWithoutANewComponent() {
        assertThat(chat.preferences().continuePrompt()).isEqualTo("Continue where you stopped.");

        chat.change(config(Map.of("continuePrompt", "Go on.\nRun the tests first.")));
        assertThat(chat.preferences().continuePrompt()).isEqualTo("Go on.\nRun the tests first.");

        chat.change(config(Map.of()));
        assertThat(chat.preferences().continuePrompt()).isEqualTo("Continue where you stopped.");
    }

    private static ChatConfig config(Map<String, Object> values) {
        return Converters.standardConverter().convert(values).to(ChatConfig.class);
    }

    // ---- without OpenCode ----

    @Test
    void withoutTheClientEverythingIsUnavailable() {
        OpenCodeChat lonely = new OpenCodeChat(
                new SessionBoard(nexus.hub, nexus.home), nexus.hub, nexus.home, Duration.ZERO, nexus.clock);
        List<ThrowingCallable> calls = List.of(
                () -> lonely.sessions(null, null),
                () -> lonely.session("ses_a"),
                () -> lonely.create(new ChatService.NewSession(null, null, null, null)),
                () -> lonely.messages("ses_a", 10, null),
                () -> lonely.send("ses_a", HELLO),
                () -> lonely.abort("ses_a"),
                lonely::requests,
                lonely::models,
                lonely::workspaces);
        for (ThrowingCallable call : calls) {
            assertThat(failure(call).code()).isEqualTo("server-not-running");
        }
        lonely.close();
    }

    private void use(ChatFixture fixture) {
        nexus = fixture;
        opencode = fixture.opencode;
        chat = fixture.chat;
    }

    /** A session {@code ses_a} with an answer whose text has grown so far; the hub knows it under key 1. */
    private String running(String text) {
        opencode.addSession("ses_a", "One");
        String message = opencode.beginAnswer("ses_a");
        String part = opencode.beginText(message, "text");
        opencode.addText(part, text);
        nexus.hub.begin("ses_a", message, part, text);
        opencode.deliver();
        return part;
    }

    /** A permission that waits in {@code ses_a}. */
    private Request waiting() {
        opencode.addSession("ses_a", "One");
        String message = opencode.beginAnswer("ses_a");
        Request request = opencode.askPermission("ses_a", message);
        opencode.deliver();
        return request;
    }

    /** OpenCode takes a message, but the gateway hears nothing of it. */
    private FakeOpenCodeClient.Sent lostAnswer(String clientId) {
        opencode.afterPrompt(() -> {
            throw new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode did not answer.");
        });
        failure(() -> chat.send("ses_a", hello(clientId)));
        opencode.afterPrompt(() -> {});
        assertThat(opencode.prompts()).hasSize(1);
        return opencode.prompts().get(0);
    }

    private static Prompt hello(String clientId) {
        return new Prompt("Hello", List.of(), null, null, clientId, null);
    }

    private static List<String> texts(MessagePage page) {
        return page.messages().stream()
                .map(message -> ((Part.Text) message.parts().get(0)).text())
                .toList();
    }

    private static Part.Text onlyText(MessagePage page) {
        assertThat(page.messages()).hasSize(1);
        assertThat(page.messages().get(0).parts()).hasSize(1);
        return (Part.Text) page.messages().get(0).parts().get(0);
    }

    private static NexusException failure(ThrowingCallable call) {
        return catchThrowableOfType(NexusException.class, call);
    }

    private static void assertInvalid(String field, ThrowingCallable call) {
        NexusException failure = failure(call);
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(NexusException.Kind.INVALID);
        assertThat(failure.fields()).extracting(NexusException.Field::field).containsExactly(field);
    }

    private static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<T>> futures = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            futures.add(executor.submit(() -> {
                start.await();
                return call.call();
            }));
        }
        start.countDown();
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(future.get(20, TimeUnit.SECONDS));
        }
        executor.shutdown();
        return results;
    }
}
