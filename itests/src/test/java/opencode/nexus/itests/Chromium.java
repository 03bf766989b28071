package opencode.nexus.itests;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Chromium of this machine, without a window. It finds no other host than this one. Used by one thread. */
final class Chromium implements AutoCloseable {
    /** On a machine that is busy with other things. */
    static final double PATIENCE_MS = Long.getLong("nexus.patience", 60_000);

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    static Chromium start(String... more) {
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        List<String> arguments = new ArrayList<>(List.of(
                "--disable-quic",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--disable-gpu",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"));
        if ("root".equals(System.getProperty("user.name"))) {
            arguments.add("--no-sandbox");
        }
        arguments.addAll(List.of(more));
        try {
            return new Chromium(
                    playwright,
                    playwright
                            .chromium()
                            .launch(new BrowserType.LaunchOptions()
                                    .setExecutablePath(Path.of(
                                            System.getenv().getOrDefault("NEXUS_TEST_CHROMIUM", "/usr/bin/chromium")))
                                    .setArgs(arguments)));
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    /** A page on a device of its own. With a state of cookies and storage, the device has been here before. */
    Visit visit(URI home, Device device, ColorScheme scheme, @Nullable String state) {
        return new Visit(browser, home, device, scheme, state);
    }

    /** What a page is looked at with. */
    enum Device {
        DESKTOP(1280, 800, false),
        WIDE(1680, 1000, false),
        /** Ten cards fit, two of them open. */
        LARGE(1920, 1240, false),
        PHONE(390, 844, true),
        /** The narrowest that WCAG 1.4.10 asks for. */
        NARROW(320, 568, true),
        /** 1280 × 1024 at 400 %. */
        ZOOMED(320, 256, false);

        final int width;
        final int height;
        final boolean touch;

        Device(int width, int height, boolean touch) {
            this.width = width;
            this.height = height;
            this.touch = touch;
        }
    }

    @Override
    public void close() {
        playwright.close();
    }
}
