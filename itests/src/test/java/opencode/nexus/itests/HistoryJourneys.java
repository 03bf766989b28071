package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What was said and done is taken up elsewhere, undone, looked at and taken along. */
abstract class HistoryJourneys extends Journey {
    @Test
    void aNewSessionStartsFromAnyTurn() throws Exception {
        String id = said("Fork", "words:3:1", "words:4:1", "words:5:1");
        Visit visit = STAGE.desktop().open("/");
        visit.card("Fork");

        // From a message: what came before it, and its words in the box.
        turn(visit, "words:4:1").hover();
        turn(visit, "words:4:1")
                .getByRole(AriaRole.BUTTON, called("New session from your message"))
                .click();
        Locator fork = visit.log("Fork (fork #1)");
        visit.see(fork.getByText(Pattern.compile("w0002")));
        assertThat(fork.getByRole(AriaRole.ARTICLE)).hasCount(2);
        assertThat(box(visit, "Fork (fork #1)")).hasValue("words:4:1");
        visit.clean("fork-desktop-light");
        visit.button("Close Fork (fork #1)").click();

        // From an answer: everything up to it.
        turn(visit, "w0003")
                .first()
                .getByRole(AriaRole.BUTTON, called("New session from this answer"))
                .click();
        Locator other = visit.log("Fork (fork #1)");
        visit.see(other.getByText(Pattern.compile("w0003")));
        assertThat(other.getByRole(AriaRole.ARTICLE)).hasCount(4);
        assertThat(box(visit, "Fork (fork #1)")).isEmpty();

        // It goes its own way.
        box(visit, "Fork (fork #1)").fill("words:2:1");
        box(visit, "Fork (fork #1)").press("Enter");
        assertThat(other.getByRole(AriaRole.ARTICLE)).hasCount(6);
        assertThat(asked(id)).isEqualTo(3);
    }

    @Test
    void aTurnThatIsNotThereAnyMoreCannotBeForked() throws Exception {
        said("Vanished", "words:3:1");
        Visit visit = STAGE.desktop().open("/");
        visit.card("Vanished");
        visit.page()
                .route(
                        Pattern.compile("/fork$"),
                        route -> route.resume(new Route.ResumeOptions()
                                .setPostData("{\"messageId\":\"msg_f00000000000000000000000000\"}")));
        turn(visit, "words:3:1")
                .getByRole(AriaRole.BUTTON, called("New session from your message"))
                .click();
        visit.see(visit.log().getByText(Pattern.compile("^No new session was started\\. ")));
        visit.clean("fork-vanished-desktop-light");
        assertThat(STAGE.owner().get("/api/chat/sessions").json()).hasSize(1);
    }

