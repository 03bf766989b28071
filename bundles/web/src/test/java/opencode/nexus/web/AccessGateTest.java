package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeExchange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate does where the owner wants everybody to come through Cloudflare Access. */
class AccessGateTest {
    private static final String HOST = "home.example.org";
    private static final String ADDRESS = "203.0.113.7";

    private final TunnelAccess tunnel = new TunnelAccess();
    private final Gate gate = new Gate(new RequestRules(List.of(), tunnel), tunnel);
    private final FakeTeam team = new FakeTeam();
    private @Nullable CloudflareAccess access = team.access();
    private @Nullable AuthService auth = FakeAuthService.owned();

    @BeforeEach
    void open() {
        tunnel.allow(Set.of(HOST));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/health",
                "GET /api/setup",
                "POST /api/setup",
                "POST /api/login",
                "POST /api/login/link",
                "GET /api/me",
                "GET /api/events",
                "POST /api/events",
                "OPTIONS /api/me",
                "GET /metrics",
                "GET /",
                "GET /login",
                "GET /setup",
                "GET /assets/gate/a.css"
            })
    void withoutATokenThereIsNotEvenALogin(String call) throws Exception {
        assertRefused(visit(call), 403, "access-required");
        auth = new FakeAuthService();
        assertRefused(visit(call), 403, "access-required");
        auth = null;
        assertRefused(visit(call), 403, "access-required");
    }

    @Test
    void aLoginWithoutATokenIsOfNoUse() throws Exception {
        assertRefused(loggedIn("GET /api/me"), 403, "access-required");
        assertRefused(loggedIn("GET /api/me").header("X-Forwarded-Proto", "http"), 403, "access-required");
    }

    @Test
    void withATokenEverythingIsAsWithoutAccess() throws Exception {
        assertThat(admitted(through(visit("GET /login")))).isTrue();
        assertRefused(through(visit("GET /api/me")), 401, "login-required");
        assertThat(admitted(through(loggedIn("GET /api/me")))).isTrue();
        assertRefused(through(visit("POST /api/setup")), 403, "setup-is-local");
        assertRefused(through(loggedIn("GET /api/me").header("X-Forwarded-Proto", "http")), 403, "https-only");
        auth = null;
        assertRefused(through(visit("GET /api/me")), 503, "auth-unavailable");
    }

    @Test
    void anUnknownNameAndAnotherSiteAreToldFirst() throws Exception {
        assertRefused(visit("GET /").header("Host", "evil.example"), 421, "unknown-host");
        assertRefused(visit("POST /api/login").header("Origin", "https://evil.example"), 403, "cross-origin");
    }

    @Test
    void aPersonIsToldWhatIsMissing() throws Exception {
        FakeExchange nothing = visit("GET /").header("Accept", "text/html");
        FakeExchange foreign = visit("GET /").header("Accept", "text/html").header(CloudflareAccess.TOKEN, "a.b.c");

        assertThat(admitted(nothing)).isFalse();
        assertThat(nothing.status()).isEqualTo(403);
        assertThat(nothing.answered("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(nothing.answered("Cache-Control")).isEqualTo("no-store");
        assertThat(nothing.text())
                .contains("did not come through Cloudflare Access")
                .doesNotContain(FakeTeam.NAME);
        assertThat(nothing.isCommitted()).isTrue();
        assertThat(admitted(foreign)).isFalse();
        assertThat(foreign.text())
                .contains("for the team that is set in Nexus")
                .doesNotContain(FakeTeam.NAME, FakeTeam.AUDIENCE, "a.b.c");
    }

    @Test
    void withoutKeysTheDoorIsShutAndSaysForHowLong() throws Exception {
        team.down = new IOException("no network");
        access = team.access();
        FakeExchange api = through(loggedIn("GET /api/me"));
        FakeExchange page = through(loggedIn("GET /")).header("Accept", "text/html");

        assertRefused(api, 503, "access-unavailable");
        assertThat(api.answered("Retry-After")).isEqualTo("60");
        assertThat(admitted(page)).isFalse();
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.text()).contains("cannot be fetched").doesNotContain("no network");
    }

    @Test
    void whileKeysAreFetchedAPageTriesAgainByItself() throws Exception {
        access.modified(FakeTeam.settings("other", FakeTeam.AUDIENCE));
        FakeExchange api = through(loggedIn("GET /api/me"));
        FakeExchange page = through(loggedIn("GET /")).header("Accept", "text/html");

        assertRefused(api, 503, "access-unavailable");
        assertThat(api.answered("Retry-After")).isEqualTo("1");
        assertThat(admitted(page)).isFalse();
        assertThat(page.text()).contains("Back in a moment", "http-equiv=\"refresh\"");
    }

    @Test
    void whoCannotBeCheckedIsNotLetIn() throws Exception {
        access = team.access(FakeTeam.NAME, "");
        assertRefused(through(loggedIn("GET /api/me")), 503, "access-unavailable");
        access = null;
        assertRefused(through(loggedIn("GET /api/me")), 503, "access-unavailable");
        assertRefused(visit("GET /login"), 503, "access-unavailable");
    }

    @Test
    void aCheckThatBreaksLetsNobodyIn() throws Exception {
        AtomicBoolean broken = new AtomicBoolean();
        access = new CloudflareAccess(
                FakeTeam.settings(FakeTeam.NAME, FakeTeam.AUDIENCE),
                team.clock,
                application -> Map::of,
                task -> {
                    if (broken.get()) {
                        throw new IllegalStateException("broken");
                    }
                    task.run();
                },
                () -> {});
        broken.set(true);
        team.clock.advance(AccessKeys.PAUSE);

        assertRefused(through(loggedIn("GET /api/me")), 503, "access-unavailable");
    }

    @Test
    void whatNexusAsksOfItselfIsAnsweredButOnlyThat() throws Exception {
        String path = tunnel.ask().path();

        assertThat(admitted(visit("GET " + path))).isTrue();
        assertRefused(visit("POST " + path), 403, "access-required");
        assertRefused(visit("GET " + path + "/x"), 403, "access-required");
        assertRefused(visit("GET /api/tunnel/echo/guessed"), 403, "access-required");
    }

    @Test
    void atThisMachineNothingOfItIsAsked() throws Exception {
        String token = auth.login(FakeAuthService.PASSWORD, null, "Laptop").token();
        for (Optional<CloudflareAccess> one : List.of(
                Optional.of(team.access()),
                Optional.of(team.access(FakeTeam.NAME, "")),
                Optional.<CloudflareAccess>empty())) {
            access = one.orElse(null);
            assertThat(admitted(new FakeExchange("GET", "/api/me").header("Cookie", "nexus-device=" + token)))
                    .isTrue();
            assertThat(admitted(new FakeExchange("GET", "/api/me")
                            .header("Cookie", "nexus-device=" + token)
                            .header(CloudflareAccess.TOKEN, "garbage")))
                    .isTrue();
            assertThat(admitted(new FakeExchange("GET", "/login"))).isTrue();
        }
    }

    private boolean admitted(FakeExchange exchange) throws Exception {
        return gate.admit(exchange.request(), exchange.response(), access, auth, path -> Optional.empty());
    }

    private void assertRefused(FakeExchange exchange, int status, String code) throws Exception {
        assertThat(admitted(exchange)).isFalse();
        assertThat(exchange.status()).isEqualTo(status);
        assertThat(exchange.text()).contains("\"code\":\"" + code + "\"");
        assertThat(exchange.isCommitted()).isTrue();
    }

    private FakeExchange through(FakeExchange exchange) {
        return exchange.header(CloudflareAccess.TOKEN, team.token());
    }

    private FakeExchange loggedIn(String methodAndPath) {
        String token =
                auth.login(FakeAuthService.PASSWORD, null, "Phone", ADDRESS).token();
        return visit(methodAndPath).header("Cookie", "__Host-nexus-device=" + token);
    }

    private static FakeExchange visit(String methodAndPath) {
        String[] parts = methodAndPath.split(" ");
        return new FakeExchange(parts[0], parts[1])
                .attribute(Visitor.LISTENER, "tunnel")
                .secure()
                .header("Host", HOST)
                .header("Origin", "https://" + HOST)
                .header("CF-Connecting-IP", ADDRESS)
                .header("X-Forwarded-Proto", "https");
    }
}
