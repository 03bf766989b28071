package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.web.http.NexusHttp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate does at the tunnel's listener, and that it does none of it at the first one. */
class TunnelGateTest {
    private static final String HOST = "home.example.org";
    private static final String ADDRESS = "203.0.113.7";

    private final TunnelAccess tunnel = new TunnelAccess();
    private final Gate gate = new Gate(new RequestRules(List.of("nexus.example"), tunnel), tunnel);
    private final PageSource pages = path -> Optional.empty();
    private final CloudflareAccess access = new FakeTeam().access("", "");
    private FakeAuthService auth = FakeAuthService.owned();

    @BeforeEach
    void open() {
        tunnel.allow(Set.of(HOST));
    }

    // ---- without a login ----

    @ParameterizedTest
    @ValueSource(strings = {"GET /api/health", "GET /api/setup", "POST /api/login", "GET /login"})
    void aStrangerSeesTheLoginAndNothingElse(String call) throws Exception {
        assertThat(admitted(visit(call))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/me",
                "GET /api/events",
                "POST /api/events",
                "GET /api/tunnel",
                "GET /api/tunnel/echo/",
                "GET /api/tunnel/echo/guessed",
                "GET /metrics",
                "DELETE /api/setup;x",
                "POST /api//setup"
            })
    void withoutACookieTheApiIsShut(String call) throws Exception {
        assertRefused(visit(call), 401, "login-required");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__Host-nexus-device=token-of-device-number-9",
                "nexus-device=token-of-device-number-1",
                "__Host-nexus-device=token-of-device-number-1; __Host-nexus-device=token-of-device-number-1",
                "__host-nexus-device=token-of-device-number-1",
                "__Secure-nexus-device=token-of-device-number-1"
            })
    void aForgedCookieIsNone(String cookie) throws Exception {
        auth.login(FakeAuthService.PASSWORD, null, "Phone", ADDRESS);

        assertRefused(visit("GET /api/me").header("Cookie", cookie), 401, "login-required");
    }

    @Test
    void theSetupPageIsNotShown() throws Exception {
        FakeExchange exchange = visit("GET /setup");

        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.answered("Location")).isEqualTo("/login");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /api/setup", "PUT /api/setup", "DELETE /api/setup"})
    void nobodySetsUpThroughTheTunnel(String call) throws Exception {
        assertRefused(visit(call), 403, "setup-is-local");
        auth = new FakeAuthService();
        assertRefused(visit(call), 403, "not-set-up");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET /", "GET /login", "GET /setup", "GET /api/setup", "GET /api/health", "POST /api/login"})
    void withoutAnOwnerNobodyIsLetIn(String call) throws Exception {
        auth = new FakeAuthService();

        assertRefused(visit(call), 403, "not-set-up");
    }

    // ---- with a login ----

    @Test
    void aLoginThroughTheTunnelHoldsThere() throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me");

        assertThat(admitted(exchange)).isTrue();
        assertThat(exchange.attribute(NexusHttp.DEVICE))
                .isInstanceOfSatisfying(AuthService.Device.class, device -> assertThat(device.address())
                        .isEqualTo(ADDRESS));
    }

    @Test
    void aLoginHoldsOnlyOnItsOwnSideOfTheTunnel() throws Exception {
        String here = auth.login(FakeAuthService.PASSWORD, null, "Laptop").token();
        String far =
                auth.login(FakeAuthService.PASSWORD, null, "Phone", ADDRESS).token();

        assertRefused(visit("GET /api/me").header("Cookie", "__Host-nexus-device=" + here), 401, "login-required");
        assertRefused(
                new FakeExchange("GET", "/api/me").header("Cookie", "nexus-device=" + far), 401, "login-required");
        assertThat(admitted(visit("GET /api/me").header("Cookie", "__Host-nexus-device=" + far)))
                .isTrue();
        assertThat(admitted(new FakeExchange("GET", "/api/me").header("Cookie", "nexus-device=" + here)))
                .isTrue();
    }

    @Test
    void theCookieOfALoginThereIsBoundToTheHost() throws Exception {
        FakeExchange login = visit("POST /api/login")
                .body(
                        "application/json",
                        ("{\"password\":\"" + FakeAuthService.PASSWORD + "\"}").getBytes(StandardCharsets.UTF_8));

        assertThat(admitted(login)).isTrue();
        new LoginServlet(auth).service(login.request(), login.response());

        assertThat(login.status()).isEqualTo(204);
        assertThat(login.answered("Set-Cookie"))
                .startsWith("__Host-nexus-device=")
                .endsWith("; Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict; Secure");
        assertThat(auth.devices()).singleElement().satisfies(device -> assertThat(device.address())
                .isEqualTo(ADDRESS));
    }

    @Test
    void aLinkLogsInThroughTheTunnelOnceAndNowhereElse() throws Exception {
        String owner = auth.login(FakeAuthService.PASSWORD, null, "Laptop").token();
        String body = "{\"code\":\"" + auth.loginLink(owner).code() + "\"}";
        FakeExchange link = visit("POST /api/login/link").json(body).header("Origin", "https://" + HOST);

        assertRefused(
                new FakeExchange("POST", "/api/login/link")
                        .header("Origin", "http://127.0.0.1:8181")
                        .json(body),
                401,
                "login-required");
        assertRefused(visit("GET /api/login/link"), 401, "login-required");
        assertRefused(
                visit("POST /api/login/link").json(body).header("Origin", "https://evil.example"), 403, "cross-origin");
        assertThat(admitted(link)).isTrue();
        new LoginLinkServlet(auth).service(link.request(), link.response());
        assertThat(link.status()).isEqualTo(204);
        assertThat(link.answered("Set-Cookie"))
                .startsWith("__Host-nexus-device=")
                .endsWith("; Secure");
        assertThat(auth.devices())
                .anySatisfy(device -> assertThat(device.address()).isEqualTo(ADDRESS));

        FakeExchange again = visit("POST /api/login/link").json(body);
        new LoginLinkServlet(auth).service(again.request(), again.response());
        assertThat(again.status()).isEqualTo(403);
        assertThat(again.text()).contains("\"code\":\"link-expired\"");
        assertThat(again.answered("Set-Cookie")).isNull();
    }

    @Test
    void aLinkIsOfNoUseOnThisMachineNotEvenToWhoIsLoggedIn() throws Exception {
        String owner = auth.login(FakeAuthService.PASSWORD, null, "Laptop").token();
        FakeExchange exchange = new FakeExchange("POST", "/api/login/link")
                .json("{\"code\":\"" + auth.loginLink(owner).code() + "\"}");

        new LoginLinkServlet(auth).service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(403);
        assertThat(exchange.text()).contains("\"code\":\"tunnel-only\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{}|422", "{\"code\":null}|422", "{\"code\":7}|422", "{\"code\":{}}|422", "[]|400", "x|400"})
    void aLinkWithoutACodeIsNone(String body, int status) throws Exception {
        FakeExchange exchange = visit("POST /api/login/link").json(body);

        new LoginLinkServlet(auth).service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(status);
    }

    // ---- names ----

    @ParameterizedTest
    @ValueSource(strings = {HOST, "HOME.example.org", HOST + ":443"})
    void thePublicNamePasses(String host) throws Exception {
        assertThat(admitted(loggedIn("GET /api/me").header("Host", host))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "127.0.0.1",
                "127.0.0.1:8181",
                "[::1]",
                "nexus.example",
                "evil.example",
                HOST + ".",
                HOST + ":80",
                HOST + ":8443",
                HOST + ".evil.example",
                "x." + HOST,
                "evil@" + HOST,
                HOST + "," + HOST,
                "",
                " "
            })
    void noOtherNameDoesAndNoneOfThisMachine(String host) throws Exception {
        FakeExchange exchange = loggedIn("GET /api/me").header("Host", host);

        assertRefused(exchange, 421, "unknown-host");
        assertThat(exchange.text()).doesNotContain("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Host", "X-Real-IP"})
    void whatAHeaderSaysOfTheNameIsNotRead(String header) throws Exception {
        assertRefused(loggedIn("GET /api/me").header("Host", "evil.example").header(header, HOST), 421, "unknown-host");
    }

    @Test
    void aNameThatIsNoLongerGivenIsUnknown() throws Exception {
        tunnel.allow(Set.of("other.example.org"));
        assertRefused(loggedIn("GET /api/me"), 421, "unknown-host");
        tunnel.shut();
        assertRefused(loggedIn("GET /api/me").header("Host", "other.example.org"), 421, "unknown-host");
    }

    // ---- other sites ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "http://" + HOST,
                "http://" + HOST + ":443",
                "https://" + HOST + ":8443",
                "https://x." + HOST,
                "https://" + HOST + ".evil.example",
                "http://127.0.0.1:8181",
                "http://localhost",
                "null",
                ""
            })
    void whatAnotherSiteSendsIsRefused(String origin) throws Exception {
        assertRefused(loggedIn("POST /api/logout").header("Origin", origin), 403, "cross-origin");
        assertRefused(visit("POST /api/login").header("Origin", origin), 403, "cross-origin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "none"})
    void whatABrowserSaysIsNotFromHereIsRefused(String site) throws Exception {
        assertRefused(loggedIn("POST /api/logout").header("Sec-Fetch-Site", site), 403, "cross-origin");
    }

    @Test
    void withoutProofNothingIsChanged() throws Exception {
        assertRefused(loggedIn("POST /api/logout").header("Origin", null), 403, "cross-origin");
        assertThat(admitted(loggedIn("POST /api/logout"))).isTrue();
    }

    // ---- http ----

    @ParameterizedTest
    @CsvSource({
        "X-Forwarded-Proto, http",
        "X-Forwarded-Proto, HTTP",
        "X-Forwarded-Proto, 'https,http'",
        "X-Forwarded-Proto, ''",
        "Cf-Visitor, '{\"scheme\":\"http\"}'",
        "Cf-Visitor, '{ \"scheme\" : \"http\" }'"
    })
    void whoSpeaksHttpIsSentToHttps(String header, String value) throws Exception {
        FakeExchange page = loggedIn("GET /dashboard?a=b").header(header, value);

        assertThat(admitted(page)).isFalse();
        assertThat(page.status()).isEqualTo(302);
        assertThat(page.answered("Location")).isEqualTo("https://" + HOST + "/dashboard?a=b");
        assertRefused(loggedIn("GET /api/me").header(header, value), 403, "https-only");
        assertRefused(loggedIn("POST /api/logout").header(header, value), 403, "https-only");
    }

    @Test
    void oneHeaderThatSaysHttpIsEnough() throws Exception {
        assertRefused(
                loggedIn("GET /api/me")
                        .header("X-Forwarded-Proto", "https")
                        .header("Cf-Visitor", "{\"scheme\":\"http\"}"),
                403,
                "https-only");
    }

    // ---- who it is ----

    @ParameterizedTest
    @CsvSource({
        "203.0.113.7, 203.0.113.7",
        "' 203.0.113.7 ', 203.0.113.7",
        "2001:DB8::1, 2001:db8:0:0:0:0:0:1",
        "::ffff:203.0.113.7, 203.0.113.7",
        "203.0.113.256, unknown",
        "203.0.113, unknown",
        "evil.example, unknown",
        "'203.0.113.7, 127.0.0.1', unknown",
        "'203.0.113.7\n', 203.0.113.7",
        "<script>, unknown",
        "'', unknown",
        ":::, unknown"
    })
    void theAddressIsALiteralOrUnknown(String told, String address) {
        assertThat(Visitor.of(visit("GET /").header("CF-Connecting-IP", told).request()))
                .map(Visitor::address)
                .hasValue(address);
    }

    @Test
    void anAddressThatIsToldTwiceIsUnknownAndForwardedForIsNotRead() {
        FakeExchange twice = visit("GET /").add("CF-Connecting-IP", "198.51.100.1");
        FakeExchange forwarded = visit("GET /")
                .header("CF-Connecting-IP", null)
                .header("X-Forwarded-For", "198.51.100.1")
                .header("X-Real-IP", "198.51.100.1")
                .header("Forwarded", "for=198.51.100.1");

        assertThat(Visitor.of(twice.request())).map(Visitor::address).hasValue("unknown");
        assertThat(Visitor.of(forwarded.request())).map(Visitor::address).hasValue("unknown");
    }

    // ---- the first listener ----

    @Test
    void theFirstListenerReadsNothingOfAWayAndKnowsNoPublicName() throws Exception {
        FakeExchange forged = new FakeExchange("GET", "/api/me")
                .header("CF-Connecting-IP", ADDRESS)
                .header("CF-Ray", "8f00-FRA")
                .header("Cf-Visitor", "{\"scheme\":\"https\"}")
                .header("X-Forwarded-Proto", "https")
                .header("X-Forwarded-For", ADDRESS)
                .header("X-Forwarded-Host", HOST);
        auth.login(FakeAuthService.PASSWORD, null, "Phone", ADDRESS);

        assertThat(Visitor.of(forged.request())).isEmpty();
        assertThat(DeviceCookie.of(forged.request())).isEqualTo(DeviceCookie.PLAIN);
        assertRefused(forged.header("Cookie", "__Host-nexus-device=token-of-device-number-1"), 401, "login-required");
        assertRefused(new FakeExchange("GET", "/api/health").header("Host", HOST), 421, "unknown-host");
        assertRefused(new FakeExchange("POST", "/api/login").header("Origin", "https://" + HOST), 403, "cross-origin");
    }

    // ---- what Nexus asks of itself ----

    @Test
    void onlyWhatWasAskedIsAnsweredAndOnlyThroughTheTunnel() throws Exception {
        String path = tunnel.ask().path();

        assertThat(admitted(visit("GET " + path))).isTrue();
        assertRefused(visit("POST " + path), 401, "login-required");
        assertRefused(visit("GET " + path + "/x"), 401, "login-required");
        assertRefused(visit("GET " + path.substring(0, path.length() - 1)), 401, "login-required");
        assertRefused(new FakeExchange("GET", path), 401, "login-required");
        tunnel.shut();
        tunnel.allow(Set.of(HOST));
        assertRefused(visit("GET " + path), 401, "login-required");
    }

    private boolean admitted(FakeExchange exchange) throws Exception {
        return gate.admit(exchange.request(), exchange.response(), access, auth, pages);
    }

    private void assertRefused(FakeExchange exchange, int status, String code) throws Exception {
        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(status);
        assertThat(exchange.text()).contains("\"code\":\"" + code + "\"");
    }

    private FakeExchange loggedIn(String methodAndPath) {
        String token =
                auth.login(FakeAuthService.PASSWORD, null, "Phone", ADDRESS).token();
        return visit(methodAndPath).header("Cookie", "__Host-nexus-device=" + token);
    }

    /** As it comes from the tunnel. */
    private static FakeExchange visit(String methodAndPath) {
        String[] parts = methodAndPath.split(" ");
        return new FakeExchange(parts[0], parts[1])
                .attribute(Visitor.LISTENER, "tunnel")
                .secure()
                .header("Host", HOST)
                .header("Origin", "https://" + HOST)
                .header("CF-Connecting-IP", ADDRESS)
                .header("CF-Ray", "8f00-FRA")
                .header("Cf-Visitor", "{\"scheme\":\"https\"}")
                .header("X-Forwarded-Proto", "https");
    }
}
