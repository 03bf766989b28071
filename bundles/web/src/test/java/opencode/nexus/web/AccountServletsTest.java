package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.web.http.NexusHttp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountServletsTest {
    private static final String PHONE =
            "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
                    + " Chrome/156.0.0.0 Mobile Safari/537.36";

    private final FakeAuthService auth = new FakeAuthService();

    @Test
    void whoKnowsTheCodeBecomesTheOwner() throws Exception {
        assertThat(call(new SetupServlet(auth), new FakeExchange("GET", "/api/setup"))
                        .text())
                .isEqualTo("{\"required\":true}");

        FakeExchange setup = call(
                new SetupServlet(auth),
                new FakeExchange("POST", "/api/setup")
                        .json("{\"code\":\"setup-code\",\"password\":\"p\"}")
                        .header("User-Agent", PHONE));

        assertThat(setup.status()).isEqualTo(201);
        assertThat(setup.answered("Set-Cookie")).startsWith("nexus-device=token-of-device-number-1; ");
        assertThat(setup.text()).contains("\"name\":\"Chrome on Android\"").doesNotContain("token");
        assertThat(call(new SetupServlet(auth), new FakeExchange("GET", "/api/setup"))
                        .text())
                .isEqualTo("{\"required\":false}");
    }

    @Test
    void aSetupThatFailsGivesNoCookie() throws Exception {
        FakeExchange wrong = call(
                new SetupServlet(auth),
                new FakeExchange("POST", "/api/setup").json("{\"code\":\"guess\",\"password\":\"p\"}"));

        assertThat(wrong.status()).isEqualTo(403);
        assertThat(wrong.answered("Set-Cookie")).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{}|code", "{\"code\":null,\"password\":\"p\"}|code", "{\"code\":\"c\"}|password"})
    void whatIsMissingIsNamed(String body, String field) throws Exception {
        FakeExchange exchange = call(new SetupServlet(auth), new FakeExchange("POST", "/api/setup").json(body));

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"errors\":[{\"field\":\"" + field + "\",\"message\":\"is required\"}]");
    }

    @Test
    void thePasswordIsWorthACookie() throws Exception {
        FakeExchange exchange = login(FakeAuthService.PASSWORD);

        assertThat(exchange.status()).isEqualTo(204);
        assertThat(exchange.text()).isEmpty();
        assertThat(exchange.answered("Set-Cookie")).startsWith("nexus-device=token-of-device-number-1; ");
    }

    @Test
    void aWrongPasswordIsNot() throws Exception {
        FakeExchange exchange = login("guess");

        assertThat(exchange.status()).isEqualTo(401);
        assertThat(exchange.text()).contains("\"code\":\"wrong-password\"");
        assertThat(exchange.answered("Set-Cookie")).isNull();
    }

    @Test
    void tooManyTriesAreToldHowLongToWait() throws Exception {
        auth.locked = true;

        FakeExchange exchange = login(FakeAuthService.PASSWORD);

        assertThat(exchange.status()).isEqualTo(429);
        assertThat(exchange.answered("Retry-After")).isEqualTo("90");
    }

    @Test
    void aHugePasswordIsNotEvenLookedAt() throws Exception {
        assertThat(login("x".repeat(20_000)).status()).isEqualTo(413);
    }

    @Test
    void logoutEndsTheLoginAndLeavesTheCookieByWhichTheBrowserIsStillKnown() throws Exception {
        FakeExchange exchange = call(new LogoutServlet(auth), known("POST", "/api/logout"));

        assertThat(exchange.status()).isEqualTo(204);
        assertThat(exchange.answered("Set-Cookie")).isNull();
        assertThat(auth.devices()).isEmpty();
    }

    @Test
    void meIsTheDeviceThatAsks() throws Exception {
        FakeExchange exchange = call(new MeServlet("1.2.3"), known("GET", "/api/me"));

        assertThat(exchange.text())
                .contains("\"version\":\"1.2.3\"", "\"id\":\"device-1\"")
                .doesNotContain("token-of");
    }

    @Test
    void aNewPasswordWantsTheOldOne() throws Exception {
        FakeExchange wrong = call(
                new PasswordServlet(auth),
                known("POST", "/api/password").json("{\"current\":\"guess\",\"next\":\"n\"}"));
        FakeExchange right = call(
                new PasswordServlet(auth),
                known("POST", "/api/password")
                        .json("{\"current\":\"" + FakeAuthService.PASSWORD + "\",\"next\":\"n\"}"));

        assertThat(wrong.status()).isEqualTo(401);
        assertThat(right.status()).isEqualTo(204);
    }

    @Test
    void devicesTellWhichOneAsks() throws Exception {
        auth.login(FakeAuthService.PASSWORD, null, "Other");
        FakeExchange mine = known("GET", "/api/devices");

        assertThat(call(new DevicesServlet(auth), mine).text())
                .contains("\"name\":\"Other\",\"createdAt\":\"1970-01-01T00:00:00Z\"")
                .containsOnlyOnce("\"current\":true")
                .contains("\"id\":\"device-2\"");
    }

    @Test
    void aDeviceIsForgottenById() throws Exception {
        FakeExchange gone = call(
                new DevicesServlet(auth),
                known("DELETE", "/api/devices/device-1").servletPath("/api/devices"));
        FakeExchange unknown = call(
                new DevicesServlet(auth), known("DELETE", "/api/devices/nobody").servletPath("/api/devices"));
        FakeExchange all =
                call(new DevicesServlet(auth), known("DELETE", "/api/devices").servletPath("/api/devices"));

        assertThat(gone.status()).isEqualTo(204);
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(all.status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
                        + " Edg/156.0=Edge on Windows",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
                        + " Mobile/15E148 Safari/604.1=Safari on iPhone",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0=Firefox on macOS",
                "curl/8.5.0=curl",
                "<script>=A browser",
                "=A browser"
            })
    void aDeviceIsCalledByBrowserAndSystem(String agentAndName) {
        int split = agentAndName.lastIndexOf('=');
        FakeExchange exchange = new FakeExchange("GET", "/").header("User-Agent", agentAndName.substring(0, split));

        assertThat(DeviceName.of(exchange.request())).isEqualTo(agentAndName.substring(split + 1));
        assertThat(DeviceName.of(exchange.header("User-Agent", null).request())).isEqualTo("A browser");
    }

    private FakeExchange login(String password) throws Exception {
        return call(
                new LoginServlet(auth),
                new FakeExchange("POST", "/api/login").json("{\"password\":\"" + password + "\"}"));
    }

    private FakeExchange known(String method, String path) {
        AuthService.Grant grant = auth.login(FakeAuthService.PASSWORD, null, "Test");
        return new FakeExchange(method, path)
                .attribute(NexusHttp.DEVICE, grant.device())
                .attribute(NexusHttp.TOKEN, grant.token());
    }

    private static FakeExchange call(Servlet servlet, FakeExchange exchange)
            throws ServletException, java.io.IOException {
        servlet.service(exchange.request(), exchange.response());
        return exchange;
    }
}
