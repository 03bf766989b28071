package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.Chromium.Device.DESKTOP;
import static opencode.nexus.itests.Chromium.Device.NARROW;
import static opencode.nexus.itests.Chromium.Device.PHONE;
import static opencode.nexus.itests.Chromium.Device.ZOOMED;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Every state a page can be in is sound: axe finds nothing, nothing scrolls sideways, a finger hits what it aims at, and the
 * focus is never lost. Leaves a picture of each.
 */
class StatesIT {
    private static final int FEWEST_STATES = 50;

    @RegisterExtension
    static final Stage STAGE = Stage.real(bed -> bed.model().on("write a file", (request, reply) -> {
        reply.text("I will change it.\n\n");
        reply.toolCall("write", Map.of("filePath", "shop.txt", "content", "one\ntwo\nthree\n"));
    }));

    /** Makes room: each test begins with a page without cards. */
    @BeforeEach
    void putAway() throws Exception {
        for (JsonNode session :
                STAGE.owner().get("/api/chat/sessions?active=true").json()) {
            String path = "/api/chat/sessions/" + session.path("id").asText();
            STAGE.owner().post(path + "/abort", Map.of());
            STAGE.owner().call("PATCH", path, Map.of("active", false));
        }
    }

    @AfterAll
    static void thereAreEnough() {
        System.out.println(Visit.cleanStates().size() + " states without a finding");
        assertThat(Visit.cleanStates().size()).isGreaterThanOrEqualTo(FEWEST_STATES);
    }

    @Test
    void theDoor() {
        Visit page = STAGE.stranger(DESKTOP, ColorScheme.DARK).open("/login");
        page.see(page.button("Log in"));
        page.clean("login-desktop-dark");
        Visit phone = STAGE.stranger(NARROW, ColorScheme.LIGHT).open("/login");
        phone.page()
                .getByLabel("Password", new Page.GetByLabelOptions().setExact(true))
                .fill("wrong, and long enough");
        phone.button("Log in").click();
        phone.see(phone.page().getByText(Pattern.compile("not the password")));
        phone.clean("login-error-narrow-light");
        phone.focusIsKept("a wrong password");
    }

    @Test
    void oneCardInItsStates() throws Exception {
        STAGE.owner().newSession("One card");
        Visit page = STAGE.desktop().open("/");
        page.see(page.button("One card"));
        page.clean("main-one-card-desktop-light");
        page.card("One card");
        page.clean("card-empty-desktop-light");
        page.say("think:200:20");
        page.see(page.button(Pattern.compile("^Stop ")));
        page.clean("card-thinking-desktop-light");
        page.button(Pattern.compile("^Stop ")).first().click();
        page.see("You stopped this answer.");
        page.focusIsKept("a stop");
        page.clean("card-stopped-desktop-light");
        page.say("bash:echo one; sleep 8; exit 3");
        page.see(page.page().getByText(Pattern.compile("^working")));
        page.clean("tool-running-desktop-light");
        assertThat(page.log()).containsText("The tool said:");
        page.clean("tool-failed-desktop-light");
        page.say("write a file");
        assertThat(page.log().getByText("The tool said:")).hasCount(2);
        page.button("All changes").first().click();
        page.see(page.page().locator("dialog nx-diff"));
        page.clean("changes-desktop-light");
        page.page().keyboard().press("Escape");
        page.focusIsKept("looking at the changes");
        page.say("todo");
        assertThat(page.log().getByText("The tool said:")).hasCount(3);
        page.clean("todos-desktop-light");
        page.say("fail:400");
        page.see(page.page().getByText(Pattern.compile("scripted failure 400")));
        page.clean("answer-failed-desktop-light");
        page.say("fail:429:1:30");
        page.see(page.page().getByText(Pattern.compile("Trying again")));
        page.clean("retry-desktop-light");
    }

