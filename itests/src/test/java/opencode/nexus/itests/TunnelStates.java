package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.Chromium.Device.DESKTOP;
import static opencode.nexus.itests.Chromium.Device.PHONE;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The panel of the tunnel in every state, as told by answers that are put in the place of those of Nexus. */
abstract class TunnelStates {
    private static final Stage STAGE = StatesIT.STAGE;

    private static final String DARK =
            "\"process\":{\"lamp\":\"off\"},\"edge\":{\"lamp\":\"off\",\"connections\":0,\"locations\":[]},"
                    + "\"roundTrip\":{\"lamp\":\"unknown\"}";
    private static final String RUNS = "\"version\":\"2026.3.0\",\"process\":{\"lamp\":\"on\",\"pid\":4711},";
    private static final String CONNECTED = RUNS
            + "\"edge\":{\"lamp\":\"on\",\"connections\":4,\"locations\":[\"fra06\",\"ams01\"]},"
            + "\"roundTrip\":{\"lamp\":\"on\",\"delayMillis\":84,\"streamsHeld\":true,\"at\":\"2026-03-18T14:00:00Z\"}";
    private static final String QUICK_OPEN = "\"state\":\"open\",\"ready\":true,\"kind\":\"quick\","
            + "\"since\":\"2026-03-18T13:00:00Z\",\"url\":\"https://new-quick-name.trycloudflare.com\","
            + "\"deadUrl\":\"https://old-quick-name.trycloudflare.com\"," + CONNECTED;
    private static final String NAMED_OPEN = "\"state\":\"open\",\"ready\":true,\"kind\":\"credentials\","
            + "\"since\":\"2026-03-18T13:00:00Z\",\"url\":\"https://nexus.example.com\"," + CONNECTED;
    private static final String QR =
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 3 3'><path d='M0 0h1v1h-1zM2 2h1v1h-1z'/></svg>";

    private static final String PAST = "{\"status\":403,\"code\":\"password-required\",\"detail\":\"No.\",\"errors\":["
            + "{\"field\":\"ingress[0].service\",\"message\":\"leads past the login of Nexus\"}]}";
    private static final String WRONG_PASSWORD =
            "{\"status\":403,\"code\":\"wrong-password\",\"detail\":\"The password is wrong.\"}";
    private static final String RUN_OUT = "{\"url\":\"https://nexus.example.com/login#code=x\",\"qr\":\"" + QR
            + "\",\"expiresAt\":\"2020-03-18T14:00:00Z\"}";
    private static final String NO_LINK = "{\"status\":409,\"code\":\"no-address\",\"detail\":\"No.\"}";
    private static final String USED = "{\"status\":403,\"code\":\"link-expired\",\"detail\":\"No.\"}";
    private static final String LINES = IntStream.range(0, 60)
            .mapToObj(i ->
                    "\"2026-03-18T13:%02d:00Z INF Registered tunnel connection connIndex=%d ip=198.51.100.%d location=fra06\""
                            .formatted(i, i % 4, i))
            .collect(Collectors.joining(",", "{\"lines\":[", "]}"));
    private static final String RESTARTS = "{\"policy\":{\"enabled\":true,\"maxAttempts\":10,\"windowSeconds\":600,"
            + "\"firstDelayMs\":500,\"multiplier\":2,\"maxDelayMs\":60000,\"memoryLimitMb\":4096,\"memoryCeilingMb\":8192,"
            + "\"slowRetry\":true,\"notify\":true},\"subjects\":[],\"attempts\":["
            + attempt(1, "recovered", "cloudflared ended by signal 9; it is started again at once.")
            + ","
            + attempt(90, "gave_up", "Cloudflare does not take this tunnel: Unauthorized. It is not tried again.")
            + "]}";

    private static String attempt(int minutesAgo, String outcome, String reason) {
        return """
                {"id":"%d","at":"%s","subject":"tunnel","cause":"crash","reason":"%s","signal":9,"delayMs":0,
                  "outcome":"%s","tookMs":1800}
                """
                .formatted(minutesAgo, Instant.now().minus(Duration.ofMinutes(minutesAgo)), reason, outcome);
    }

    /** Name, what is told, and the words by which the state is known. */
    private record State(String name, String status, String word) {}

