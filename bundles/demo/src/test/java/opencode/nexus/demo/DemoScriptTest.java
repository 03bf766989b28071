package opencode.nexus.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.demo.protocol.ChatRequest;
import opencode.nexus.demo.protocol.ChatRequest.Tool;
import opencode.nexus.demo.protocol.ChatRequest.Turn;
import opencode.nexus.demo.protocol.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DemoScriptTest {
    private static final Tool BASH = new Tool("bash", Set.of("command", "workdir"));
    private static final Duration PACE = Duration.ofMillis(20);

    private final DemoScript script = new DemoScript(new CannedAnswers(), PACE, "demo-titles");
    private final Recorded reply = new Recorded();

    @Test
    void aGreetingExplainsItselfAndListsWhatToTry() throws IOException {
        answer("Good morning!");

        assertThat(reply.text.toString())
                .contains("no AI")
                .contains("code", "table", "markdown", "long", "think", "tool", "question", "todo");
    }

    @ParameterizedTest
    @CsvSource({
        "some CODE please, ```java",
        "a table, | --- |",
        "show me markdown, > A quotation",
        "'no tables, but a long text', Saltmarsh",
        "what do you think?, reasoning model"
    })
    void theFirstKnownWordChooses(String text, String expected) throws IOException {
        answer(text);

        assertThat(reply.text.toString().replaceAll(":?---+:?", "---")).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "code", "table", "markdown", "long", "think", "tool", "question", "todo"})
    void everyAnswerSaysThatItIsCanned(String text) throws IOException {
        answer(text, BASH, new Tool("question", Set.of("questions")), new Tool("todowrite", Set.of("todos")));

        assertThat(reply.text.toString()).startsWith("*Canned answer");
    }

    @Test
    void theLongAnswerIsAboutFifteenHundredWords() throws IOException {
        answer("long");

        assertThat(reply.text.toString().split("\\s+")).hasSizeBetween(1400, 1700);
    }

    @Test
    void oneWordComesAtATimeAtTheGivenPace() throws IOException {
        answer("think");

        assertThat(reply.pieces).allMatch(piece -> piece.strip().split("\\s+").length == 1);
        assertThat(reply.pauses).hasSameSizeAs(reply.pieces).containsOnly(PACE);
    }

    @Test
    void thoughtsComeBeforeTheAnswer() throws IOException {
        answer("think");

        assertThat(reply.reasoning.toString()).contains("I cannot");
        assertThat(reply.text.toString()).doesNotContain("The owner wants");
    }

    @ParameterizedTest
    @ValueSource(strings = {"use a tool", "run something", "list files", "permission"})
    void aToolCallLeavesTheProjectSoThatOpenCodeAsks(String text) throws IOException {
        answer(text, BASH);

        assertThat(reply.tool).isEqualTo("bash");
        assertThat(reply.arguments.get("command")).asString().startsWith("echo ");
        assertThat(reply.arguments).containsEntry("workdir", "/tmp").doesNotContainKey("description");
    }

    @Test
    void aDescriptionIsGivenToAShellThatWantsOne() throws IOException {
        answer("tool", new Tool("bash", Set.of("command", "description")));

        assertThat(reply.arguments).containsOnlyKeys("command", "description");
    }

    @Test
    void withoutAToolItSaysSo() throws IOException {
        answer("tool");

        assertThat(reply.tool).isNull();
        assertThat(reply.text.toString()).contains("offers me none");
    }

    @Test
    void theResultOfAToolIsQuoted() throws IOException {
        script.answer(
                request(
                        "demo",
                        List.of(
                                new Turn("user", "run it", List.of()),
                                new Turn("assistant", "", List.of("bash")),
                                new Turn("tool", "Hello from a real shell\n", List.of())),
                        BASH),
                reply);

        assertThat(reply.tool).isNull();
        assertThat(reply.text.toString()).contains("````text\nHello from a real shell\n````");
    }

    @Test
    void aHugeResultIsQuotedInPartAndCannotLeaveItsBlock() throws IOException {
        script.answer(
                request(
                        "demo",
                        List.of(
                                new Turn("user", "run it", List.of()),
                                new Turn("assistant", "", List.of("bash")),
                                new Turn("tool", "````\n# out\n" + "🙂".repeat(5_000), List.of())),
                        BASH),
                reply);

        assertThat(reply.text.toString().split("````", -1)).hasSize(3);
        assertThat(reply.text).hasSizeLessThan(2_000);
    }

    @Test
    void aTitleIsTheFirstWords() throws IOException {
        script.answer(
                request("demo-titles", List.of(new Turn("user", "show me `code`, and much more of it", List.of()))),
                reply);

        assertThat(reply.text.toString()).isEqualTo("Show me code , and much");
        assertThat(reply.pauses).isEmpty();
    }

    @Test
    void aTitleIsToldByOpenCodesInstructionsToo() throws IOException {
        script.answer(
                request(
                        "demo",
                        List.of(
                                new Turn("system", "You are a title generator. You output …", List.of()),
                                new Turn("user", "Generate a title for this conversation:\n", List.of()),
                                new Turn("user", "tool", List.of()))),
                reply);

        assertThat(reply.text.toString()).isEqualTo("Tool");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "x123456789012345678901234567890123456789012345678901234567890"})
    void withoutWordsATitleIsStillATitle(String text) throws IOException {
        script.answer(request("demo-titles", List.of(new Turn("user", text, List.of()))), reply);

        assertThat(reply.text.toString()).isEqualTo("Demo conversation");
    }

    private void answer(String text, Tool... tools) throws IOException {
        script.answer(request("demo", List.of(new Turn("user", text, List.of())), tools), reply);
    }

    private static ChatRequest request(String model, List<Turn> turns, Tool... tools) {
        return new ChatRequest(model, true, false, turns, List.of(tools), JsonNodeFactory.instance.objectNode());
    }

    private static final class Recorded implements Reply {
        final StringBuilder text = new StringBuilder();
        final StringBuilder reasoning = new StringBuilder();
        final List<String> pieces = new ArrayList<>();
        final List<Duration> pauses = new ArrayList<>();
        String tool;
        Map<String, Object> arguments = Map.of();

        @Override
        public void text(String piece) {
            text.append(piece);
            pieces.add(piece);
        }

        @Override
        public void reasoning(String piece) {
            reasoning.append(piece);
            pieces.add(piece);
        }

        @Override
        public void toolCall(String called, Map<String, ?> given) {
            tool = called;
            arguments = Map.copyOf(given);
        }

        @Override
        public void pause(Duration length) {
            pauses.add(length);
        }

        @Override
        public void finish(String reason) {
            throw new AssertionError("not expected");
        }

        @Override
        public void fail(int status, String message, Map<String, String> headers) {
            throw new AssertionError("not expected");
        }

        @Override
        public void raw(byte[] bytes) {
            throw new AssertionError("not expected");
        }

        @Override
        public void hang() {
            throw new AssertionError("not expected");
        }

        @Override
        public void drop() {
            throw new AssertionError("not expected");
        }
    }
}
