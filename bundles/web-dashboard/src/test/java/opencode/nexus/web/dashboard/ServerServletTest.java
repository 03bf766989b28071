package opencode.nexus.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Installer.Installation;
import opencode.nexus.api.supervise.Installer.Offer;
import opencode.nexus.api.supervise.Installer.Progress;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.testkit.FakeSupervised;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerServletTest {
    private final FakeSupervised server = new FakeSupervised();
    private final FakeInstaller installer = new FakeInstaller();

    @Test
    void itTellsHowTheServerStands() throws Exception {
        server.become(new SupervisedStatus(
                SupervisedStatus.State.RUNNING,
                4711L,
                "1.18.33",
                URI.create("http://127.0.0.1:4096"),
                Instant.parse("2026-01-02T03:04:05Z"),
                null,
                true,
                true,
                null,
                null,
                null));

        FakeExchange exchange = call("GET", "/api/server");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .isEqualTo(
                        "{\"state\":\"running\",\"pid\":4711,\"version\":\"1.18.33\",\"url\":\"http://127.0.0.1:4096\","
                                + "\"since\":\"2026-01-02T03:04:05Z\",\"wanted\":true,\"controlled\":true}");
    }

    @Test
    void whatIsUnknownIsLeftOut() throws Exception {
        assertThat(call("GET", "/api/server").text())
                .isEqualTo("{\"state\":\"stopped\",\"wanted\":false,\"controlled\":true}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "stop", "restart"})
    void aChangeIsAskedForAndNotWaitedFor(String action) throws Exception {
        FakeExchange exchange = call("POST", "/api/server/" + action);

        assertThat(exchange.status()).isEqualTo(202);
        assertThat(server.asked).containsExactly(action);
    }

    @Test
    void anInstallationIsAskedForAndShown() throws Exception {
        installer.installation = new Installation(Progress.NONE, Offer.INSTALL, null, null, null);
        assertThat(call("GET", "/api/server").text())
                .endsWith("\"controlled\":true,\"install\":{\"state\":\"none\",\"offer\":\"install\"}}");

        assertThat(call("POST", "/api/server/install").status()).isEqualTo(202);
        assertThat(installer.asked).isEqualTo(1);

        installer.installation = new Installation(
                Progress.FAILED, Offer.INSTALL, Instant.parse("2026-01-02T03:04:05Z"), "install-failed", "npm ended.");
        assertThat(call("GET", "/api/server").text())
                .endsWith("\"install\":{\"state\":\"failed\",\"offer\":\"install\",\"since\":\"2026-01-02T03:04:05Z\","
                        + "\"code\":\"install-failed\",\"message\":\"npm ended.\"}}");
    }

    @Test
    void anInstallationThatIsRefusedSaysWhy() throws Exception {
        installer.refusal =
                new NexusException(NexusException.Kind.CONFLICT, "install-running", "It is being installed already.");

        FakeExchange exchange = call("POST", "/api/server/install");

        assertThat(exchange.status()).isEqualTo(409);
        assertThat(exchange.text()).contains("\"code\":\"install-running\"");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/server",
        "POST, /api/server/explode",
        "POST, /api/server/start/now",
        "POST, /api/server/",
        "GET, /api/server/start"
    })
    void thereIsNothingElse(String method, String path) throws Exception {
        FakeExchange exchange = call(method, path);

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
        assertThat(server.asked).isEmpty();
    }

    @Test
    void withoutTheServerItIsUnavailable() throws Exception {
        for (String call : List.of("GET /api/server", "POST /api/server/start", "POST /api/server/install")) {
            String[] parts = call.split(" ");
            FakeExchange exchange = new FakeExchange(parts[0], parts[1]).servletPath("/api/server");

            new ServerServlet(null, null).service(exchange.request(), exchange.response());

            assertThat(exchange.status()).isEqualTo(503);
            assertThat(exchange.text()).contains("\"code\":\"server-unavailable\"");
        }
    }

    private FakeExchange call(String method, String path) throws Exception {
        FakeExchange exchange = new FakeExchange(method, path).servletPath("/api/server");
        new ServerServlet(server, installer).service(exchange.request(), exchange.response());
        return exchange;
    }

    private static final class FakeInstaller implements Installer {
        Installation installation = Installation.NOTHING;
        int asked;

        @Nullable
        NexusException refusal;

        @Override
        public Installation installation() {
            return installation;
        }

        @Override
        public void install() {
            if (refusal != null) {
                throw refusal;
            }
            asked++;
        }
    }
}
