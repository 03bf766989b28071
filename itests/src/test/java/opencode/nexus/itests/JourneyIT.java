package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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

    private static TestBed bed;
    private static Nexus nexus;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        bed = TestBed.real();
        bed.model().on("show me", (request, reply) -> {
            for (String piece : CODE.split("(?<= )")) {
                reply.text(piece);
                reply.pause(java.time.Duration.ofMillis(10));
            }
        });
        nexus = Nexus.run(bed.setup(bed.directory("nexus-home")));
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        List<String> arguments = new ArrayList<>(List.of(
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--disable-gpu"));
        if ("root".equals(System.getProperty("user.name"))) {
            arguments.add("--no-sandbox");
        }
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(
                                Path.of(System.getenv().getOrDefault("NEXUS_TEST_CHROMIUM", "/usr/bin/chromium")))
                        .setArgs(arguments));
    }

    @AfterAll
    static void stop() throws Exception {
        if (playwright != null) {
            playwright.close();
        }
        if (nexus != null) {
            nexus.close();
        }
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void fromSetUpToAStreamedAnswerAndBackAgain() throws Exception {
        String code = nexus.awaitSetupCode();
        try (BrowserContext desktop = context(1280, 860, ColorScheme.LIGHT)) {
            Page page = page(desktop);

            // Nobody is let in before there is an owner.
            page.navigate(nexus.uri("/dashboard").toString());
            assertThat(page).hasURL(Pattern.compile(".*/setup$"));
            page.navigate(nexus.uri("/setup#" + code).toString());
            // The code leaves the address.
            assertThat(page).hasURL(Pattern.compile(".*/setup$"));
            page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true))
                    .fill("too short");
            page.getByRole(AriaRole.BUTTON, named("Set up Nexus")).click();
            assertThat(page.getByText(Pattern.compile("at least 15", Pattern.CASE_INSENSITIVE))
                            .first())
                    .isVisible();
            clean(page, "setup-desktop-light");
            page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true))
                    .fill(Owner.PASSWORD);
            page.getByRole(AriaRole.BUTTON, named("Set up Nexus")).click();

            // The main page, empty, then with a card.
            assertThat(page).hasURL(nexus.uri("/").toString());
            assertThat(page.getByText("No sessions yet").first()).isVisible();
            clean(page, "main-empty-desktop-light");
            page.getByRole(AriaRole.BUTTON, named("New session")).first().click();
            Locator box = page.getByPlaceholder("Ask, or give the next task");
            assertThat(box).isFocused();
            box.fill("words:200:20");
            box.press("Enter");
            Locator log = page.getByRole(AriaRole.LOG);
            assertThat(log).containsText("w0005");
            clean(page, "main-streaming-desktop-light");
            assertThat(log).containsText("w0199");
            assertThat(box).hasValue("");

            // An answer with Markdown is shown as such, and nothing in it runs.
            box.fill("show me");
            box.press("Enter");
            assertThat(log.getByRole(AriaRole.TABLE)).isVisible();
            assertThat(log.locator("strong", new Locator.LocatorOptions().setHasText("plan")))
                    .isVisible();
            assertThat(log.locator(".hljs-keyword").first()).isVisible();
            assertThat(log.locator("img")).hasCount(0);
            assertThat(log.locator("a[href^='javascript']")).hasCount(0);
            clean(page, "main-markdown-desktop-light");

            // Stop.
            box.fill("endless:20");
            box.press("Enter");
            Locator stop =
                    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Stop ")));
            assertThat(stop.first()).isVisible();
            assertThat(log.getByText("w0010").last()).isVisible();
            stop.first().click();
            assertThat(page.getByText("You stopped this answer.").first()).isVisible();

            // A permission is asked for and given.
            box.fill("permission");
            box.press("Enter");
            Locator allow =
                    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("Allow once")));
            assertThat(allow.first()).isVisible();
            clean(page, "main-permission-desktop-light");
            allow.first().click();
            assertThat(log).containsText("The tool said:");

            // After a reload the history is there, and the draft.
            box.fill("a draft that stays");
            awaitStored(page, "a draft that stays");
            page.reload();
            assertThat(page.getByRole(AriaRole.LOG)).containsText("w0199");
            assertThat(page.getByPlaceholder("Ask, or give the next task")).hasValue("a draft that stays");

            rename(page, "Renamed by the test");
            dashboard(page);
            phoneInTheDark(desktop);
            logOutAndIn(page);
        }
        assertThat(complaints).as("console, policy and foreign requests").isEmpty();
    }

    private static void rename(Page page, String title) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^Menu for")))
                .first()
                .click();
        page.getByRole(AriaRole.MENUITEM, named("Rename")).click();
        Locator field = page.getByLabel("New title");
        field.fill(title);
        field.press("Enter");
        assertThat(page.getByRole(AriaRole.HEADING, named(title)).first()).isVisible();
    }

    private void dashboard(Page page) throws Exception {
        page.navigate(nexus.uri("/dashboard").toString());
        assertThat(page.getByText("Running", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        clean(page, "dashboard-desktop-light");
        page.getByRole(AriaRole.BUTTON, named("Stop OpenCode")).click();
        page.getByRole(AriaRole.ALERTDIALOG)
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName("Stop").setExact(true))
                .click();
        assertThat(page.getByText("Stopped", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        page.getByRole(AriaRole.BUTTON, named("Start OpenCode")).click();
        assertThat(page.getByText("Running", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
    }

    private void phoneInTheDark(BrowserContext desktop) throws Exception {
        try (BrowserContext phone = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setHasTouch(true)
                .setIsMobile(true)
                .setColorScheme(ColorScheme.DARK)
                .setStorageState(desktop.storageState()))) {
            Page page = page(phone);
            page.navigate(nexus.uri("/").toString());
            Locator title = page.getByRole(AriaRole.BUTTON, named("Renamed by the test"));
            assertThat(title.first()).isVisible();
            clean(page, "main-phone-dark");
            if (page.getByRole(AriaRole.LOG).count() == 0) {
                title.first().click();
            }
            assertThat(page.getByRole(AriaRole.LOG)).containsText("w0199");
            clean(page, "chat-phone-dark");
            Locator box = page.getByPlaceholder("Ask, or give the next task");
            box.fill("words:20:5");
            page.getByRole(AriaRole.BUTTON, named("Send")).click();
            assertThat(page.getByRole(AriaRole.LOG).getByText("w0019").last()).isVisible();
            assertThat((int) page.evaluate("document.documentElement.scrollWidth"))
                    .isLessThanOrEqualTo(390);
            page.navigate(nexus.uri("/dashboard").toString());
            assertThat(page.getByText("Running", new Page.GetByTextOptions().setExact(true)))
                    .isVisible();
            clean(page, "dashboard-phone-dark");
        }
    }

    private void logOutAndIn(Page page) throws Exception {
        page.context().clearCookies();
        page.navigate(nexus.uri("/").toString());
        assertThat(page).hasURL(Pattern.compile(".*/login.*"));
        clean(page, "login-desktop-light");
        Locator password = page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true));
        password.fill("this is not the password");
        page.getByRole(AriaRole.BUTTON, named("Log in")).click();
        assertThat(page.getByText(Pattern.compile("not the password")).first()).isVisible();
        password.fill(Owner.PASSWORD);
        page.getByRole(AriaRole.BUTTON, named("Log in")).click();
        assertThat(page.getByText("Renamed by the test").first()).isVisible();
    }

    /** Waits until the page has kept a text for its next visit. The policy of the page forbids to evaluate in it. */
    private static void awaitStored(Page page, String text) {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!(boolean) page.evaluate("text => Object.values(localStorage).join().includes(text)", text)) {
            assertThat(System.nanoTime()).as("kept in time").isLessThan(end);
            page.waitForTimeout(50);
        }
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name);
    }

    private static BrowserContext context(int width, int height, ColorScheme scheme) {
        return browser.newContext(
                new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(scheme));
    }

    /** A page whose every complaint is written down: script errors, policy violations, requests to anybody else. */
    private Page page(BrowserContext context) {
        Page page = context.newPage();
        page.setDefaultTimeout(60_000);
        com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout(60_000);
        page.onPageError(complaints::add);
        page.onDialog(dialog -> complaints.add("dialog: " + dialog.message()));
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") && !message.text().contains("the server responded with a status of 4")) {
                complaints.add("console: " + message.text());
            }
        });
        page.onRequest(request -> {
            if (!request.url().startsWith(nexus.uri("/").toString())
                    && !request.url().startsWith("blob:")
                    && !request.url().startsWith("data:")) {
                complaints.add("foreign: " + request.url());
            }
        });
        return page;
    }

    /** Nothing that axe finds, in the page as it stands; and a picture of it to look at. */
    private static void clean(Page page, String name) throws Exception {
        Path pictures = Files.createDirectories(Path.of(System.getProperty("nexus.pictures", "target/pictures")));
        page.screenshot(new Page.ScreenshotOptions().setPath(pictures.resolve(name + ".png")));
        assertThat(new AxeBuilder(page)
                        .analyze().getViolations().stream()
                                .map(rule -> rule.getId() + ": " + rule.getHelp() + " "
                                        + rule.getNodes().stream()
                                                .map(node -> node.getTarget() + " " + node.getFailureSummary())
                                                .toList())
                                .toList())
                .as(name)
                .isEmpty();
    }
}
