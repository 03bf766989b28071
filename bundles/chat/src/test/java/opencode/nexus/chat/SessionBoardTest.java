package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Session.Status;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionBoardTest {
    private static final String ID = "ses_a";
    private static final Instant LATER = Instant.parse("2026-01-01T00:01:00Z");

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;

    @BeforeEach
    void begin() {
        nexus = new ChatFixture(directory);
        opencode = nexus.opencode;
        opencode.addSession(ID, "One");
        opencode.deliver();
    }

    @AfterEach
    void end() {
        nexus.chat.close();
    }

    @Test
    void aSessionIsBusyWhileItAnswers() {
        String message = opencode.beginAnswer(ID);
        opencode.deliver();
        assertThat(status()).isEqualTo(Status.BUSY);

        opencode.endAnswer(message);
        opencode.deliver();
        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    void aRetrySaysWhyAndWhen() {
        opencode.status(ID, new SessionStatus(SessionStatus.Type.RETRY, "overloaded", LATER));
        opencode.deliver();

        assertThat(session().status()).isEqualTo(Status.RETRY);
        assertThat(session().problem()).isEqualTo("overloaded");
        assertThat(session().retryAt()).isEqualTo(LATER);

        opencode.status(ID, SessionStatus.BUSY);
        opencode.deliver();
        assertThat(session().problem()).isNull();
        assertThat(session().retryAt()).isNull();
    }

    @Test
    void aFailureStaysUntilTheNextPromptAndIsToldInItsFirstWords() {
        String answer = opencode.beginAnswer(ID);
        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "The key was refused.", false));
        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "Error: refused\n    at chunk.js", false));
        opencode.status(ID, SessionStatus.IDLE);
        opencode.endMessage(answer, Message.State.FAILED, "The key was refused.");
        opencode.status(ID, SessionStatus.IDLE);
        opencode.deliver();
        assertThat(session().status()).isEqualTo(Status.FAILED);
        assertThat(session().problem()).isEqualTo("The key was refused.");

        nexus.chat.send(ID, new Prompt("Again", List.of(), null, null, null, null));
        assertThat(session().status()).as("a message is on its way").isEqualTo(Status.BUSY);
        assertThat(session().problem()).isNull();
    }

    @Test
    void anAbortIsNoFailure() {
        opencode.beginAnswer(ID);
        opencode.deliver();
        opencode.abort(ID);
        opencode.deliver();

        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    void aFailureOfNoSessionHarmsNone() {
        opencode.tell(new OpenCodeEvent.SessionFailed(null, "Something broke.", false));
        opencode.deliver();

        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    void whatRanWhenTheServerWasLostIsInterrupted() {
        String message = opencode.beginAnswer(ID);
        Request request = opencode.askPermission(ID, message);
        opencode.deliver();
        assertThat(status()).isEqualTo(Status.WAITING);

        opencode.disconnect(true);

        assertThat(status()).isEqualTo(Status.INTERRUPTED);
        assertThat(nexus.board.requests()).isEmpty();
        assertThat(nexus.published("chat.request.settled")).containsExactly("{\"id\":\"" + request.id() + "\"}");
        opencode.connect();
        assertThat(status()).isEqualTo(Status.INTERRUPTED);

        opencode.beginAnswer(ID);
        opencode.deliver();
        assertThat(status()).isEqualTo(Status.BUSY);
    }

    @Test
    void aBrokenConnectionAloneInterruptsNothing() {
        opencode.beginAnswer(ID);
        opencode.deliver();

        opencode.disconnect(false);
        assertThat(status()).isEqualTo(Status.BUSY);

        opencode.status(ID, SessionStatus.IDLE);
        opencode.connect();
        assertThat(status()).isEqualTo(Status.IDLE);
    }

    @Test
    void aRequestOfASubAgentMakesItsSessionWait() {
        opencode.addSession("ses_child", "Helper", ID);
        opencode.addSession("ses_grandchild", "Helper's helper", "ses_child");
        opencode.status(ID, SessionStatus.BUSY);
        opencode.status("ses_grandchild", SessionStatus.BUSY);
        Request request = opencode.askPermission("ses_grandchild", null);
        opencode.deliver();

        assertThat(status()).isEqualTo(Status.WAITING);
        assertThat(nexus.board.requests()).containsExactly(request.at(ID));
        assertThat(nexus.published("chat.request").get(0))
                .contains(
                        "\"sessionId\":\"ses_grandchild\"",
                        "\"rootSessionId\":\"" + ID + "\"",
                        "\"type\":\"permission\"",
                        "\"permission\":\"bash\"")
                .doesNotContain("null");
        assertThat(nexus.published("chat.session")).noneMatch(json -> json.contains("parentId"));

        opencode.replyPermission(request, "once", null);
        opencode.deliver();
        assertThat(status()).isEqualTo(Status.BUSY);
    }

    @Test
    void whatAnAbortLeftBehindIsNeverShownAgain() {
        String message = opencode.beginAnswer(ID);
        Request request = opencode.askPermission(ID, message);
        opencode.deliver();
        opencode.abort(ID);
        opencode.deliver();
        assertThat(nexus.board.requests()).isEmpty();

        // OpenCode still lists it, and the session works on something else.
        opencode.beginAnswer(ID);
        opencode.disconnect(false);
        opencode.connect();
        assertThat(nexus.board.requests()).isEmpty();

        // Nor by a gateway that never saw the abort.
        ChatFixture successor = nexus.successor();
        opencode.listen(successor.board);
        opencode.connect();
        assertThat(successor.board.requests()).isEmpty();
        assertThat(opencode.requests()).contains(request);
        successor.chat.close();
    }

    @Test
    void aRequestFromBeforeTheGatewayIsShownWhenItsAnswerWaits() {
        String message = opencode.beginAnswer(ID);
        Request request = opencode.askPermission(ID, message);
        ChatFixture successor = nexus.successor();
        opencode.listen(successor.board);
        opencode.connect();

        assertThat(successor.board.requests()).containsExactly(request);
        assertThat(successor.board.find(ID).orElseThrow().status()).isEqualTo(Status.WAITING);
        successor.chat.close();
    }

    @Test
    void whatWasSettledWhileNobodyListenedIsSettled() {
        String message = opencode.beginAnswer(ID);
        Request request = opencode.askPermission(ID, message);
        opencode.deliver();
        opencode.disconnect(false);
        opencode.replyPermission(request, "once", null);
        opencode.connect();

        assertThat(nexus.board.requests()).isEmpty();
        assertThat(nexus.published("chat.request.settled")).hasSize(1);
    }

    @Test
    void anActiveSessionThatWasCutOffBeforeTheGatewayBeganIsInterrupted() {
        nexus.update(ID, null, true);
        opencode.beginAnswer(ID);
        opencode.disconnect(true);
        ChatFixture successor = nexus.successor();
        opencode.listen(successor.board);

        opencode.connect();

        assertThat(successor.board.find(ID).orElseThrow().status()).isEqualTo(Status.INTERRUPTED);
        successor.chat.close();
    }

    @Test
    void anActiveSessionWhoseLastAnswerFailedSaysSoAfterARestart() {
        nexus.update(ID, null, true);
        String message = opencode.beginAnswer(ID);
        opencode.endMessage(message, Message.State.FAILED, "The key was refused.");
        opencode.status(ID, SessionStatus.IDLE);
        ChatFixture successor = nexus.successor();
        opencode.listen(successor.board);

        opencode.connect();

        Session session = successor.board.find(ID).orElseThrow();
        assertThat(session.status()).isEqualTo(Status.FAILED);
        assertThat(session.problem()).isEqualTo("The key was refused.");
        successor.chat.close();
    }

    @Test
    void aCardWhoseSessionIsGoneIsPutAway() {
        String id = nexus.create("Two", null).id();
        opencode.deliver();
        opencode.disconnect(false);
        opencode.loseSession(id);

        opencode.connect();

        assertThat(nexus.board.sessions()).extracting(Session::id).containsExactly(ID);
        assertThat(nexus.published("chat.session.removed")).containsExactly("{\"sessionId\":\"" + id + "\"}");
        assertThat(nexus.create("Three", null).number()).isEqualTo(1);
    }

    @Test
    void nothingIsToldTwice() {
        opencode.status(ID, SessionStatus.BUSY);
        opencode.status(ID, SessionStatus.BUSY);
        opencode.status(ID, SessionStatus.IDLE);
        opencode.status(ID, SessionStatus.IDLE);
        opencode.deliver();

        assertThat(nexus.published("chat.session"))
                .extracting(json -> json.replaceAll(".*\"status\":\"([a-z]+)\".*", "$1"))
                .containsExactly("idle", "busy", "idle");
    }

    @Test
    void sessionsThatNobodySeesAreNoNewsAtTheBeginning() {
        for (int number = 0; number < 50; number++) {
            opencode.addSession("ses_" + number, "Old");
        }
        opencode.status("ses_7", SessionStatus.BUSY);
        ChatFixture successor = nexus.successor();
        opencode.listen(successor.board);
        int before = nexus.published("chat.session").size();
        successor.board.onConnected();

        assertThat(nexus.published("chat.session")).hasSize(before + 1);
        assertThat(successor.board.sessions()).hasSize(51);
        successor.chat.close();
    }

    @Test
    void listsComeFromMemoryAlsoWhileTheServerIsAway() {
        opencode.disconnect(true);

        assertThat(nexus.board.sessions()).hasSize(1);
        assertThat(nexus.board.requests()).isEmpty();
    }

    @Test
    void whoeverAsksBeforeTheFirstEventIsAnsweredFromOpenCode() {
        ChatFixture successor = nexus.successor();

        assertThat(successor.board.sessions()).extracting(Session::id).containsExactly(ID);
        successor.chat.close();
    }

    @Test
    void aFailureAtTheBeginningIsTriedAgainByTheNextWhoAsks() {
        ChatFixture successor = nexus.successor();
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));
        successor.board.onConnected();

        assertThat(successor.board.sessions()).hasSize(1);
        successor.chat.close();
    }

    @Test
    void waitingForQuietEndsWhenTheAnswerIsStored() {
        String message = opencode.beginAnswer(ID);
        opencode.deliver();
        assertThat(nexus.board.awaitQuiet(ID, Duration.ofMillis(1))).isFalse();

        opencode.status(ID, SessionStatus.IDLE);
        opencode.deliver();
        assertThat(nexus.board.awaitQuiet(ID, Duration.ofMillis(1))).isFalse();

        opencode.endMessage(message, Message.State.ABORTED, null);
        opencode.deliver();
        assertThat(nexus.board.awaitQuiet(ID, Duration.ZERO)).isTrue();
    }

    @Test
    void aStoppedRunEndsAfterItsMessageNotWithTheFirstIdle() {
        opencode.beginText(opencode.beginAnswer(ID), "text");
        opencode.deliver();
        assertThat(nexus.board.awaitEnd(ID, Duration.ZERO)).isTrue();

        nexus.chat.abort(ID);
        int events = 0;
        while (!nexus.board.awaitEnd(ID, Duration.ZERO)) {
            assertThat(opencode.deliverOne()).isTrue();
            events++;
        }

        // Failure, idle, the text, the message, idle.
        assertThat(events).isEqualTo(5);
    }

    @Test
    void aFailedRunEndsAfterItsMessage() {
        String message = opencode.beginAnswer(ID);
        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "The key was refused.", false));
        opencode.status(ID, SessionStatus.IDLE);
        opencode.deliver();
        assertThat(nexus.board.awaitEnd(ID, Duration.ZERO)).isFalse();

        opencode.endMessage(message, Message.State.FAILED, "The key was refused.");
        opencode.status(ID, SessionStatus.IDLE);
        opencode.deliver();
        assertThat(nexus.board.awaitEnd(ID, Duration.ZERO)).isTrue();
    }

    @Test
    void aFailureWithoutARunEndsNothing() {
        opencode.tell(new OpenCodeEvent.SessionFailed(ID, "No such agent.", false));
        opencode.deliver();

        assertThat(nexus.board.awaitEnd(ID, Duration.ZERO)).isTrue();
    }

    @Test
    void aCircleOfParentsIsNoTrap() {
        opencode.addSession("ses_x", "X", "ses_y");
        opencode.addSession("ses_y", "Y", "ses_x");
        opencode.askPermission("ses_x", null);
        opencode.deliver();

        assertThat(nexus.board.sessions()).extracting(Session::id).containsExactly(ID);
    }

    private Status status() {
        return session().status();
    }

    private Session session() {
        return nexus.board.find(ID).orElseThrow();
    }
}
