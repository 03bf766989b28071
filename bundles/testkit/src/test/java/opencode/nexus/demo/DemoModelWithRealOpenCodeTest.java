package opencode.nexus.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.OpenCodeTalk;
import opencode.nexus.testkit.RealOpenCode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo model as OpenCode sees it. Lives here because the testkit needs the demo, not the other way round. */
@Timeout(180)
class DemoModelWithRealOpenCodeTest {
    @TempDir
    static Path base;

    static DemoModel model;
    static RealOpenCode opencode;
    static OpenCodeTalk talk;

    @BeforeAll
    static void start() throws Exception {
        if (RealOpenCode.program().isEmpty()) {
            return;
        }
        model = new DemoModel(new FakeHome(base.resolve("nexus")), Duration.ZERO);
        opencode = new RealOpenCode(RealOpenCode.program().get(), base);
        // No small_model and no enabled_providers: this also shows that titles stay on this machine.
        String config =
                """
                {"model":"%1$s/%2$s","share":"disabled","autoupdate":false,
                 "provider":{"%1$s":{"npm":"@ai-sdk/openai-compatible","name":"%3$s",
                   "options":{"baseURL":"%4$s","apiKey":"%5$s"},
                   "models":{"%2$s":{"name":"Demo","tool_call":true,"limit":{"context":200000,"output":8000}}}}}}
                """
                        .formatted(
                                model.providerId(),
                                model.modelId(),
                                model.providerName(),
                                model.baseUrl(),
                                model.apiKey());
        talk = new OpenCodeTalk(opencode.start(Map.of("OPENCODE_CONFIG_CONTENT", config)));
    }

    // Before each test, not once: only then is each one reported as skipped, with the reason.
    @BeforeEach
    void isThere() {
        assumeTrue(RealOpenCode.program().isPresent(), RealOpenCode.MISSING);
    }

    @AfterAll
    static void stop() {
        if (talk != null) {
            talk.close();
        }
        if (opencode != null) {
            opencode.close();
        }
        if (model != null) {
            model.close();
        }
    }

    @Test
    void answersAPromptAndGivesTheSessionItsTitle() throws Exception {
        String session = talk.newSession();

        JsonNode answer = talk.ask(session, "hello, what can you show me?");

        assertThat(answer.at("/info/finish").textValue()).isEqualTo("stop");
        assertThat(answer.at("/info/providerID").textValue()).isEqualTo("nexus-demo");
        assertThat(talk.lastText(session)).contains("demo model");
        assertThat(talk.get("/session/" + session).path("title").textValue()).isEqualTo("Hello, what can you show me?");
    }

    @Test
    void itsToolCallAsksPermissionAndGoesOnAfterwards() throws Exception {
        String session = talk.newSession();
        talk.prompt(session, "tool");
        JsonNode asked = talk.next("permission.asked", event -> is(event, session));

        assertThat(asked.path("permission").textValue()).isEqualTo("external_directory");
        talk.post("/permission/" + asked.path("id").textValue() + "/reply", Map.of("reply", "once"));
        talk.next("session.idle", event -> is(event, session));

        assertThat(talk.lastText(session)).contains("Hello from a real shell");
    }

    @Test
    void aRejectedToolCallEndsTheAnswer() throws Exception {
        String session = talk.newSession();
        talk.prompt(session, "permission, please");
        JsonNode asked = talk.next("permission.asked", event -> is(event, session));

        talk.post("/permission/" + asked.path("id").textValue() + "/reply", Map.of("reply", "reject"));
        talk.next("session.idle", event -> is(event, session));

        assertThat(talk.lastText(session)).contains("harmless command").doesNotContain("Hello from a real shell");
    }

    @Test
    void itsQuestionIsAskedAndTheAnswerQuoted() throws Exception {
        String session = talk.newSession();
        talk.prompt(session, "ask me something");
        JsonNode asked = talk.next("question.asked", event -> is(event, session));

        talk.post("/question/" + asked.path("id").textValue() + "/reply", Map.of("answers", new String[][] {{"Blue"}}));
        talk.next("session.idle", event -> is(event, session));

        assertThat(talk.lastText(session)).contains("Blue");
    }

    @Test
    void itsTodosReachTheSession() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "todo");

        assertThat(talk.get("/session/" + session + "/todo")).hasSize(3);
        assertThat(talk.lastText(session)).contains("list of things to do");
    }

    @Test
    void thoughtsArriveAsReasoning() throws Exception {
        String session = talk.newSession();

        JsonNode answer = talk.ask(session, "think");

        assertThat(answer.path("parts"))
                .anyMatch(part -> part.path("type").asText().equals("reasoning")
                        && part.path("text").asText().contains("I cannot"));
    }

    private static boolean is(JsonNode event, String session) {
        return event.path("sessionID").asText().equals(session);
    }
}
