package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ForcedColors;
import com.microsoft.playwright.options.ReducedMotion;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Everything by keyboard, and for everybody. */
abstract class KeyJourneys extends Journey {
    @Test
    void everyKeyOfTheSheetDoesWhatItSays() throws Exception {
        said("One", "words:3:1", "bash:echo hello");
        STAGE.owner().newSession("Two");
        Visit visit = STAGE.desktop().open("/");
        visit.see("Two");
        Keyboard keys = visit.page().keyboard();
        keys.press("?");
        visit.see(visit.dialog().getByText("Choose that answer of a question"));
        visit.clean("keys-desktop-light");
        keys.press("Escape");

        keys.press("j");
        assertThat(visit.button("One")).isFocused();
        keys.press("j");
        assertThat(visit.button("Two")).isFocused();
        keys.press("k");
        keys.press("Enter");
        assertThat(visit.log("One")).isVisible();
        assertThat(visit.box()).isFocused();
        keys.press("Escape");
        assertThat(visit.button("One")).isFocused();
        keys.press("c");
        assertThat(visit.box()).isFocused();
        keys.press("Escape");
        keys.press("t");
        assertThat(visit.log().locator("details[open]").getByText("hello", exact()))
                .isVisible();
        keys.press("[");
        keys.press("]");
        keys.press("l");
        keys.press("v");
        visit.see(visit.dialog().getByRole(AriaRole.GROUP, called("Plain text")).getByText("The tool said: hello"));
        visit.clean("plain-text-desktop-light");
        keys.press("Escape");
        keys.press("Escape");
        assertThat(visit.log()).hasCount(0);
        keys.press("2");
        assertThat(visit.log("Two")).isVisible();
        keys.press("Escape");
        keys.press("Escape");
        keys.press("i");
        visit.see("Nothing needs you.");
        keys.press("i");
        keys.press("/");
        assertThat(visit.dialog().getByRole(AriaRole.SEARCHBOX)).isFocused();
        keys.press("Escape");
        keys.press("n");
        assertThat(visit.dialog().getByLabel("Title")).isFocused();
        keys.press("Escape");
        assertThat(visit.dialog()).hasCount(0);
        keys.press("g");
        keys.press("d");
        assertThat(visit.page()).hasURL(Pattern.compile("/dashboard$"));
    }

    @Test
    void noneFiresWhileTypingOrWhenSwitchedOff() throws Exception {
        Visit visit = STAGE.desktop();
        opened(visit, "Typing");
        String all = "?jkcniaolr[]twvg/0123456789d";
        visit.box().focus();
        visit.page().keyboard().type("x" + all);
        assertThat(visit.box()).hasValue("x" + all);
        assertThat(visit.dialog()).hasCount(0);
        assertThat(visit.box()).isFocused();
        visit.box().fill("");

        visit.page().keyboard().press("Escape");
        visit.button("Menu").click();
        visit.button("Settings").click();
        visit.dialog()
                .getByRole(AriaRole.RADIO, called(Pattern.compile("^Off")))
                .check();
        visit.clean("settings-desktop-light");
        visit.page().keyboard().press("Escape");
        visit.button("Typing").focus();
        visit.page().keyboard().type("?n/i");
        assertThat(visit.dialog()).hasCount(0);
        assertThat(visit.button("Typing")).isFocused();
    }

    @Test
    void aWholeDayByKeyboardAlone() {
        Visit visit = STAGE.desktop().open("/");
        visit.see("No sessions yet");
        Keyboard keys = visit.page().keyboard();
        keys.press("Tab");
        assertThat(visit.role(AriaRole.LINK, "Skip to sessions")).isFocused();
        visit.clean("skip-link-desktop-light");
        keys.press("Enter");
        keys.press("n");
        assertThat(visit.dialog().getByLabel("Title")).isFocused();
        keys.type("By keys");
        keys.press("Enter");
        assertThat(visit.box()).isFocused();

        keys.type("endless:20");
        keys.press("Enter");
        visit.see(visit.log().getByText("w0010"));
        keys.press("Control+.");
        visit.see(visit.log().getByText("You stopped this answer."));

        keys.type("bash:deploy now || echo nothing there");
        keys.press("Enter");
        visit.see(visit.button("Allow once"));
        keys.press("Escape");
        keys.press("a");
        assertThat(visit.role(AriaRole.HEADING, Pattern.compile("^Run a command in "))
                        .last())
                .isFocused();
        keys.press("o");
        visit.see(visit.log().getByText(Pattern.compile("The tool said: ")));
        keys.press("Escape");

        keys.press("/");
        assertThat(visit.dialog().getByRole(AriaRole.SEARCHBOX)).isFocused();
        keys.type("deploy");
        Locator hit = visit.dialog().getByRole(AriaRole.BUTTON, called(Pattern.compile("^By keys\\b.*You\\b.*deploy")));
        visit.see(hit);
        // The steps of the answer may be found, too; what comes first is the index's to say.
        keys.press("ArrowDown");
        for (int others = 0; others < 2; others++) {
            assertThat(visit.dialog().locator(".nx-hit:focus")).hasCount(1);
            if ((boolean) hit.first().evaluate("one => one !== document.activeElement")) {
                keys.press("ArrowDown");
            }
        }
        assertThat(hit.first()).isFocused();
        keys.press("Enter");
        assertThat(turn(visit, "deploy now").first().getByRole(AriaRole.HEADING).first())
                .isFocused();

        // The second skip link leads to the message box. The address of the first one would make a reload begin behind
        // it.
        visit.open("/");
        visit.see(visit.log());
        keys.press("Tab");
        keys.press("Tab");
        assertThat(visit.role(AriaRole.LINK, "Skip to the message box")).isFocused();
        keys.press("Enter");
        assertThat(visit.box()).isFocused();
    }

