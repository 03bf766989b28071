package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
    private static final String ORIGIN = "http://127.0.0.1:8181";

    private final TunnelAccess tunnel = new TunnelAccess();
    private final Gate gate = new Gate(new RequestRules(List.of("nexus.example"), tunnel), tunnel);
    private final PageSource pages = path -> path.equals("/assets/gate/a.css") || path.equals("/assets/app/b.js")
            ? Optional.of(asset(path.startsWith("/assets/gate/")))
            : Optional.empty();
    private @Nullable AuthService auth = FakeAuthService.owned();

    // ---- who gets in ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/health",
                "HEAD /api/health",
                "GET /api/setup",
                "POST /api/setup",
                "POST /api/login",
                "GET /login",
                "HEAD /login",
                "GET /assets/gate/a.css"
            })
    void withoutACookieThesePass(String call) throws Exception {
        assertThat(admitted(call(call))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/me",
                "GET /api/events",
                "POST /api/events",
                "GET /api/login",
                "PUT /api/setup",
                "DELETE /api/health",
                "OPTIONS /api/health",
                "POST /api/logout",
                "PATCH /api/chat/sessions/a",
                "GET /metrics",
                "GET /api",
                "GET /api/nothing",
                "GET /api/health/",
                "GET /api/health;a=b",
                "GET /api/he%61lth",
                "GET /api/health/../me",
                "GET /api//health",
                "BREW /api/health"
            })
    void withoutACookieTheApiIsShut(String call) throws Exception {
        FakeExchange exchange = call(call);

        assertThat(admitted(exchange)).isFalse();
        assertProblem(exchange, 401, "login-required");
        assertThat(exchange.isCommitted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /", "GET /dashboard", "GET /nothing", "GET /assets/app/b.js", "GET /assets/gate/../app/b.js",
                "POST /login", "POST /assets/gate/a.css", "GET /login/", "GET /login;a", "GET //login"
            })
    void withoutACookieOtherAddressesLeadToTheLogin(String call) throws Exception {
        FakeExchange exchange = call(call);

        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(302);
        assertThat(exchange.answered("Location")).isEqualTo("/login");
        assertThat(exchange.answered("Content-Length")).isEqualTo("0");
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store");
        assertThat(exchange.isCommitted()).isTrue();
    }

    @Test
    void aPageThatWasAskedForIsNamedToTheLogin() throws Exception {
        PageSource one = path -> path.equals("/board")
                ? Optional.of(
                        new PageSource.Asset("text/html;charset=utf-8", "\"1\"", false, false, new byte[0], null, null))
                : Optional.empty();
        FakeExchange exchange = call("GET /board");

        assertThat(gate.admit(exchange.request(), exchange.response(), null, auth, one))
                .isFalse();
        assertThat(exchange.answered("Location")).isEqualTo("/login?to=%2Fboard");
    }

    @Test
    void withACookieTheServletLearnsWhoAsks() throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me");

        assertThat(admitted(exchange)).isTrue();
        assertThat(exchange.attribute(NexusHttp.DEVICE)).isInstanceOf(AuthService.Device.class);
        assertThat(exchange.attribute(NexusHttp.TOKEN)).isEqualTo("token-of-device-number-1");
    }

    @Test
    void anEndedLoginIsNone() throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me");
        auth().logout("token-of-device-number-1");

        assertThat(admitted(exchange)).isFalse();
        assertProblem(exchange, 401, "login-required");
    }

    @Test
    void aStrangerSeesTheLoginAndTheSetupWhetherThereIsAnOwnerOrNot() throws Exception {
        for (AuthService service : List.of(new FakeAuthService(), FakeAuthService.owned())) {
            auth = service;
            assertRedirect(call("GET /"), "/login");
            assertThat(admitted(call("GET /login"))).isTrue();
            assertThat(admitted(call("GET /setup"))).isTrue();
            assertThat(admitted(call("GET /api/setup"))).isTrue();
        }
    }

    @Test
    void whoIsInNeedsNeitherLoginNorSetup() throws Exception {
        assertRedirect(loggedIn("GET /login"), "/");
        assertRedirect(loggedIn("GET /setup"), "/");
    }

    @Test
    void withoutALoginServiceNobodyGetsIn() throws Exception {
        FakeExchange known = loggedIn("GET /api/me");
        FakeExchange health = call("GET /api/health");
        FakeExchange person = call("GET /").header("Accept", "text/html,*/*");
        auth = null;

        assertThat(admitted(known)).isFalse();
        assertProblem(known, 503, "auth-unavailable");
        assertThat(admitted(health)).isFalse();
        assertProblem(health, 503, "auth-unavailable");
        assertThat(admitted(person)).isFalse();
        assertThat(person.status()).isEqualTo(503);
        assertThat(person.text()).contains("Back in a moment");
    }

    @Test
    void aLoginServiceThatFailsLetsNobodyIn() throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me");
        auth = (AuthService) java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {AuthService.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("disk");
                });

        assertThat(admitted(exchange)).isFalse();
        assertProblem(exchange, 503, "auth-unavailable");
    }

    @Test
    void theAnswerToARefusalPasses() throws Exception {
        assertThat(admitted(call("GET /api/me").dispatcher(DispatcherType.ERROR)))
                .isTrue();
    }

    // ---- cookies ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nexus-device=token-of-device-number-1; nexus-device=token-of-device-number-1",
                "nexus-device=token-of-device-number-1; nexus-device=",
                "nexus-device=\"token-of-device-number-1\"",
                "nexus-device",
                "nexus-device=",
                "=token-of-device-number-1",
                ";;;=;",
                "\u0000\u00ff",
                "nexus-device=short",
                "nexus-device=token of device",
                "Nexus-Device=token-of-device-number-1",
                "__Host-nexus-device=token-of-device-number-1"
            })
    void aGarbledOrDoubleCookieIsNone(String cookie) throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me").header("Cookie", cookie);

        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(401);
    }

    @Test
    void twoCookieHeadersWithOneTokenEachAreNone() throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me").add("Cookie", "nexus-device=token-of-device-number-1");

        assertThat(admitted(exchange)).isFalse();
    }

    @Test
    void otherCookiesDoNotDisturb() throws Exception {
        FakeExchange exchange =
                loggedIn("GET /api/me").header("Cookie", "a=b; nexus-device=token-of-device-number-1 ; c");

        assertThat(admitted(exchange)).isTrue();
    }

    @Test
    void overHttpsOnlyTheCookieBoundToTheHostCounts() throws Exception {
        FakeExchange plain = loggedIn("GET /api/me").secure();
        FakeExchange bound =
                loggedIn("GET /api/me").secure().header("Cookie", "__Host-nexus-device=token-of-device-number-1");

        assertThat(admitted(plain)).isFalse();
        assertThat(admitted(bound)).isTrue();
    }

    @Test
    void theCookieIsHiddenFromScriptsAndOtherSites() {
        FakeExchange plain = call("POST /api/login");
        FakeExchange secure = call("POST /api/login").secure();

        DeviceCookie.of(plain.request()).write(plain.response(), "abc");
        DeviceCookie.of(secure.request()).write(secure.response(), "def");

        assertThat(plain.answered("Set-Cookie"))
                .isEqualTo("nexus-device=abc; Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict");
        assertThat(secure.answered("Set-Cookie"))
                .isEqualTo("__Host-nexus-device=def; Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict; Secure");
    }

    // ---- names ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:8181",
                "127.0.0.1",
                "127.0.0.1:1",
                "[::1]",
                "[::1]:8181",
                "nexus.example",
                "nexus.example:443"
            })
    void knownNamesPass(String host) throws Exception {
        assertThat(admitted(call("GET /api/health").header("Host", host))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "evil@localhost",
                "localhost:",
                "::1",
                "localhost:8181:8181",
                "127.1",
                "0.0.0.0",
                "10.0.0.1",
                "localhost.",
                "[::1",
                "[::2]",
                "",
                " ",
                "localhost,evil",
                "localhost:123456"
            })
    void otherNamesAreMisdirected(String host) throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me").header("Host", host);

        assertThat(admitted(exchange)).isFalse();
        assertProblem(exchange, 421, "unknown-host");
    }

    @Test
    void otherNamesHoldFromTheNextRequestOn() throws Exception {
        gate.use(new RequestRules(List.of("other.example"), tunnel));

        FakeExchange gone = call("GET /api/health").header("Host", "nexus.example");
        assertThat(admitted(gone)).isFalse();
        assertProblem(gone, 421, "unknown-host");
        assertThat(admitted(call("GET /api/health").header("Host", "other.example")))
                .isTrue();
        assertThat(admitted(call("GET /api/health").header("Host", "localhost")))
                .isTrue();
    }

    @Test
    void aRequestWithoutANameIsMisdirected() throws Exception {
        FakeExchange exchange = call("GET /api/health").header("Host", null);

        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(421);
    }

    // ---- other sites ----

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "same-origin, -",
                "same-origin, http://127.0.0.1:8181",
                "same-origin, null",
                "-, http://127.0.0.1:8181"
            })
    void whatComesFromOurOwnPagePasses(@Nullable String site, @Nullable String origin) throws Exception {
        assertThat(admitted(from(loggedIn("POST /api/logout"), site, origin))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -",
                "none, -",
                "same-site, -",
                "cross-site, -",
                "cross-site, http://127.0.0.1:8181",
                "same-origin, http://evil.example",
                "SAME-ORIGIN, -",
                "-, null",
                "-, ''",
                "-, http://evil.example",
                "-, http://127.0.0.1",
                "-, http://127.0.0.1:8182",
                "-, https://127.0.0.1",
                "-, http://localhost:8181",
                "-, http://127.0.0.1:8181.evil.example",
                "-, http://127.0.0.1:8181/path",
                "-, ftp://127.0.0.1:8181",
                "-, 127.0.0.1:8181"
            })
    void whatDoesNotIsRefused(@Nullable String site, @Nullable String origin) throws Exception {
        for (String call : List.of("POST /api/logout", "DELETE /api/devices/a", "PATCH /api/chat/sessions/a")) {
            FakeExchange exchange = from(loggedIn(call), site, origin);
            assertThat(admitted(exchange)).isFalse();
            assertProblem(exchange, 403, "cross-origin");
        }
        FakeExchange login = from(call("POST /api/login"), site, origin);
        assertThat(admitted(login)).isFalse();
        assertProblem(login, 403, "cross-origin");
    }

    @Test
    void theOriginMayLeaveOutItsUsualPort() throws Exception {
        FakeExchange plain =
                from(loggedIn("POST /api/logout"), null, "http://nexus.example").header("Host", "nexus.example:80");
        FakeExchange tunnelled = from(loggedIn("POST /api/logout"), null, "https://nexus.example")
                .header("Host", "nexus.example");

        assertThat(admitted(plain)).isTrue();
        assertThat(admitted(tunnelled)).isTrue();
    }

    @Test
    void aStrangerWithoutProofIsAskedToLogInFirst() throws Exception {
        FakeExchange exchange = from(call("POST /api/chat/sessions"), null, null);

        assertThat(admitted(exchange)).isFalse();
        assertProblem(exchange, 401, "login-required");
    }

    @ParameterizedTest
    @CsvSource({
        "cross-site, cors, false",
        "cross-site, no-cors, false",
        "same-site, cors, false",
        "cross-site, navigate, true",
        "same-origin, cors, true",
        "none, navigate, true"
    })
    void anotherSiteMayLeadToTheApiButNotReadIt(String site, String mode, boolean admitted) throws Exception {
        FakeExchange exchange =
                loggedIn("GET /api/me").header("Sec-Fetch-Site", site).header("Sec-Fetch-Mode", mode);

        assertThat(admitted(exchange)).isEqualTo(admitted);
    }

    @Test
    void aBodyThatAFormCouldSendIsRefused() throws Exception {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);

        for (String type : new String[] {"text/plain", "application/x-www-form-urlencoded", null}) {
            FakeExchange exchange = loggedIn("POST /api/logout").body(type, body);
            assertThat(admitted(exchange)).isFalse();
            assertProblem(exchange, 415, "not-json");
        }
        assertThat(admitted(
                        loggedIn("POST /api/logout").body("text/plain", body).chunked()))
                .isFalse();
        assertThat(admitted(loggedIn("POST /api/logout").body("application/json", body)))
                .isTrue();
        assertThat(admitted(loggedIn("POST /api/logout").body(null, new byte[0])))
                .isTrue();
    }

    @Test
    void aFileIsUploadedAsAFormButOnlyThereAndFromHere() throws Exception {
        String form = "multipart/form-data; boundary=x";
        byte[] body = "--x--".getBytes(StandardCharsets.UTF_8);

        assertThat(admitted(loggedIn("POST /api/chat/uploads").body(form, body)))
                .isTrue();
        assertThat(admitted(loggedIn("POST /api/chat/uploads").body(form, body).chunked()))
                .isTrue();
        for (String elsewhere : new String[] {
            "POST /api/chat/uploads/x",
            "PUT /api/chat/uploads",
            "POST /api/chat/sessions",
            "POST /api/chat/uploads/",
            "POST /api/chat//uploads",
            "POST /api/chat/uploads;x"
        }) {
            FakeExchange exchange = loggedIn(elsewhere).body(form, body);
            assertThat(admitted(exchange)).as(elsewhere).isFalse();
            assertProblem(exchange, 415, "not-json");
        }
        for (String type : new String[] {"multipart/form-data", "multipart/mixed; boundary=x", "text/plain"}) {
            FakeExchange exchange = loggedIn("POST /api/chat/uploads").body(type, body);
            assertThat(admitted(exchange)).isFalse();
        }
        for (String site : new String[] {"cross-site", "same-site", "none"}) {
            FakeExchange exchange = from(loggedIn("POST /api/chat/uploads").body(form, body), site, null);
            assertThat(admitted(exchange)).isFalse();
            assertProblem(exchange, 403, "cross-origin");
        }
        FakeExchange foreign = from(loggedIn("POST /api/chat/uploads").body(form, body), null, "https://evil.example");
        assertThat(admitted(foreign)).isFalse();
        assertProblem(foreign, 403, "cross-origin");
        FakeExchange unproven = from(loggedIn("POST /api/chat/uploads").body(form, body), null, null);
        assertThat(admitted(unproven)).isFalse();
        assertThat(admitted(call("POST /api/chat/uploads").body(form, body))).isFalse();
    }

    private boolean admitted(FakeExchange exchange) throws Exception {
        return gate.admit(exchange.request(), exchange.response(), null, auth, pages);
    }

    private void assertRedirect(FakeExchange exchange, String location) throws Exception {
        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(302);
        assertThat(exchange.answered("Location")).isEqualTo(location);
    }

    private static void assertProblem(FakeExchange exchange, int status, String code) {
        assertThat(exchange.status()).isEqualTo(status);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
        assertThat(exchange.text()).contains("\"code\":\"" + code + "\"");
    }

    private static FakeExchange call(String methodAndPath) {
        String[] parts = methodAndPath.split(" ");
        return from(new FakeExchange(parts[0], parts[1]), null, ORIGIN);
    }

    private FakeExchange loggedIn(String methodAndPath) {
        auth().login(FakeAuthService.PASSWORD, null, "Test");
        return call(methodAndPath).header("Cookie", "nexus-device=token-of-device-number-1");
    }

    private FakeAuthService auth() {
        return (FakeAuthService) auth;
    }

    private static FakeExchange from(FakeExchange exchange, @Nullable String site, @Nullable String origin) {
        return exchange.header("Sec-Fetch-Site", site).header("Origin", origin);
    }

    private static PageSource.Asset asset(boolean open) {
        return new PageSource.Asset("text/css", "\"1\"", true, open, new byte[0], null, null);
    }
}
