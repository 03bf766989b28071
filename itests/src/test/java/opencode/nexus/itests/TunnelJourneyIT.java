package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.Chromium.Device.PHONE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A person's way to a public address and through it, in a real Chromium: set up, checked, opened, lost and found again, a
 * phone let in, closed. Cloudflare is a program that behaves like it, and a door that takes browsers by https.
 */
class TunnelJourneyIT {
    private static final String DOMAIN = "nexus.boats.example.org";
    private static final String QUICK = "*.trycloudflare.com";
    private static final String RULE = "^/private(/|$)";

    /** All that a page holds where a secret could stay. */
    private static final String KEPT =
            """
            () => JSON.stringify([
              document.documentElement.outerHTML, location.href, history.state, {...localStorage}, {...sessionStorage},
              [...document.querySelectorAll("input, textarea")].map((field) => field.value),
            ])
            """;

    private static StandInCloudflared cloudflared;
    private static PublicDoor door;
    private static Chromium abroad;

    @RegisterExtension
    static final Stage STAGE = Stage.real(TunnelJourneyIT::furnish);

    private final List<String> console = new CopyOnWriteArrayList<>();

    private static void furnish(TestBed bed) throws Exception {
        cloudflared = StandInCloudflared.in(bed.directory("programs")).timeScale(0.05);
        Files.writeString(
                bed.directory("nexus-home/etc").resolve("opencode.nexus.tunnel.cfg"),
                "command=" + cloudflared.program() + "\n");
    }

    @BeforeAll
    static void theWorldOutside() throws Exception {
        Path directory = STAGE.bed().directory("door");
        door = new PublicDoor(cloudflared, directory);
        abroad = door.browser(QUICK, DOMAIN);
    }

    @AfterAll
    static void nobodyIsOutside() throws Exception {
        abroad.close();
        door.close();
    }