    private static final List<State> STATES = List.of(
            new State("closed", "\"state\":\"closed\",\"ready\":false,\"kind\":\"quick\"," + DARK, "Closed"),
            new State(
                    "opening",
                    "\"state\":\"opening\",\"ready\":false,\"kind\":\"quick\"," + RUNS
                            + "\"edge\":{\"lamp\":\"unknown\",\"locations\":[]},\"roundTrip\":{\"lamp\":\"unknown\"}",
                    "Opening"),
            new State(
                    "opening-notice",
                    "\"state\":\"opening\",\"ready\":false,\"kind\":\"quick\"," + RUNS
                            + "\"edge\":{\"lamp\":\"off\",\"connections\":0,\"locations\":[]},"
                            + "\"roundTrip\":{\"lamp\":\"unknown\"},\"url\":\"https://new-quick-name.trycloudflare.com\","
                            + "\"problem\":\"QUIC does not get through from here. It is tried with HTTP/2.\"",
                    "Opening"),
            new State("quick", QUICK_OPEN, "Open"),
            new State(
                    "lost",
                    NAMED_OPEN
                                    .replace("\"ready\":true", "\"ready\":false")
                                    .replace(
                                            "\"edge\":{\"lamp\":\"on\",\"connections\":4",
                                            "\"edge\":{\"lamp\":\"off\",\"connections\":0")
                            + ",\"problem\":\"The connection to Cloudflare is lost. cloudflared tries to get it back.\"",
                    "Not connected"),
            new State("named", NAMED_OPEN, "Open"),
            new State(
                    "failed",
                    "\"state\":\"failed\",\"ready\":false,\"kind\":\"token\","
                            + "\"problem\":\"Cloudflare does not take this tunnel: Unauthorized\"," + DARK,
                    "Failed"),
            new State(
                    "missing",
                    "\"state\":\"failed\",\"ready\":false,\"kind\":\"quick\",\"problem\":\"cloudflared was not found on the"
                            + " PATH. Install it: sudo curl -fLo /usr/local/bin/cloudflared https://github.com/cloudflare\","
                            + DARK,
                    "Failed"));

    @Test
    void everyStateOfTheTunnel() {
        for (Visit visit : looks()) {
            for (State state : STATES) {
                tells(visit, state.status());
                visit.see(panel(visit).locator(".state").getByText(state.word()));
                visit.clean("tunnel-" + state.name() + "-" + visit.look());
            }
        }
    }

