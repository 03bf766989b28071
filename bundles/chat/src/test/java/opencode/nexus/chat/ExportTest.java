package opencode.nexus.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.testkit.FakeOpenCodeClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
    private static final String ID = "ses_a";

    @TempDir
    Path directory;

    private ChatFixture nexus;
    private FakeOpenCodeClient opencode;

    @BeforeEach
    void begin() {
        nexus = new ChatFixture(directory);
        opencode = nexus.opencode;
        opencode.addSession(ID, "Fix `this`\nnow");
        opencode.deliver();
    }

    @AfterEach
    void end() {
        nexus.chat.close();
    }

    @Test
    void aConversationIsReadable() throws Exception {
        opencode.addUserMessage(ID, "Please look.");
        String answer = opencode.beginAnswer(ID);
        opencode.putPart(answer, text("prt_1", "reasoning", "Hm.\n\nWell."));
        opencode.putPart(answer, text("prt_2", "text", "Like this:\n````\n```\n"));
        opencode.putPart(answer, tool("prt_3", Map.of("command", "echo '```'"), "```\nout\n", 3, null));
        opencode.putPart(answer, tool("prt_4", Map.of("filePath", "a.txt"), null, null, "@@ -1 +1 @@\n-a\n+b\n"));
        opencode.putPart(answer, new Part.File("prt_5", "prt_5", "file", "a`b.png", "image/png", 5L, null));
        opencode.putPart(answer, new Part.Patch("prt_6", "prt_6", "patch", List.of("a.txt", "b.txt")));
        opencode.endMessage(answer, Message.State.ABORTED, null);
        opencode.deliver();

        assertThat(export("markdown"))
                .isEqualTo(
                        """
                        # Fix `this` now

                        - Workspace: `WORKSPACE`
                        - Begun: 2026-01-01 00:00:01 UTC
                        - Exported: 2026-01-01 00:00:00 UTC

                        ## You · 2026-01-01 00:00:02 UTC

                        Please look.

                        ## OpenCode · 2026-01-01 00:00:03 UTC · `mock/mock`

                        > **Thinking**
                        >
                        > Hm.
                        >\s
                        > Well.

                        Like this:
                        ````
                        ```
                        ````

                        **Tool `bash`**: Run it (completed, exit code 3)

                        Input:

                        ````sh
                        echo '```'
                        ````

                        Output:

                        ````
                        ```
                        out
                        ````

                        **Tool `bash`**: Run it (completed)

                        Input:

                        ```json
                        {
                          "filePath" : "a.txt"
                        }
                        ```

                        Change:

                        ```diff
                        @@ -1 +1 @@
                        -a
                        +b
                        ```

                        Attached: ``a`b.png`` (image/png)

                        Files changed: `a.txt`, `b.txt`

                        *Stopped.*

                        """
                                .replace("WORKSPACE", opencode.workspaces().get(0)));
    }

    @Test
    void everyMessageIsThereOnceInOrder() throws Exception {
        List<String> texts = new ArrayList<>();
        for (int number = 0; number < 350; number++) {
            texts.add("text " + number);
            opencode.addUserMessage(ID, "text " + number);
        }
        opencode.deliver();

        JsonNode whole = new ObjectMapper().readTree(export("json"));

        assertThat(whole.at("/session/id").textValue()).isEqualTo(ID);
        assertThat(whole.at("/session/status").textValue()).isEqualTo("idle");
        List<String> exported = new ArrayList<>();
        whole.get("messages")
                .forEach(message -> exported.add(message.at("/parts/0/text").textValue()));
        assertThat(exported).isEqualTo(texts);
        assertThat(whole.at("/messages/0/role").textValue()).isEqualTo("user");
        assertThat(whole.at("/messages/0/createdAt").textValue()).isEqualTo("2026-01-01T00:00:02Z");
    }

    @Test
    void whatIsSaidMeanwhileLeavesNoHole() throws Exception {
        for (int number = 0; number < 150; number++) {
            opencode.addUserMessage(ID, "text " + number);
        }
        opencode.deliver();
        boolean[] once = {false};
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                if (!once[0]) {
                    once[0] = true;
                    opencode.addUserMessage(ID, "late");
                }
                super.write(bytes, offset, length);
            }
        };

        nexus.chat.export(ID, "json", out);

        JsonNode messages = new ObjectMapper().readTree(out.toByteArray()).get("messages");
        assertThat(messages).hasSize(150);
        assertThat(messages.get(50).at("/parts/0/text").textValue()).isEqualTo("text 50");
    }

    @Test
    void halfACharacterDoesNotEndIt() throws Exception {
        opencode.addUserMessage(ID, "broken \ud83d");
        opencode.deliver();

        assertThat(export("json")).contains("broken ?").endsWith("]}");
        assertThat(export("markdown")).contains("broken ?");
    }

    @Test
    void whatCanFailFailsBeforeAnythingIsWritten() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        assertThat(failure("ses_nope", "json", out).code()).isEqualTo("unknown-session");
        assertThat(failure(ID, "pdf", out).fields())
                .extracting(NexusException.Field::field)
                .containsExactly("format");
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));
        assertThat(failure(ID, "markdown", out).code()).isEqualTo("opencode-failed");
        assertThat(out.size()).isZero();
    }

    private String export(String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        nexus.chat.export(ID, format, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private NexusException failure(String id, String format, ByteArrayOutputStream out) {
        return catchThrowableOfType(NexusException.class, () -> nexus.chat.export(id, format, out));
    }

    private Part text(String id, String type, String text) {
        return new Part.Text(id, id, type, text, nexus.clock.instant(), nexus.clock.instant(), null);
    }

    private Part tool(String id, Map<String, Object> input, String output, Integer exit, String diff) {
        return new Part.Tool(
                id,
                id,
                "tool",
                "bash",
                "call_1",
                "completed",
                "Run it",
                input,
                output,
                null,
                exit,
                diff,
                null,
                nexus.clock.instant(),
                nexus.clock.instant());
    }
}
