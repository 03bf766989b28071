package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.regex.Pattern;
import opencode.nexus.testkit.ScriptedModel;
import org.junit.jupiter.api.Test;

/** What is said in a conversation, every kind of step, however it ends, and Markdown. */
abstract class ConversationJourneys extends Journey {
    @Test
    void stepsOfAnAnswerAreShownAsWhatTheyAre() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "Steps");
        visit.say("think:20:5");
        visit.see(visit.log().getByText(Pattern.compile("^Thought for")));

        visit.say("bash:echo one; echo two >&2; exit 3");
        visit.see(visit.log().getByText("exit 3"));
        visit.see(visit.log().getByRole(AriaRole.GROUP, called("Output")).getByText("two"));

        visit.say("edit:notes.txt");
        visit.see(visit.log()
                .getByRole(AriaRole.GROUP, called("Changes in notes.txt"))
                .getByText("beta, changed"));
        visit.clean("steps-desktop-light");

        visit.say("todo");
        visit.see(visit.log().getByRole(AriaRole.REGION, called("To do, 1 of 3 done")));

        // All tools are opened and closed with one key.
        visit.log().focus();
        visit.page().keyboard().press("t");
        assertThat(visit.log().locator("details:not([open])")).hasCount(0);
        visit.page().keyboard().press("t");
        assertThat(visit.log().locator("details[open]")).hasCount(0);
    }

    @Test
    void anAnswerThatDoesNotSimplyEndSaysHowItEnded() throws Exception {
        Visit visit = STAGE.desktop();
        String id = opened(visit, "Ends");
        visit.say("fail:429:1:4");
        visit.see(visit.button("Stop trying"));
        visit.see(visit.log().getByText(Pattern.compile("Trying again in \\d")));
        visit.clean("retry-desktop-light");
        visit.see(visit.log().getByText(ScriptedModel.GREETING));
        visit.see(visit.log().getByText(Pattern.compile("Tried again after")));

        visit.say("fail:400");
        visit.see(visit.log().getByRole(AriaRole.BUTTON, called("Try again")));
        visit.clean("failed-desktop-light");

        visit.say("endless:20");
        visit.see(visit.log().getByText("w0010"));
        visit.page().keyboard().press("Control+.");
        visit.see(visit.log().getByText("You stopped this answer."));
        visit.see(visit.log().getByRole(AriaRole.BUTTON, called("Continue")));
        assertThat(visit.log().getByRole(AriaRole.BUTTON, called("Try again"))).hasCount(0);

        // OpenCode dies in the middle of an answer.
        visit.expecting("^answer: 503", "console: .*503");
        visit.say("endless:20");
        assertThat(visit.log().getByText("w0010")).hasCount(2);
        long pid = STAGE.owner().get("/api/server").json().path("pid").asLong();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        visit.see(visit.log().getByText(Pattern.compile("The answer was cut off")));
        STAGE.owner()
                .await(
                        "/api/server",
                        answer -> answer.json().path("state").asText().equals("running")
                                && answer.json().path("pid").asLong() != pid);
        visit.clean("interrupted-desktop-light");
        visit.log().getByRole(AriaRole.BUTTON, called("Continue")).click();
        assertThat(visit.log().getByText(ScriptedModel.GREETING)).hasCount(2);
        awaitIdle(id);
    }

    @Test
    void aHelperWorksInsideOfTheAnswer() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "With a helper");
        visit.say("task:words:60:60");
        Locator helper = visit.log().getByRole(AriaRole.GROUP, called(Pattern.compile("^Helper: ")));
        visit.see(helper.getByText(Pattern.compile("w0010")));
        visit.clean("helper-desktop-light");
        visit.see(visit.log().getByText(Pattern.compile("The tool said:")));
        // It folds when it is done, and opens in full.
        assertThat(helper).isHidden();
        visit.log().getByText("Helper", exact()).click();
        visit.log()
                .getByRole(AriaRole.BUTTON, called(Pattern.compile("^Open in full\\b")))
                .click();
        visit.see(visit.dialog().getByText(Pattern.compile("w0059")));
        visit.clean("helper-in-full-desktop-light");
    }

    @Test
    void onThePhoneAnAnswerIsReadStoppedAndContinued() throws Exception {
        Visit visit = STAGE.phone();
        opened(visit, "On the way");
        visit.say("edit:phone.txt");
        visit.see(visit.log().getByRole(AriaRole.GROUP, called("Changes in phone.txt")));
        visit.say("task:words:40:40");
        visit.see(visit.log().getByText(Pattern.compile("w0010")));
        visit.clean("helper-phone-dark");
        visit.see(visit.log().getByText(Pattern.compile("The tool said:")).nth(1));
        // Said before the run has ended it would wait in the queue, and Stop would stop what is over anyhow.
        assertThat(visit.button("Stop On the way")).hasCount(0);
        visit.say("endless:20");
        // More words than the helper said.
        visit.see(visit.log().getByText("w0060"));
        visit.clean("answering-phone-dark");
        visit.button("Stop On the way").click();
        visit.see(visit.log().getByText("You stopped this answer."));
        visit.log().getByRole(AriaRole.BUTTON, called("Continue")).click();
        visit.see(visit.log().getByText("Continue where you stopped."));
    }

    @Test
    void aLongConversationComesPageByPageAndTheReaderStaysWhereTheyAre() throws Exception {
        STAGE.bed().model().on("in short", (request, reply) -> reply.text("yes"));
        String[] texts = new String[32];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "number %02d, in short".formatted(i);
        }
        String id = said("Long", texts);
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.open("/").card("Long");
            visit.see(visit.log().getByText("number 31"));
            assertThat(visit.log().getByText("number 02")).hasCount(0);
            visit.log().focus();
            // A page that comes in holds the reader where they are, also one who wanted to go on just then.
            for (int i = 0; i < 400 && !isInSight(visit, "number 00"); i++) {
                visit.page().keyboard().press("Home");
                visit.page().waitForTimeout(100);
            }
            assertThat(visit.log().getByText("number 00")).isInViewport();

            // What comes in does not move the reader.
            STAGE.owner().say(id, "words:30:1");
            Locator latest = visit.button(Pattern.compile("^Latest · \\d new"));
            visit.see(latest);
            assertThat(visit.log().getByText("number 00")).isInViewport();
            visit.clean("further-up-" + visit.look());
            latest.click();
            assertThat(visit.log().getByText("w0029").last()).isInViewport();
        }
    }

    @Test
    void markdownIsWrittenAsItComes() throws Exception {
        for (Visit visit :
                new Visit[] {STAGE.desktop(), STAGE.phone(), STAGE.visit(Chromium.Device.DESKTOP, ColorScheme.DARK)}) {
            String look = visit.look();
            opened(visit, "Markdown, " + look);
            visit.say("markdown:2");
            Locator log = visit.log();
            visit.see(log.getByRole(AriaRole.HEADING, called("A heading of the first order")));
            visit.see(log.getByRole(AriaRole.TABLE));
            visit.see(log.getByRole(AriaRole.LISTITEM).getByText("with a detail,"));
            visit.see(log.getByRole(AriaRole.GROUP, called("Code, Java")).getByText("<b>not bold</b>"));
            visit.see(log.locator(".k-keyword"));
            assertThat(log.getByRole(AriaRole.LINK, called("a page"))).hasAttribute("rel", Pattern.compile("noopener"));
            log.getByRole(AriaRole.BUTTON, called("Wrap code")).click();
            log.getByRole(AriaRole.BUTTON, called("Copy code")).click();
            visit.see(log.getByRole(AriaRole.BUTTON, called("Copied code")));
            visit.clean("markdown-" + look);
        }
    }

    private static boolean isInSight(Visit visit, String words) {
        Locator found = visit.log().getByText(words);
        return found.count() > 0
                && Boolean.TRUE.equals(found.first().evaluate("one => one.getBoundingClientRect().bottom > 110"));
    }
}