    @BeforeEach
    void nothingIsSetUp() throws Exception {
        cloudflared.edge(Edge.UP);
        Owner owner = STAGE.owner();
        assertThat(owner.post("/api/tunnel/stop", null).status()).isEqualTo(202);
        owner.await(
                "/api/tunnel", answer -> answer.json().path("state").asText().equals("closed"));
        assertThat(owner.call("PUT", "/api/tunnel/config", Map.of("kind", "quick", "token", ""))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void onADesktopByDay() throws Exception {
        journey(STAGE.desktop());
    }

    @Test
    void onAPhoneByNight() throws Exception {
        journey(STAGE.phone());
    }

    private void journey(Visit visit) throws Exception {
        heard(visit);
        visit.open("/dashboard");
        see(visit, "Closed");
        visit.clean("tunnel-way-closed-" + visit.look());
        setUpWrong(visit);
        setUpRight(visit);
        ruleThatLeadsPastTheLogin(visit);
        opened(visit);
        edgeIsLostAndFound(visit);
        anotherAddress(visit);
        phoneComesIn(visit);
        closed(visit);
        nowhere(visit, TunnelSamples.TOKEN, TunnelSamples.SECRET, Owner.PASSWORD);
    }

    /** What is wrong is told at its field, which has the focus then. */
    private void setUpWrong(Visit visit) {
        Locator panel = panel(visit);
        button(panel, "Set up the tunnel").click();
        panel.getByRole(AriaRole.RADIO, named("Own domain, with a token")).check();
        panel.getByLabel("Token", exact()).fill("no token");
        Locator domain = panel.getByLabel("Domain", exact());
        domain.fill("https://boats.example.org/");
        button(panel, "Check what is set for the tunnel").click();
        assertThat(domain).isFocused();
        isRefused(domain, "Write it without https://.");
        domain.fill(DOMAIN);
        panel.getByText("Advanced").click();
        button(panel, "Add a rule").click();
        Locator target = panel.getByLabel("Target of rule 1");
        assertThat(target).isFocused();
        target.fill("http://127.0.0.1:3000/here");
        button(panel, "Check what is set for the tunnel").click();
        // The first one of two.
        Locator token = panel.getByLabel("Token", exact());
        assertThat(token).isFocused();
        isRefused(token, "Must be one line without spaces");
        isRefused(target, "Must not have a path");
        visit.clean("tunnel-way-refused-" + visit.look());
        assertThat(panel.locator(".result")).hasCount(0);
    }

    private void setUpRight(Visit visit) throws Exception {
        Locator panel = panel(visit);
        panel.getByLabel("Token", exact()).fill(TunnelSamples.TOKEN);
        panel.getByLabel("Path of rule 1").fill(RULE);
        panel.getByLabel("Target of rule 1").fill("http_status:404");
        button(panel, "Add a rule").click();
        assertThat(panel.getByLabel("Target of rule 2")).hasValue("nexus");
        button(panel, "Check what is set for the tunnel").click();
        Locator preview = panel.getByRole(AriaRole.REGION, named("config.yml"));
        assertThat(preview).containsText("ingress:");
        assertThat(preview).containsText(RULE);
        assertThat(preview).not().containsText(TunnelSamples.TOKEN);
        preview.scrollIntoViewIfNeeded();
        visit.clean("tunnel-way-checked-" + visit.look());
        button(panel, "Save what is set for the tunnel").click();
        visit.see("Saved.");
        assertThat(panel.getByText("A token is stored; it is never shown.")).isVisible();
        nowhere(visit, TunnelSamples.TOKEN, TunnelSamples.SECRET);
        JsonNode stored = STAGE.owner().get("/api/tunnel/config").json();
        assertThat(stored.path("ingress")).hasSize(2);
        assertThat(stored.path("domain").asText()).isEqualTo(DOMAIN);
    }

    private void ruleThatLeadsPastTheLogin(Visit visit) throws Exception {
        Locator panel = panel(visit);
        Locator target = panel.getByLabel("Target of rule 1");
        target.fill("http://127.0.0.1:3000");
        visit.see(panel.getByText("Leads past the login of Nexus"));
        button(panel, "Save what is set for the tunnel").click();
        Locator question = visit.page().getByRole(AriaRole.ALERTDIALOG);
        Locator password = question.getByLabel("Password", exact());
        assertThat(password).isFocused();
        visit.see(question.getByText("Rule 1: http://127.0.0.1:3000"));
        password.fill("this is not the password");
        button(question, "Save and open it").click();
        visit.see(question.getByText(Pattern.compile("not the password|wrong", Pattern.CASE_INSENSITIVE)));
        visit.clean("tunnel-way-password-" + visit.look());
        password.fill(Owner.PASSWORD);
        button(question, "Save and open it").click();
        assertThat(question).hasCount(0);
        assertThat(panel.getByText("Not saved yet.")).hasCount(0);
        visit.focusIsKept("the password");
        nowhere(visit, Owner.PASSWORD);
        target.fill("http_status:404");
        button(panel, "Save what is set for the tunnel").click();
        assertThat(panel.getByText("Not saved yet.")).hasCount(0);
        assertThat(visit.page().getByRole(AriaRole.ALERTDIALOG)).hasCount(0);
        button(panel, "Set up the tunnel").click();
    }

    /** The address that is shown, copied and photographed is the one. */
    private void opened(Visit visit) throws Exception {
        Locator panel = panel(visit);
        button(panel, "Open the tunnel").click();
        see(visit, "Open");
        String url = "https://" + DOMAIN;
        assertThat(address(visit)).isEqualTo(url);
        assertThat(panel.getByRole(AriaRole.LISTITEM).filter(with("Program"))).containsText("runs, version");
        assertThat(panel.getByRole(AriaRole.LISTITEM).filter(with("Network"))).containsText("4 connections");
        assertThat(Camera.read(code(visit))).isEqualTo(url);
        visit.context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
        button(panel, "Copy address").click();
        visit.see(panel.getByText("Copied"));
        assertThat(visit.js("() => navigator.clipboard.readText()", null)).isEqualTo(url);
        wholePanel(visit);
        visit.clean("tunnel-way-open-" + visit.look());
    }

    private void edgeIsLostAndFound(Visit visit) throws Exception {
        Locator network = panel(visit).getByRole(AriaRole.LISTITEM).filter(with("Network"));
        cloudflared.edge(Edge.DOWN);
        see(visit, "Not connected");
        assertThat(network).containsText("not connected, cloudflared tries again by itself");
        wholePanel(visit);
        visit.clean("tunnel-way-lost-" + visit.look());
        cloudflared.edge(Edge.UP);
        see(visit, "Open");
        assertThat(network).containsText("connection");
        assertThat(network).not().containsText("not connected");
        assertThat(address(visit)).isEqualTo("https://" + DOMAIN);
    }

    /** A quick tunnel that is killed has another one, which is told; the old one is crossed out. */
    private void anotherAddress(Visit visit) throws Exception {
        Locator panel = panel(visit);
        button(panel, "Set up the tunnel").click();
        panel.getByRole(AriaRole.RADIO, named("Quick address")).check();
        visit.see(panel.getByText("Saving starts the tunnel again, with another address."));
        button(panel, "Save what is set for the tunnel").click();
        assertThat(panel.getByText("Not saved yet.")).hasCount(0);
        button(panel, "Set up the tunnel").click();
        Locator link = panel.locator(".address a");
        assertThat(link).hasAttribute("href", Pattern.compile("^https://[a-z-]+\\.trycloudflare\\.com/?$"));
        see(visit, "Open");
        String before = address(visit);
        JsonNode status = STAGE.owner().get("/api/tunnel").json();
        ProcessHandle.of(status.path("process").path("pid").asLong())
                .orElseThrow()
                .destroyForcibly();
        assertThat(link).not().hasAttribute("href", Pattern.compile("^" + before + "/?$"));
        see(visit, "Open");
        String after = address(visit);
        assertThat(after).isNotEqualTo(before).endsWith(".trycloudflare.com");
        assertThat(panel.getByText("The public address changed. The old one no longer works."))
                .isVisible();
        assertThat(panel.locator("s")).containsText(before);
        assertThat(Camera.read(code(visit))).isEqualTo(after);
        visit.see(visit.role(AriaRole.REGION, "Notifications").getByText(after));
        wholePanel(visit);
        visit.clean("tunnel-way-changed-" + visit.look());
    }

    /** By a link that is photographed from the dialog, once, at the public address. */
    private void phoneComesIn(Visit visit) throws Exception {
        String link = loginLink(visit);
        visit.clean("tunnel-way-link-" + visit.look());
        visit.page().keyboard().press("Escape");
        assertThat(visit.dialog()).hasCount(0);
        visit.focusIsKept("the link");
        URI home = URI.create(address(visit) + "/");
        String secret = link.substring(link.indexOf('=') + 1);

        try (Visit phone = abroad(home)) {
            phone.page().navigate(link);
            assertThat(phone.page()).hasURL(home + "login");
            phone.see(phone.button("Log in on this device"));
            phone.clean("tunnel-way-arrived-" + visit.look());
            nowhere(phone, secret);
            phone.button("Log in on this device").click();
            assertThat(phone.page()).hasURL(home.toString());
            phone.see("No sessions yet");
            assertThat(phone.context().cookies()).anySatisfy(cookie -> {
                assertThat(cookie.name).isEqualTo("__Host-nexus-device");
                assertThat(cookie.secure).isTrue();
                assertThat(cookie.httpOnly).isTrue();
            });
            nowhere(phone, secret);
            closesTheWayItCame(phone, visit.look());
            anotherLinkIsNotNeeded(visit, phone);
            assertThat(phone.complaints()).as("what no page should do").isEmpty();
        }
        try (Visit late = abroad(home)) {
            late.page().navigate(link);
            late.button("Log in on this device").click();
            late.see(late.page().getByText("This link was used already"));
            late.see(late.page().getByLabel("Password", new Page.GetByLabelOptions().setExact(true)));
            late.clean("tunnel-way-used-link-" + visit.look());
            nowhere(late, secret);
            assertThat(late.complaints()).as("what no page should do").isEmpty();
        }
        nowhere(visit, secret);
    }

    /** Who came through the tunnel is told what closing it means. */
    private static void closesTheWayItCame(Visit phone, String look) {
        phone.open("/dashboard");
        see(phone, "Open");
        visitPanelIsFilled(phone);
        phone.clean("tunnel-way-abroad-" + look);
        button(panel(phone), "Close the tunnel").click();
        Locator question = phone.page().getByRole(AriaRole.ALERTDIALOG);
        phone.see(question.getByText("Close the tunnel you came through?"));
        button(question, "Cancel").click();
        assertThat(question).hasCount(0);
    }

    private static void visitPanelIsFilled(Visit visit) {
        visit.see(visit.role(AriaRole.REGION, "Devices").getByText("This device"));
        visit.see(visit.role(AriaRole.REGION, "Settings").locator("summary"));
    }

    /** Who is logged in already comes to the sessions, and the code does not stay in the address. */
    private void anotherLinkIsNotNeeded(Visit visit, Visit phone) throws Exception {
        String link = loginLink(visit);
        visit.page().keyboard().press("Escape");
        phone.page().navigate("about:blank");
        phone.page().navigate(link);
        assertThat(phone.page()).hasURL(URI.create(link).resolve("/").toString());
        phone.see("No sessions yet");
        nowhere(phone, link.substring(link.indexOf('=') + 1));
    }

    private static String loginLink(Visit visit) throws Exception {
        button(panel(visit), "Log in a phone").click();
        Locator dialog = visit.role(AriaRole.DIALOG, "Log in a phone");
        assertThat(dialog.getByRole(AriaRole.TIMER)).hasText(Pattern.compile("Works for [45]:\\d\\d"));
        assertThat(dialog.getByText("The link works once, for five minutes")).isVisible();
        String link = Camera.read(dialog.locator(".qr"));
        assertThat(link).startsWith(address(visit) + "/login#code=");
        return link;
    }

    private static void closed(Visit visit) throws Exception {
        Locator panel = panel(visit);
        button(panel, "Close the tunnel").click();
        Locator question = visit.page().getByRole(AriaRole.ALERTDIALOG);
        visit.see(question.getByText("Whoever is connected through it loses Nexus."));
        visit.clean("tunnel-way-question-" + visit.look());
        button(question, "Close").click();
        see(visit, "Closed");
        visit.focusIsKept("closing");
        assertThat(panel.locator(".address")).hasCount(0);
        assertThat(code(visit)).hasCount(0);
        assertThat(panel.getByText("The last address no longer works.")).isVisible();
        wholePanel(visit);
        visit.clean("tunnel-way-end-" + visit.look());
        STAGE.owner().await("/api/tunnel", answer -> answer.json()
                .path("process")
                .path("lamp")
                .asText()
                .equals("off"));
    }

    @Test
    void byKeyboardAlone() throws Exception {
        Visit visit = STAGE.desktop();
        heard(visit);
        visit.open("/dashboard");
        see(visit, "Closed");
        Keyboard keys = visit.page().keyboard();
        Locator panel = panel(visit);
        press(visit, button(panel, "Set up the tunnel"));
        press(visit, panel.locator("summary").filter(with("Advanced")));
        press(visit, button(panel, "Add a rule"));
        Locator target = panel.getByLabel("Target of rule 1");
        assertThat(target).isFocused();
        keys.press("Control+A");
        keys.type("nowhere");
        press(visit, button(panel, "Check what is set for the tunnel"));
        assertThat(target).isFocused();
        isRefused(target, "Must be nexus");
        keys.press("Control+A");
        keys.type("nexus");
        press(visit, button(panel, "Check what is set for the tunnel"));
        assertThat(panel.getByRole(AriaRole.REGION, named("config.yml"))).containsText("ingress:");
        press(visit, button(panel, "Save what is set for the tunnel"));
        visit.see("Saved.");
        visit.focusIsKept("saving");
        press(visit, button(panel, "Open the tunnel"));
        see(visit, "Open");
        assertThat(button(panel, "Close the tunnel")).isFocused();
        press(visit, button(panel, "Log in a phone"));
        visit.see(visit.dialog().getByRole(AriaRole.TIMER));
        press(visit, button(visit.dialog(), "New link"));
        keys.press("Escape");
        assertThat(visit.dialog()).hasCount(0);
        assertThat(button(panel, "Log in a phone")).isFocused();
        press(visit, button(panel, "Close the tunnel"));
        press(visit, button(visit.page().getByRole(AriaRole.ALERTDIALOG), "Close"));
        see(visit, "Closed");
        assertThat(button(panel, "Open the tunnel")).isFocused();
        assertThat(STAGE.owner().get("/api/tunnel/config").json().path("ingress"))
                .hasSize(1);
    }

    /** Goes there with Tab alone, and presses it. */
    private static void press(Visit visit, Locator wanted) {
        visit.see(wanted);
        Keyboard keys = visit.page().keyboard();
        for (int i = 0; i < 200 && !isFocused(wanted); i++) {
            keys.press("Tab");
        }
        assertThat(wanted.first()).isFocused();
        keys.press("Enter");
    }

    private static boolean isFocused(Locator wanted) {
        return (boolean) wanted.first().evaluate("one => one === document.activeElement");
    }

    // ---- what is looked at ----

    /** A phone that is somewhere else, where nobody has ever logged in. */
    private Visit abroad(URI home) {
        Visit phone = abroad.visit(home, PHONE, ColorScheme.DARK, null);
        heard(phone);
        return phone;
    }

    private void heard(Visit visit) {
        visit.page().onConsoleMessage(message -> console.add(message.text()));
    }

    /** Neither in the page, nor in what it keeps, nor in its address, nor in what it wrote for developers. */
    private void nowhere(Visit visit, String... secrets) {
        String kept = (String) Objects.requireNonNull(visit.js(KEPT, null));
        assertThat(kept).hasSizeGreaterThan(1_000);
        for (String secret : secrets) {
            assertThat(kept).doesNotContain(secret);
            assertThat(String.join("\n", console)).doesNotContain(secret);
        }
    }

    private static Locator panel(Visit visit) {
        return visit.role(AriaRole.REGION, "Tunnel");
    }

    private static void see(Visit visit, String state) {
        assertThat(panel(visit).locator(".head .state")).hasText(state);
    }

    private static String address(Visit visit) {
        return String.valueOf(panel(visit).locator(".address a").getAttribute("href"))
                .replaceAll("/$", "");
    }

    /** From its head on, with nothing of it half below the bar or below news. */
    private static void wholePanel(Visit visit) {
        assertThat(visit.page().locator(".nx-toast")).hasCount(0);
        panel(visit).evaluate("panel => panel.scrollIntoView()");
    }

    private static Locator code(Visit visit) {
        return panel(visit).locator(".qr");
    }

    private static void isRefused(Locator field, String words) {
        assertThat(field).hasAttribute("aria-invalid", "true");
        assertThat(field).hasAccessibleDescription(Pattern.compile("^" + words.replace(".", "\\.")));
    }

    private static Locator button(Locator place, String name) {
        return place.getByRole(
                AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator.GetByRoleOptions named(String part) {
        return new Locator.GetByRoleOptions().setName(part);
    }

    private static Locator.GetByLabelOptions exact() {
        return new Locator.GetByLabelOptions().setExact(true);
    }

    private static Locator.FilterOptions with(String text) {
        return new Locator.FilterOptions().setHasText(text);
    }
}