    @Test
    void whileAnAnswerIsWritten() throws Exception {
        STAGE.owner().newSession("Writing");
        Visit page = STAGE.visit(DESKTOP, ColorScheme.DARK).open("/");
        page.card("Writing");
        page.say("endless:30");
        assertThat(page.log()).containsText("w0020");
        page.clean("streaming-desktop-dark");
        page.say("next");
        page.say("and then");
        page.see("2 waiting");
        page.clean("queue-desktop-dark");
        page.focusIsKept("queueing");
        page.button(Pattern.compile("^Take back")).first().click();
        page.focusIsKept("taking back");
        Visit phone = STAGE.phone().open("/");
        phone.card("Writing");
        assertThat(phone.log()).containsText("w0020");
        phone.clean("streaming-phone-dark");
        for (Chromium.Device device : new Chromium.Device[] {NARROW, ZOOMED}) {
            String size = device.name().toLowerCase(Locale.ROOT);
            Visit small = STAGE.visit(device, ColorScheme.LIGHT).open("/");
            small.see(small.button("Writing"));
            small.clean("main-" + size + "-light");
            small.card("Writing");
            assertThat(small.log()).containsText("w0020");
            small.clean("streaming-" + size + "-light");
            small.box().scrollIntoViewIfNeeded();
            assertThat(small.box()).isInViewport();
        }
    }

    @Test
    void tenCards() throws Exception {
        for (int i = 1; i <= 11; i++) {
            if (i == 11) {
                putOneAway();
            }
            STAGE.owner().newSession("Card " + i);
        }
        Visit page = STAGE.visit(DESKTOP, ColorScheme.DARK).open("/");
        page.see(page.button("Card 11"));
        page.clean("ten-cards-desktop-dark");
        page.button("New session").first().click();
        page.see("Ten sessions are active");
        page.clean("eleventh-session-desktop-dark");
        page.page().keyboard().press("Escape");
        page.button(Pattern.compile("^Menu for Card 11")).click();
        page.see(page.role(AriaRole.MENUITEM, "Rename"));
        page.clean("card-menu-desktop-dark");
        page.role(AriaRole.MENUITEM, "Delete").click();
        page.see(page.page().getByRole(AriaRole.ALERTDIALOG));
        page.clean("delete-question-desktop-dark");
        page.page()
                .getByRole(AriaRole.ALERTDIALOG)
                .getByText("Delete", new com.microsoft.playwright.Locator.GetByTextOptions().setExact(true))
                .click();
        page.see(page.button("Undo"));
        page.clean("delete-undo-desktop-dark");
        page.button("Undo").click();
        page.see(page.button("Card 11"));
        Visit phone = STAGE.visit(PHONE, ColorScheme.LIGHT).open("/");
        phone.see(phone.button("Card 2"));
        phone.clean("ten-cards-phone-light");
        phone.card("Card 2");
        phone.clean("card-empty-phone-light");
    }

    private static void putOneAway() throws Exception {
        JsonNode first =
                STAGE.owner().get("/api/chat/sessions?active=true").json().path(0);
        STAGE.owner().call("PATCH", "/api/chat/sessions/" + first.path("id").asText(), Map.of("active", false));
    }

    @Test
    void whatNeedsTheOwner() throws Exception {
        STAGE.owner().newSession("Asks");
        Visit page = STAGE.desktop().open("/");
        page.card("Asks");
        page.say("question");
        page.see("Which colour?");
        page.clean("question-desktop-light");
        page.page().getByLabel("Blue").first().click();
        page.button("Answer").first().click();
        assertThat(page.log()).containsText("The tool said:");
        page.focusIsKept("an answer");
        page.say("permission");
        page.see(page.button("Allow once"));
        page.clean("permission-desktop-light");
        page.button("Always…").first().click();
        page.see(page.button("Always allow"));
        page.clean("permission-always-desktop-light");
        page.button("Back").first().click();
        page.button("Reject and say why").first().click();
        page.clean("permission-why-desktop-light");
        page.focusIsKept("reject and say why");
        page.button("Back").first().click();
        page.button(Pattern.compile("need")).first().click();
        page.see(page.role(AriaRole.DIALOG, "Needs you"));
        page.clean("inbox-desktop-light");
        Visit phone = STAGE.phone().open("/#inbox");
        phone.see(phone.role(AriaRole.DIALOG, "Needs you"));
        phone.see(phone.button("Allow once"));
        phone.clean("inbox-phone-dark");
    }

