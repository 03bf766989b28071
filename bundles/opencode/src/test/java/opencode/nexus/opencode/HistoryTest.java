package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.testkit.FakeClock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Single messages, their files, and what can be done with the past of a session. */
class HistoryTest {
    private static final String MESSAGE_PATH = "/session/ses_1/message/msg_1";
    private static final String MESSAGE =
            """
            {"info":{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":7}},
             "parts":[{"id":"prt_1","type":"text","text":"Hi"},
              {"id":"prt_2","type":"file","mime":"image/png","filename":"a.png","url":"data:image/png;base64,%s"},
              {"id":"prt_3","type":"file","mime":"text/plain","filename":"b.ts","url":"file:///w/one/src/b%%20c.ts?start=3"},
              {"id":"prt_4","type":"file","mime":"image/png","filename":"c.png","url":"data:image/png;base64,QUJD",
               "source":{"type":"file","path":"pictures/c.png"}},
              {"id":"prt_5","type":"file","mime":"text/plain","filename":"d","url":"file:///etc/passwd",
               "source":{"type":"file","path":"../../etc/passwd"}}]}"""
                    .formatted(Base64.getEncoder().encodeToString(new byte[70_000]));

    private final FakeOpenCode openCode = new FakeOpenCode();
    private final HttpOpenCode client =
            new HttpOpenCode(new FixedServer(openCode.endpoint(), "/w/one"), new FakeClock(), Duration.ofSeconds(20));

    @AfterEach
    void close() {
        client.close();
        openCode.close();
    }

    @Test
    void aMessageTellsItsFilesButNotWhatIsInThem() {
        openCode.json("GET " + MESSAGE_PATH, MESSAGE);

        assertThat(client.message("ses_1", "msg_1").parts())
                .filteredOn(Part.File.class::isInstance)
                .containsExactly(
                        new Part.File("prt_2", "prt_2", "file", "a.png", "image/png", 70_000L, null),
                        new Part.File("prt_3", "prt_3", "file", "b.ts", "text/plain", null, "src/b c.ts"),
                        new Part.File("prt_4", "prt_4", "file", "c.png", "image/png", 3L, "pictures/c.png"),
                        new Part.File("prt_5", "prt_5", "file", "d", "text/plain", null, null));
    }

    @Test
    void whatIsInAFileCanBeFetched() {
        openCode.json("GET " + MESSAGE_PATH, MESSAGE);

        assertThat(client.attachment("ses_1", "msg_1", "prt_2").content()).isEqualTo(new byte[70_000]);
        assertThat(client.attachment("ses_1", "msg_1", "prt_4"))
                .satisfies(file -> assertThat(file.name()).isEqualTo("c.png"))
                .satisfies(file -> assertThat(file.mime()).isEqualTo("image/png"))
                .satisfies(file -> assertThat(file.content()).asString().isEqualTo("ABC"));
        for (String part : List.of("prt_1", "prt_3", "prt_5", "prt_9", "")) {
            assertFailure(() -> client.attachment("ses_1", "msg_1", part), "unknown-attachment");
        }
    }

    @Test
    void aMessageThatIsNotThereIsNotFound() {
        openCode.answer("GET " + MESSAGE_PATH, 404, "application/json", "{\"name\":\"NotFoundError\"}");

        assertFailure(() -> client.message("ses_1", "msg_1"), "unknown-message");
        assertFailure(() -> client.message("ses_1", "msg_1/.."), "unknown-message");
        assertFailure(() -> client.attachment("ses_1", "msg_1", "prt_1"), "unknown-message");
        assertFailure(() -> client.fork("ses_1", "msg_1"), "unknown-message");
        assertFailure(() -> client.revert("ses_1", "msg_1"), "unknown-message");
        assertFailure(() -> client.changes("ses_1", "prt_1"), "unknown-message");
        assertThat(openCode.received).noneMatch(call -> call.method().equals("POST"));
    }

    @Test
    void aSessionIsForkedBeforeAMessageOrAtItsEnd() {
        openCode.json("GET " + MESSAGE_PATH, MESSAGE);
        openCode.json("POST /session/ses_1/fork", session(""));

        client.fork("ses_1", "msg_1");
        client.fork("ses_1", null);

        assertThat(openCode.calls("POST", "/session/ses_1/fork"))
                .extracting(FakeOpenCode.Received::body)
                .containsExactly("{\"messageID\":\"msg_1\"}", "{}");
    }

    @Test
    void whatIsTakenBackIsPartOfTheSession() {
        openCode.json("GET " + MESSAGE_PATH, MESSAGE);
        openCode.json(
                "POST /session/ses_1/revert",
                session(",\"path\":\"sub\",\"agent\":\"plan\",\"model\":{\"id\":\"m/x\",\"providerID\":\"p\"},"
                        + "\"revert\":{\"messageID\":\"msg_1\",\"diff\":\"diff --git a/sub/f b/sub/f\\n"
                        + "deleted file mode 100644\\n--- a/sub/f\\n+++ /dev/null\\n@@ -1 +0,0 @@\\n-x\"}"));
        openCode.json("POST /session/ses_1/unrevert", session(""));

        OpenCodeSession session = client.revert("ses_1", "msg_1");

        assertThat(session.model()).isEqualTo("p/m/x");
        assertThat(session.agent()).isEqualTo("plan");
        assertThat(session.revert().messageId()).isEqualTo("msg_1");
        assertThat(session.revert().files())
                .containsExactly(new FileChange("f", "--- /dev/null\n+++ f\n@@ -0,0 +1 @@\n+x\n", 1, 0, "added"));
        assertThat(client.unrevert("ses_1").revert()).isNull();
        assertThat(client.unrevert("ses_1").model()).isNull();
    }

    @Test
    void aBusySessionTakesNothingBack() {
        openCode.json("GET " + MESSAGE_PATH, MESSAGE);
        for (String call : List.of("revert", "unrevert")) {
            openCode.answer("POST /session/ses_1/" + call, 409, "application/json", "{\"_tag\":\"SessionBusyError\"}");
        }

        assertFailure(() -> client.revert("ses_1", "msg_1"), "session-busy");
        assertFailure(() -> client.unrevert("ses_1"), "session-busy");
    }

    @Test
    void changesOfAnAnswerAreListed() {
        openCode.json("GET /session/ses_1", session(",\"path\":\"src\""));
        openCode.json(
                "GET /session/ses_1/diff",
                """
                [{"file":"src/n.txt","patch":"Index: n.txt\\n====\\n--- n.txt\\t\\n+++ n.txt\\t\\n@@ -0,0 +1,1 @@\\n+x\\n",
                  "additions":1,"deletions":0,"status":"added"},
                 {"file":"up.bin","patch":"","additions":-1,"deletions":0},{"additions":3}]""");

        assertThat(client.changes("ses_1", "msg_1"))
                .containsExactly(
                        new FileChange("n.txt", "--- n.txt\t\n+++ n.txt\t\n@@ -0,0 +1,1 @@\n+x\n", 1, 0, "added"),
                        new FileChange("../up.bin", null, 0, 0, "modified"));
        assertThat(openCode.calls("GET", "/session/ses_1/diff").get(0).query()).isEqualTo("messageID=msg_1");
    }

    private static String session(String more) {
        return "{\"id\":\"ses_1\",\"directory\":\"/w/one\",\"title\":\"T\",\"time\":{\"created\":1}" + more + "}";
    }

    private static void assertFailure(ThrowingCallable call, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(NexusException.class, failure -> assertThat(failure.code())
                .isEqualTo(code));
    }
}
