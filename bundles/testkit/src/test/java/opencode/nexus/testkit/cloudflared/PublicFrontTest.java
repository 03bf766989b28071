package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicFrontTest {
    private static final String QUICK = "quiet-lake-demo-words.trycloudflare.com";
    private static final String NAMED = "nexus.example.com";

    @TempDir
    Path directory;

    private StandInCloudflared cloudflared;
    private Origin origin;

    @BeforeEach
    void make() throws IOException {
        cloudflared =
                StandInCloudflared.in(directory.resolve("bin")).timeScale(0.01).quickHostname(QUICK);
        origin = new Origin();
    }

    @AfterEach
    void close() throws IOException {
        origin.close();
    }

    @Test
    void theOriginSeesWhatTheEdgeAddsAndWhatAVisitorForges() throws Exception {
        try (Run run = quick();
                Visitor visitor = Visitor.of(cloudflared, QUICK)) {
            visitor.send(
                    "GET /a?b=c",
                    "",
                    "CF-Connecting-IP: 1.2.3.4",
                    "X-Forwarded-For: 10.0.0.1",
                    "X-Forwarded-Proto: http",
                    "X-Forwarded-Host: evil.example",
                    "X-Real-IP: 10.0.0.2",
                    "Cf-Access-Jwt-Assertion: forged",
                    "Cookie: a=b");
            Head seen = origin.take().request();

            assertThat(seen.start()).isEqualTo("GET /a?b=c HTTP/1.1");
            assertThat(all(seen, "Host")).containsExactly(QUICK);
            assertThat(all(seen, "CF-Connecting-IP")).containsExactly("203.0.113.7");
            assertThat(all(seen, "X-Forwarded-For")).containsExactly("10.0.0.1, 203.0.113.7");
            assertThat(all(seen, "X-Forwarded-Proto")).containsExactly("https");
            assertThat(all(seen, "CF-Visitor")).containsExactly("{\"scheme\":\"https\"}");
            assertThat(all(seen, "CF-Ray")).singleElement().asString().matches("[0-9a-f]{16}-BRU");
            assertThat(all(seen, "Cf-Warp-Tag-ID"))
                    .containsExactly(run.ready().get("connectorId").asText());
            assertThat(all(seen, "X-Forwarded-Host")).containsExactly("evil.example");
            assertThat(all(seen, "X-Real-IP")).containsExactly("10.0.0.2");
            assertThat(all(seen, "Cf-Access-Jwt-Assertion")).containsExactly("forged");
            assertThat(all(seen, "Cookie")).containsExactly("a=b");
        }
    }

    @Test
    void rulesAreMatchedInTheirOrder() throws Exception {
        try (Run run = named(
                        """
                ingress:
                  - hostname: nexus.example.com
                    path: ^/api/
                    service: http://127.0.0.1:%d
                    originRequest:
                      httpHostHeader: localhost
                  - hostname: "*.example.com"
                    service: http_status:418
                  - service: http_status:404
                """
                                .formatted(origin.port()));
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            visitor.send("POST /api/x", "hello");
            Origin.Asked asked = origin.take();
            assertThat(all(asked.request(), "Host")).containsExactly("localhost");
            assertThat(asked.body(5)).isEqualTo("hello");
            assertThat(visitor.get("/other").statusCode()).isEqualTo(418);
            assertThat(Visitor.of(cloudflared, "elsewhere.org").get("/").statusCode())
                    .isEqualTo(404);
            assertThat(run.process.isAlive()).isTrue();
        }
    }

    @Test
    void aNamedTunnelStreamsAtOnce() throws Exception {
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /events", "");
            Origin.Asked asked = origin.take();
            asked.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            asked.say("data: 1\n");

            assertThat(Visitor.head(answer)).contains("HTTP/1.1 200 OK", "Server: cloudflare");
            assertThat(answer.readLine()).isEqualTo("data: 1");
            asked.say("data: 2\n");
            assertThat(answer.readLine()).isEqualTo("data: 2");
            assertThat(run.ready().get("status").asInt()).isEqualTo(200);
        }
    }

    @Test
    void aQuickTunnelHoldsTheStreamOfAGetButNotOfAPost() throws Exception {
        try (Run run = quick();
                Visitor visitor = Visitor.of(cloudflared, QUICK)) {
            BufferedReader live = visitor.send("POST /events", "");
            Origin.Asked posted = origin.take();
            posted.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n");
            Visitor.head(live);
            assertThat(live.readLine()).isEqualTo("data: 1");

            BufferedReader held = visitor.send("GET /events", "");
            Origin.Asked got = origin.take();
            got.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n");
            Visitor.head(held);
            visitor.patience(300);
            assertThat(isSilent(held)).isTrue();
            got.close();
            visitor.patience(60_000);
            assertThat(held.readLine()).isEqualTo("data: 1");
            assertThat(run.process.isAlive()).isTrue();
        }
    }

    @Test
    void anAnswerWithALengthIsHeldUntilItsEnd() throws Exception {
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /", "");
            Origin.Asked asked = origin.take();
            asked.say("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\nab\n");
            Visitor.head(answer);
            visitor.patience(300);
            assertThat(isSilent(answer)).isTrue();

            asked.say("cd\n");

            visitor.patience(60_000);
            assertThat(answer.readLine()).isEqualTo("ab");
            assertThat(run.process.isAlive()).isTrue();
        }
    }

    @Test
    void aVisitorWhoGoesIsNoticedByTheOriginAtOnce() throws Exception {
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /events", "");
            Origin.Asked asked = origin.take();
            asked.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n");
            Visitor.head(answer);

            visitor.close();

            assertThat(asked.ends()).isTrue();
            assertThat(run.line(" ERR  error=\"context canceled\" ")).contains(" ingressRule=0 originService=http://");
            run.line(
                    " ERR Request failed error=\"context canceled\" connIndex=0 dest=https://nexus.example.com/events ");
            assertThat(run.ready().get("status").asInt()).isEqualTo(200);
        }
    }

    @Test
    void anOriginThatRefusesIsABadGateway() throws Exception {
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            int port = origin.port();
            origin.close();

            assertThat(visitor.get("/x").statusCode()).isEqualTo(502);

            assertThat(run.line(
                            " ERR  error=\"Unable to reach the origin service. The service may be down or it may not "
                                    + "be responding to traffic from cloudflared: dial tcp 127.0.0.1:" + port
                                    + ": connect: connection refused\" "))
                    .endsWith(" connIndex=0 event=1 ingressRule=0 originService=http://127.0.0.1:" + port);
            assertThat(run.ready().get("status").asInt()).isEqualTo(200);
            assertThat(run.metrics("/metrics").body())
                    .contains(
                            "cloudflared_tunnel_total_requests 1\n",
                            "cloudflared_tunnel_request_errors 1\n",
                            "cloudflared_tunnel_response_by_code{status_code=\"502\"} 1\n");
        }
    }

    @Test
    void aDroppedEdgeCutsEverybodyAndKnowsNoTunnel() throws Exception {
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /events", "");
            origin.take().say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            Visitor.head(answer);

            cloudflared.edge(Edge.DOWN);

            assertThat(hasEnded(answer)).isTrue();
            Visitor.Answer unknown = visitor.get("/");
            assertThat(unknown.statusCode()).isEqualTo(530);
            assertThat(unknown.body()).isEqualTo("error code: 1033");
            assertThat(run.process.isAlive()).isTrue();
        }
    }

    @Test
    void aQuickTunnelAnswersToItsOwnNameAndTo200AtATime() throws Exception {
        try (Run run = quick()) {
            assertThat(Visitor.of(cloudflared, "other.trycloudflare.com")
                            .get("/")
                            .statusCode())
                    .isEqualTo(530);
            Visitor[] waiting = new Visitor[200];
            List<Origin.Asked> asked = new ArrayList<>();
            for (int i = 0; i < waiting.length; i++) {
                waiting[i] = Visitor.of(cloudflared, QUICK);
                waiting[i].send("GET /" + i, "");
                asked.add(origin.take());
            }
            assertThat(Visitor.of(cloudflared, QUICK).post("/", "more").statusCode())
                    .isEqualTo(429);
            assertThat(run.metrics("/metrics").body())
                    .contains("cloudflared_tunnel_concurrent_requests_per_tunnel 200\n");
            for (int i = 0; i < waiting.length; i++) {
                waiting[i].close();
                assertThat(asked.get(i).ends()).isTrue();
            }
        }
    }

    @Test
    void aRequestUnderWayFinishesBeforeTheEnd() throws Exception {
        cloudflared.timeScale(1);
        try (Run run = named(toOrigin());
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /slow", "");
            Origin.Asked asked = origin.take();
            run.term();
            run.line("Unregistered tunnel connection connIndex=0 ");
            assertThat(run.metrics("/ready").statusCode()).isEqualTo(503);
            asked.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ndone\n");
            Visitor.head(answer);
            assertThat(answer.readLine()).isEqualTo("done");
            assertThat(run.exit()).isZero();
        }
    }

    @Test
    void anEndlessStreamIsCutAtTheGracePeriod() throws Exception {
        try (Run run = named(toOrigin(), "--grace-period", "20s");
                Visitor visitor = Visitor.of(cloudflared, NAMED)) {
            BufferedReader answer = visitor.send("GET /events", "");
            origin.take().say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
            Visitor.head(answer);

            run.term();

            assertThat(hasEnded(answer)).isTrue();
            assertThat(run.exit()).isZero();
        }
    }

    private static List<String> all(Head head, String name) {
        return head.headers().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    private static boolean isSilent(BufferedReader answer) throws IOException {
        try {
            return answer.read() == Integer.MIN_VALUE;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    private static boolean hasEnded(BufferedReader answer) {
        try {
            return answer.read() < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private String toOrigin() {
        return "ingress:\n  - service: http://127.0.0.1:" + origin.port() + "\n";
    }

    private Run quick() throws Exception {
        Path own = Files.writeString(directory.resolve("own.yml"), "no-autoupdate: true\n", UTF_8);
        return connected(Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--metrics",
                "127.0.0.1:0",
                "--url",
                "http://127.0.0.1:" + origin.port()));
    }

    private Run named(String rules, String... flags) throws Exception {
        Path credentials = Files.writeString(directory.resolve("cred.json"), TunnelSamples.CREDENTIALS);
        Path config = Files.writeString(
                directory.resolve("config.yml"),
                "tunnel: " + TunnelSamples.TUNNEL_ID + "\ncredentials-file: " + credentials + "\nmetrics: 127.0.0.1:0\n"
                        + rules);
        List<String> all = new ArrayList<>(List.of("tunnel", "--config", config.toString()));
        all.addAll(List.of(flags));
        all.add("run");
        return connected(Run.of(cloudflared, all.toArray(String[]::new)));
    }

    private static Run connected(Run run) throws InterruptedException {
        run.line("Registered tunnel connection connIndex=0 ");
        return run;
    }
}