    @Test
    void whatIsWrongWithTheSettingsIsToldAtItsField() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            panel(visit).getByRole(AriaRole.BUTTON, named("Set up the tunnel")).click();
            panel(visit).getByText("Advanced").click();
            panel(visit)
                    .getByRole(AriaRole.BUTTON, named("Check what is set for the tunnel"))
                    .click();
            Locator target = panel(visit).getByLabel("Target of rule 1");
            assertThat(target).isFocused();
            assertThat(panel(visit).locator("p.err").first()).isVisible();
            visit.clean("tunnel-refused-" + visit.look());
            panel(visit).getByRole(AriaRole.BUTTON, named("Move rule 1 down")).click();
            assertThat(panel(visit).getByRole(AriaRole.BUTTON, named("Move rule 2 up")))
                    .isFocused();
            panel(visit).getByRole(AriaRole.BUTTON, named("Discard")).click();
            visit.focusIsKept("discarding");
        }
    }

    @Test
    void aFormThatCannotBeFetchedIsAskedForAgain() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            visit.expecting("^failed: GET .*/assets/", "^console: Failed to load resource: net::ERR_FAILED");
            visit.see(visit.role(AriaRole.REGION, "Settings").locator("summary"));
            visit.page().route("**/assets/app/*", Route::abort);
            panel(visit).getByRole(AriaRole.BUTTON, named("Set up the tunnel")).click();
            visit.see(panel(visit).getByText("This part of the page could not be fetched."));
            visit.clean("tunnel-form-missing-" + visit.look());
            visit.page().unroute("**/assets/app/*");
            panel(visit).getByRole(AriaRole.BUTTON, named("Try again")).click();
            assertThat(panel(visit).getByRole(AriaRole.RADIO).first()).isVisible();
            visit.focusIsKept("what came late");
        }
    }

    @Test
    void whatLeadsPastTheLoginAsksForThePassword() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            visit.page().route("**/api/tunnel/config", route -> {
                String sent = route.request().postData();
                if (sent == null) {
                    route.fallback();
                    return;
                }
                answer(route, 403, "application/problem+json", sent.contains("\"password\"") ? WRONG_PASSWORD : PAST);
            });
            panel(visit).getByRole(AriaRole.BUTTON, named("Set up the tunnel")).click();
            panel(visit).getByText("Advanced").click();
            panel(visit).getByLabel("Target of rule 1").fill("http://127.0.0.1:3000");
            panel(visit)
                    .getByRole(AriaRole.BUTTON, named("Save what is set for the tunnel"))
                    .click();
            Locator question = visit.page().getByRole(AriaRole.ALERTDIALOG);
            Locator password = question.getByLabel("Password", new Locator.GetByLabelOptions().setExact(true));
            assertThat(password).isFocused();
            visit.clean("tunnel-password-" + visit.look());
            password.fill("this is not the password");
            password.press("Enter");
            visit.see(question.getByText("The password is wrong."));
            assertThat(password).isFocused();
            visit.clean("tunnel-password-wrong-" + visit.look());
            visit.page().keyboard().press("Escape");
            assertThat(question).hasCount(0);
            visit.focusIsKept("the password");
            visit.see(panel(visit).getByText("Not saved yet."));
            panel(visit).getByRole(AriaRole.BUTTON, named("Discard")).click();
        }
    }

    @Test
    void whatHappenedAndWhatWasSaid() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            visit.page().route("**/api/restart", route -> answer(route, 200, "application/json", RESTARTS));
            visit.page().route("**/api/tunnel/log*", route -> answer(route, 200, "application/json", LINES));
            visit.open("/dashboard");
            visit.see(panel(visit).getByText("2 in 24 hours"));
            panel(visit).getByText("History").click();
            panel(visit).getByText("Last lines of cloudflared").click();
            visit.see(panel(visit).getByRole(AriaRole.LIST, named("Failures of the tunnel")));
            visit.see(panel(visit).getByRole(AriaRole.REGION, named("Last lines of cloudflared")));
            visit.page().setViewportSize(visit.page().viewportSize().width, 1_600);
            visit.clean("tunnel-past-" + visit.look());
        }
    }

    @Test
    void aLinkThatIsOfNoUseAnyMore() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            visit.page().route("**/api/tunnel/login-link", route -> answer(route, 200, "application/json", RUN_OUT));
            visit.button("Log in a phone").click();
            visit.see(visit.dialog().getByText("This link has run out."));
            visit.clean("tunnel-link-run-out-" + visit.look());
            visit.page()
                    .route(
                            "**/api/tunnel/login-link",
                            route -> answer(route, 409, "application/problem+json", NO_LINK));
            visit.button("New link").click();
            visit.see(visit.dialog().getByText("The tunnel has no address now."));
            assertThat(visit.button("New link")).isFocused();
            visit.clean("tunnel-link-refused-" + visit.look());
        }
        for (Visit visit : List.of(
                STAGE.stranger(DESKTOP, ColorScheme.LIGHT),
                STAGE.stranger(DESKTOP, ColorScheme.DARK),
                STAGE.stranger(PHONE, ColorScheme.LIGHT),
                STAGE.stranger(PHONE, ColorScheme.DARK))) {
            visit.page().route("**/api/login/link", route -> answer(route, 403, "application/problem+json", USED));
            visit.open("/login#code=used-already");
            visit.see(visit.button("Log in on this device"));
            visit.clean("login-link-" + visit.look());
            visit.button("Log in on this device").click();
            visit.see("This link was used already");
            visit.clean("login-link-used-" + visit.look());
            visit.focusIsKept("a link that was used");
        }
    }

    @Test
    void aPhoneIsLoggedInByALink() {
        for (Visit visit : looks()) {
            tells(visit, NAMED_OPEN);
            visit.button("Log in a phone").click();
            visit.see(visit.dialog().getByRole(AriaRole.TIMER));
            visit.clean("tunnel-login-link-" + visit.look());
            visit.page().keyboard().press("Escape");
            visit.focusIsKept("the link");
        }
    }

    /** Opens the dashboard with this status of the tunnel. */
    private static void tells(Visit visit, String status) {
        String config = "{\"kind\":\"credentials\",\"domain\":\"nexus.example.com\",\"credentialsFile\":\"/c.json\","
                + "\"autoStart\":true,\"protocol\":\"auto\",\"edgeIpVersion\":\"auto\",\"arguments\":[],\"tokenSet\":false,"
                + "\"ingress\":[{\"hostname\":\"a.example.com\",\"service\":\"127.0.0.1\"},{\"service\":\"nexus\"}]}";
        String refused = "{\"status\":422,\"code\":\"invalid-field\",\"detail\":\"No.\",\"errors\":["
                + "{\"field\":\"ingress[0].service\",\"message\":\"must be nexus or http_status:404\"}]}";
        String link = "{\"url\":\"https://nexus.example.com/login#code=x\",\"qr\":\"" + QR
                + "\",\"expiresAt\":\"2126-03-18T14:00:00Z\"}";
        visit.page().unrouteAll();
        visit.page().route("**/api/tunnel", route -> answer(route, 200, "application/json", "{" + status + "}"));
        visit.page().route("**/api/tunnel/config", route -> answer(route, 200, "application/json", config));
        visit.page().route("**/api/tunnel/validate", route -> answer(route, 422, "application/problem+json", refused));
        visit.page().route("**/api/tunnel/qr*", route -> answer(route, 200, "image/svg+xml", QR));
        visit.page().route("**/api/tunnel/login-link", route -> answer(route, 200, "application/json", link));
        visit.open("/dashboard");
        visit.see(panel(visit).locator(".state"));
    }

    private static void answer(Route route, int status, String type, String body) {
        route.fulfill(new Route.FulfillOptions()
                .setStatus(status)
                .setContentType(type)
                .setBody(body));
    }

    private static Locator panel(Visit visit) {
        return visit.role(AriaRole.REGION, "Tunnel");
    }

    private static Locator.GetByRoleOptions named(String part) {
        return new Locator.GetByRoleOptions().setName(part);
    }

    private static List<Visit> looks() {
        return List.of(
                STAGE.desktop(),
                STAGE.visit(DESKTOP, ColorScheme.DARK),
                STAGE.visit(PHONE, ColorScheme.LIGHT),
                STAGE.phone());
    }
}
