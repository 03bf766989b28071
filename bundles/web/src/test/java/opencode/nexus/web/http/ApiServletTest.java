package opencode.nexus.web.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.testkit.FakeExchange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiServletTest {

    enum Colour {
        RED,
        DARK_BLUE
    }

    record Item(@Nullable String name, @Nullable Integer count) {}

    record Order(
            @Nullable String title,
            @Nullable Integer count,
            @Nullable Boolean active,
            @Nullable Double price,
            @Nullable Colour colour,
            @Nullable Instant at,
            @Nullable List<Item> items) {}

    /** Answers a POST with what it read. */
    private static final class Echo extends ApiServlet {
        private final int maxBytes;
        private final transient Function<Order, Object> answer;

        Echo(int maxBytes, Function<Order, Object> answer) {
            this.maxBytes = maxBytes;
            this.answer = answer;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, 201, answer.apply(body(request, Order.class, maxBytes)));
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, 200, path(request));
        }

        @Override
        protected void doPatch(HttpServletRequest request, HttpServletResponse response) {
            empty(response, 204);
        }
    }

    @Test
    void aBodyIsReadAndAnswered() throws Exception {
        FakeExchange exchange =
                post("{\"title\":\"ü\",\"count\":2,\"active\":true,\"price\":1,\"colour\":\"dark_blue\","
                        + "\"at\":\"2026-01-02T03:04:05Z\",\"items\":[{\"name\":\"a\"}],\"unknown\":{\"x\":[1]}}");

        assertThat(exchange.status()).isEqualTo(201);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/json");
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store");
        assertThat(exchange.text())
                .isEqualTo("{\"title\":\"ü\",\"count\":2,\"active\":true,\"price\":1.0,\"colour\":\"dark_blue\","
                        + "\"at\":\"2026-01-02T03:04:05Z\",\"items\":[{\"name\":\"a\"}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"title\":",
                "{\"title\":\"a\"",
                "nonsense",
                "[]",
                "null",
                "\"text\"",
                "3",
                "{} {}",
                "{}x",
                "{\"title\":\"a\",\"title\":\"b\"}",
                "{\"unknown\":{\"a\":1,\"a\":2}}",
                "{'title':'a'}",
                "{title:1}",
                "{\"title\":\"a\nb\"}",
                "{\"count\":01}",
                "{\"price\":NaN}",
                "{\"items\":[{\"name\":\"a\"}",
                "{/* comment */}",
                "{\"title\":\"\\x41\"}",
                "\uFEFF\uFEFF{}"
            })
    void whatIsNotOneJsonObjectIsMalformed(String body) throws Exception {
        assertProblem(post(body), 400, "malformed-json");
    }

    @Test
    void bytesThatAreNotUtf8AreMalformed() throws Exception {
        byte[] latin = "{\"title\":\"\u00fc\"}".getBytes(StandardCharsets.ISO_8859_1);

        assertProblem(send(json("{}").body("application/json", latin)), 400, "malformed-json");
    }

    @Test
    void nestingWithoutEndIsMalformedAndNotAnOverflow() throws Exception {
        assertProblem(post("{\"unknown\":" + "[".repeat(900)), 400, "malformed-json");
        assertProblem(post("{\"unknown\":" + "{\"a\":".repeat(150)), 400, "malformed-json");
    }

    @Test
    void aNumberOfHundredsOfDigitsIsMalformed() throws Exception {
        assertProblem(post("{\"count\":" + "9".repeat(500) + "}"), 400, "malformed-json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"title\":5}                       | title          | a well-formed text",
                "{\"title\":true}                    | title          | a well-formed text",
                "{\"title\":[\"a\"]}                 | title          | a well-formed text",
                "{\"title\":\"\\ud800\"}             | title          | a well-formed text",
                "{\"title\":\"\\udc00\\ud800\"}      | title          | a well-formed text",
                "{\"count\":\"5\"}                   | count          | a whole number",
                "{\"count\":1.5}                     | count          | a whole number",
                "{\"active\":\"true\"}               | active         | true or false",
                "{\"active\":1}                      | active         | true or false",
                "{\"price\":\"cheap\"}               | price          | a number",
                "{\"colour\":\"green\"}              | colour         | one of: red, dark_blue",
                "{\"colour\":0}                      | colour         | one of: red, dark_blue",
                "{\"at\":\"yesterday\"}              | at             | an ISO-8601 time",
                "{\"items\":{}}                      | items          | a list",
                "{\"items\":[{},5]}                  | items[1]       | an object",
                "{\"items\":[{\"count\":\"x\"}]}     | items[0].count | a whole number",
            })
    void aFieldOfTheWrongTypeIsNamed(String body, String field, String expected) throws Exception {
        FakeExchange exchange = post(body);

        assertProblem(exchange, 422, "invalid-field");
        JsonNode error = problem(exchange).path("errors").path(0);
        assertThat(error.path("field").asText()).isEqualTo(field);
        assertThat(error.path("message").asText()).isEqualTo("must be " + expected);
    }

    @Test
    void aNumberThatDoesNotFitIsRefused() throws Exception {
        assertThat(post("{\"count\":99999999999}").status()).isIn(400, 422);
    }

    @Test
    void aWholeSurrogatePairIsText() throws Exception {
        assertThat(post("{\"title\":\"\\ud83d\\ude00\"}").text()).isEqualTo("{\"title\":\"😀\"}");
    }

    @Test
    void aBodyLargerThanItsLimitIsRefusedWhetherAnnouncedOrNot() throws Exception {
        String large = "{\"title\":\"" + "a".repeat(2000) + "\"}";

        assertProblem(post(large), 413, "body-too-large");
        assertProblem(send(json(large).chunked()), 413, "body-too-large");
        assertProblem(send(json("{\"items\":[" + "{},".repeat(1000) + "{}]}").chunked()), 413, "body-too-large");
        assertThat(post("{\"title\":\"" + "a".repeat(900) + "\"}").status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx"})
    void anotherContentTypeIsRefused(String contentType) throws Exception {
        assertProblem(send(json("{}").header("Content-Type", contentType)), 415, "not-json");
    }

    @Test
    void aSenderThatDripsIsNotWaitedFor() {
        AtomicLong seconds = new AtomicLong();
        JsonBody fast = new JsonBody(1_000_000, () -> 0);
        JsonBody slow = new JsonBody(1_000_000, () -> seconds.getAndAdd(30) * 1_000_000_000);
        String body = "{\"title\":\"" + "a".repeat(10_000) + "\"}";

        assertThatNoException().isThrownBy(() -> fast.read(json(body).request(), Order.class));
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> slow.read(json(body).request(), Order.class))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("body-too-slow"));
    }

    @Test
    void jsonMayNameItsCharset() throws Exception {
        assertThat(send(json("{}").header("Content-Type", "Application/JSON; charset=utf-8"))
                        .status())
                .isEqualTo(201);
        assertProblem(send(json("{}").header("Content-Type", null)), 415, "not-json");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKindOfFailureHasItsStatus(Kind kind) throws Exception {
        FakeExchange exchange = failing(new NexusException(kind, "some-code", "Some sentence."));

        JsonNode problem = problem(exchange);
        assertThat(problem.path("status").asInt())
                .isEqualTo(exchange.status())
                .isEqualTo(Problems.status(kind))
                .isBetween(400, 503);
        assertThat(problem.path("type").asText()).isEqualTo("about:blank");
        assertThat(problem.path("title").asText()).isNotEmpty();
        assertThat(problem.path("detail").asText()).isEqualTo("Some sentence.");
        assertThat(problem.path("code").asText()).isEqualTo("some-code");
        assertThat(problem.has("errors")).isFalse();
        assertThat(problem.has("retryAfter")).isFalse();
    }

    @Test
    void tooManyTellsWhenToComeBackRoundedUp() throws Exception {
        FakeExchange exchange = failing(NexusException.tooMany("too-many", "Wait.", Duration.ofMillis(1001)));

        assertThat(exchange.status()).isEqualTo(429);
        assertThat(exchange.answered("Retry-After")).isEqualTo("2");
        assertThat(problem(exchange).path("retryAfter").asInt()).isEqualTo(2);
    }

    @Test
    void aFailureInsideARecordIsTheFailureItself() throws Exception {
        assertProblem(failing(NexusException.invalid("title", "is too long")), 422, "invalid-field");
    }

    @Test
    void aBugIsLeftToTheFilter() {
        Echo servlet = new Echo(1000, order -> {
            throw new IllegalStateException("bug");
        });

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> servlet.service(json("{}").request(), new FakeExchange("POST", "/").response()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "TRACE", "BREW"})
    void aMethodThatIsNotThereIsA405WithThoseThatAre(String method) throws Exception {
        FakeExchange exchange = send(new FakeExchange(method, "/api/orders"));

        assertProblem(exchange, 405, "method-not-allowed");
        assertThat(exchange.answered("Allow").split(", "))
                .contains("GET", "HEAD", "POST")
                .doesNotContain("TRACE");
    }

    @Test
    void patchIsAMethodLikeAnyOther() throws Exception {
        assertThat(send(new FakeExchange("PATCH", "/api/orders")).status()).isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/orders            | []",
                "/api/orders/a          | [\"a\"]",
                "/api/orders/a/items    | [\"a\",\"items\"]",
                "/api/orders/a%2Fb/c    | [\"a/b\",\"c\"]",
                "/api/orders/a+b%20c    | [\"a+b c\"]",
                "/api/orders/%C3%BC     | [\"ü\"]",
                "/api/orders/a;v=1/b    | [\"a\",\"b\"]",
            })
    void thePathIsDecodedSegmentBySegment(String uri, String expected) throws Exception {
        FakeExchange exchange = send(new FakeExchange("GET", uri).servletPath("/api/orders"));

        assertThat(exchange.text()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/api/orders/", "/api/orders//a", "/api/orders/../a", "/api/orders/%2e%2e", "/api/orders/%zz"})
    void aPathWithHolesInItLeadsNowhere(String uri) throws Exception {
        assertProblem(send(new FakeExchange("GET", uri).servletPath("/api/orders")), 404, "not-found");
    }

    private static FakeExchange failing(NexusException failure) throws Exception {
        FakeExchange exchange = json("{}");
        Echo servlet = new Echo(1000, order -> {
            throw failure;
        });
        servlet.service(exchange.request(), exchange.response());
        return exchange;
    }

    private static FakeExchange post(String body) throws Exception {
        return send(json(body));
    }

    private static FakeExchange json(String body) {
        return new FakeExchange("POST", "/api/orders").json(body);
    }

    private static FakeExchange send(FakeExchange exchange) throws Exception {
        new Echo(1000, order -> order).service(exchange.request(), exchange.response());
        return exchange;
    }

    private static void assertProblem(FakeExchange exchange, int status, String code) throws IOException {
        assertThat(exchange.text()).contains("\"code\":\"" + code + "\"").doesNotContain("Exception", "jackson");
        assertThat(exchange.status()).isEqualTo(status);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
        assertThat(problem(exchange).path("status").asInt()).isEqualTo(status);
    }

    private static JsonNode problem(FakeExchange exchange) throws IOException {
        return Json.mapper().readTree(exchange.text());
    }
}
