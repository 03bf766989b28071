package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link XssIT} relies on: that a page which lets texts become more than texts is complained about. */
class WatchIT {
    private static final String STRICT = "script-src 'self'; require-trusted-types-for 'script'";

    /** Takes text for HTML, after it made links and images of Markdown. Never do this. */
    private static final String UNSAFE =
            """
            (text) => {
              const html = text
                .replace(/!\\[([^\\]]*)\\]\\(([^)]*\\)?)\\)/g, '<img alt="$1" src="$2">')
                .replace(/\\[([^\\]]*)\\]\\(([^)]*\\)?)\\)/g, '<a href="$2">$1</a>')
                .replace(/<((?:java|vb)script:[^>]*)>/gi, '<a href="$1">$1</a>');
              document.querySelector(".md").innerHTML = html;
              window.__judgeAll();
            }
            """;

    private static HttpServer server;
    private static URI home;
    private static Chromium chromium;
    private Visit page;

    @BeforeAll
    static void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "<!doctype html><html lang=en><title>Unsafe</title><main><div class=md></div></main></html>"
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            if (exchange.getRequestURI().getPath().equals("/strict")) {
                exchange.getResponseHeaders().set("Content-Security-Policy", STRICT);
            }
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        home = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() {
        if (chromium != null) {
            chromium.close();
        }
        server.stop(0);
    }

    @BeforeEach
    void open() {
        page = chromium.visit(home, Chromium.Device.DESKTOP, ColorScheme.LIGHT, null)
                .open("/");
    }

    @AfterEach
    void close() {
        page.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '→',
            value = {
                "<img src=x onerror=__xss()>           → ran: __xss()",
                "<img src=x onerror=__xss=1>           → ran: __xss =",
                "<img src=x onerror=alert(7)>          → dialog: 7",
                "<b onclick=__xss()>x</b>              → attribute onclick",
                "<img src=https://attacker.example/p>  → foreign: https://attacker.example/p",
                "<img src=/xss-probe>                  → foreign: ",
                "![x](/xss-probe.png)                  → image: <img",
                "<iframe src=about:blank></iframe>     → element: <iframe",
                "<svg><a href=javascript:1></a></svg>  → element: <a",
                "<svg onload=__xss()></svg>            → attribute onload",
                "<math></math>                         → element: <math",
                "<style>p{color:red}</style>           → element: <style",
                "<base href=https://attacker.example>  → element: <base",
                "<link rel=icon href=/x>               → element: <link",
                "<form><input name=q></form>           → element in a text: <form",
                "<nx-card></nx-card>                   → element in a text: <nx-card",
                "<p id=xss-id>x</p>                    → name in a text: <p",
                "<p style=color:red>x</p>              → attribute style",
                "[x](javascript:__xss())               → link: <a",
                "[x](data:text/html,x)                 → link: <a",
                "[x](//attacker.example/)              → link that is not opened safely",
                "[x](/api/logout)                      → link that is not opened safely",
                "[x](https://a:b@attacker.example/)    → link with a name",
            })
    void anUnsafePageIsComplainedAbout(String payload, String complaint) {
        page.js(UNSAFE, payload);

        complains(one -> one.startsWith(complaint));
    }

    /** Now or a little later: what a page does by and by is told when it is done. */
    private void complains(Predicate<String> expected) {
        long end = System.nanoTime() + (long) (Chromium.PATIENCE_MS * 1e6);
        while (page.complaints().stream().noneMatch(expected) && System.nanoTime() < end) {
            page.page().waitForTimeout(20);
        }
        assertThat(page.complaints()).anyMatch(expected);
    }

    @Test
    void breachesOfThePolicyAreComplainedAbout() {
        page.open("/strict");
        page.js(
                "() => { try { document.querySelector('.md').innerHTML = '<b>x</b>'; } catch { /* refused */ } }",
                null);
        page.js("() => { try { document.body.setAttribute('onclick', '1'); } catch { /* refused */ } }", null);

        assertThat(page.complaints())
                .anyMatch(
                        one -> one.startsWith("policy: require-trusted-types-for trusted-types-sink Element innerHTML"))
                .anyMatch(
                        one -> one.startsWith("policy: require-trusted-types-for trusted-types-sink Element onclick"));
    }

    @Test
    void whatIsGoneAgainIsComplainedAboutToo() {
        page.js(
                "() => { const one = document.createElement('iframe'); document.body.append(one); one.remove(); }",
                null);
        page.js(
                "() => { open('about:blank'); console.error('oh'); setTimeout(() => { throw new Error('no'); }); }",
                null);

        complains(one -> one.startsWith("element: <iframe"));
        complains(one -> one.startsWith("window: "));
        complains(one -> one.startsWith("console: oh"));
        complains(one -> one.contains("no"));
    }

    /** Most of the corpus is not inert: an unsafe page trips over it. */
    @Test
    void theCorpusBites() {
        List<String> markup = Corpus.of("html", "svg", "links", "images", "hooks", "clobber");
        int tried = 0;
        int bites = 0;
        for (int i = 0; i < markup.size(); i += 4) {
            tried++;
            bites += bites(markup.get(i)) ? 1 : 0;
        }
        System.out.printf(Locale.ROOT, "%d of %d payloads bite an unsafe page%n", bites, tried);
        assertThat(bites).isGreaterThan(tried * 3 / 4);
    }

    private boolean bites(String payload) {
        try {
            page.open("/");
            page.forget();
            page.js(UNSAFE, payload);
            return !page.complaints().isEmpty();
        } catch (PlaywrightException e) {
            // It led the page away.
            return true;
        }
    }

    @Test
    void textIsNotComplainedAbout() {
        assertThat(Corpus.all()).hasSizeGreaterThanOrEqualTo(300).doesNotHaveDuplicates();
        for (String payload : Corpus.all()) {
            page.js("(text) => { document.querySelector('.md').textContent = text; }", payload);
        }
        assertThat(page.complaints()).isEmpty();
    }
}