    @Test
    void whatWasDoneIsUndoneWithItsFilesAndBroughtBack() throws Exception {
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            String device = visit.isTouch() ? "phone" : "desktop";
            Path file = STAGE.bed().workspace().resolve("undo-" + device + ".txt");
            Path fresh = STAGE.bed().workspace().resolve("fresh-" + device + ".txt");
            Files.writeString(file, "as it was\n");
            String title = "Undo on the " + device;
            said(title, "words:3:1", "edit:" + file.getFileName(), "write:" + fresh.getFileName());
            String done = Files.readString(file);
            visit.open("/").card(title);

            chooseAt(visit, "edit:undo", "More for your message", "Undo from here");
            Locator question = visit.dialog();
            assertThat(question.getByRole(AriaRole.LISTITEM)).hasCount(2);
            assertThat(question).containsText(file.getFileName().toString());
            assertThat(question).containsText("2 files go back to");
            visit.clean("undo-" + visit.look());
            question.getByRole(AriaRole.BUTTON, called("Keep")).click();
            assertThat(file).hasContent(done);

            chooseAt(visit, "edit:undo", "More for your message", "Undo from here");
            question.getByRole(AriaRole.BUTTON, called("Undo changes")).click();
            visit.see(visit.log().getByText(Pattern.compile("undone, 2 files went back")));
            assertThat(file).hasContent("as it was\n");
            assertThat(fresh).doesNotExist();
            assertThat(turn(visit, "write:fresh")).hasCount(0);
            assertThat(visit.box()).hasValue("edit:" + file.getFileName());
            visit.clean("undone-" + visit.look());

            visit.log().getByRole(AriaRole.BUTTON, called("Bring back")).click();
            visit.see(turn(visit, "write:fresh"));
            assertThat(file).hasContent(done);
            assertThat(fresh).exists();
            assertThat(visit.box()).isEmpty();

            // The next message makes it final.
            chooseAt(visit, "edit:undo", "More for your message", "Undo from here");
            question.getByRole(AriaRole.BUTTON, called("Undo changes")).click();
            visit.see(visit.log().getByText(Pattern.compile("Your next message makes it final")));
            visit.say("words:2:1");
            assertThat(visit.log().getByText(Pattern.compile("undone"))).hasCount(0);
            visit.see(turn(visit, "words:2:1"));
            assertThat(turn(visit, "edit:undo")).hasCount(0);
            assertThat(file).hasContent("as it was\n");
        }
    }

    @Test
    void whatChangedIsShownForATurnAndForTheSession() throws Exception {
        said("Changes", "edit:one.txt", "words:2:1", "edit:two.txt");
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.open("/").card("Changes");
            chooseAt(visit, "edit:one.txt", "More for your message", "What changed here");
            Locator sheet = visit.dialog();
            visit.see(sheet.getByRole(AriaRole.GROUP, called("Changes in one.txt"))
                    .getByText("beta, changed"));
            assertThat(sheet).not().containsText("two.txt");
            visit.clean("changed-here-" + visit.look());
            sheet.getByRole(AriaRole.BUTTON, called("Close")).click();

            chooseAt(visit, "words:2:1", "More for your message", "What changed here");
            visit.see(sheet.getByText("No file was changed."));
            visit.page().keyboard().press("Escape");

            visit.choose("Menu for Changes", "All changes");
            visit.see(sheet.getByText("2 files,"));
            visit.see(sheet.getByRole(AriaRole.GROUP, called("Changes in two.txt")));
            visit.clean("all-changes-" + visit.look());
            visit.page().keyboard().press("Escape");
            visit.focusIsKept("closing a sheet");
        }
    }

    @Test
    void aConversationIsTakenAlongAsMarkdownAndAsJson() throws Exception {
        said("To take: along/with", "markdown", "bash:echo out of the tool");
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.open("/").card("To take: along/with");
            Download markdown = export(visit, "Export as Markdown");
            assertThat(markdown.suggestedFilename()).endsWith(".md");
            assertThat(Files.readString(markdown.path()))
                    .contains("To take: along/with")
                    .contains("| two  |     22 |")
                    .contains("echo out of the tool")
                    .contains("The tool said: out of the tool");

            Download json = export(visit, "Export as JSON");
            assertThat(json.suggestedFilename()).endsWith(".json");
            JsonNode all = new ObjectMapper().readTree(json.path().toFile());
            assertThat(all.path("session").path("title").asText()).isEqualTo("To take: along/with");
            assertThat(all.path("messages").findValuesAsText("role")).contains("user", "assistant");
            assertThat(all.path("messages").findValuesAsText("output"))
                    .anyMatch(one -> one.contains("out of the tool"));
        }
    }

    private static Download export(Visit visit, String item) {
        return visit.page().waitForDownload(() -> visit.choose("Menu for To take: along/with", item));
    }

    /** Chooses from the menu of a turn. */
    private static void chooseAt(Visit visit, String words, String menu, String item) {
        turn(visit, words).first().getByRole(AriaRole.BUTTON, called(menu)).click();
        visit.role(AriaRole.MENUITEM, item).click();
    }

    private static Locator box(Visit visit, String title) {
        return visit.role(AriaRole.TEXTBOX, "Message to " + title);
    }
}
