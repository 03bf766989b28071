package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import opencode.nexus.demo.protocol.Reply;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a screen reader says of an answer: that it goes on, now and then, and once that it is there. Never a piece of the
 * answer, and nothing while the owner types.
 */
class SpeechIT {
    private static final int SECONDS = Boolean.getBoolean("nexus.long") ? 45 : 24;
    /** Words a second. */
    private static final int RATE = 25;

    private static final String BLOCK = "\n\n```java\nint answer = 42;\n```\n\n";

    @RegisterExtension
    static final Stage STAGE = Stage.real(bed -> bed.model().on("speak", (request, reply) -> speak(reply)));

    private Visit page;

    private static void speak(Reply reply) throws IOException {
        for (int i = 0; i < SECONDS * RATE; i++) {
            if (i == 3 * RATE || i == (SECONDS - 3) * RATE) {
                reply.text(BLOCK);
            }
            reply.text("w%04d ".formatted(i));
            reply.pause(Duration.ofMillis(1000 / RATE));
        }
    }

    @BeforeEach
    void open() {
        page = STAGE.desktop().listen().open("/");
        page.newSession();
    }

    @Test
    void aLongAnswerIsSaidToGoOnAndToBeComplete() {
        page.say("speak");
        assertThat(page.log()).containsText("w0100");
        long typedFrom = System.currentTimeMillis();
        for (int i = 0; i < 60; i++) {
            page.page().keyboard().type("x");
            page.page().waitForTimeout(100);
        }
        long typedUntil = System.currentTimeMillis();
        assertThat(page.log()).containsText("w%04d".formatted(SECONDS * RATE - 1));
        hear("^Answer complete");
        // Nothing comes after it.
        page.page().waitForTimeout(2_000);

        List<Visit.Heard> heard = page.heard();
        assertThat(heard).as("no piece of the answer").noneMatch(one -> one.text()
                .matches(".*(w\\d{4}|int answer).*"));
        assertThat(said(heard, "Answering")).hasSize(1);
        assertThat(said(heard, "Answer complete"))
                .singleElement()
                .extracting(Visit.Heard::text)
                .isEqualTo(String.format(Locale.ROOT, "Answer complete, %,d words, 2 code blocks.", SECONDS * RATE));
        List<Visit.Heard> progress = said(heard, "Still answering");
        assertThat(progress).isNotEmpty();
        for (int i = 1; i < progress.size(); i++) {
            assertThat(progress.get(i).at() - progress.get(i - 1).at())
                    .as("" + progress)
                    .isGreaterThan(9_000);
        }
        assertThat(heard).as("nothing else").allMatch(one -> one.text()
                .matches("Answering\\.|Still answering, [\\d,]+ words\\.|Answer complete, .*"));
        assertThat(heard)
                .as("nothing while typing, from " + typedFrom + " to " + typedUntil)
                .noneMatch(one -> one.at() > typedFrom + 300 && one.at() < typedUntil);
        assertThat(page.log()).hasAttribute("aria-live", "off");
    }

    @Test
    void aStoppedAnswerIsSaidOnce() {
        page.say("endless:20");
        assertThat(page.log()).containsText("w0050");
        page.button(Pattern.compile("^Stop ")).first().click();
        hear("[Ss]topped");
        page.page().waitForTimeout(2_000);

        assertThat(page.heard())
                .filteredOn(one -> one.text().toLowerCase().contains("stopped"))
                .hasSize(1);
        assertThat(said(page.heard(), "Answer complete")).isEmpty();
    }

    @Test
    void aRetryIsSaidOnce() {
        page.say("fail:429:1:3");
        assertThat(page.log()).containsText("Hello from the script.");
        hear("^Answer complete");
        page.page().waitForTimeout(1_000);

        assertThat(page.heard())
                .as("" + page.heard())
                .filteredOn(one -> one.text().toLowerCase().contains("again"))
                .hasSize(1);
        assertThat(said(page.heard(), "Answer complete")).hasSize(1);
    }

    /** An answer of several steps is one answer. */
    @Test
    void anAnswerWithToolsIsCompleteOnce() {
        page.say("bash:echo one; sleep 2; echo two");
        assertThat(page.log()).containsText("The tool said:");
        hear("^Answer complete");
        page.page().waitForTimeout(2_000);

        assertThat(said(page.heard(), "Answer complete")).as("" + page.heard()).hasSize(1);
        assertThat(said(page.heard(), "Answering")).hasSize(1);
    }

    private void hear(String pattern) {
        page.until(
                "heard " + pattern,
                "(pattern) => window.__heard.some((one) => new RegExp(pattern).test(one.text))",
                pattern);
    }

    private static List<Visit.Heard> said(List<Visit.Heard> heard, String start) {
        return heard.stream().filter(one -> one.text().startsWith(start)).toList();
    }
}
