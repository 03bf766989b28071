package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Dialog;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One page on one device, found by what can be read and heard on it. It writes down whatever a sound page never does:
 * errors, breaches of its policy, dialogs, windows, requests to anybody else or that fail, elements and attributes that no
 * text may bring about (see {@code watch.js}).
 */
final class Visit implements AutoCloseable {
    private static final Path PICTURES = Path.of(System.getProperty("nexus.pictures", "target/pictures"));
    private static final List<String> RULES =
            List.of("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice");
    private static final Set<String> STATES = new TreeSet<>();

    private final BrowserContext context;
    private final Page page;
    private final URI home;
    private final Chromium.Device device;
    private final String look;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<Pattern> expected = new CopyOnWriteArrayList<>();

    Visit(Browser browser, URI home, Chromium.Device device, ColorScheme scheme, @Nullable String state) {
        this.home = home;
        this.device = device;
        look = (device + "-" + scheme).toLowerCase(Locale.ROOT);
        Browser.NewContextOptions options = new Browser.NewContextOptions()
                .setViewportSize(device.width, device.height)
                .setHasTouch(device.touch)
                .setIsMobile(device.touch)
                .setColorScheme(scheme);
        if (state != null) {
            options.setStorageState(state);
        }
        context = browser.newContext(options);
        context.setDefaultTimeout(Chromium.PATIENCE_MS);
        context.exposeBinding("__complain", (source, arguments) -> {
            complaints.add(String.valueOf(arguments[0]));
            return null;
        });
        context.addInitScript(resource("watch.js"));
        page = context.newPage();
        context.onPage(other -> complaints.add("window: " + other.url()));
        page.onPageError(error -> complaints.add("error: " + error));
        page.onDialog(this::dialog);
        page.onConsoleMessage(message -> {
            // What the server refuses is the page's business: it tells the owner.
            if (message.type().equals("error") && !message.text().contains("the server responded with a status of 4")) {
                complaints.add("console: " + message.text());
            }
        });
        page.onRequest(this::requested);
        page.onRequestFailed(this::failed);
        page.onResponse(this::answered);
    }

    Page page() {
        return page;
    }

    BrowserContext context() {
        return context;
    }

    CDPSession devTools() {
        return context.newCDPSession(page);
    }

    /** Whether it is used with fingers, and a keyboard on the screen. */
    boolean isTouch() {
        return device.touch;
    }

    /** How it looks, for the name of a state: {@code phone-dark}. */
    String look() {
        return look;
    }

    // ---- what a person does ----

    /** Goes to a page of Nexus. */
    Visit open(String path) {
        page.navigate(home.resolve(path).toString());
        return this;
    }

