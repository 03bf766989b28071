package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EdgeLinkTest {
    @TempDir
    Path directory;

    private StandInCloudflared cloudflared;
    private Path own;
    private Path token;

    @BeforeEach
    void make() throws IOException {
        cloudflared = StandInCloudflared.in(directory.resolve("bin")).timeScale(0.01);
        own = Files.writeString(directory.resolve("own.yml"), "no-autoupdate: true\n");
        token = Files.writeString(directory.resolve("token"), TunnelSamples.TOKEN);
    }

    @Test
    void aNamedTunnelReachesFourConnections() throws Exception {
        try (Run run = named()) {
            run.line("Registered tunnel connection connIndex=3 ");

            assertThat(run.ready().get("status").asInt()).isEqualTo(200);
            assertThat(run.ready().get("readyConnections").asInt()).isEqualTo(4);
            assertThat(run.ready().get("connectorId").asText()).matches("[0-9a-f-]{36}");
            assertThat(run.metrics("/quicktunnel").body()).isEqualTo("{\"hostname\":\"\"}");
            assertThat(run.metrics("/metrics").body())
                    .contains("build_info{version=\"2026.8.2\"} 1\n")
                    .contains("cloudflared_tunnel_ha_connections 4\n")
                    .contains("cloudflared_tunnel_server_locations{connection_id=\"3\",edge_location=\"ams12\"} 1\n")
                    .contains("cloudflared_tunnel_tunnel_register_success{rpcName=\"registerConnection\"} 4\n");
        }
    }

    @Test
    void aQuickTunnelHasOneConnectionAndAnotherNameEachTime() throws Exception {
        String first;
        try (Run run = quick("--protocol", "http2")) {
            run.line("Registered tunnel connection connIndex=0 ");
            assertThat(run.ready().get("readyConnections").asInt()).isEqualTo(1);
            first = run.metrics("/quicktunnel").body();
            assertThat(first).matches("\\{\"hostname\":\"[a-z-]+\\.trycloudflare\\.com\"}");
        }
        try (Run run = quick("--protocol", "http2")) {
            assertThat(run.metrics("/quicktunnel").body()).isNotEqualTo(first);
        }
    }

    @Test
    void nothingElseIsOnTheMetricsPort() throws Exception {
        try (Run run = named()) {
            assertThat(run.metrics("/healthcheck").body()).isEqualTo("OK\n");
            assertThat(run.metrics("/config").body())
                    .isEqualTo("{\"version\":-1,\"config\":{\"ingress\":[{\"service\":\"http_status:503\"}]}}");
            assertThat(run.metrics("/debug/pprof/cmdline").statusCode()).isEqualTo(403);
            assertThat(run.metrics("/").statusCode()).isEqualTo(404);
            assertThat(run.metrics("/ready/").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aDroppedEdgeComesBack() throws Exception {
        try (Run run = named()) {
            run.line("Registered tunnel connection connIndex=3 ");

            cloudflared.edge(Edge.DOWN);

            run.line("Connection terminated error=\"connection with edge closed\" connIndex=0 ");
            assertThat(run.metrics("/ready").statusCode()).isEqualTo(503);
            assertThat(run.ready().get("readyConnections").asInt()).isZero();
            assertThat(run.metrics("/metrics").body()).contains("cloudflared_tunnel_ha_connections 1\n");
            assertThat(run.errors())
                    .anyMatch(line -> line.contains(" INF Lost connection with the edge connIndex=0"))
                    .anyMatch(line -> line.contains(" ERR Serve tunnel error error=\"connection with edge closed\" "))
                    .anyMatch(line -> line.contains(" INF Retrying connection in up to 1s connIndex=0 "));

            cloudflared.edge(Edge.UP);

            run.line("Registered tunnel connection ", 8);
            assertThat(run.ready().get("readyConnections").asInt()).isEqualTo(4);
        }
    }

    @Test
    void oneOfFourMayBeLost() throws Exception {
        try (Run run = named()) {
            run.line("Registered tunnel connection connIndex=3 ");

            cloudflared.edgeConnections(3);

            run.line("Lost connection with the edge connIndex=3");
            assertThat(run.ready().get("readyConnections").asInt()).isEqualTo(3);
            assertThat(run.ready().get("status").asInt()).isEqualTo(200);
        }
    }

    @Test
    void aQuickTunnelOverDeadUdpNeverBecomesReady() throws Exception {
        cloudflared.edge(Edge.NO_QUIC).timeScale(0.001);
        try (Run run = quick()) {
            run.line("Retrying connection in up to 16s");
            assertThat(run.metrics("/ready").statusCode()).isEqualTo(503);
            assertThat(run.line(" ERR Failed to dial a quic connection "))
                    .contains(" error=\"failed to dial to edge with quic: timeout: no recent network activity\" ");
        }
        try (Run run = quick("--protocol", "http2")) {
            assertThat(run.line("Registered tunnel connection ")).endsWith(" protocol=http2");
        }
    }

    @Test
    void aNamedTunnelOverDeadUdpFallsBackAtLast() throws Exception {
        cloudflared.edge(Edge.NO_QUIC).timeScale(0.001);
        try (Run run = named()) {
            run.line("Switching to fallback protocol http2");
            assertThat(run.line("Registered tunnel connection ")).endsWith(" protocol=http2");
        }
    }

    @Test
    void aSpinningOneFloodsItsReader() throws Exception {
        cloudflared.edge(Edge.FLOODS).floodLines(60_000);
        try (Run run = quick()) {
            assertThat(run.line("Unable to establish connection with Cloudflare edge", 60_000))
                    .hasSizeBetween(150, 200);
            assertThat(run.metrics("/ready").statusCode()).isEqualTo(503);

            run.term();
            assertThat(run.exit()).isZero();
            assertThat(cloudflared.flooded()).hasValue(60_000);
        }
    }

    @Test
    void oneThatNobodyReadsStandsStillAndStillCallsItselfReady() throws Exception {
        int metrics = freePort();
        try (Run run = Run.unread(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--loglevel",
                "debug",
                "--metrics",
                "127.0.0.1:" + metrics,
                "run",
                "--token-file",
                token.toString())) {
            while (!answers(metrics, "\"readyConnections\":4")) {
                Thread.onSpinWait();
            }
            int answered = 0;
            try (Visitor visitor = Visitor.of(cloudflared, "nexus.example.com")) {
                while (visitor.answersWithin(2_000, "Cookie: " + "x".repeat(8_000))) {
                    answered++;
                }
            }
            assertThat(answered).isBetween(1, 20);
            assertThat(answers(metrics, "\"status\":200")).isTrue();
        }
    }

    @Test
    void theEdgePushesAConfiguration() throws Exception {
        try (Run run = named()) {
            run.line("Registered tunnel connection connIndex=0 ");
            cloudflared.push(7, "{\"ingress\":[{\"service\":\"http_status:418\"}]}");

            assertThat(run.line("Updated to new configuration "))
                    .endsWith(" INF Updated to new configuration config=\"{\\\"ingress\\\":[{\\\"service\\\":"
                            + "\\\"http_status:418\\\"}]}\" version=7");
            assertThat(run.metrics("/config").body()).startsWith("{\"version\":7,");
            assertThat(Visitor.of(cloudflared, "nexus.example.com").get("/").statusCode())
                    .isEqualTo(418);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(int port, String part) {
        try (InputStream in =
                URI.create("http://127.0.0.1:" + port + "/ready").toURL().openStream()) {
            return new String(in.readAllBytes(), UTF_8).contains(part);
        } catch (IOException e) {
            // Not open yet, or 503.
            return false;
        }
    }

    private Run quick(String... rest) throws IOException {
        List<String> all = new ArrayList<>(List.of("tunnel", "--config", own.toString(), "--metrics", "127.0.0.1:0"));
        all.addAll(List.of(rest));
        all.addAll(List.of("--url", "http://127.0.0.1:9"));
        return Run.of(cloudflared, all.toArray(String[]::new));
    }

    private Run named() throws IOException {
        return Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--metrics",
                "127.0.0.1:0",
                "run",
                "--token-file",
                token.toString());
    }
}
