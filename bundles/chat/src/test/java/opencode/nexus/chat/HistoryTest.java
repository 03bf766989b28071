package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    private static final String ID = "ses_a";

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;
    private String first;
    private String firstAnswer;
    private String second;
    private String third;

    @BeforeEach
    void begin() {
        nexus = new ChatFixture(directory);
        opencode = nexus.opencode;
        opencode.addSession(ID, "One");
        first = opencode.addUserMessage(ID, "A").id();
        firstAnswer = opencode.answer(ID);
        second = opencode.addUserMessage(ID, "B").id();
        opencode.answer(ID);
        third = opencode.addUserMessage(ID, "C").id();
        opencode.answer(ID);
        opencode.setChanges(first, change("a.txt", "one\n", 1, 0, "added"));
        opencode.setChanges(second, change("a.txt", "two", 2, 1, "modified"), change("b.txt", null, 0, 9, "deleted"));
        opencode.setChanges(third, change("a.txt", "three\n", 0, 3, "deleted"), change("b.txt", "x", 1, 0, "added"));
        opencode.deliver();
    }

    @AfterEach
    void end() {
        nexus.chat.close();
    }

    // ---- forks ----

    @Test
    void aForkHasWhatCameBeforeAndACard() {
        Session fork = nexus.chat.fork(ID, second);
        opencode.deliver();

        assertThat(fork.active()).isTrue();
        assertThat(fork.number()).isEqualTo(1);
        assertThat(fork.title()).isEqualTo("One (fork #1)");
        assertThat(nexus.chat.messages(fork.id(), 10, null).messages()).hasSize(2);
        assertThat(nexus.chat.messages(nexus.chat.fork(ID, null).id(), 10, null).messages())
                .hasSize(6);
    }

    @Test
    void aForkOfAVanishedMessageIsRefused() {
        for (String id : List.of("msg_nope", "", "../x", "msg_\u0000")) {
            assertThat(failure(() -> nexus.chat.fork(ID, id)).code()).isEqualTo("unknown-message");
        }
        assertThat(opencode.calls()).isEmpty();
        assertThat(nexus.create(null, null).number()).isEqualTo(1);
    }

    @Test
    void anEleventhCardIsNotForked() {
        for (int number = 0; number < 10; number++) {
            nexus.create(null, null);
        }

        assertThat(failure(() -> nexus.chat.fork(ID, null)).code()).isEqualTo("too-many-active");
        assertThat(opencode.calls()).noneMatch(call -> call.startsWith("fork"));
    }

    @Test
    void aForkLeavesOutWhatIsTakenBack() {
        nexus.chat.revert(ID, third);
        opencode.deliver();

        Session fork = nexus.chat.fork(ID, null);

        assertThat(nexus.chat.messages(fork.id(), 10, null).messages()).hasSize(4);
    }

    // ---- taking back ----

    @Test
    void whatWouldGoBackIsToldByFile() {
        Revert preview = nexus.chat.revertPreview(ID, second);

        assertThat(preview.messageId()).isEqualTo(second);
        assertThat(preview.files())
                .containsExactly(
                        change("a.txt", "two\nthree\n", 2, 4, "deleted"), change("b.txt", "x", 1, 9, "modified"));
        assertThat(opencode.calls()).isEmpty();
    }

    @Test
    void takenBackIsHiddenUntilItIsBroughtBack() {
        assertThat(nexus.chat.revert(ID, second).revert().messageId()).isEqualTo(second);
        opencode.deliver();

        assertThat(ids()).containsExactly(first, firstAnswer);
        assertThat(nexus.chat.messages(ID, 1, null).messages())
                .extracting(Message::id)
                .containsExactly(firstAnswer);
        assertThat(nexus.chat.changes(ID, null)).containsExactly(change("a.txt", "one\n", 1, 0, "added"));
        assertThat(failure(() -> nexus.chat.revertPreview(ID, third)).code()).isEqualTo("unknown-message");
        assertThat(nexus.published("chat.session")
                        .get(nexus.published("chat.session").size() - 1))
                .contains("\"revert\":{\"messageId\":\"" + second + "\",\"files\":[{\"file\":\"a.txt\"");

        assertThat(nexus.chat.unrevert(ID).revert()).isNull();
        opencode.deliver();
        assertThat(ids()).hasSize(6);
        assertThat(nexus.chat.unrevert(ID).revert()).isNull();
        assertThat(opencode.calls()).containsExactly("revert " + ID + " " + second, "unrevert " + ID);
    }

    @Test
    void everythingMayBeTakenBack() {
        nexus.chat.revert(ID, first);
        opencode.deliver();

        assertThat(ids()).isEmpty();
        assertThat(nexus.chat.messages(ID, 1, null).before()).isNull();
    }

    @Test
    void aMessageThatWaitedIsTakenBackByWhenItCame() {
        String waited = opencode.newMessageId();
        String answer = opencode.answer(ID);
        opencode.prompt(ID, waited, new Outgoing("D", List.of(), null, null, null));
        opencode.deliver();

        nexus.chat.revert(ID, waited);
        opencode.deliver();

        assertThat(ids()).contains(answer).doesNotContain(waited);
    }

    @Test
    void anAnswerIsTakenBackWithItsQuestion() {
        Message answer = opencode.message(opencode.answer(ID));
        opencode.addMessage(new Message(
                answer.id(),
                ID,
                answer.role(),
                answer.createdAt(),
                answer.completedAt(),
                answer.state(),
                null,
                null,
                null,
                third,
                null,
                null,
                null));
        opencode.deliver();

        assertThat(nexus.chat.revertPreview(ID, answer.id()).messageId()).isEqualTo(third);
        assertThat(nexus.chat.revert(ID, answer.id()).revert().messageId()).isEqualTo(third);
        assertThat(opencode.calls()).containsExactly("revert " + ID + " " + third);
    }

    @Test
    void unknownMessagesAreNotTakenBack() {
        assertThat(failure(() -> nexus.chat.revert(ID, "msg_nope")).code()).isEqualTo("unknown-message");
        assertThat(failure(() -> nexus.chat.revertPreview(ID, "msg_nope")).code())
                .isEqualTo("unknown-message");
        assertThat(failure(() -> nexus.chat.changes(ID, "msg_nope")).code()).isEqualTo("unknown-message");
        assertThat(opencode.calls()).isEmpty();
    }

    @Test
    void whileAnAnswerRunsNothingIsTakenBack() {
        nexus.chat.revert(ID, third);
        opencode.beginAnswer(ID);
        opencode.deliver();

        for (ThrowingCallable call :
                List.<ThrowingCallable>of(() -> nexus.chat.revert(ID, second), () -> nexus.chat.unrevert(ID))) {
            NexusException busy = failure(call);
            assertThat(busy.kind()).isEqualTo(NexusException.Kind.CONFLICT);
            assertThat(busy.code()).isEqualTo("session-busy");
        }
    }

    // ---- changes ----

    @Test
    void changesAreToldByTurnAndOfTheWholeSession() {
        assertThat(nexus.chat.changes(ID, first)).containsExactly(change("a.txt", "one\n", 1, 0, "added"));
        assertThat(nexus.chat.changes(ID, null))
                .containsExactly(
                        change("a.txt", "one\ntwo\nthree\n", 3, 4, "deleted"), change("b.txt", "x", 1, 9, "modified"));
    }

    @Test
    void changesOfALongSessionAreAllFound() {
        for (int number = 0; number < 450; number++) {
            String id = opencode.addUserMessage(ID, "more").id();
            opencode.setChanges(id, change("c.txt", null, 1, 0, "modified"));
        }
        opencode.deliver();

        assertThat(nexus.chat.changes(ID, null))
                .hasSize(3)
                .last()
                .extracting(FileChange::additions)
                .isEqualTo(450);
        assertThat(nexus.chat.revertPreview(ID, second).files())
                .last()
                .extracting(FileChange::additions)
                .isEqualTo(450);
    }

    private List<String> ids() {
        return nexus.chat.messages(ID, 100, null).messages().stream()
                .map(Message::id)
                .toList();
    }

    private static FileChange change(String file, String patch, int additions, int deletions, String status) {
        return new FileChange(file, patch, additions, deletions, status);
    }

    private static NexusException failure(ThrowingCallable call) {
        return catchThrowableOfType(NexusException.class, call);
    }
}
