package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeEvent.MessageChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.PartChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.RequestAsked;
import opencode.nexus.api.opencode.OpenCodeEvent.RequestSettled;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionFailed;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionRemoved;
import opencode.nexus.api.opencode.OpenCodeEvent.StatusChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.TextAdded;
import opencode.nexus.api.opencode.OpenCodeEvent.TodosChanged;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.FakeClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventDecoderTest {

    static List<String> transcripts() {
        return Transcripts.names();
    }

    @Test
    void allFortyFourTranscriptsAreThere() {
        assertThat(Transcripts.names()).hasSize(44);
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void piecesOfAPartAddUpToItsFinalText(String name) {
        Transcripts.Replay replay = Transcripts.replay(name);
        Map<String, StringBuilder> pieces = new LinkedHashMap<>();
        Map<String, String> finals = new HashMap<>();
        for (OpenCodeEvent event : replay.events) {
            if (event instanceof TextAdded added) {
                pieces.computeIfAbsent(added.partId(), id -> new StringBuilder())
                        .append(added.text());
            }
            if (event instanceof PartChanged changed
                    && changed.part() instanceof Part.Text text
                    && text.endedAt() != null) {
                finals.put(text.id(), text.text());
            }
        }

        finals.forEach((id, text) -> {
            if (pieces.containsKey(id)) {
                assertThat(pieces.get(id)).hasToString(text);
            }
        });
        assertThat(replay.connections).isEqualTo(name.equals("40-v2-api-session-event.sse") ? 0 : 1);
    }

    @ParameterizedTest
    @MethodSource("transcripts")
    void everyEventButAFailureNamesItsSession(String name) {
        assertThat(Transcripts.replay(name).events)
                .allSatisfy(event -> assertThat(event.sessionId()).startsWith("ses_"));
    }

    @Test
    void theGlobalStreamSaysTheSameOnce() {
        Transcripts.Replay global = Transcripts.replay("01-plain-stream.global.sse");
        Transcripts.Replay single = Transcripts.replay("01-plain-stream.sse");

        assertThat(global.all(TextAdded.class))
                .isEqualTo(single.all(TextAdded.class))
                .hasSize(8);
        assertThat(global.all(PartChanged.class)).isEqualTo(single.all(PartChanged.class));
        assertThat(global.all(MessageChanged.class)).isEqualTo(single.all(MessageChanged.class));
    }

    @Test
    void aPlainAnswerGoesFromRunningToComplete() {
        Transcripts.Replay replay = Transcripts.replay("01-plain-stream.sse");

        assertThat(replay.first(SessionChanged.class).session().workspace()).isEqualTo("/home/dev/demo");
        assertThat(replay.last(SessionChanged.class).session().title()).isEqualTo("Scripted title");
        assertThat(replay.all(StatusChanged.class).stream()
                        .map(changed -> changed.status().type())
                        .distinct())
                .containsExactly(SessionStatus.Type.BUSY, SessionStatus.Type.IDLE);
        List<Message> answers = assistant(replay);
        assertThat(answers.get(0).state()).isEqualTo(Message.State.RUNNING);
        Message answer = answers.get(answers.size() - 1);
        assertThat(answer.state()).isEqualTo(Message.State.COMPLETE);
        assertThat(answer.model()).isEqualTo("mock/mock");
        assertThat(answer.tokens()).isEqualTo(8066);
        assertThat(answer.parentId())
                .isEqualTo(replay.first(MessageChanged.class).message().id());
        assertThat(answer.completedAt()).isEqualTo(Instant.ofEpochMilli(1795341983455L));
        assertThat(replay.first(MessageChanged.class).message())
                .extracting(Message::role, Message::state, Message::model, Message::tokens)
                .containsExactly(Message.Role.USER, Message.State.COMPLETE, "mock/mock", null);
    }

    @Test
    void stepMarksNeverGetThrough() {
        assertThat(Transcripts.replay("01-plain-stream.sse").all(PartChanged.class))
                .extracting(changed -> changed.part().type())
                .containsOnly("text");
    }

    @Test
    void aTextWithoutTimesIsFinishedWhenItIsWritten() {
        PartChanged question = Transcripts.replay("01-plain-stream.sse").first(PartChanged.class);
        PartChanged growing =
                Transcripts.replay("01-plain-stream.sse").all(PartChanged.class).get(1);

        assertThat(question.part().endedAt()).isEqualTo(Instant.ofEpochMilli(1795341981579L));
        assertThat(growing.part().endedAt()).isNull();
    }

    @Test
    void aCommandShowsItsOutputWhileItRuns() {
        List<Part.Tool> tools = tools(Transcripts.replay("27-tool-bash-output-stream.sse"));

        assertThat(tools)
                .extracting(Part.Tool::state)
                .startsWith("pending", "running")
                .endsWith("completed");
        assertThat(tools).extracting(Part.Tool::output).contains("line 1\n", "line 1\nline 2\n");
        Part.Tool last = tools.get(tools.size() - 1);
        assertThat(last.exit()).isZero();
        assertThat(last.output()).endsWith("line 6\n");
        assertThat(last.endedAt()).isEqualTo(Instant.ofEpochMilli(1795342145507L));
        assertThat(last.input()).containsKey("command");
        assertThat(tools.get(0).input()).isNull();
    }

    @Test
    void anEditCarriesItsDiff() {
        assertThat(tools(Transcripts.replay("04-tool-read-write-edit.sse")))
                .filteredOn(tool -> tool.tool().equals("edit") && tool.state().equals("completed"))
                .singleElement()
                .satisfies(tool -> assertThat(tool.diff()).contains("-alpha beta", "+gamma beta"));
    }

    @Test
    void aFailedCommandIsCompletedWithItsExitCode() {
        assertThat(tools(Transcripts.replay("29-tool-bash-fail.sse")))
                .filteredOn(tool -> tool.state().equals("completed"))
                .extracting(Part.Tool::exit)
                .containsExactly(3);
    }

    @Test
    void aSubAgentsCallNamesItsSession() {
        Transcripts.Replay replay = Transcripts.replay("12-subagent-task.sse");
        String child = replay.all(SessionChanged.class).stream()
                .filter(changed -> changed.session().parentId() != null)
                .findFirst()
                .orElseThrow()
                .sessionId();

        assertThat(tools(replay))
                .filteredOn(tool -> tool.tool().equals("task") && tool.state().equals("completed"))
                .extracting(Part.Tool::childId)
                .containsExactly(child);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "05-permission-once.sse",
                "06-permission-always.sse",
                "07-permission-reject.sse",
                "08-permission-reject-message.sse",
                "28-external-dir.sse",
                "30-permission-abort.sse"
            })
    void aPermissionIsAskedForAndSettled(String name) {
        Transcripts.Replay replay = Transcripts.replay(name);
        Request request = replay.first(RequestAsked.class).request();

        assertThat(request.type()).isEqualTo("permission");
        assertThat(request.createdAt()).isEqualTo(new FakeClock().instant());
        assertThat(request.id()).startsWith("per_");
        assertThat(request.patterns()).isNotEmpty();
        assertThat(request.always()).isNotEmpty();
        assertThat(tools(replay)).extracting(Part.Tool::callId).contains(request.callId());
        assertThat(replay.all(RequestSettled.class))
                .extracting(RequestSettled::requestId)
                .contains(request.id());
    }

    @Test
    void aPermissionTellsWhatWouldRun() {
        Request request = Transcripts.replay("05-permission-once.sse")
                .first(RequestAsked.class)
                .request();

        assertThat(request.permission()).isEqualTo("bash");
        assertThat(request.patterns()).containsExactly("echo allowed-once");
        assertThat(request.always()).containsExactly("echo *");
        assertThat(request.metadata()).containsEntry("command", "echo allowed-once");
        assertThat(request.questions()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"09-question-reply.sse", "10-question-reject.sse"})
    void aQuestionIsAskedAndSettled(String name) {
        Transcripts.Replay replay = Transcripts.replay(name);
        Request request = replay.first(RequestAsked.class).request();

        assertThat(request.type()).isEqualTo("question");
        assertThat(request.questions())
                .containsExactly(new Request.Question(
                        "Which colour?",
                        "Colour",
                        List.of(new Request.Option("Red", "the red one"), new Request.Option("Blue", "the blue one")),
                        false,
                        true));
        assertThat(replay.first(RequestSettled.class).requestId()).isEqualTo(request.id());
    }

    @Test
    void todosComeAsAWhole() {
        assertThat(Transcripts.replay("11-todo.sse").first(TodosChanged.class).todos())
                .extracting("content", "status")
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("first", "in_progress"),
                        org.assertj.core.groups.Tuple.tuple("second", "pending"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"13-abort-stream.sse", "14-abort-tool.sse", "30-permission-abort.sse", "38-dispose-midstream.sse"
            })
    void anAbortIsNoFailure(String name) {
        Transcripts.Replay replay = Transcripts.replay(name);

        assertThat(replay.all(SessionFailed.class)).isNotEmpty().allSatisfy(failed -> assertThat(failed.aborted())
                .isTrue());
        assertThat(lastAnswer(replay).state()).isEqualTo(Message.State.ABORTED);
        assertThat(lastAnswer(replay).error()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "15-llm-error-400.sse",
                "16-llm-error-401.sse",
                "31-llm-error-500-exhausted.sse",
                "41-llm-unreachable.sse"
            })
    void aFailureOfTheModelIsToldInOneSentence(String name) {
        Transcripts.Replay replay = Transcripts.replay(name);
        SessionFailed failed = replay.first(SessionFailed.class);

        assertThat(failed.aborted()).isFalse();
        assertThat(failed.message()).matches("(scripted error \\d+|Cannot connect to API: .*)");
        assertThat(lastAnswer(replay).state()).isEqualTo(Message.State.FAILED);
        assertThat(lastAnswer(replay).error()).isEqualTo(failed.message());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "17-llm-error-500-retry.sse",
                "18-llm-error-429-retry-after.sse",
                "19-llm-midstream-error.sse",
                "20-llm-midstream-drop.sse"
            })
    void aRetryTellsWhyAndWhen(String name) {
        SessionStatus retry = Transcripts.replay(name).all(StatusChanged.class).stream()
                .map(StatusChanged::status)
                .filter(status -> status.type() == SessionStatus.Type.RETRY)
                .findFirst()
                .orElseThrow();

        assertThat(retry.message()).isNotBlank();
        assertThat(retry.retryAt()).isAfter(Instant.parse("2026-11-22T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"33-bad-model-agent.sse", "36-command.sse", "42-delete-while-busy.sse"})
    void failuresCarryNeitherStackTraceNorSql(String name) {
        List<SessionFailed> failures = Transcripts.replay(name).all(SessionFailed.class);

        assertThat(failures).isNotEmpty().allSatisfy(failed -> assertThat(failed.message())
                .doesNotContain("\n", "bunfs", "insert into", "params:", "UnknownError")
                .hasSizeLessThanOrEqualTo(300));
    }

    @Test
    void anUnknownModelIsNamed() {
        assertThat(Transcripts.replay("33-bad-model-agent.sse").all(SessionFailed.class))
                .extracting(SessionFailed::message)
                .contains("Model not found: mock/nope.", "Model not found: mock/mocx.");
    }

    @Test
    void aDeletedSessionIsRemoved() {
        assertThat(Transcripts.replay("42-delete-while-busy.sse").all(SessionRemoved.class))
                .hasSize(1);
    }

    @Test
    void reasoningIsAPartOfItsOwn() {
        Transcripts.Replay replay = Transcripts.replay("21-reasoning.sse");
        List<String> reasoning = replay.all(PartChanged.class).stream()
                .map(PartChanged::part)
                .filter(part -> part.type().equals("reasoning"))
                .map(Part::id)
                .distinct()
                .toList();

        assertThat(reasoning).hasSize(1);
        assertThat(replay.all(TextAdded.class))
                .extracting(TextAdded::partId)
                .contains(reasoning.get(0))
                .doesNotContainNull();
    }

    @Test
    void anEmptyAnswerIsComplete() {
        assertThat(lastAnswer(Transcripts.replay("22-empty.sse")).state()).isEqualTo(Message.State.COMPLETE);
    }

    @Test
    void aSubtaskAndACompactionHaveTheirOwnKind() {
        assertThat(parts(Transcripts.replay("32-subtask-part.sse"), Part.Subtask.class))
                .first()
                .extracting(Part.Subtask::agent, Part.Subtask::description)
                .containsExactly("general", "sub");
        assertThat(parts(Transcripts.replay("37-summarize.sse"), Part.Note.class))
                .extracting(Part.Note::type)
                .contains("compaction");
    }

    @Test
    void changedFilesAreListed() {
        assertThat(parts(Transcripts.replay("04-tool-read-write-edit.sse"), Part.Patch.class))
                .isNotEmpty()
                .allSatisfy(patch -> assertThat(patch.files()).isNotEmpty());
    }

    @Test
    void textThatOnlyTheModelShallReadIsHidden() {
        assertThat(parts(Transcripts.replay("35-shell.sse"), Part.Text.class))
                .extracting(Part.Text::hidden)
                .contains(true);
    }

    @Test
    void theSecondApiSaysNothing() {
        assertThat(Transcripts.replay("40-v2-api-event.sse").events)
                .allSatisfy(event -> assertThat(event).isInstanceOf(SessionChanged.class));
        assertThat(Transcripts.replay("40-v2-api-session-event.sse").events).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "5",
                "{",
                "{\"type\":\"message.part.delta\"}",
                "{\"type\":\"message.part.delta\",\"properties\":{\"sessionID\":5,\"delta\":\"x\"}}",
                "{\"type\":\"message.part.delta\",\"properties\":[]}",
                "{\"type\":\"message.part.delta\",\"properties\":{\"sessionID\":\"ses_1\",\"messageID\":\"m\",\"partID\":\"p\",\"field\":\"other\",\"delta\":\"x\"}}",
                "{\"type\":\"session.updated\",\"properties\":{\"info\":\"none\"}}",
                "{\"type\":\"session.updated\",\"properties\":{\"info\":{\"id\":7}}}",
                "{\"type\":\"message.updated\",\"properties\":{}}",
                "{\"type\":\"message.part.updated\",\"properties\":{\"part\":{\"type\":\"text\"}}}",
                "{\"type\":\"message.part.updated\",\"properties\":{\"part\":{\"type\":\"brand-new\",\"id\":\"prt_1\"}}}",
                "{\"type\":\"todo.updated\",\"properties\":{\"sessionID\":\"ses_1\",\"todos\":\"none\"}}",
                "{\"type\":\"brand.new\",\"properties\":{\"sessionID\":\"ses_1\"}}",
                "{\"type\":[\"session.status\"],\"properties\":{\"sessionID\":\"ses_1\"}}",
                "{\"payload\":{\"type\":\"sync\",\"syncEvent\":{\"type\":\"session.deleted.1\"}}}",
                "{\"payload\":\"nothing\"}"
            })
    void whatMakesNoSenseIsLeftOut(String json) {
        assertThat(decode(json)).isEmpty();
    }

    @Test
    void theOrderOfFieldsDoesNotMatter() {
        assertThat(
                        decode(
                                "{\"payload\":{\"properties\":{\"delta\":\"a\\n\\u00e9\",\"field\":\"text\",\"partID\":\"p\",\"messageID\":\"m\",\"sessionID\":\"s\"},\"type\":\"message.part.delta\"},\"directory\":\"/x\"}"))
                .containsExactly(new TextAdded("s", "m", "p", "a\né"));
        assertThat(decode("{\"properties\":{\"sessionID\":\"ses_1\"},\"id\":\"e\",\"type\":\"session.deleted\"}"))
                .containsExactly(new SessionRemoved("ses_1"));
    }

    @Test
    void wrongTypesInsideAnEventCountAsMissing() {
        List<OpenCodeEvent> events = decode(
                "{\"type\":\"session.updated\",\"properties\":{\"info\":{\"id\":\"ses_1\",\"directory\":\"/w\",\"title\":5,\"cost\":\"much\",\"tokens\":[],\"time\":\"now\"}}}");

        assertThat(events).singleElement().isInstanceOfSatisfying(SessionChanged.class, changed -> {
            assertThat(changed.session().title()).isEmpty();
            assertThat(changed.session().cost()).isNull();
            assertThat(changed.session().tokens()).isNull();
            assertThat(changed.session().createdAt()).isEqualTo(Instant.EPOCH);
        });
    }

    @Test
    void anAnswerThatEndedWithoutReasonOrErrorWasAborted() {
        assertThat(
                        decode(
                                "{\"type\":\"message.updated\",\"properties\":{\"info\":{\"id\":\"msg_1\",\"sessionID\":\"ses_1\",\"role\":\"assistant\",\"time\":{\"created\":1,\"completed\":2}}}}"))
                .singleElement()
                .isInstanceOfSatisfying(
                        MessageChanged.class,
                        changed -> assertThat(changed.message().state()).isEqualTo(Message.State.ABORTED));
    }

    private static List<OpenCodeEvent> decode(String json) {
        List<OpenCodeEvent> events = new ArrayList<>();
        byte[] bytes = json.getBytes(UTF_8);
        new EventDecoder(new FakeClock(), List::of).decode(bytes, 0, bytes.length, new EventDecoder.Sink() {
            @Override
            public void connected() {}

            @Override
            public void event(OpenCodeEvent event) {
                events.add(event);
            }
        });
        return events;
    }

    private static List<Message> assistant(Transcripts.Replay replay) {
        return replay.all(MessageChanged.class).stream()
                .map(MessageChanged::message)
                .filter(message -> message.role() == Message.Role.ASSISTANT)
                .toList();
    }

    private static Message lastAnswer(Transcripts.Replay replay) {
        List<Message> answers = assistant(replay);
        return answers.get(answers.size() - 1);
    }

    private static List<Part.Tool> tools(Transcripts.Replay replay) {
        return parts(replay, Part.Tool.class);
    }

    private static <T extends Part> List<T> parts(Transcripts.Replay replay, Class<T> type) {
        return replay.all(PartChanged.class).stream()
                .map(PartChanged::part)
                .filter(type::isInstance)
                .map(type::cast)
                .filter(Objects::nonNull)
                .toList();
    }
}
