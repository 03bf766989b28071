package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A person's way through the pages, in a real Chromium, by what can be read and heard on them. */
class JourneyIT {
    private static final String CODE =
            """
            Here is the **plan**:

            ```java
            final class Answer { int value = 42; }
            ```

            | a | b |
            |---|---|
            | 1 | 2 |

            <img src=x onerror=alert(1)> and [a link](javascript:alert(1)).
            """;

    @RegisterExtension
    static final Stage STAGE = Stage.withoutOwner(bed -> bed.model().on("show me", (request, reply) -> {
        for (String piece : CODE.split("(?<= )")) {
            reply.text(piece);
            reply.pause(Duration.ofMillis(10));
        }
    }));

    @Test
    void fromSetUpToAStreamedAnswerAndBackAgain() throws Exception {
        Visit desktop = STAGE.stranger(Chromium.Device.DESKTOP, ColorScheme.LIGHT);
        becomeTheOwner(desktop);
        converse(desktop);
        reload(desktop.page());
        rename(desktop, "Renamed by the test");
        dashboard(desktop);
        phoneInTheDark(desktop);
        logOutAndIn(desktop);
    }

    private static void becomeTheOwner(Visit visit) throws Exception {
        Page page = visit.page();
        String code = STAGE.nexus().awaitSetupCode();

        // Nobody is let in before there is an owner.
        visit.open("/dashboard");
        assertThat(page).hasURL(Pattern.compile(".*/setup$"));
        visit.open("/setup#" + code);
        // The code leaves the address.
        assertThat(page).hasURL(Pattern.compile(".*/setup$"));
        Locator password = page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true));
        password.fill("too short");
        visit.button("Set up Nexus").click();
        visit.see(page.getByText(Pattern.compile("at least 15", Pattern.CASE_INSENSITIVE)));
        visit.clean("setup-desktop-light");
        password.fill(Owner.PASSWORD);
        visit.button("Set up Nexus").click();

        assertThat(page).hasURL(STAGE.nexus().uri("/").toString());
        visit.see("No sessions yet");
        visit.clean("main-empty-desktop-light");
    }

    private static void converse(Visit visit) {
        Page page = visit.page();
        visit.newSession();
        visit.say("words:200:20");
        Locator log = visit.log();
        assertThat(log).containsText("w0005");
        visit.clean("main-streaming-desktop-light");
        assertThat(log).containsText("w0199");
        assertThat(visit.box()).hasValue("");

        // An answer with Markdown is shown as such, and nothing in it runs.
        visit.say("show me");
        visit.see(log.getByRole(AriaRole.TABLE));
        visit.see(log.locator("strong", new Locator.LocatorOptions().setHasText("plan")));
        visit.see(log.locator("code .k-keyword"));
        assertThat(log.locator("img")).hasCount(0);
        assertThat(log.locator("a[href^='javascript']")).hasCount(0);
        visit.clean("main-markdown-desktop-light");

        // Stop.
        visit.say("endless:20");
        Locator stop = visit.button(Pattern.compile("^Stop "));
        visit.see(stop);
        // Stopped before an answer began, it would be a message that was not answered.
        assertThat(log.getByRole(AriaRole.ARTICLE).last()).containsText("w0010");
        stop.first().click();
        visit.see("You stopped this answer.");

        // A permission is asked for and given.
        visit.say("permission");
        Locator allow = visit.button(Pattern.compile("Allow once"));
        visit.see(allow);
        visit.clean("main-permission-desktop-light");
        allow.first().click();
        assertThat(log).containsText("The tool said:");

        visit.box().fill("a draft that stays");
        visit.until("kept", "text => Object.values(localStorage).join().includes(text)", "a draft that stays");
        assertThat(page.getByRole(AriaRole.LOG)).isVisible();
    }

    /** The history is there again, and the draft. */
    private static void reload(Page page) {
        page.reload();
        assertThat(page.getByRole(AriaRole.LOG)).containsText("w0199");
        assertThat(page.getByPlaceholder("Ask, or give the next task")).hasValue("a draft that stays");
    }

    private static void rename(Visit visit, String title) {
        visit.button(Pattern.compile("^Menu for")).first().click();
        visit.role(AriaRole.MENUITEM, "Rename").click();
        Locator field = visit.page().getByLabel("New title");
        field.fill(title);
        field.press("Enter");
        visit.see(visit.role(AriaRole.HEADING, title));
    }

    private static void dashboard(Visit visit) {
        visit.open("/dashboard");
        visit.see(exactly(visit, "Running"));
        visit.clean("dashboard-desktop-light");
        visit.button("Stop OpenCode").click();
        visit.page()
                .getByRole(AriaRole.ALERTDIALOG)
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Stop").setExact(true))
                .click();
        visit.see(exactly(visit, "Stopped"));
        visit.button("Start OpenCode").click();
        visit.see(exactly(visit, "Running"));
    }

    private static void phoneInTheDark(Visit desktop) {
        Visit phone = STAGE.likewise(desktop, Chromium.Device.PHONE, ColorScheme.DARK);
        phone.open("/");
        Locator title = phone.button("Renamed by the test");
        phone.see(title);
        phone.clean("main-phone-dark");
        if (phone.log().count() == 0) {
            title.first().click();
        }
        assertThat(phone.log()).containsText("w0199");
        phone.clean("chat-phone-dark");
        phone.box().fill("words:20:5");
        phone.button("Send").click();
        assertThat(phone.log().getByText("w0019").last()).isVisible();
        phone.open("/dashboard");
        phone.see(exactly(phone, "Running"));
        phone.clean("dashboard-phone-dark");
    }

    private static void logOutAndIn(Visit visit) {
        Page page = visit.page();
        visit.context().clearCookies();
        visit.open("/");
        assertThat(page).hasURL(Pattern.compile(".*/login.*"));
        visit.clean("login-desktop-light");
        Locator password = page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true));
        password.fill("this is not the password");
        visit.button("Log in").click();
        visit.see(page.getByText(Pattern.compile("not the password")));
        password.fill(Owner.PASSWORD);
        visit.button("Log in").click();
        visit.see("Renamed by the test");
    }

    private static Locator exactly(Visit visit, String text) {
        return visit.page().getByText(text, new Page.GetByTextOptions().setExact(true));
    }
}
