package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;
import opencode.nexus.testkit.FakeClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChoicesTest {
    private static final String AGENTS =
            """
            [{"name":"alpha","mode":"primary"},
             {"name":"build","mode":"primary","native":true,"description":"The default agent."},
             {"name":"compaction","mode":"primary","native":true,"hidden":true},
             {"name":"general","mode":"subagent","native":true},
             {"name":"plan","mode":"primary","native":true},
             {"mode":"primary"}]""";

    @TempDir
    Path workspace;

    private final FakeOpenCode openCode = new FakeOpenCode();
    private HttpOpenCode client;

    @BeforeEach
    void open() {
        client = new HttpOpenCode(
                new FixedServer(openCode.endpoint(), workspace.toString()), new FakeClock(), Duration.ofSeconds(20));
        openCode.json("GET /path", "{}");
        openCode.json("GET /config/providers", "{}");
    }

    @AfterEach
    void close() {
        client.close();
        openCode.close();
    }

    @ParameterizedTest
    @CsvSource({"'{}', build", "'{\"default_agent\":\"alpha\"}', alpha", "'{\"default_agent\":\"general\"}', build"})
    void theAgentThatWorksByItselfComesFirst(String config, String expected) {
        openCode.json("GET /config", config);
        openCode.json("GET /agent", AGENTS);

        assertThat(client.agents(workspace.toString()))
                .hasSize(4)
                .extracting(Agent::name)
                .startsWith(expected)
                .containsExactlyInAnyOrder("alpha", "build", "general", "plan");
        assertThat(client.agents(workspace.toString()))
                .filteredOn(Agent::isDefault)
                .extracting(Agent::name)
                .containsExactly(expected);
        assertThat(openCode.calls("GET", "/agent").get(0).query())
                .isEqualTo("directory=" + OpenCodeHttp.encode(workspace.toString()));
    }

    @Test
    void withoutBuildTheNextOfOpenCodesOwnWorks() {
        openCode.json("GET /agent", AGENTS.replace("\"name\":\"build\"", "\"name\":\"build\",\"hidden\":true"));

        assertThat(client.agents(workspace.toString()))
                .containsExactly(
                        new Agent("plan", null, "primary", true),
                        new Agent("alpha", null, "primary", false),
                        new Agent("general", null, "subagent", false));
    }

    @Test
    void commandsComeByNameAndTellWhetherTheyAskForMore() {
        openCode.json(
                "GET /command",
                """
                [{"name":"review","description":"review changes","template":"x","hints":["$ARGUMENTS"]},
                 {"name":"plain","template":"costs $ 5","hints":[]},
                 {"name":"greet","template":"Hello $1"},
                 {"template":"nameless"}]""");

        assertThat(client.commands(workspace.toString()))
                .containsExactly(
                        new Command("greet", null, true),
                        new Command("plain", null, false),
                        new Command("review", "review changes", true));
    }

    @Test
    void filesAreThoseOfOpenCodeWithoutTheWorkspaceItself() {
        openCode.json("GET /find/file", "[\"/\",\"src/\",\"src/a b.ts\",\"c\"]");

        assertThat(client.files(workspace.toString(), "a&b", 2)).containsExactly("src/", "src/a b.ts");
        assertThat(openCode.calls("GET", "/find/file").get(0).query()).endsWith("&limit=3&query=a%26b");
        client.files(workspace.toString(), "", 5_000);
        assertThat(openCode.calls("GET", "/find/file").get(1).query()).endsWith("&limit=200&query=");
    }

    @Test
    void aQueryThatWouldKillOpenCodeNeverGetsThere() {
        assertThatThrownBy(() -> client.files(workspace.toString(), "x".repeat(201), 5))
                .isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.kind())
                        .isEqualTo(NexusException.Kind.INVALID));
        assertThat(openCode.received).isEmpty();
    }

    @Test
    void aWorkspaceThatIsGoneHasNoFiles() {
        assertThatThrownBy(() -> client.files(workspace.resolve("gone").toString(), "x", 5))
                .isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.fields())
                        .extracting(NexusException.Field::field)
                        .containsExactly("workspace"));
    }
}