    Locator role(AriaRole role, String name) {
        return page.getByRole(role, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Locator role(AriaRole role, Pattern name) {
        return page.getByRole(role, new Page.GetByRoleOptions().setName(name));
    }

    Locator button(String name) {
        return role(AriaRole.BUTTON, name);
    }

    Locator button(Pattern name) {
        return role(AriaRole.BUTTON, name);
    }

    Locator text(String text) {
        return page.getByText(text).first();
    }

    /** The conversation of the only open card. */
    Locator log() {
        return page.getByRole(AriaRole.LOG);
    }

    /** The conversation of an open card. */
    Locator log(String title) {
        return role(AriaRole.LOG, "Conversation: " + title);
    }

    /** What lies on top of the page. */
    Locator dialog() {
        return page.getByRole(AriaRole.DIALOG);
    }

    /** The message box of the only open card. */
    Locator box() {
        return page.getByPlaceholder("Ask, or give the next task");
    }

    /** Makes a session and waits until it is ready to be written to. The first task names it. */
    void newSession() {
        newSession("");
    }

    /** Makes a session with a title; without one it is named after the first task. */
    void newSession(String title) {
        button("New session").first().click();
        Locator field = role(AriaRole.DIALOG, "New session").getByLabel("Title");
        field.fill(title);
        field.press("Enter");
        assertThat(page.locator("textarea:focus")).isVisible();
    }

    /** Opens a card by its title. */
    void card(String title) {
        Locator name = role(AriaRole.BUTTON, title).first();
        if (!"true".equals(name.getAttribute("aria-expanded"))) {
            name.click();
        }
        assertThat(log(title)).isVisible();
    }

    /** Writes into the open card and sends it. With a keyboard on the screen Enter makes a new line. */
    void say(String text) {
        box().fill(text);
        if (device.touch) {
            button(Pattern.compile("^(Send|Queue)$")).click();
            return;
        }
        box().press("Enter");
    }

    /** Chooses from the menu behind a button. */
    void choose(String menu, String item) {
        button(menu).first().click();
        role(AriaRole.MENUITEM, item).click();
    }

    void see(Locator locator) {
        assertThat(locator.first()).isVisible();
    }

    void see(String text) {
        see(page.getByText(text));
    }

    void offline(boolean off) {
        context.setOffline(off);
    }

    // ---- what a page answers ----

    @Nullable
    Object js(String script, @Nullable Object argument) {
        return page.evaluate(script, argument);
    }

    /** Asks again and again, because the policy of the page forbids Playwright's own way to wait for a script. */
    void until(String what, String script, @Nullable Object argument) {
        long end = System.nanoTime() + (long) (Chromium.PATIENCE_MS * 1e6);
        while (!Boolean.TRUE.equals(page.evaluate(script, argument))) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            page.waitForTimeout(50);
        }
    }

    /** What a screen reader would say by itself, once {@link #listen} was called. */
    record Heard(long at, String manner, String text) {}

    /** Listens to live regions from the next page on. */
    Visit listen() {
        page.addInitScript(resource("listen.js"));
        return this;
    }

    /** Everything said on this page so far, oldest first. */
    List<Heard> heard() {
        List<?> all = (List<?>) Objects.requireNonNull(js("() => window.__heard", null));
        return all.stream()
                .map(one -> (Map<?, ?>) one)
                .map(one -> new Heard(
                        ((Number) one.get("at")).longValue(),
                        String.valueOf(one.get("manner")),
                        String.valueOf(one.get("text"))))
                .toList();
    }

    // ---- what every state of a page owes ----

    /** All that can be checked in any state: axe, the width, the size of targets. Leaves a picture to look at. */
    void clean(String name) {
        // What moves in or out is neither here nor there for a moment.
        until(
                "still",
                "() => document.getAnimations().every((one) => one.playState !== 'running'"
                        + " || one.effect?.getComputedTiming().iterations === Infinity)",
                null);
        picture(name);
        assertThat(violations()).as(name).isEmpty();
        assertThat((int) js("() => document.documentElement.scrollWidth", null))
                .as(name + ": no scrolling sideways")
                .isLessThanOrEqualTo(device.width);
        if (device.touch) {
            assertThat((List<?>) js(resource("targets.js"), null))
                    .as(name + ": large enough for a finger")
                    .isEmpty();
        }
        STATES.add(name);
    }

    /** Names of all states that were found clean so far in this run. */
    static Set<String> cleanStates() {
        return Set.copyOf(STATES);
    }

    void picture(String name) {
        try {
            Files.createDirectories(PICTURES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
    }

    private List<String> violations() {
        // Nexus has no frames: nothing has to be gathered from them, on a page of its own.
        return new AxeBuilder(page)
                .setLegacyMode(true).withTags(RULES).analyze().getViolations().stream()
                        .map(Visit::sentence)
                        .toList();
    }

    private static String sentence(Rule rule) {
        return rule.getId() + ": " + rule.getHelp()
                + rule.getNodes().stream()
                        .map(node -> "\n  " + node.getTarget() + " " + node.getHtml() + "\n    "
                                + node.getFailureSummary().replace("\n", " "))
                        .toList();
    }

    /** After what a person did, keys have to go somewhere. */
    void focusIsKept(String after) {
        until("focus after " + after, "() => ![null, document.body].includes(document.activeElement)", null);
    }

    // ---- what it did that no page should ----

    /** Complaints that this test brings about on purpose. */
    Visit expecting(String... patterns) {
        for (String pattern : patterns) {
            expected.add(Pattern.compile(pattern));
        }
        return this;
    }

    List<String> complaints() {
        if (!page.isClosed()) {
            // What the page had to tell until now arrives before this does.
            js("() => 0", null);
        }
        return complaints.stream()
                .filter(one -> expected.stream()
                        .noneMatch(pattern -> pattern.matcher(one).find()))
                .distinct()
                .toList();
    }

    /** Begins anew with what is complained about. */
    void forget() {
        complaints.clear();
    }

    private void dialog(Dialog dialog) {
        complaints.add("dialog: " + dialog.message());
        try {
            dialog.dismiss();
        } catch (PlaywrightException e) {
            complaints.add("dialog that went away: " + e.getMessage());
        }
    }

    private void requested(Request request) {
        String url = request.url();
        boolean own = url.startsWith(home.toString()) || url.startsWith("blob:") || url.startsWith("data:");
        if (!own || url.contains("xss")) {
            complaints.add("foreign: " + url);
        }
    }

    private void failed(Request request) {
        // Aborted: the page was left or closed the stream itself.
        if (!Objects.equals(request.failure(), "net::ERR_ABORTED")) {
            complaints.add("failed: " + request.method() + " " + request.url() + " " + request.failure());
        }
    }

    private void answered(Response response) {
        if (response.status() >= 500) {
            complaints.add("answer: " + response.status() + " " + response.url());
        }
    }

    static String resource(String name) {
        try (InputStream in = Visit.class.getResourceAsStream("/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
