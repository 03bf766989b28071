package opencode.nexus.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.testkit.FakeTunnelService;
import opencode.nexus.testkit.SampleTunnel;
import opencode.nexus.web.http.Json;
import opencode.nexus.web.http.NexusHttp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelServletTest {
    private static final String TOKEN = "eyJhIjoiYWNjb3VudCJ9";
    private static final String SSH = "{\"kind\":\"quick\",\"ingress\":[{\"service\":\"ssh://127.0.0.1:22\"}]%s}";

    private final FakeTunnelService tunnel = new FakeTunnelService();
    private final FakeAuthService auth = FakeAuthService.owned();
    private final String login =
            auth.login(FakeAuthService.PASSWORD, null, "Firefox").token();

    @Test
    void itTellsHowTheTunnelStandsAsItsEventDoes() throws Exception {
        tunnel.status = SampleTunnel.FULL;
        assertThat(call("GET", "/api/tunnel").text()).isEqualTo(SampleTunnel.FULL_JSON);

        tunnel.status = SampleTunnel.CLOSED;
        assertThat(call("GET", "/api/tunnel").text()).isEqualTo(SampleTunnel.CLOSED_JSON);
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "stop"})
    void aChangeIsAskedFor(String change) throws Exception {
        FakeExchange exchange = call("POST", "/api/tunnel/" + change);

        assertThat(exchange.status()).isEqualTo(202);
        assertThat(exchange.text()).isEqualTo(SampleTunnel.CLOSED_JSON);
        assertThat(tunnel.asked).containsExactly(change);
    }

    @Test
    void aStartThatIsRefusedSaysWhy() throws Exception {
        tunnel.refuse(new NexusException(NexusException.Kind.CONFLICT, "no-owner", "Nexus has no owner yet."));

        FakeExchange exchange = call("POST", "/api/tunnel/start");

        assertThat(exchange.status()).isEqualTo(409);
        assertThat(exchange.text()).contains("\"code\":\"no-owner\"");
    }

    @Test
    void itTellsWhatIsSetWithoutTheToken() throws Exception {
        tunnel.config = SampleTunnel.CONFIG;

        String text = call("GET", "/api/tunnel/config").text();

        assertThat(text)
                .isEqualTo(SampleTunnel.CONFIG_JSON.substring(0, SampleTunnel.CONFIG_JSON.length() - 1)
                        + ",\"tokenSet\":true}");
    }

    @Test
    void theKindIsEnough() throws Exception {
        tunnel.config = SampleTunnel.CONFIG;

        FakeExchange exchange = put("{\"kind\":\"quick\"}");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .isEqualTo("{\"kind\":\"quick\",\"autoStart\":false,\"protocol\":\"auto\",\"edgeIpVersion\":\"auto\","
                        + "\"ingress\":[],\"arguments\":[],\"tokenSet\":false}");
        assertThat(tunnel.config).isEqualTo(TunnelConfig.STANDARD);
    }

    @Test
    void whatIsAnsweredIsTakenAgain() throws Exception {
        tunnel.config = SampleTunnel.CONFIG;
        String answered = call("GET", "/api/tunnel/config").text();
        tunnel.config = TunnelConfig.STANDARD;

        assertThat(put(answered).status()).isEqualTo(200);

        assertThat(tunnel.config).isEqualTo(SampleTunnel.CONFIG.shown(false));
    }

    @Test
    void everythingIsTakenAndTheTokenIsNeverToldAgain() throws Exception {
        FakeExchange exchange = put("{\"kind\":\"token\",\"token\":\"" + TOKEN + "\",\"domain\":\"nexus.example.com\","
                + "\"autoStart\":true,\"protocol\":\"quic\",\"edgeIpVersion\":\"6\",\"region\":\"us\",\"unknown\":[1],"
                + "\"ingress\":[{\"hostname\":\"a.example.com\",\"path\":null,\"service\":\"nexus\",\"originRequest\":"
                + "{\"noTLSVerify\":true,\"keepAliveConnections\":5}}],\"arguments\":[\"--retries=3\"]}");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .doesNotContain(TOKEN)
                .contains("\"tokenSet\":true")
                .contains("\"originRequest\":{\"noTLSVerify\":true,\"keepAliveConnections\":5}");
        assertThat(tunnel.token).isEqualTo(TOKEN);
        assertThat(tunnel.config.kind()).isEqualTo(Kind.TOKEN);
        assertThat(tunnel.config.protocol()).isEqualTo(Protocol.QUIC);
        assertThat(tunnel.config.edgeIpVersion()).isEqualTo(EdgeIp.V6);
        assertThat(tunnel.config.autoStart()).isTrue();
        assertThat(call("GET", "/api/tunnel/config").text()).doesNotContain(TOKEN);
    }

    @Test
    void aTokenStaysUntilAnotherOrAnEmptyOneIsGiven() throws Exception {
        put("{\"kind\":\"token\",\"token\":\"" + TOKEN + "\"}");

        assertThat(put("{\"kind\":\"token\"}").text()).contains("\"tokenSet\":true");
        assertThat(put("{\"kind\":\"quick\",\"token\":null}").text()).contains("\"tokenSet\":true");
        assertThat(put("{\"kind\":\"quick\",\"token\":\"\"}").text()).contains("\"tokenSet\":false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | kind",
                "{\"kind\":null} | kind",
                "{\"kind\":\"ngrok\"} | kind",
                "{\"kind\":\"QUICK\"} | kind",
                "{\"kind\":7} | kind",
                "{\"kind\":[\"quick\"]} | kind",
                "{\"kind\":\"quick\",\"domain\":7} | domain",
                "{\"kind\":\"quick\",\"token\":{}} | token",
                "{\"kind\":\"quick\",\"credentialsFile\":true} | credentialsFile",
                "{\"kind\":\"quick\",\"region\":[]} | region",
                "{\"kind\":\"quick\",\"autoStart\":\"yes\"} | autoStart",
                "{\"kind\":\"quick\",\"autoStart\":1} | autoStart",
                "{\"kind\":\"quick\",\"protocol\":\"h2\"} | protocol",
                "{\"kind\":\"quick\",\"edgeIpVersion\":4} | edgeIpVersion",
                "{\"kind\":\"quick\",\"ingress\":{}} | ingress",
                "{\"kind\":\"quick\",\"ingress\":[null]} | ingress[0]",
                "{\"kind\":\"quick\",\"ingress\":[\"nexus\"]} | ingress[0]",
                "{\"kind\":\"quick\",\"ingress\":[{}]} | ingress[0].service",
                "{\"kind\":\"quick\",\"ingress\":[{\"service\":7}]} | ingress[0].service",
                "{\"kind\":\"quick\",\"ingress\":[{\"service\":\"nexus\",\"path\":7}]} | ingress[0].path",
                "{\"kind\":\"quick\",\"ingress\":[{\"service\":\"nexus\",\"hostname\":7}]} | ingress[0].hostname",
                "{\"kind\":\"quick\",\"ingress\":[{\"service\":\"nexus\",\"originRequest\":7}]} | ingress[0].originRequest",
                "{\"kind\":\"quick\",\"arguments\":\"--x\"} | arguments",
                "{\"kind\":\"quick\",\"arguments\":[7]} | arguments[0]",
                "{\"kind\":\"quick\",\"arguments\":[\"--post-quantum\",null]} | arguments[1]"
            })
    void whatHasTheWrongTypeIsNamed(String body, String field) throws Exception {
        for (FakeExchange exchange : List.of(put(body), post("/api/tunnel/validate", body))) {
            assertThat(exchange.status()).as(exchange.text()).isEqualTo(422);
            assertThat(fields(exchange)).containsExactly(field);
        }
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void everythingThatIsWrongIsNamedAtOnce() throws Exception {
        tunnel.problems.add(new TunnelProblem("domain", "must be a host name without spaces", Severity.ERROR));
        tunnel.problems.add(new TunnelProblem("ingress[1].service", "is no service", Severity.ERROR));

        FakeExchange exchange =
                put("{\"kind\":\"token\",\"autoStart\":7,\"protocol\":\"x\",\"ingress\":[7],\"domain\":\"a b\"}");

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(fields(exchange)).containsExactly("autoStart", "protocol", "ingress[0]", "domain");
    }

    @Test
    void whatIsTooLargeIsRefused() throws Exception {
        String many =
                String.join(",", IntStream.range(0, 101).mapToObj(i -> "\"x\"").toList());

        assertThat(fields(put("{\"kind\":\"quick\",\"domain\":\"" + "a".repeat(4_097) + "\"}")))
                .containsExactly("domain");
        assertThat(fields(put("{\"kind\":\"quick\",\"arguments\":[" + many + "]}")))
                .containsExactly("arguments");
        assertThat(fields(put("{\"kind\":\"quick\",\"ingress\":[" + many + "]}")))
                .containsExactly("ingress");
        assertThat(put("{\"kind\":\"quick\",\"domain\":\"" + "a".repeat(300_000) + "\"}")
                        .status())
                .isEqualTo(413);
        assertThat(put("[]").status()).isEqualTo(400);
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void whatTheTunnelFindsWrongIsNamed() throws Exception {
        tunnel.problems.add(new TunnelProblem("region", "must be us or empty", Severity.ERROR));
        tunnel.problems.add(new TunnelProblem("command", "is not there", Severity.WARNING));

        for (FakeExchange exchange :
                List.of(put("{\"kind\":\"quick\"}"), post("/api/tunnel/validate", "{\"kind\":\"quick\"}"))) {
            assertThat(exchange.status()).isEqualTo(422);
            assertThat(fields(exchange)).containsExactly("region");
        }
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void aRulePastTheLoginNeedsThePassword() throws Exception {
        tunnel.problems.add(new TunnelProblem("ingress[0].service", "leads past the login", Severity.NEEDS_PASSWORD));

        FakeExchange without = put(SSH.formatted(""));
        assertThat(without.status()).isEqualTo(403);
        assertThat(without.text()).contains("\"code\":\"password-required\"").doesNotContain("retryAfter");
        assertThat(fields(without)).containsExactly("ingress[0].service");

        FakeExchange wrong = put(SSH.formatted(",\"password\":\"guess\""));
        assertThat(wrong.status()).isEqualTo(403);
        assertThat(wrong.text()).contains("\"code\":\"wrong-password\"");

        assertThat(fields(put(SSH.formatted(",\"password\":7")))).containsExactly("password");

        auth.locked = true;
        assertThat(put(SSH.formatted(",\"password\":\"" + FakeAuthService.PASSWORD + "\""))
                        .status())
                .isEqualTo(429);
        auth.locked = false;
        assertThat(tunnel.asked).isEmpty();

        assertThat(put(SSH.formatted(",\"password\":\"" + FakeAuthService.PASSWORD + "\""))
                        .status())
                .isEqualTo(200);
        assertThat(tunnel.config.ingress().get(0).service()).isEqualTo("ssh://127.0.0.1:22");
    }

    @Test
    void withoutTheLoginNoRuleLeadsPastIt() throws Exception {
        tunnel.problems.add(new TunnelProblem("ingress[0].service", "leads past the login", Severity.NEEDS_PASSWORD));

        FakeExchange exchange = call(
                new TunnelServlet(tunnel, null),
                new FakeExchange("PUT", "/api/tunnel/config")
                        .json(SSH.formatted(",\"password\":\"" + FakeAuthService.PASSWORD + "\"")));

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void aConfigurationIsChecked() throws Exception {
        FakeExchange right = post("/api/tunnel/validate", "{\"kind\":\"quick\"}");
        assertThat(right.status()).isEqualTo(200);
        assertThat(right.text())
                .isEqualTo("{\"ok\":true,\"warnings\":[],\"needsPassword\":false,\"preview\":\"kind: QUICK\\n\"}");

        tunnel.problems.add(new TunnelProblem("command", "is not there", Severity.WARNING));
        tunnel.problems.add(new TunnelProblem("ingress[0].service", "leads past the login", Severity.NEEDS_PASSWORD));
        assertThat(post("/api/tunnel/validate", SSH.formatted("")).text())
                .startsWith("{\"ok\":true,\"warnings\":[{\"field\":\"ingress[0].service\",\"message\":"
                        + "\"leads past the login\"},{\"field\":\"command\",\"message\":\"is not there\"}],"
                        + "\"needsPassword\":true,");
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void theAddressCanBePhotographed() throws Exception {
        tunnel.status = SampleTunnel.FULL;

        FakeExchange exchange = call("GET", "/api/tunnel/qr");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.answered("Content-Type")).isEqualTo("image/svg+xml");
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store");
        Camera.Seen seen = Camera.look(exchange.text());
        assertThat(seen.text()).isEqualTo("https://quiet-lake.trycloudflare.com");
        assertThat(seen.correction()).isEqualTo("M");
        assertThat(seen.title()).isEqualTo("QR code of https://quiet-lake.trycloudflare.com");
    }

    @Test
    void withoutAnAddressThereIsNothingToPhotograph() throws Exception {
        FakeExchange exchange = call("GET", "/api/tunnel/qr");

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.text()).contains("\"code\":\"no-address\"");
    }

    @Test
    void aLinkLetsANewDeviceIn() throws Exception {
        tunnel.status = SampleTunnel.FULL;

        FakeExchange exchange = call("POST", "/api/tunnel/login-link");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store");
        JsonNode link = json(exchange);
        assertThat(link.path("url").asText())
                .isEqualTo("https://quiet-lake.trycloudflare.com/login#code=code-of-link-number-1");
        assertThat(link.path("expiresAt").asText()).isEqualTo("1970-01-01T00:05:00Z");
        Camera.Seen seen = Camera.look(link.path("qr").asText());
        assertThat(seen.text()).isEqualTo(link.path("url").asText());
        assertThat(seen.title()).doesNotContain("code-of-link");
    }

    @Test
    void withoutAnAddressNoLinkIsMade() throws Exception {
        FakeExchange exchange = call("POST", "/api/tunnel/login-link");

        assertThat(exchange.status()).isEqualTo(409);
        assertThat(exchange.text()).contains("\"code\":\"no-address\"");
    }

    @Test
    void whoIsNotLoggedInAnyMoreGetsNoLink() throws Exception {
        tunnel.status = SampleTunnel.FULL;
        auth.logout(login);

        assertThat(call("POST", "/api/tunnel/login-link").status()).isEqualTo(401);
    }

    @Test
    void theLastLinesAreTold() throws Exception {
        IntStream.range(0, 1_200).forEach(i -> tunnel.lines.add("line " + i));

        assertThat(call("GET", "/api/tunnel/log?lines=2").text())
                .isEqualTo("{\"lines\":[\"line 1198\",\"line 1199\"]}");
        assertThat(json(call("GET", "/api/tunnel/log")).path("lines")).hasSize(200);
        assertThat(json(call("GET", "/api/tunnel/log?lines=5000")).path("lines"))
                .hasSize(1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "x", "", "1.5", "99999999999"})
    void aWrongNumberOfLinesIsNamed(String lines) throws Exception {
        assertThat(fields(call("GET", "/api/tunnel/log?lines=" + lines))).containsExactly("lines");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/tunnel",
        "POST, /api/tunnel/explode",
        "POST, /api/tunnel/start/now",
        "POST, /api/tunnel/",
        "POST, /api/tunnel/config",
        "PUT, /api/tunnel",
        "PUT, /api/tunnel/config/x",
        "GET, /api/tunnel/start",
        "GET, /api/tunnel/config/x"
    })
    void thereIsNothingElse(String method, String path) throws Exception {
        assertThat(call(method, path).status()).isEqualTo(404);
        assertThat(tunnel.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/tunnel",
        "GET, /api/tunnel/config",
        "GET, /api/tunnel/qr",
        "GET, /api/tunnel/log",
        "POST, /api/tunnel/start",
        "POST, /api/tunnel/stop",
        "POST, /api/tunnel/validate",
        "POST, /api/tunnel/login-link",
        "PUT, /api/tunnel/config"
    })
    void withoutTheTunnelThePartIsMissing(String method, String path) throws Exception {
        FakeExchange exchange =
                call(new TunnelServlet(null, auth), new FakeExchange(method, path).json("{\"kind\":\"quick\"}"));

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(exchange.text()).contains("\"code\":\"part-missing\"");
    }

    private static List<String> fields(FakeExchange exchange) throws Exception {
        List<String> fields = new ArrayList<>();
        json(exchange)
                .path("errors")
                .forEach(error -> fields.add(error.path("field").asText()));
        return fields;
    }

    private static JsonNode json(FakeExchange exchange) throws Exception {
        return Json.mapper().readTree(exchange.text());
    }

    private FakeExchange put(String body) throws Exception {
        return call(new TunnelServlet(tunnel, auth), new FakeExchange("PUT", "/api/tunnel/config").json(body));
    }

    private FakeExchange post(String path, String body) throws Exception {
        return call(new TunnelServlet(tunnel, auth), new FakeExchange("POST", path).json(body));
    }

    private FakeExchange call(String method, String path) throws Exception {
        return call(new TunnelServlet(tunnel, auth), new FakeExchange(method, path));
    }

    private FakeExchange call(TunnelServlet servlet, FakeExchange exchange) throws Exception {
        exchange.servletPath("/api/tunnel").attribute(NexusHttp.TOKEN, login);
        servlet.service(exchange.request(), exchange.response());
        return exchange;
    }
}