    @Test
    void anAnswerIsReadAsPlainText() throws Exception {
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            String title = "Plain, " + (visit.isTouch() ? "phone" : "desktop");
            said(title, "markdown");
            visit.open("/").card(title);
            turn(visit, "A quotation")
                    .getByRole(AriaRole.BUTTON, called("More for this answer"))
                    .click();
            visit.role(AriaRole.MENUITEM, "Plain text").click();
            Locator text = visit.dialog().getByRole(AriaRole.GROUP, called("Plain text"));
            assertThat(text).containsText("A heading of the first order");
            assertThat(text).containsText("record Point(int x, int y) {} // <b>not bold</b>");
            assertThat(text).not().containsText("**bold**");
            visit.clean("plain-markdown-" + visit.look());
        }
    }

    @Test
    void everyTurnIsAnArticleWithAHeadingInTheLandmarks() throws Exception {
        said("Landmarks", "words:3:1", "words:4:1");
        Visit visit = STAGE.phone().open("/");
        visit.card("Landmarks");
        assertThat(visit.log()).hasAttribute("aria-live", "off");
        assertThat(visit.log().getByRole(AriaRole.ARTICLE)).hasCount(4);
        assertThat(visit.log().getByRole(AriaRole.HEADING, called(Pattern.compile("^You ?, ?\\d\\d:\\d\\d$"))))
                .hasCount(2);
        assertThat(visit.log().getByRole(AriaRole.HEADING, called(Pattern.compile("^Assistant ?, ?\\d\\d:\\d\\d · "))))
                .hasCount(2);
        assertThat(visit.page().getByRole(AriaRole.MAIN)).hasCount(1);

        // On a phone the open card has the whole page; the bar is there before and behind it.
        Visit wide = STAGE.desktop().open("/");
        wide.card("Landmarks");
        assertThat(wide.page().getByRole(AriaRole.MAIN)).hasCount(1);
        assertThat(wide.page().getByRole(AriaRole.BANNER)).hasCount(1);
    }

    @Test
    void itFitsTheSmallestScreensAndTheLargestLetters() throws Exception {
        said("Narrow", "markdown", "bash:echo a-rather-long-word-that-does-not-break-anywhere-at-all");
        for (Chromium.Device device : new Chromium.Device[] {Chromium.Device.NARROW, Chromium.Device.ZOOMED}) {
            String name = device.name().toLowerCase();
            Visit visit = STAGE.visit(device, ColorScheme.LIGHT).open("/");
            visit.see(visit.button("Narrow"));
            visit.clean("cards-" + name + "-light");
            visit.card("Narrow");
            visit.see(visit.log().getByText(Pattern.compile("The tool said")));
            visit.clean("card-" + name + "-light");
            visit.box().fill("words:3:1");
            visit.button("Send").click();
            visit.see(visit.log().getByText("w0002"));
            visit.choose("Menu for Narrow", "All changes");
            visit.see(visit.dialog());
            visit.clean("sheet-" + name + "-light");
        }
    }

    @Test
    void nothingMovesForThoseWhoWantItSo() throws Exception {
        Visit visit = STAGE.desktop();
        visit.page().emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
        opened(visit, "Still");
        visit.say("endless:20");
        visit.see(visit.log().getByText("w0020"));
        assertThat((int) visit.js(
                        "() => document.getAnimations().filter((one) => one.playState === 'running'"
                                + " && one.effect.getComputedTiming().activeDuration > 1).length",
                        null))
                .isZero();
        visit.button(Pattern.compile("^Stop Still")).first().click();
    }

    @Test
    void withTheColoursOfTheOwnerEverythingCanStillBeTold() throws Exception {
        STAGE.owner().say(STAGE.owner().newSession("Waits"), "bash:deploy now");
        said("Shown", "markdown", "edit:forced.txt");
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.page().emulateMedia(new Page.EmulateMediaOptions().setForcedColors(ForcedColors.ACTIVE));
            visit.open("/").card("Shown");
            visit.see(visit.log().getByText("beta, changed"));
            visit.clean("forced-colours-" + visit.look());
        }
    }
}
