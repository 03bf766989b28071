package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Mouse;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Cards are made, opened, moved, renamed, put away and deleted. */
abstract class CardJourneys extends Journey {
    @Test
    void cardsAreMadeMovedPutAwayAndDeleted() {
        Visit visit = STAGE.desktop().open("/");
        visit.newSession("Alpha");
        visit.newSession("Beta");
        visit.newSession("Gamma");
        seeCards(visit, "Alpha", "Beta", "Gamma");
        visit.button("Close Beta").click();
        visit.button("Close Gamma").click();

        // By keys, by the menu, and by the pointer.
        visit.button("Alpha").focus();
        visit.page().keyboard().press("Alt+ArrowDown");
        seeCards(visit, "Beta", "Alpha", "Gamma");
        assertThat(visit.button("Alpha")).isFocused();
        visit.choose("Menu for Gamma", "Move up");
        seeCards(visit, "Beta", "Gamma", "Alpha");
        drag(visit, "Beta", "Alpha");
        seeCards(visit, "Gamma", "Alpha", "Beta");

        visit.choose("Menu for Alpha", "Put away");
        seeCards(visit, "Gamma", "Beta");
        visit.focusIsKept("putting a card away");
        region(visit, "News").getByRole(AriaRole.BUTTON, called("Undo")).click();
        seeCards(visit, "Gamma", "Alpha", "Beta");

        delete(visit, "Beta");
        seeCards(visit, "Gamma", "Alpha");
        visit.see(news(visit, "Deleted “Beta”."));
        visit.clean("cards-undo-desktop-light");
        region(visit, "News").getByRole(AriaRole.BUTTON, called("Undo")).click();
        seeCards(visit, "Gamma", "Alpha", "Beta");
    }

    @Test
    void aSessionIsMadeWithFolderModelAndAgent() throws Exception {
        Visit visit = STAGE.desktop().open("/");
        visit.button("New session").first().click();
        Locator form = visit.dialog();
        form.getByLabel("Title").fill("As chosen");
        form.getByLabel("Folder").selectOption(shop(STAGE.bed()).toString());
        pick(visit, "Model", "Scripted titles");
        pick(visit, "Agent", "plan");
        visit.clean("new-session-desktop-light");
        form.getByRole(AriaRole.BUTTON, called("Start")).click();
        assertThat(visit.box()).isFocused();
        visit.see(visit.button(Pattern.compile("^Model: Scripted titles")));
        visit.see(visit.button(Pattern.compile("^Agent: plan", Pattern.CASE_INSENSITIVE)));
        visit.see(visit.page().getByText(Pattern.compile("/shop$")));

        visit.choose("Menu for As chosen", "Rename");
        visit.page().getByLabel("New title").fill("Renamed");
        visit.page().getByLabel("New title").press("Enter");
        seeCards(visit, "Renamed");
    }

    @Test
    void closedCardsTellWhatHappensInThem() throws Exception {
        String busy = STAGE.owner().newSession("Busy");
        said("Done", "words:12:1");
        Visit visit = STAGE.visit(Chromium.Device.WIDE, ColorScheme.LIGHT).open("/");
        visit.see("w0011");
        STAGE.owner().say(busy, "endless:20");
        Locator card = visit.role(AriaRole.ARTICLE, "Busy");
        visit.see(card.getByText("Answering"));
        visit.see(card.getByText(Pattern.compile("w0040")));

        // Three fit beside each other on a wide screen.
        visit.card("Done");
        visit.newSession("Another");
        visit.card("Busy");
        assertThat(visit.log()).hasCount(3);
        visit.clean("three-open-wide-light");
        visit.button("Close Busy").click();
        STAGE.owner().post("/api/chat/sessions/" + busy + "/abort", Map.of());
        awaitIdle(busy);
        STAGE.owner().say(busy, "words:5:1");
        assertThat(visit.role(AriaRole.ARTICLE, "Busy").getByText(Pattern.compile("^\\d new$")))
                .isVisible();
        visit.see(visit.page().getByText(Pattern.compile("[\\d,]+ tokens")));
    }

