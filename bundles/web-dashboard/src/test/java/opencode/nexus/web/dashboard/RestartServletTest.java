package opencode.nexus.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Sample;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.testkit.FakeRestartService;
import opencode.nexus.web.http.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestartServletTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");
    private static final String POLICY =
            "{\"enabled\":true,\"maxAttempts\":10,\"windowSeconds\":600,\"firstDelayMs\":500,\"multiplier\":2.0,"
                    + "\"maxDelayMs\":60000,\"memoryLimitMb\":4096,\"memoryCeilingMb\":8192,\"slowRetry\":true,\"notify\":true}";

    private final FakeRestartService restarts = new FakeRestartService();

    @Test
    void itTellsThePolicyWhatWasDoneAndHowEverythingStands() throws Exception {
        restarts.postMortems.add(postMortem("a2"));
        restarts.subjects.add(new Subject("server", Phase.BACKOFF, Health.UNKNOWN, 2, AT, "It ended."));

        FakeExchange exchange = call("GET", "/api/restart");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .isEqualTo("{\"policy\":" + POLICY
                        + ",\"attempts\":[{\"id\":\"a2\",\"at\":\"2026-01-02T03:04:05Z\",\"subject\":\"server\","
                        + "\"cause\":\"ended\",\"reason\":\"It ended.\",\"signal\":9,\"delayMs\":500,"
                        + "\"outcome\":\"gave_up\"}],\"subjects\":[{\"name\":\"server\",\"phase\":\"backoff\","
                        + "\"health\":\"unknown\",\"attempts\":2,\"retryAt\":\"2026-01-02T03:04:05Z\","
                        + "\"reason\":\"It ended.\"}]}");
    }

    @Test
    void twoHundredAttemptsAreToldUnlessAskedOtherwise() throws Exception {
        for (int i = 0; i < 300; i++) {
            restarts.postMortems.add(postMortem("a" + i));
        }

        assertThat(attempts("/api/restart")).isEqualTo(200);
        assertThat(attempts("/api/restart?limit=1")).isEqualTo(1);
        assertThat(attempts("/api/restart?limit=1000000")).isEqualTo(300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "x", "", "1.5", "99999999999"})
    void aWrongLimitIsNamed(String limit) throws Exception {
        FakeExchange exchange = call("GET", "/api/restart?limit=" + limit);

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"field\":\"limit\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"maxAttempts\":5,\"notify\":false,\"multiplier\":1.5,\"memoryLimitMb\":null,\"unknown\":{}}",
                "{\"policy\":{\"maxAttempts\":5,\"notify\":false,\"multiplier\":1.5,\"memoryLimitMb\":null}}"
            })
    void aPolicyIsTakenFlatOrAsOneAndInPart(String body) throws Exception {
        FakeExchange exchange = put(body);

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(restarts.changes).hasSize(1);
        assertThat(restarts.changes.get(0))
                .hasSize(4)
                .satisfies(values -> assertThat(values.get("maxAttempts")).isEqualTo(5))
                .satisfies(values -> assertThat(values.get("notify")).isEqualTo(false))
                .satisfies(values -> assertThat(values.get("multiplier")).isEqualTo(1.5))
                .satisfies(values ->
                        assertThat(values.containsKey("memoryLimitMb")).isTrue());
        assertThat(exchange.text()).startsWith("{\"policy\":" + POLICY);
    }

    @Test
    void nothingToChangeChangesNothing() throws Exception {
        assertThat(put("{}").status()).isEqualTo(200);
        assertThat(restarts.changes).isEmpty();
    }

    @Test
    void whatIsNoValueIsNamedFieldByField() throws Exception {
        FakeExchange exchange = put("{\"enabled\":\"yes\",\"maxAttempts\":\"five\",\"multiplier\":[1],\"notify\":{}}");

        assertThat(exchange.status()).isEqualTo(422);
        JsonNode errors = Json.mapper().readTree(exchange.text()).get("errors");
        assertThat(errors).hasSize(4);
        assertThat(errors.get(0).get("field").textValue()).isEqualTo("enabled");
        assertThat(errors.get(0).get("message").textValue()).isEqualTo("must be true or false");
        assertThat(errors.get(1).get("message").textValue()).isEqualTo("must be a number");
        assertThat(restarts.changes).isEmpty();
    }

    @Test
    void whatTheSettingsRefuseIsPassedOn() throws Exception {
        restarts.refuse(NexusException.invalid(
                List.of(new Field("maxAttempts", "1 to 100"), new Field("maxDelayMs", "at least firstDelayMs"))));

        FakeExchange exchange = put("{\"maxAttempts\":-1}");

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"field\":\"maxAttempts\"", "\"field\":\"maxDelayMs\"");
    }

    @ParameterizedTest
    @CsvSource({"'{\"policy\":5}', 422", "'[]', 400", "'{', 400", "'5', 400"})
    void aBodyThatIsNoPolicyIsRefused(String body, int status) throws Exception {
        assertThat(put(body).status()).isEqualTo(status);
    }

    @Test
    void onePostMortemIsToldInFull() throws Exception {
        restarts.postMortems.add(postMortem("a1"));

        FakeExchange exchange = call("GET", "/api/restart/attempts/a1");

        assertThat(exchange.status()).isEqualTo(200);
        JsonNode found = Json.mapper().readTree(exchange.text());
        assertThat(found.at("/attempt/id").textValue()).isEqualTo("a1");
        assertThat(found.at("/exit/signal").intValue()).isEqualTo(9);
        assertThat(found.at("/curve/0/rssBytes").longValue()).isEqualTo(3_145_728);
        assertThat(found.at("/decisions/0").textValue()).isEqualTo("It was decided.");
        assertThat(found.at("/evidence/0/text").textValue()).isEqualTo("boom\n");
    }

    @Test
    void anUnknownOneIsNotFound() throws Exception {
        FakeExchange exchange = call("GET", "/api/restart/attempts/..%2F..%2Fetc");

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.text()).contains("unknown-attempt");
    }

    @Test
    void allAreExportedAsOneFile() throws Exception {
        restarts.postMortems.add(postMortem("a2"));
        restarts.postMortems.add(postMortem("a1"));

        FakeExchange json = call("GET", "/api/restart/export");
        FakeExchange text = call("GET", "/api/restart/export?format=text");

        JsonNode all = Json.mapper().readTree(json.text());
        assertThat(all).hasSize(2);
        assertThat(all.get(1).at("/attempt/id").textValue()).isEqualTo("a1");
        assertThat(json.answered("Content-Disposition")).isEqualTo("attachment; filename=\"nexus-restarts.json\"");
        assertThat(text.answered("Content-Type")).isEqualTo("text/plain;charset=utf-8");
        assertThat(text.text())
                .startsWith("==== 2026-01-02T03:04:05Z  server  gave_up  a2\nIt ended.\nsignal 9\ndelay 500 ms\n")
                .contains("2026-01-02T03:04:05Z  3  0.50\n", "2026-01-02T03:04:05Z  ?  ?\n", "-- Last output\nboom\n");
    }

    @Test
    void anExportOfNothingIsWellFormed() throws Exception {
        assertThat(call("GET", "/api/restart/export?format=json").text()).isEqualTo("[]\n");
        assertThat(call("GET", "/api/restart/export?format=text").text()).isEmpty();
    }

    @Test
    void anotherFormatIsRefused() throws Exception {
        FakeExchange exchange = call("GET", "/api/restart/export?format=xml");

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.answered("Content-Disposition")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/restart/attempts",
        "GET, /api/restart/attempts/a/b",
        "GET, /api/restart/else",
        "PUT, /api/restart/export"
    })
    void thereIsNothingElse(String method, String path) throws Exception {
        assertThat(call(method, path).status()).isEqualTo(404);
    }

    @Test
    void withoutTheServiceItIsUnavailable() throws Exception {
        FakeExchange exchange = new FakeExchange("GET", "/api/restart").servletPath("/api/restart");

        new RestartServlet(null).service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(exchange.text()).contains("\"code\":\"restart-unavailable\"");
    }

    private int attempts(String path) throws Exception {
        return Json.mapper().readTree(call("GET", path).text()).get("attempts").size();
    }

    private FakeExchange call(String method, String path) throws Exception {
        return serve(new FakeExchange(method, path));
    }

    private FakeExchange put(String body) throws Exception {
        return serve(new FakeExchange("PUT", "/api/restart").json(body));
    }

    private FakeExchange serve(FakeExchange exchange) throws Exception {
        exchange.servletPath("/api/restart");
        new RestartServlet(restarts).service(exchange.request(), exchange.response());
        return exchange;
    }

    private static PostMortem postMortem(String id) {
        return new PostMortem(
                new Attempt(id, AT, "server", "ended", "It ended.", null, 9, 500, Outcome.GAVE_UP, null),
                new Exit(Exit.Cause.ENDED, null, 9, true, AT),
                List.of(new Sample(AT, 3_145_728L, 0.5), new Sample(AT, null, null)),
                List.of("It was decided."),
                List.of(new Evidence("output", "Last output", "boom\n")));
    }
}
