package opencode.nexus.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ScriptedModelWithRealOpenCodeTest {
    @TempDir
    static Path base;

    static ScriptedModel model;
    static RealOpenCode opencode;
    static OpenCodeTalk talk;

    @BeforeAll
    static void start() throws Exception {
        if (RealOpenCode.program().isEmpty()) {
            return;
        }
        model = new ScriptedModel();
        opencode = new RealOpenCode(RealOpenCode.program().get(), base).use(model);
        talk = new OpenCodeTalk(opencode.start(Map.of()));
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
    void wordsArriveCompleteAndTheTitleComesFromTheSmallModel() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "words:200:1");

        assertThat(talk.lastText(session).strip())
                .isEqualTo(ScriptedModel.words(200).strip());
        assertThat(talk.get("/session/" + session).path("title").textValue()).isEqualTo(ScriptedModel.TITLE);
    }

    @Test
    void aCommandRunsWithoutAskingAndItsOutputComesBack() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "bash:echo one two");

        assertThat(talk.lastText(session)).contains("The tool said: one two");
    }

    @Test
    void anEditedFileHasADiff() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "edit:edited.txt");

        assertThat(opencode.workspace().resolve("edited.txt"))
                .content()
                .isEqualTo("alpha\nbeta, changed\nand one more\ngamma\n");
        // Told after each step: first what was written, then what it became.
        talk.next(
                "message.updated",
                event -> event.path("sessionID").asText().equals(session)
                        && event.at("/info/summary/diffs/0/patch").asText().contains("+beta, changed"));
    }

    @Test
    void aSubAgentDoesWhatItIsGiven() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "task:words:5:0");

        JsonNode children = talk.get("/session/" + session + "/children");
        assertThat(children).hasSize(1);
        assertThat(talk.lastText(children.get(0).path("id").textValue()).strip())
                .isEqualTo(ScriptedModel.words(5).strip());
        assertThat(talk.lastText(session))
                .contains("The tool said: ", ScriptedModel.words(5).strip());
    }

    @Test
    void markdownArrivesAsItIs() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "markdown");

        assertThat(talk.lastText(session)).isEqualTo(ScriptedModel.MARKDOWN);
    }

    @Test
    void aLiveAnswerStopsWhenItIsAborted() throws Exception {
        LiveAnswer live = new LiveAnswer();
        model.on("live", live);
        String session = talk.newSession();
        talk.prompt(session, "live");
        assertThat(live.awaitAsked(Duration.ofSeconds(60))).isTrue();
        live.say("first ");
        talk.next(
                "message.part.delta",
                event -> event.path("sessionID").asText().equals(session)
                        && event.path("delta").asText().equals("first "));

        talk.post("/session/" + session + "/abort", Map.of());

        assertThat(live.awaitOver(Duration.ofSeconds(60))).isTrue();
    }

    @Test
    void aStatusIsTriedAgain() throws Exception {
        String session = talk.newSession();

        talk.ask(session, "fail:429:1:0");

        assertThat(talk.lastText(session)).isEqualTo(ScriptedModel.GREETING);
    }

    @Test
    void aPermissionIsAskedFor() throws Exception {
        String session = talk.newSession();
        talk.prompt(session, "permission");

        JsonNode asked = talk.next(
                "permission.asked", event -> event.path("sessionID").asText().equals(session));
        talk.post("/permission/" + asked.path("id").textValue() + "/reply", Map.of("reply", "once"));
        talk.next("session.idle", event -> event.path("sessionID").asText().equals(session));

        assertThat(talk.lastText(session)).contains("allowed");
    }
}
