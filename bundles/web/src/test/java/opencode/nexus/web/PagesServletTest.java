package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.api.page.PageSource.Asset;
import opencode.nexus.testkit.FakeExchange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PagesServletTest {
    private static final Map<String, Asset> FILES = Map.of(
            "/", new Asset("text/html; charset=utf-8", "p", false, false, bytes("page"), null, null),
            "/login", new Asset("text/html; charset=utf-8", "\"l\"", false, true, bytes("login"), null, null),
            "/assets/app/a-1.js",
                    new Asset("text/javascript", "\"j\"", true, false, bytes("plain"), bytes("br"), bytes("gz")),
            "/assets/gate/c-1.css", new Asset("text/css", "c", true, true, bytes("style"), null, null),
            "/assets/app/b-1.js", new Asset("text/javascript", "j", true, false, bytes("plain"), null, bytes("gz")));

    private final PageSource pages = path -> Optional.ofNullable(FILES.get(path));

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "-                    | -    | plain",
                "br                   | br   | br",
                "gzip, deflate, br    | br   | br",
                "gzip                 | gzip | gz",
                "GZIP;q=0.5           | gzip | gz",
                "br;q=0, gzip         | gzip | gz",
                "br;q=0.0,gzip;q=0.000| -    | plain",
                "*                    | br   | br",
                "*;q=0                | -    | plain",
                "br;q=0, *            | gzip | gz",
                "identity             | -    | plain",
                "xbr, ,;q=1, ;;       | -    | plain",
            })
    void theBestFormThatABrowserTakesIsSent(@Nullable String accept, @Nullable String encoding, String content)
            throws Exception {
        FakeExchange exchange = get(new FakeExchange("GET", "/assets/app/a-1.js").header("Accept-Encoding", accept));

        assertThat(exchange.text()).isEqualTo(content);
        assertThat(exchange.answered("Content-Encoding")).isEqualTo(encoding);
        assertThat(exchange.answered("Content-Length")).isEqualTo(String.valueOf(content.length()));
        assertThat(exchange.answered("Content-Type")).isEqualTo("text/javascript");
        assertThat(exchange.answered("Vary")).isEqualTo("Accept-Encoding");
    }

    @Test
    void aFormThatIsNotThereIsNotSent() throws Exception {
        FakeExchange exchange =
                get(new FakeExchange("GET", "/assets/app/b-1.js").header("Accept-Encoding", "br, gzip"));

        assertThat(exchange.text()).isEqualTo("gz");
    }

    @Test
    void onlyFilesWithAHashInTheirNameAreKeptForEver() throws Exception {
        assertThat(get(new FakeExchange("GET", "/assets/app/a-1.js")).answered("Cache-Control"))
                .isEqualTo("private, max-age=31536000, immutable");
        assertThat(get(new FakeExchange("GET", "/assets/gate/c-1.css")).answered("Cache-Control"))
                .isEqualTo("public, max-age=31536000, immutable");
        assertThat(get(new FakeExchange("GET", "/")).answered("Cache-Control")).isEqualTo("no-store");
        assertThat(get(new FakeExchange("GET", "/login")).answered("Cache-Control"))
                .isEqualTo("no-cache");
        assertThat(get(new FakeExchange("GET", "/login")).answered("Vary")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"\"l\"", "W/\"l\"", "\"a\", \"l\"", "*"})
    void whatTheBrowserHasIsNotSentAgain(String known) throws Exception {
        FakeExchange exchange = get(new FakeExchange("GET", "/login").header("If-None-Match", known));

        assertThat(exchange.status()).isEqualTo(304);
        assertThat(exchange.text()).isEmpty();
        assertThat(exchange.answered("ETag")).isEqualTo("\"l\"");
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void eachFormHasATagOfItsOwn() throws Exception {
        FakeExchange brotli = get(new FakeExchange("GET", "/assets/app/a-1.js").header("Accept-Encoding", "br"));
        FakeExchange plain = get(new FakeExchange("GET", "/assets/app/a-1.js")
                .header("If-None-Match", String.valueOf(brotli.answered("ETag"))));

        assertThat(brotli.answered("ETag")).isEqualTo("\"j-br\"");
        assertThat(plain.status()).isEqualTo(200);
        assertThat(plain.answered("ETag")).isEqualTo("\"j\"");
    }

    @Test
    void headTellsEverythingButTheContent() throws Exception {
        FakeExchange exchange = get(new FakeExchange("HEAD", "/"));

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.answered("Content-Length")).isEqualTo("4");
        assertThat(exchange.text()).isEmpty();
    }

    @Test
    void aPersonGetsAPageForAnUnknownAddressAndAProgramAProblem() throws Exception {
        FakeExchange person = get(new FakeExchange("GET", "/nothing").header("Accept", "text/html,*/*;q=0.8"));
        FakeExchange program = get(new FakeExchange("GET", "/nothing"));
        FakeExchange api = get(new FakeExchange("GET", "/api/nothing").header("Accept", "text/html"));

        assertThat(person.status()).isEqualTo(404);
        assertThat(person.answered("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(person.text()).contains("<a href=\"/\">").doesNotContain("<script", "<style", "style=");
        for (FakeExchange problem : new FakeExchange[] {program, api}) {
            assertThat(problem.status()).isEqualTo(404);
            assertThat(problem.answered("Content-Type")).isEqualTo("application/problem+json");
            assertThat(problem.text()).contains("\"code\":\"not-found\"");
        }
    }

    @Test
    void anAddressWhoseBundleIsJustNotThereIsNoUnknownOne() throws Exception {
        for (String path : new String[] {"/api/chat/sessions", "/api/tunnel/config", "/api/restart/attempts/a-1.b"}) {
            FakeExchange exchange = get(new FakeExchange("GET", path));
            assertThat(exchange.status()).isEqualTo(503);
            assertThat(exchange.answered("Retry-After")).isEqualTo("1");
            assertThat(exchange.text()).contains("\"code\":\"part-missing\"");
        }
        for (String path :
                new String[] {"/api/chats", "/api/chat/../x", "/api/chat//x", "/api/chat/%2e%2e", "/api/x"}) {
            assertThat(get(new FakeExchange("GET", path)).status()).isEqualTo(404);
        }
    }

    @Test
    void pagesAreRead() throws Exception {
        FakeExchange exchange = get(new FakeExchange("POST", "/"));

        assertThat(exchange.status()).isEqualTo(405);
        assertThat(exchange.answered("Allow")).isEqualTo("GET, HEAD");
    }

    @Test
    void withoutPagesThereIsOneThatComesBackByItself() throws Exception {
        FakeExchange person = new FakeExchange("GET", "/").header("Accept", "text/html");
        FakeExchange program = new FakeExchange("GET", "/");

        new PagesServlet(null).service(person.request(), person.response());
        new PagesServlet(null).service(program.request(), program.response());

        assertThat(person.status()).isEqualTo(503);
        assertThat(person.text()).contains("Back in a moment", "http-equiv=\"refresh\"");
        assertThat(person.answered("Retry-After")).isEqualTo("2");
        assertThat(program.status()).isEqualTo(503);
        assertThat(program.answered("Content-Type")).isEqualTo("application/problem+json");
    }

    private FakeExchange get(FakeExchange exchange) throws Exception {
        new PagesServlet(pages).service(exchange.request(), exchange.response());
        return exchange;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
