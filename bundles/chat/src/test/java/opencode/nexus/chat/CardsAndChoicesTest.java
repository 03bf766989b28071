package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.ChatService.NewSession;
import opencode.nexus.api.chat.ChatService.SessionChange;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CardsAndChoicesTest {
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

    // ---- numbers ----

    @Test
    void aCardMovesToAFreePlaceAloneAndThatIsRemembered() {
        List<String> ids = cards(3);

        assertThat(move(ids.get(0), 7)).isEqualTo(7);

        assertThat(numbers(ids)).containsExactly(7, 2, 3);
        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();
        assertThat(numbers(ids)).containsExactly(7, 2, 3);
    }

    @Test
    void cardsInBetweenMoveOverByOne() {
        List<String> ids = cards(5);

        move(ids.get(0), 4);
        assertThat(numbers(ids)).containsExactly(4, 1, 2, 3, 5);
        move(ids.get(4), 2);
        assertThat(numbers(ids)).containsExactly(5, 1, 3, 4, 2);
        move(ids.get(4), 2);
        assertThat(numbers(ids)).containsExactly(5, 1, 3, 4, 2);
    }

    @Test
    void everyCardThatMovedIsToldAndNoOther() {
        List<String> ids = cards(4);
        int before = nexus.published("chat.session").size();

        move(ids.get(2), 1);

        List<String> told = nexus.published("chat.session");
        assertThat(told.subList(before, told.size()))
                .hasSize(3)
                .noneMatch(session -> session.contains("\"id\":\"" + ids.get(3) + "\""));
    }

    @Test
    void withTenCardsEveryOrderIsPossible() {
        List<String> ids = cards(10);

        for (int number = 10; number >= 1; number--) {
            move(ids.get(10 - number), number);
        }

        assertThat(numbers(ids)).containsExactly(10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
    }

    @Test
    void numbersAreChecked() {
        List<String> ids = cards(1);

        assertInvalid("number", () -> move(ids.get(0), 0));
        assertInvalid("number", () -> move(ids.get(0), 11));
        NexusException refused = failure(() -> move(ID, 1));
        assertThat(refused.kind()).isEqualTo(NexusException.Kind.CONFLICT);
        assertThat(refused.code()).isEqualTo("not-active");
        assertThat(nexus.chat
                        .update(ID, new SessionChange(null, true, null, null, 5))
                        .number())
                .isEqualTo(5);
    }

    @Test
    void aRefusedMoveLeavesTheCardAsItWas() {
        cards(1);

        failure(() -> nexus.chat.update(ID, new SessionChange("New", false, null, null, 3)));

        assertThat(nexus.chat.session(ID).title()).isEqualTo("One");
        assertThat(nexus.chat.session(ID).active()).isFalse();
    }

    // ---- model and agent ----

    @Test
    void aSessionIsCreatedWithModelAndAgent() {
        Session created = nexus.chat.create(new NewSession(null, null, "mock/small", "plan"));

        assertThat(created.model()).isEqualTo("mock/small");
        assertThat(created.agent()).isEqualTo("plan");
        assertInvalid("model", () -> nexus.chat.create(new NewSession(null, null, "mock/nope", null)));
        assertInvalid("agent", () -> nexus.chat.create(new NewSession(null, null, null, "nope")));
        assertThat(opencode.calls()).hasSize(1);
    }

    @Test
    void whatIsChosenIsUsedByTheNextMessageAndSurvivesARestart() {
        Session chosen = choose("mock/small", "plan");
        assertThat(chosen.model()).isEqualTo("mock/small");
        assertThat(nexus.published("chat.session"))
                .last()
                .asString()
                .contains("\"model\":\"mock/small\"", "\"agent\":\"plan\"");

        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();
        nexus.send(ID, "A");
        opencode.answer(ID);
        nexus.done();
        nexus.chat.send(ID, new Prompt("B", List.of(), "mock/mock", "build", null, null));

        assertThat(opencode.prompts())
                .extracting(sent -> sent.prompt().model())
                .containsExactly("mock/small", "mock/mock");
        assertThat(opencode.prompts()).extracting(sent -> sent.prompt().agent()).containsExactly("plan", "build");
    }

    @Test
    void withoutAChoiceOpenCodeChooses() {
        opencode.tell(new OpenCodeEvent.SessionChanged(with("mock/small", "plan")));
        opencode.deliver();

        nexus.send(ID, "A");

        Outgoing sent = opencode.prompts().get(0).prompt();
        assertThat(sent.model()).isNull();
        assertThat(sent.agent()).isNull();
        assertThat(nexus.chat.session(ID).model()).isEqualTo("mock/small");
    }

    @Test
    void whatOpenCodeSaysTooIsForgotten() {
        choose("mock/small", "plan");
        opencode.tell(new OpenCodeEvent.SessionChanged(with("mock/small", "plan")));
        opencode.deliver();
        assertThat(nexus.home.directory("chat").resolve("choices.json"))
                .content()
                .doesNotContain(ID);

        opencode.tell(new OpenCodeEvent.SessionChanged(with("mock/mock", "build")));
        opencode.deliver();

        assertThat(nexus.chat.session(ID).model()).isEqualTo("mock/mock");
        assertThat(nexus.chat.session(ID).agent()).isEqualTo("build");
    }

    @Test
    void oneChoiceLeavesTheOther() {
        choose("mock/small", null);
        choose(null, "plan");

        assertThat(nexus.chat.session(ID).model()).isEqualTo("mock/small");
        assertThat(nexus.chat.session(ID).agent()).isEqualTo("plan");
        assertInvalid("model", () -> choose("mock/nope", null));
        assertInvalid("agent", () -> choose(null, "nope"));
    }

    @Test
    void theNewestThousandChoicesAreKept() {
        Choices choices = new Choices(nexus.home);
        for (int number = 0; number < 1_001; number++) {
            choices.choose(session("ses_" + number, null, null), "mock/small", null);
        }

        assertThat(new Choices(nexus.home).chosen("ses_0").model()).isNull();
        assertThat(new Choices(nexus.home).chosen("ses_1").model()).isEqualTo("mock/small");
        assertThat(new Choices(nexus.home).chosen("ses_1000").model()).isEqualTo("mock/small");
    }

    @Test
    void aGarbledFileOfChoicesIsNoReasonNotToStart() throws Exception {
        for (String content : List.of("", "{", "[1]", "{\"choices\":7}", "{\"choices\":[{},{\"session\":1}]}")) {
            Files.writeString(nexus.home.directory("chat").resolve("choices.json"), content);
            assertThat(new Choices(nexus.home).chosen(ID).model()).isNull();
        }
    }

    @Test
    void unknownChoicesOfAMessageAreRefused() {
        assertInvalid("agent", () -> nexus.chat.send(ID, new Prompt("x", List.of(), null, "nope", null, null)));
        assertInvalid("command", () -> nexus.chat.send(ID, new Prompt("x", List.of(), null, null, null, "nope")));
        assertThat(opencode.prompts()).isEmpty();
        nexus.chat.send(ID, new Prompt("", List.of(), null, null, null, "review"));
        assertThat(opencode.prompts().get(0).prompt().command()).isEqualTo("review");
    }

    // ---- pickers ----

    @Test
    void agentsCommandsAndFilesAreThoseOfAWorkspace() {
        assertThat(nexus.chat.agents(null)).extracting(Agent::name).contains("build", "plan");
        assertThat(nexus.chat.commands(opencode.workspaces().get(1)))
                .extracting(Command::name)
                .contains("init");
        assertThat(nexus.chat.files(null, "src", 1)).hasSize(1);
        assertInvalid("workspace", () -> nexus.chat.agents("/etc"));
        assertInvalid("workspace", () -> nexus.chat.commands(""));
        assertInvalid("workspace", () -> nexus.chat.files("/etc", "passwd", 10));
        assertInvalid("q", () -> nexus.chat.files(null, "x".repeat(201), 10));
        assertInvalid("limit", () -> nexus.chat.files(null, "", 0));
        assertInvalid("limit", () -> nexus.chat.files(null, "", 101));
    }

    @Test
    void theWorkspaceOfASessionWillDoToo() throws Exception {
        String elsewhere = Files.createDirectory(directory.resolve("elsewhere")).toString();
        opencode.tell(new OpenCodeEvent.SessionChanged(in("ses_b", elsewhere)));
        opencode.deliver();

        assertThat(nexus.chat.agents(elsewhere)).isNotEmpty();
        assertInvalid("workspace", () -> nexus.chat.create(new NewSession(null, elsewhere, null, null)));
    }

    // ---- workspaces that are gone ----

    @Test
    void aWorkspaceThatIsGoneIsSaidAndNothingIsBegunThere() throws Exception {
        String other = opencode.workspaces().get(1);
        Files.delete(Path.of(other));

        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> nexus.create(null, other),
                () -> nexus.chat.agents(other),
                () -> nexus.chat.files(other, "", 1))) {
            assertThat(failure(call).code()).isEqualTo("workspace-gone");
        }
        assertThat(nexus.chat.session(ID).workspaceGone()).isNull();
        Files.delete(Path.of(opencode.workspaces().get(0)));
        use(nexus.successor());
        opencode.listen(nexus.board);
        opencode.connect();
        assertThat(nexus.chat.session(ID).workspaceGone()).isTrue();
        assertThat(nexus.chat.messages(ID, 10, null).messages()).isEmpty();
    }

    @Test
    void aPageThatAsksForNothingIsToldThatAWorkspaceWentAndCameBack() throws Exception {
        AtomicLong time = new AtomicLong();
        SessionBoard board = new SessionBoard(nexus.hub, nexus.home, time::get);
        board.setClient(opencode);
        board.lookForWorkspaces();
        assertThat(board.sessions()).hasSize(1);
        board.setActive(ID, true);
        Path workspace = Path.of(opencode.workspaces().get(0));
        int before = nexus.published("chat.session").size();

        Files.delete(workspace);
        time.addAndGet(3_000_000_000L);
        board.lookForWorkspaces();
        assertThat(nexus.published("chat.session").subList(before, before + 1))
                .allMatch(data -> data.contains("\"workspaceGone\":true"));
        time.addAndGet(3_000_000_000L);
        board.lookForWorkspaces();
        assertThat(nexus.published("chat.session")).hasSize(before + 1);

        Files.createDirectory(workspace);
        time.addAndGet(3_000_000_000L);
        board.lookForWorkspaces();
        assertThat(nexus.published("chat.session").subList(before + 1, before + 2))
                .noneMatch(data -> data.contains("workspaceGone"));
    }

    @Test
    void directoriesAreLookedAtRarelyAndEachOnce() throws Exception {
        AtomicLong time = new AtomicLong();
        Workspaces workspaces = new Workspaces(time::get);
        Path here = Files.createDirectory(directory.resolve("here"));
        Set<String> both = Set.of(here.toString(), directory + "/gone", "\0");
        List<Integer> looks = new ArrayList<>();

        assertThat(workspaces.look(() -> both)).containsExactlyInAnyOrder(directory + "/gone", "\0");
        assertThat(workspaces.isGone(directory + "/gone")).isTrue();
        assertThat(workspaces.isGone(here.toString())).isFalse();
        Files.delete(here);
        time.addAndGet(2_999_999_999L);
        assertThat(workspaces.look(() -> {
                    looks.add(1);
                    return both;
                }))
                .isEmpty();
        assertThat(looks).isEmpty();
        time.addAndGet(2);
        assertThat(workspaces.look(() -> both)).containsExactly(here.toString());
        Files.createDirectory(here);
        time.addAndGet(3_000_000_000L);
        assertThat(workspaces.look(() -> both)).containsExactly(here.toString());
        assertThat(workspaces.isGone(here.toString())).isFalse();
    }

    @Test
    void tenThousandSessionsCostNoLookEach() {
        for (int number = 0; number < 10_000; number++) {
            opencode.tell(new OpenCodeEvent.SessionChanged(session("ses_" + number, null, null)));
        }
        opencode.deliver();

        List<Session> all = nexus.chat.sessions(null, null);

        assertThat(all).hasSize(10_001);
        assertThat(new HashSet<>(all)).hasSize(10_001);
        assertThat(nexus.chat.sessions(true, "x")).isEmpty();
    }

    private void use(ChatFixture fixture) {
        nexus = fixture;
        opencode = fixture.opencode;
    }

    private List<String> cards(int count) {
        List<String> ids = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            ids.add(nexus.create("Card " + number, null).id());
        }
        return ids;
    }

    private List<Integer> numbers(List<String> ids) {
        return ids.stream().map(id -> nexus.chat.session(id).number()).toList();
    }

    private Integer move(String id, int number) {
        return nexus.chat
                .update(id, new SessionChange(null, null, null, null, number))
                .number();
    }

    private Session choose(String model, String agent) {
        return nexus.chat.update(ID, new SessionChange(null, null, model, agent, null));
    }

    private OpenCodeSession with(String model, String agent) {
        return session(ID, model, agent);
    }

    private OpenCodeSession in(String id, String workspace) {
        Instant at = nexus.clock.instant();
        return new OpenCodeSession(id, "Elsewhere", workspace, at, at, null, 0.0, 0L, null, null, null);
    }

    private OpenCodeSession session(String id, String model, String agent) {
        Instant at = nexus.clock.instant();
        return new OpenCodeSession(id, "One", opencode.workspaces().get(0), at, at, null, 0.0, 0L, model, agent, null);
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
}
