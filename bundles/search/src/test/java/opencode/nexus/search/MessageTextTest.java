package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import org.junit.jupiter.api.Test;

class MessageTextTest {
    private final FakeHistory history = new FakeHistory();

    @Test
    void whatWasSaidAndWhatToolsWereToldCounts() {
        String text = text(
                FakeHistory.tool("bash", Map.of("command", "npm test"), "12 passed"),
                FakeHistory.text("All green."),
                FakeHistory.tool("edit", Map.of("changes", List.of(Map.of("file", "src/a.ts"))), null),
                new Part.File("p", "p", "file", "plan.pdf", "application/pdf", null, null),
                new Part.Subtask("p", "p", "subtask", "explore", "find the door"));

        assertThat(text)
                .isEqualTo("All green.\nbash npm test\n12 passed\nedit src/a.ts\nplan.pdf\nexplore find the door");
    }

    @Test
    void whatTheModelThoughtAndWhatIsHiddenDoesNot() {
        String text = text(
                new Part.Text("p", "p", "reasoning", "secret thought", null, Instant.EPOCH, null),
                new Part.Text("p", "p", "text", "for the model only", null, Instant.EPOCH, true));

        assertThat(text).isEmpty();
        assertThat(MessageText.of(history.answer("ses_a").with(null))).isEmpty();
    }

    @Test
    void everyTextHasABound() {
        Map<String, Object> endless = new HashMap<>();
        endless.put("again", endless);
        endless.put("nothing", null);

        assertThat(text(FakeHistory.text("x".repeat(1_000_000)))).hasSizeLessThanOrEqualTo(MessageText.LONGEST);
        assertThat(text(FakeHistory.tool("bash", Map.of("command", "x".repeat(1_000_000)), "y".repeat(1_000_000))))
                .hasSizeLessThan(7_000);
        assertThat(text(FakeHistory.tool("loop", endless, null))).isEqualTo("loop");
        assertThat(text(FakeHistory.text("🎉".repeat(200_000)))).endsWith("🎉");
    }

    private String text(Part... parts) {
        Message message = history.answer("ses_a", parts);
        return MessageText.of(message);
    }
}