    @Test
    void anEleventhCardAsksForRoomAndTheOthersAreFoundAgain() throws Exception {
        for (int i = 1; i <= 10; i++) {
            STAGE.owner().newSession("Card " + i);
        }
        Visit visit = STAGE.desktop().open("/");
        visit.see("Card 10");
        visit.page().keyboard().press("n");
        assertThat(visit.dialog()).containsText("Ten sessions are active");
        visit.clean("eleventh-desktop-light");
        visit.dialog().getByText("Card 3", exact()).click();
        assertThat(visit.dialog()).containsText("New session");
        visit.dialog().getByLabel("Title").fill("Card 11");
        visit.dialog().getByLabel("Title").press("Enter");
        assertThat(visit.log("Card 11")).isVisible();

        visit.page().getByPlaceholder("Find by title or text").fill("card 3");
        Locator row = region(visit, "All sessions").getByRole(AriaRole.BUTTON, called(Pattern.compile("^Card 3\\b")));
        row.click();
        visit.dialog().getByText("Card 7", exact()).click();
        assertThat(visit.log("Card 3")).isVisible();
        visit.button("Close Card 11").click();
        visit.clean("ten-cards-desktop-light");
    }

    @Test
    void manySessionsComePageByPage() throws Exception {
        for (int i = 1; i <= 60; i++) {
            String id = STAGE.owner().newSession("Old " + i);
            STAGE.owner().call("PATCH", "/api/chat/sessions/" + id, Map.of("active", false));
        }
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.open("/");
            Locator all = region(visit, "All sessions");
            visit.see(all.getByText("60 put away"));
            // The oldest one is on the second page.
            all.getByRole(AriaRole.BUTTON, called(Pattern.compile("^Old 60\\b")))
                    .focus();
            for (int i = 0; i < 59; i++) {
                visit.page().keyboard().press("ArrowDown");
            }
            assertThat(all.getByRole(AriaRole.BUTTON, called(Pattern.compile("^Old 1\\b"))))
                    .isFocused();
            visit.clean("all-sessions-" + visit.look());
            visit.page().keyboard().press("Enter");
            assertThat(visit.log("Old 1")).isVisible();
            visit.choose("Menu for Old 1", "Put away");
            visit.see(all.getByText("60 put away"));
        }
    }

    @Test
    void onThePhoneOneCardFillsThePageAndTheStripLeadsToTheOthers() throws Exception {
        STAGE.owner().newSession("First");
        STAGE.owner().newSession("Second");
        Visit visit = STAGE.phone().open("/");
        visit.card("First");
        Locator others = visit.role(AriaRole.NAVIGATION, "Other sessions");
        visit.clean("card-phone-dark");
        others.getByRole(AriaRole.BUTTON, called(Pattern.compile("^2, Second, ")))
                .click();
        assertThat(visit.log("Second")).isVisible();
        assertThat(visit.log("First")).isHidden();
        visit.page().goBack();
        assertThat(visit.log()).hasCount(0);
        seeCards(visit, "First", "Second");
        visit.clean("cards-phone-dark");

        visit.newSession("Third");
        visit.button("All sessions").click();
        seeCards(visit, "First", "Second", "Third");
        visit.choose("Menu for Third", "Move up");
        seeCards(visit, "First", "Third", "Second");
        visit.choose("Menu for Second", "Put away");
        seeCards(visit, "First", "Third");
        delete(visit, "First");
        seeCards(visit, "Third");
        region(visit, "News").getByRole(AriaRole.BUTTON, called("Undo")).last().click();
        seeCards(visit, "First", "Third");
    }

    private static void delete(Visit visit, String title) {
        visit.choose("Menu for " + title, "Delete");
        visit.page()
                .getByRole(AriaRole.ALERTDIALOG)
                .getByRole(AriaRole.BUTTON, called("Delete"))
                .click();
    }

    private static void pick(Visit visit, String what, String option) {
        visit.dialog()
                .getByRole(AriaRole.BUTTON, called(Pattern.compile("^" + what + ": ")))
                .click();
        visit.role(AriaRole.LISTBOX, what)
                .getByRole(AriaRole.OPTION, called(Pattern.compile("^" + option)))
                .click();
    }

    private static void drag(Visit visit, String from, String to) {
        BoundingBox start = visit.button(from).boundingBox();
        BoundingBox end = visit.role(AriaRole.ARTICLE, to).boundingBox();
        Mouse mouse = visit.page().mouse();
        mouse.move(start.x + 20, start.y + start.height / 2);
        mouse.down();
        mouse.move(end.x + end.width - 10, end.y + 40, new Mouse.MoveOptions().setSteps(10));
        mouse.up();
    }
}
