package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.Chromium.Device.DESKTOP;
import static opencode.nexus.itests.Chromium.Device.PHONE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every panel of the dashboard with what really happened: a server that was killed, a question, a failure, a new device. */
abstract class DashboardStates {
    private static final Stage STAGE = StatesIT.STAGE;
    private static final Set<String> TOLD = Set.of("needs-me", "failed", "restarted", "new-device");

    @BeforeAll
    static void muchHappens() throws Exception {
        Owner owner = STAGE.owner();
        long pid = owner.get("/api/server").json().path("pid").asLong();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        owner.await("/api/restart", answer -> outcome(answer).equals("recovered"));
        owner.awaitServer();
        owner.say(owner.newSession("It failed"), "fail:400");
        String asking = owner.newSession("Which colour?");
        owner.say(asking, "question");
        owner.await("/api/chat/requests", answer -> !answer.json().isEmpty());
        // What is put away goes on asking, and is left alone by the next test.
        assertThat(owner.call("PATCH", "/api/chat/sessions/" + asking, Map.of("active", false))
                        .status())
                .isEqualTo(200);
        logInFromAPhone();
        Files.writeString(STAGE.nexus().home().resolve("etc/opencode.nexus.auth.cfg"), "maxDevices=many\n");
        owner.await("/api/settings", answer -> answer.text().contains("\"problem\""));
        owner.await("/api/notifications", answer -> unread(answer).containsAll(TOLD));
    }

    private static String outcome(Owner.Answer answer) {
        return answer.json().path("attempts").path(0).path("outcome").asText();
    }

    private static Set<String> unread(Owner.Answer answer) {
        Set<String> kinds = new HashSet<>();
        for (JsonNode one : answer.json().path("notifications")) {
            if (!one.hasNonNull("readAt")) {
                kinds.add(one.path("kind").asText());
            }
        }
        return kinds;
    }

    private static void logInFromAPhone() {
        try (Visit phone = STAGE.stranger(PHONE, ColorScheme.LIGHT).open("/login")) {
            phone.page()
                    .getByLabel("Password", new Page.GetByLabelOptions().setExact(true))
                    .fill(Owner.PASSWORD);
            phone.button("Log in").click();
            assertThat(phone.page()).hasURL(STAGE.nexus().uri("/").toString());
        }
    }

    @BeforeEach
    void aSession() throws Exception {
        STAGE.owner().newSession("Quiet");
    }

    @Test
    void everyPanel() {
        for (Visit visit : looks()) {
            filled(visit);
            openAll(visit);
            // On a screen so high that nothing is hidden below it.
            int width = visit.page().viewportSize().width;
            visit.page().setViewportSize(width, (int)
                    Objects.requireNonNull(visit.js("() => document.documentElement.scrollHeight", null)));
            visit.clean("panels-" + visit.look());
        }
    }

    @Test
    void whatIsKnownOfARestart() {
        for (Visit visit : looks()) {
            filled(visit);
            attempt(visit).click();
            visit.see(visit.dialog().getByText("What was seen and decided"));
            visit.clean("post-mortem-" + visit.look());
        }
    }

    @Test
    void whatIsWrongIsToldAtItsField() {
        for (Visit visit : looks()) {
            visit.open("/dashboard");
            Locator restarts = visit.role(AriaRole.REGION, "Restarts");
            restarts.getByRole(AriaRole.BUTTON, named("Rules")).click();
            restarts.getByLabel(Pattern.compile("^Give up after")).fill("0");
            isRefused(restarts, "Save the rules");

            // The address leads to a setting.
            visit.js("() => { location.hash = 'settings-opencode-workspaces'; }", null);
            Locator settings = visit.role(AriaRole.REGION, "Settings");
            visit.button("Add a line to Workspaces").click();
            settings.getByLabel(Pattern.compile("^Workspaces, line")).last().fill("/no/such/folder");
            isRefused(settings, "Save OpenCode");
            visit.clean("refused-" + visit.look());
            for (Locator panel : List.of(settings, restarts)) {
                panel.getByRole(AriaRole.BUTTON, named("Discard")).click();
                assertThat(panel.locator("p.err")).hasCount(0);
                visit.focusIsKept("discarding");
            }
        }
    }

