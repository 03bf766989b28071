package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessageQueueTest {
    private static final String ID = "ses_a";

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;

    @BeforeEach
    void begin() {
        use(new ChatFixture(directory));
        opencode.addSession(ID, "One");
        opencode.deliver();
    }

    @AfterEach
    void end() {
        nexus.chat.close();
    }

    // ---- waiting ----

    @Test
    void whileAnAnswerRunsMessagesWaitInNexus() {
        busy();

        String id = nexus.send(ID, "Next", "c-1");

        assertThat(nexus.sent()).isEmpty();
        Queue queue = nexus.chat.queue(ID);
        assertThat(queue.paused()).isFalse();
        assertThat(queue.messages()).hasSize(1);
        assertThat(queue.messages().get(0).messageId()).isEqualTo(id);
        assertThat(queue.messages().get(0).text()).isEqualTo("Next");
        assertThat(queue.messages().get(0).clientId()).isEqualTo("c-1");
        assertThat(nexus.chat.session(ID).queued()).isEqualTo(1);
        assertThat(nexus.published("chat.queue"))
                .singleElement()
                .asString()
                .contains("\"sessionId\":\"ses_a\",\"paused\":false", "\"text\":\"Next\"")
                .doesNotContain("null");
        assertThat(nexus.published("chat.session")).last().asString().contains("\"queued\":1");
    }

    @Test
    void theyWaitWhileOpenCodeTriesAgainOrAsksToo() {
        opencode.status(ID, new SessionStatus(SessionStatus.Type.RETRY, "overloaded", null));
        opencode.deliver();
        nexus.send(ID, "A");

        opencode.addSession("ses_b", "Other");
        String answer = opencode.beginAnswer("ses_b");
        opencode.askPermission("ses_b", answer);
        opencode.deliver();
        assertThat(nexus.chat.session("ses_b").status()).isEqualTo(Session.Status.WAITING);
        nexus.send("ses_b", "B");

        assertThat(nexus.sent()).isEmpty();
    }

    @Test
    void oneIsSentEachTimeAnAnswerIsComplete() {
        String answer = busy();
        String first = nexus.send(ID, "A");
        nexus.send(ID, "B");

        opencode.endMessage(answer, Message.State.COMPLETE, null);
        assertThat(nexus.sent()).isEmpty();
        opencode.status(ID, SessionStatus.IDLE);
        assertThat(nexus.sent()).containsExactly("A");
        assertThat(opencode.prompts().get(0).messageId()).isEqualTo(first);
        assertThat(texts()).containsExactly("B");

        opencode.answer(ID);
        assertThat(nexus.sent()).containsExactly("A", "B");
        assertThat(texts()).isEmpty();
        assertThat(nexus.chat.session(ID).queued()).isNull();
        assertThat(queueFiles()).isEmpty();

        opencode.answer(ID);
        assertThat(nexus.sent()).hasSize(2);
    }

    @Test
    void anAnswerThatIsNotStoredYetIsNotComplete() {
        String answer = busy();
        nexus.send(ID, "A");

        opencode.status(ID, SessionStatus.IDLE);
        assertThat(nexus.sent()).isEmpty();

        opencode.endMessage(answer, Message.State.COMPLETE, null);
        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void betweenTwoMessagesAtOnceTheSecondWaits() {
        nexus.send(ID, "A");
        nexus.send(ID, "B");

        assertThat(opencode.prompts()).hasSize(1);
        assertThat(texts()).containsExactly("B");

        opencode.answer(ID);
        assertThat(nexus.sent()).containsExactly("A", "B");
    }

    @Test
    void manyAtOnceGoOneAfterTheOther() throws Exception {
        ExecutorService browsers = Executors.newFixedThreadPool(8);
        List<Future<String>> sending = new ArrayList<>();
        for (int number = 0; number < 20; number++) {
            String text = "message " + number;
            sending.add(browsers.submit(() -> nexus.send(ID, text)));
        }
        for (Future<String> one : sending) {
            one.get(20, TimeUnit.SECONDS);
        }
        browsers.shutdown();
        assertThat(opencode.prompts()).hasSize(1);

        for (int count = 1; count <= 20; count++) {
            assertThat(nexus.sent()).hasSize(count).doesNotHaveDuplicates();
            opencode.answer(ID);
        }
        assertThat(nexus.sent()).hasSize(20);
    }

    @Test
    void fiftyWaitAndNotOneMore() {
        busy();
        for (int number = 0; number < 50; number++) {
            nexus.send(ID, "message " + number);
        }

        NexusException refused = failure(() -> nexus.send(ID, "one more", "c-51"));

        assertThat(refused.kind()).isEqualTo(NexusException.Kind.CONFLICT);
        assertThat(refused.code()).isEqualTo("queue-full");
        assertThat(texts()).hasSize(50);
        nexus.chat.takeBack(ID, nexus.chat.queue(ID).messages().get(0).messageId());
        nexus.send(ID, "one more", "c-51");
        assertThat(texts()).hasSize(50).endsWith("one more");
    }

    @Test
    void whatIsWrongIsSaidAtOnceNotWhenItsTurnComes() {
        busy();

        assertThat(failure(() -> nexus.chat.send(ID, new Prompt("x", List.of(), "mock/gone", null, null, null)))
                        .fields())
                .extracting(NexusException.Field::field)
                .containsExactly("model");
        assertThat(failure(() -> nexus.chat.send(ID, new Prompt("", List.of(), null, null, null, "nope")))
                        .fields())
                .extracting(NexusException.Field::field)
                .containsExactly("command");
        assertThat(texts()).isEmpty();
    }

    @Test
    void theSameClientIdWaitsOnce() {
        String answer = busy();

        String first = nexus.send(ID, "A", "c-1");

        assertThat(nexus.send(ID, "A", "c-1")).isEqualTo(first);
        assertThat(texts()).hasSize(1);
        opencode.endAnswer(answer);
        assertThat(nexus.sent()).hasSize(1);
        assertThat(nexus.send(ID, "A", "c-1")).isEqualTo(first);
        assertThat(opencode.prompts()).hasSize(1);
    }

    // ---- taking back ----

    @Test
    void aMessageIsTakenBackOnce() {
        busy();
        String first = nexus.send(ID, "A");
        nexus.send(ID, "B");

        assertThat(nexus.chat.takeBack(ID, first).text()).isEqualTo("A");

        assertThat(texts()).containsExactly("B");
        assertThat(failure(() -> nexus.chat.takeBack(ID, first)).code()).isEqualTo("unknown-message");
        assertThat(failure(() -> nexus.chat.takeBack(ID, "msg_nope")).kind()).isEqualTo(NexusException.Kind.NOT_FOUND);
    }

    @Test
    void whatIsOnItsWayCannotBeTakenBack() {
        String answer = busy();
        String first = nexus.send(ID, "A");
        List<String> codes = new ArrayList<>();
        opencode.afterPrompt(
                () -> codes.add(failure(() -> nexus.chat.takeBack(ID, first)).code()));

        opencode.endAnswer(answer);

        assertThat(nexus.sent()).containsExactly("A");
        assertThat(codes).containsExactly("unknown-message");
    }

    // ---- pausing ----

    @Test
    void afterAStopNothingGoesByItself() {
        busy();
        nexus.send(ID, "A");

        nexus.chat.abort(ID);

        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        assertThat(nexus.sent()).isEmpty();
        nexus.chat.resume(ID);
        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void whatIsSentAfterAStopIsNoPartOfIt() {
        busy();
        opencode.ignoreAborts();
        nexus.chat.abort(ID);
        nexus.send(ID, "A");
        assertThat(texts()).containsExactly("A");
        assertThat(nexus.chat.queue(ID).paused()).isFalse();

        opencode.status(ID, SessionStatus.IDLE);
        opencode.endMessage(opencode.messages(ID, 1, null).messages().get(0).id(), Message.State.ABORTED, null);
        opencode.status(ID, SessionStatus.IDLE);

        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void aStopElsewherePausesToo() {
        String answer = busy();
        nexus.send(ID, "A");

        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "Aborted", true));
        opencode.status(ID, SessionStatus.IDLE);
        opencode.endMessage(answer, Message.State.ABORTED, null);
        opencode.status(ID, SessionStatus.IDLE);

        assertThat(nexus.sent()).isEmpty();
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
    }

    @Test
    void aFailurePausesUntilTheOwnerGoesOn() {
        String answer = busy();
        nexus.send(ID, "A");
        fail(answer);
        assertThat(nexus.sent()).isEmpty();
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        assertThat(nexus.chat.session(ID).status()).isEqualTo(Session.Status.FAILED);

        nexus.send(ID, "Try again");
        assertThat(nexus.sent()).containsExactly("Try again");
        assertThat(nexus.chat.queue(ID).paused()).isFalse();
        assertThat(texts()).containsExactly("A");

        opencode.answer(ID);
        assertThat(nexus.sent()).containsExactly("Try again", "A");
    }

    @Test
    void anotherFailurePausesAgain() {
        fail(busyWith("A"));
        nexus.done();
        nexus.send(ID, "Try again");
        nexus.done();

        fail(opencode.beginAnswer(ID));

        assertThat(nexus.sent()).containsExactly("Try again");
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
    }

    @Test
    void whatCannotBeHandedOverWaitsForTheOwner() {
        String answer = busyWith("A");
        opencode.endAnswer(answer);
        opencode.afterPrompt(() -> {});
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));

        assertThat(nexus.sent()).isEmpty();
        assertThat(texts()).containsExactly("A");
        assertThat(nexus.chat.queue(ID).paused()).isTrue();

        nexus.chat.resume(ID);
        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void aQueuedMessageWhoseAnswerGotLostIsNotSentTwice() {
        opencode.endAnswer(busyWith("A"));
        opencode.afterPrompt(() -> {
            throw new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode did not answer.");
        });
        nexus.done();
        opencode.afterPrompt(() -> {});

        nexus.chat.resume(ID);

        assertThat(nexus.sent()).containsExactly("A");
        assertThat(texts()).isEmpty();
    }

    @Test
    void deletingASessionForgetsWhatWaits() {
        busyWith("A");

        nexus.chat.delete(ID);

        assertThat(queueFiles()).isEmpty();
        assertThat(nexus.sent()).isEmpty();
    }

    @Test
    void puttingACardAwayKeepsWhatWaits() {
        nexus.update(ID, null, true);
        String answer = busyWith("A");

        nexus.update(ID, null, false);
        opencode.endAnswer(answer);

        assertThat(nexus.sent()).containsExactly("A");
    }

    // ---- crashes ----

    @Test
    void whatWaitsSurvivesTheGateway() {
        String answer = busyWith("A");

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();
        assertThat(texts()).containsExactly("A");
        assertThat(nexus.sent()).isEmpty();

        opencode.endAnswer(answer);
        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void whatEndedWellMeanwhileLetsTheNextGo() {
        String answer = busyWith("A");
        opencode.endAnswer(answer);

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();

        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void whatEndedBadlyMeanwhileWaitsForTheOwner() {
        String answer = busyWith("A");
        opencode.endMessage(answer, Message.State.ABORTED, null);
        opencode.status(ID, SessionStatus.IDLE);

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();

        assertThat(nexus.sent()).isEmpty();
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
    }

    @Test
    void nothingIsSentBeforeItIsKnownHowThingsStand() {
        opencode.endAnswer(busyWith("A"));

        use(nexus.successor());

        assertThat(nexus.sent()).isEmpty();
    }

    @Test
    void aCrashBetweenSendingAndRemovingDoesNotSendTwice() throws Exception {
        opencode.endAnswer(busyWith("A"));
        byte[] waiting = Files.readAllBytes(queueFiles().get(0));
        assertThat(nexus.sent()).containsExactly("A");
        assertThat(queueFiles()).isEmpty();
        opencode.answer(ID);
        String tried = new String(waiting, StandardCharsets.UTF_8).replace("\"tried\":false", "\"tried\":true");
        assertThat(tried).contains("\"tried\":true");
        Files.writeString(nexus.home.directory("chat-queue").resolve(ID + ".json"), tried);

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();

        assertThat(nexus.sent()).containsExactly("A");
        assertThat(texts()).isEmpty();
    }

    @Test
    void aCrashBeforeSendingSendsOnce() throws Exception {
        opencode.endAnswer(busyWith("A"));
        Path file = queueFiles().get(0);
        Files.writeString(file, Files.readString(file).replace("\"tried\":false", "\"tried\":true"));

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();

        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void thatItIsAboutToBeSentIsWrittenDownBefore() throws Exception {
        opencode.endAnswer(busyWith("A"));
        opencode.deliverOne();
        opencode.deliverOne();
        nexus.chat.outbox().awaitDone();

        // OpenCode has it, but nobody has heard so yet.
        assertThat(opencode.prompts()).hasSize(1);
        assertThat(Files.readString(queueFiles().get(0))).contains("\"tried\":true");
        opencode.deliver();
        assertThat(queueFiles()).isEmpty();
    }

    @Test
    void aGarbledFileIsNoReasonNotToStart() throws Exception {
        Path queue = nexus.home.directory("chat-queue");
        for (String content : List.of("", "{", "[1]", "{\"items\":7}", "{\"items\":[{}]}", "{\"items\":[null]}")) {
            Files.writeString(queue.resolve(ID + ".json"), content);
            use(nexus.successor());
            assertThat(nexus.chat.queue(ID).messages()).isEmpty();
        }
    }

    @Test
    void withoutADiskNothingIsPromised() {
        busy();
        nexus.home.refuseWrites(true);

        assertThat(failure(() -> nexus.send(ID, "A", "c-1")).code()).isEqualTo("home-not-writable");
        assertThat(texts()).isEmpty();

        nexus.home.refuseWrites(false);
        nexus.send(ID, "A", "c-1");
        assertThat(texts()).containsExactly("A");
    }

    @Test
    void whenOpenCodeGoesAwayWhatWaitsIsPaused() {
        busyWith("A");

        opencode.disconnect(true);
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        opencode.connect();

        assertThat(nexus.sent()).isEmpty();
        nexus.chat.resume(ID);
        assertThat(nexus.sent()).containsExactly("A");
    }

    @Test
    void whatEndedWhileTheConnectionWasBrokenLetsTheNextGo() {
        String answer = busyWith("A");
        opencode.endAnswer(answer);
        opencode.disconnect(false);

        opencode.connect();

        assertThat(nexus.sent()).containsExactly("A");
    }

    // ---- refused messages ----

    @Test
    void aRefusedMessageComesBackWithTheReason() {
        opencode.refuseNext("ImageDecodeError: Image could not be decoded\n    at catch (/$bunfs/root/chunk.js:1:2)");

        String id = nexus.send(ID, "Look", "c-1");
        nexus.done();

        assertThat(nexus.published("chat.message.refused"))
                .containsExactly("{\"sessionId\":\"ses_a\",\"messageId\":\"" + id
                        + "\",\"clientId\":\"c-1\",\"reason\":\"Image could not be decoded\"}");
        assertThat(nexus.chat.session(ID).status()).isEqualTo(Session.Status.IDLE);
        NexusException again = failure(() -> nexus.send(ID, "Look", "c-1"));
        assertThat(again.kind()).isEqualTo(NexusException.Kind.INVALID);
        assertThat(again.code()).isEqualTo("message-refused");
        assertThat(again.getMessage()).isEqualTo("Image could not be decoded");

        use(nexus.successor());
        assertThat(failure(() -> nexus.send(ID, "Look", "c-1")).getMessage()).isEqualTo("Image could not be decoded");
        nexus.send(ID, "Look again", "c-2");
        assertThat(opencode.prompts()).hasSize(2);
    }

    @Test
    void aRefusalLeavesTheSessionAsItWas() {
        fail(busy());
        nexus.done();
        opencode.refuseNext("No.");

        nexus.send(ID, "Look");
        nexus.done();

        assertThat(nexus.chat.session(ID).status()).isEqualTo(Session.Status.FAILED);
        assertThat(nexus.chat.session(ID).problem()).isEqualTo("The model failed.");
    }

    @Test
    void aRefusedMessageFromTheQueueIsNotLost() {
        String answer = busyWith("A");
        nexus.send(ID, "B");
        opencode.refuseNext("Error: No such agent.");

        opencode.endAnswer(answer);
        nexus.done();

        Queue queue = nexus.chat.queue(ID);
        assertThat(queue.paused()).isTrue();
        assertThat(texts()).containsExactly("A", "B");
        assertThat(queue.messages().get(0).problem()).isEqualTo("No such agent.");
        assertThat(nexus.published("chat.message.refused")).hasSize(1);
        assertThat(nexus.chat.session(ID).status()).isEqualTo(Session.Status.IDLE);

        nexus.chat.takeBack(ID, queue.messages().get(0).messageId());
        nexus.chat.resume(ID);
        assertThat(nexus.sent()).containsExactly("A", "B");
    }

    @Test
    void whatWasRefusedIsNotTriedAgainByItself() {
        opencode.endAnswer(busyWith("A"));
        opencode.refuseNext("No.");
        nexus.done();

        nexus.send(ID, "B");
        nexus.done();
        opencode.answer(ID);

        assertThat(nexus.sent()).containsExactly("A", "B");
        assertThat(texts()).containsExactly("A");
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        nexus.chat.resume(ID);
        assertThat(nexus.sent()).containsExactly("A", "B", "A");
    }

    @Test
    void aRefusalPausesWhatWaitsBehindIt() {
        opencode.refuseNext("No.");
        nexus.send(ID, "A");
        nexus.send(ID, "B");

        assertThat(nexus.sent()).containsExactly("A");
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        assertThat(texts()).containsExactly("B");
    }

    @Test
    void aFailureAfterTheMessageWasSeenIsOneOfTheRun() {
        nexus.send(ID, "A");
        nexus.done();

        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "Model not found", false));
        nexus.done();

        assertThat(nexus.published("chat.message.refused")).isEmpty();
        assertThat(nexus.chat.session(ID).status()).isEqualTo(Session.Status.FAILED);
        nexus.send(ID, "B");
        assertThat(nexus.sent()).containsExactly("A", "B");
    }

    @Test
    void aRefusedMessageMayBeSentFromTheQueueLater() {
        opencode.endAnswer(busyWith("A", "c-1"));
        opencode.refuseNext("No such agent.");
        nexus.done();
        assertThat(failure(() -> nexus.send(ID, "A", "c-1")).code()).isEqualTo("message-refused");

        nexus.chat.resume(ID);

        assertThat(nexus.sent()).containsExactly("A", "A");
        assertThat(texts()).isEmpty();
        assertThat(nexus.send(ID, "A", "c-1"))
                .isEqualTo(opencode.prompts().get(1).messageId());
    }

    @Test
    void aMessageOfWhichNothingIsHeardIsLookedFor() throws Exception {
        nexus.send(ID, "A", "c-1");
        opencode.disconnect(false);
        nexus.send(ID, "B");
        assertThat(texts()).containsExactly("B");

        opencode.connect();

        // It is there, and nothing runs: the model gave no answer.
        nexus.done();
        nexus.clock.advance(Duration.ofMinutes(1));
        nexus.chat.outbox().sweep();
        assertThat(nexus.sent()).containsExactly("A");
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        assertThat(nexus.published("chat.message.refused")).isEmpty();
    }

    @Test
    void aMessageThatVanishedComesBack() throws Exception {
        opencode.refuseNext("Nobody hears this.");
        nexus.send(ID, "A", "c-1");
        opencode.disconnect(false);
        opencode.connect();
        nexus.chat.outbox().sweep();
        nexus.done();
        assertThat(nexus.published("chat.message.refused")).isEmpty();

        nexus.clock.advance(Duration.ofMinutes(1));
        nexus.chat.outbox().sweep();
        nexus.done();

        assertThat(nexus.published("chat.message.refused"))
                .singleElement()
                .asString()
                .contains("did not keep it");
        nexus.send(ID, "B");
        assertThat(nexus.sent()).containsExactly("A", "B");
    }

    @Test
    void aSessionWithoutItsDirectoryTakesNoMessages() throws Exception {
        Files.delete(Path.of(opencode.workspaces().get(0)));

        NexusException gone = failure(() -> nexus.send(ID, "A"));

        assertThat(gone.kind()).isEqualTo(NexusException.Kind.CONFLICT);
        assertThat(gone.code()).isEqualTo("workspace-gone");
        assertThat(opencode.prompts()).isEmpty();
    }

    @Test
    void whatWaitsWhenItsDirectoryGoesStaysThere() throws Exception {
        String answer = busyWith("A");
        Files.delete(Path.of(opencode.workspaces().get(0)));

        opencode.endAnswer(answer);

        assertThat(nexus.sent()).isEmpty();
        assertThat(nexus.chat.queue(ID).paused()).isTrue();
        assertThat(nexus.chat.queue(ID).messages().get(0).problem()).contains("is not there any more");
    }

    private void use(ChatFixture fixture) {
        nexus = fixture;
        opencode = fixture.opencode;
    }

    private String busy() {
        String answer = opencode.beginAnswer(ID);
        opencode.deliver();
        return answer;
    }

    /** An answer that runs while a message waits. */
    private String busyWith(String text) {
        return busyWith(text, null);
    }

    private String busyWith(String text, String clientId) {
        String answer = busy();
        nexus.send(ID, text, clientId);
        return answer;
    }

    private void fail(String answer) {
        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "The model failed.", false));
        opencode.status(ID, SessionStatus.IDLE);
        opencode.endMessage(answer, Message.State.FAILED, "The model failed.");
        opencode.status(ID, SessionStatus.IDLE);
    }

    private List<String> texts() {
        return nexus.chat.queue(ID).messages().stream().map(Queue.Waiting::text).toList();
    }

    private List<Path> queueFiles() {
        try (var files = Files.list(nexus.home.directory("chat-queue"))) {
            return files.toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static NexusException failure(ThrowingCallable call) {
        return catchThrowableOfType(NexusException.class, call);
    }
}