    @Test
    void theMessageBox() throws Exception {
        STAGE.owner().newSession("Box");
        Visit page = STAGE.desktop().open("/");
        page.card("Box");
        page.button(Pattern.compile("^Model: ")).first().click();
        page.see(page.role(AriaRole.DIALOG, "Model"));
        page.see(page.role(AriaRole.DIALOG, "Model").getByText("Scripted"));
        page.clean("model-picker-desktop-light");
        page.page().keyboard().press("Escape");
        page.focusIsKept("a picker");
        page.box().fill("");
        page.box().pressSequentially("look at @READ");
        page.see(page.page().getByRole(AriaRole.OPTION));
        page.clean("mention-list-desktop-light");
        page.box().fill("");
        page.box().pressSequentially("/in");
        page.see(page.page().getByRole(AriaRole.OPTION));
        page.clean("command-list-desktop-light");
        page.box().fill("x".repeat(100_001));
        page.see(page.page().getByText(Pattern.compile("100,000 fit")));
        page.clean("text-too-long-desktop-light");
        page.box().fill("a draft");
        page.page()
                .locator("input.files")
                .setInputFiles(new FilePayload("notes.txt", "text/plain", "notes".getBytes(StandardCharsets.UTF_8)));
        page.see("notes.txt");
        page.clean("attachment-desktop-light");
    }

    @Test
    void sheetsAndSearch() throws Exception {
        STAGE.owner().newSession("Sheets");
        Visit page = STAGE.visit(DESKTOP, ColorScheme.DARK).open("/");
        page.card("Sheets");
        page.say("words:30:1");
        assertThat(page.log()).containsText("w0029");
        page.button("Help and shortcuts").first().click();
        page.see(page.role(AriaRole.DIALOG, Pattern.compile("[Kk]eys|[Hh]elp")));
        page.clean("keys-desktop-dark");
        page.page().keyboard().press("Escape");
        page.focusIsKept("the list of keys");
        page.button("Menu").click();
        page.button("Settings").click();
        page.see(page.role(AriaRole.DIALOG, "Settings"));
        page.clean("settings-desktop-dark");
        page.page().keyboard().press("Escape");
        page.button("New session").first().click();
        page.see(page.role(AriaRole.DIALOG, "New session"));
        page.clean("new-session-desktop-dark");
        page.page().keyboard().press("Escape");
        page.button("Search everything").first().click();
        page.page().getByRole(AriaRole.SEARCHBOX).last().fill("w0011");
        page.see(page.page().locator("mark"));
        page.clean("search-hits-desktop-dark");
        page.page().getByRole(AriaRole.SEARCHBOX).last().fill("qqqqqq");
        page.see(page.page().getByText(Pattern.compile("Nothing matches")));
        page.clean("search-none-desktop-dark");
    }

    @Test
    void offline() throws Exception {
        STAGE.owner().newSession("Away");
        Visit page = STAGE.desktop().expecting("ERR_INTERNET_DISCONNECTED").open("/");
        page.card("Away");
        page.offline(true);
        page.see(page.page().getByText("Offline", new Page.GetByTextOptions().setExact(true)));
        page.say("sent later");
        page.see(page.page().getByText(Pattern.compile("Waiting to send")));
        page.clean("outbox-desktop-light");
        page.focusIsKept("sending while offline");
        page.offline(false);
        assertThat(page.log()).containsText("Hello from the script.");
    }

    @Test
    void theDashboard() {
        Visit page = STAGE.visit(DESKTOP, ColorScheme.DARK).open("/dashboard");
        page.see(page.page().getByText("Running", new Page.GetByTextOptions().setExact(true)));
        page.clean("dashboard-desktop-dark");
        Visit phone = STAGE.visit(NARROW, ColorScheme.LIGHT).open("/dashboard");
        phone.see(phone.page().getByText("Running", new Page.GetByTextOptions().setExact(true)));
        phone.clean("dashboard-narrow-light");
    }

    @Nested
    class Dashboard extends DashboardStates {}

    @Nested
    class Tunnel extends TunnelStates {}
}