    private static void isRefused(Locator panel, String save) {
        panel.getByRole(AriaRole.BUTTON, named(save)).click();
        assertThat(panel.getByRole(AriaRole.GROUP, named("Nothing was saved"))).isFocused();
        assertThat(panel.locator("p.err")).isVisible();
    }

    /** Tab leads through everything in the order of the page and out of it, there and back, and is always seen. */
    @Test
    void byKeyboardAlone() {
        Visit visit = STAGE.desktop();
        filled(visit);
        openAll(visit);
        List<?> names = (List<?>) Objects.requireNonNull(visit.js(Visit.resource("tabs.js"), null));
        List<Integer> all = IntStream.range(0, names.size()).boxed().toList();
        assertThat(tabbed(visit, "Tab", -1, names)).isEqualTo(all);
        List<Integer> back = tabbed(visit, "Shift+Tab", 0, names);
        assertThat(back.stream().sorted().toList()).isEqualTo(all);
        assertThat(back).isSortedAccordingTo(Comparator.reverseOrder());
    }

    /** Presses from the end of the page until it is left again, and tells where that led. */
    private static List<Integer> tabbed(Visit visit, String key, int from, List<?> names) {
        List<Integer> order = new ArrayList<>();
        visit.js("from => window.__tabs.at(from).focus()", from);
        for (int i = 0; i < 2 * names.size(); i++) {
            visit.page().keyboard().press(key);
            int at = (int) Objects.requireNonNull(visit.js("() => window.__tab()", null));
            if (at < 0 && order.isEmpty()) {
                continue;
            }
            if (at < 0 || order.contains(at)) {
                break;
            }
            visit.until("seen: " + names.get(at), "() => window.__tabIsSeen()", null);
            order.add(at);
        }
        return order;
    }

    @Test
    void aRestartIsReadByKeyboardAlone() {
        Visit visit = STAGE.desktop();
        filled(visit);
        Keyboard keys = visit.page().keyboard();
        attempt(visit).focus();
        keys.press("Enter");
        visit.see(visit.dialog().getByText("What was seen and decided"));
        for (int i = 0; i < 40; i++) {
            keys.press("Tab");
            Object place = visit.js(
                    "() => document.activeElement === document.body ? 'left'"
                            + " : document.activeElement.closest('dialog') ? 'inside' : 'behind'",
                    null);
            assertThat(place).isIn("left", "inside");
        }
        keys.press("Escape");
        assertThat(visit.dialog()).hasCount(0);
        assertThat(attempt(visit)).isFocused();
    }

    // ---- what all of them need ----

    private static List<Visit> looks() {
        return List.of(
                STAGE.desktop(),
                STAGE.visit(DESKTOP, ColorScheme.DARK),
                STAGE.visit(PHONE, ColorScheme.LIGHT),
                STAGE.phone());
    }

    private static Locator attempt(Visit visit) {
        return visit.role(AriaRole.REGION, "Restarts")
                .getByRole(AriaRole.BUTTON, named("details"))
                .first();
    }

    private static Locator.GetByRoleOptions named(String part) {
        return new Locator.GetByRoleOptions().setName(part);
    }

    /** Opens the dashboard and waits for what it has to tell. */
    private static void filled(Visit visit) {
        visit.open("/dashboard");
        visit.see(visit.page().getByText("Running", new Page.GetByTextOptions().setExact(true)));
        visit.see(attempt(visit));
        visit.see(visit.role(AriaRole.REGION, "Notifications").getByText("Unread: "));
        visit.see(visit.role(AriaRole.REGION, "Devices").getByText("This device"));
        visit.see(visit.role(AriaRole.REGION, "Settings").getByText("File put aside"));
    }

    private static void openAll(Visit visit) {
        visit.role(AriaRole.REGION, "Restarts")
                .getByRole(AriaRole.BUTTON, named("Rules"))
                .click();
        visit.button("Choose what you are told, and where").click();
        visit.see(visit.role(AriaRole.REGION, "Kinds and channels"));
        visit.role(AriaRole.REGION, "Settings").locator("summary").all().forEach(Locator::click);
    }
}
