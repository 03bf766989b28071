package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.Chromium.Device.DESKTOP;
import static opencode.nexus.itests.Chromium.Device.PHONE;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
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

    /** Name, what is told, and the words by which the state is known. */
    private record State(String name, String status, String word) {}

    private static final List<State> STATES = List.of(
            new State("closed", "\"state\":\"closed\",\"ready\":false,\"kind\":\"quick\"," + DARK, "Closed"),
            new State(
                    "opening",
                    "\"state\":\"opening\",\"ready\":false,\"kind\":\"quick\"," + RUNS
                            + "\"edge\":{\"lamp\":\"unknown\",\"locations\":[]},\"roundTrip\":{\"lamp\":\"unknown\"}",
                    "Opening"),
            new State("quick", QUICK_OPEN, "Open"),
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
        List<Visit> visits = List.of(
                STAGE.desktop(),
                STAGE.visit(DESKTOP, ColorScheme.DARK),
                STAGE.visit(PHONE, ColorScheme.LIGHT),
                STAGE.phone());
        // The only pictures that no message brings about.
        visits.forEach(visit -> visit.expecting("^image: <img [^>]*alt=\"QR code of "));
        return visits;
    }
}
