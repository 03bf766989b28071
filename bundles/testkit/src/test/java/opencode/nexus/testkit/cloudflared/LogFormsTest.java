package opencode.nexus.testkit.cloudflared;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Quick;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFormsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HOSTNAME = "quiet-lake-demo-words.trycloudflare.com";
    private static final Pattern POPULAR = Pattern.compile("https://[a-z0-9-]+\\.trycloudflare\\.com");
    private static final Pattern ADDRESS =
            Pattern.compile("^\\|\\s+(https://(?!api\\.)[a-z0-9-]+\\.trycloudflare\\.com)\\s+\\|$");

    @TempDir
    Path directory;

    private StandInCloudflared cloudflared;
    private Path own;

    @BeforeEach
    void make() throws IOException {
        cloudflared =
                StandInCloudflared.in(directory.resolve("bin")).timeScale(0.01).quickHostname(HOSTNAME);
        own = Files.writeString(directory.resolve("own.yml"), "no-autoupdate: true\n");
    }

    @Test
    void textSaysTheAddressInABoxBeforeTheEdgeIsThere() throws Exception {
        try (Run run = quick()) {
            String registered = run.line("Registered tunnel connection ");
            List<String> said = run.errors();

            int box = indexOf(
                    said,
                    "|  Your quick Tunnel has been created! Visit it at "
                            + "(it may take some time to be reachable):  |");
            assertThat(said.get(box - 1)).endsWith(" INF +" + "-".repeat(92) + "+");
            assertThat(said.get(box + 1)).endsWith(" INF |  https://" + HOSTNAME + " ".repeat(43) + "|");
            assertThat(said.get(box + 2)).endsWith(" INF +" + "-".repeat(92) + "+");
            assertThat(indexOf(said, "Requesting new quick Tunnel on trycloudflare.com..."))
                    .isLessThan(box);
            assertThat(indexOf(said, "Starting metrics server on ")).isGreaterThan(box);
            assertThat(indexOf(said, "Registered tunnel connection "))
                    .isGreaterThan(indexOf(said, "Starting metrics server on "));
            assertThat(registered)
                    .matches(
                            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ INF Registered tunnel connection "
                                    + "connIndex=0 connection=[0-9a-f-]{36} event=0 ip=[0-9.]+ location=[a-z]{3}\\d\\d protocol=http2");
        }
    }

    @Test
    void jsonSaysTheSameWithFields() throws Exception {
        try (Run run = quick("--output", "json")) {
            JsonNode registered = JSON.readTree(run.line("Registered tunnel connection"));

            assertThat(registered.get("level").asText()).isEqualTo("info");
            assertThat(registered.get("message").asText()).isEqualTo("Registered tunnel connection");
            assertThat(registered.get("time").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
            assertThat(registered.get("connIndex").asInt()).isZero();
            assertThat(registered.get("event").asInt()).isZero();
            assertThat(registered.get("protocol").asText()).isEqualTo("http2");
            for (String field : List.of("ip", "connection", "location")) {
                assertThat(registered.get(field).asText()).isNotEmpty();
            }
            List<String> addresses = run.errors().stream()
                    .map(LogFormsTest::message)
                    .map(ADDRESS::matcher)
                    .filter(Matcher::find)
                    .map(found -> found.group(1))
                    .toList();
            assertThat(addresses).containsExactly("https://" + HOSTNAME);
        }
    }

    @Test
    void thePopularPatternTakesAFailureForTheAddress() throws Exception {
        cloudflared.quick(Quick.NO_DNS);
        try (Run run = quick()) {
            assertThat(run.exit()).isEqualTo(1);

            assertThat(run.lastError()).containsPattern(POPULAR).doesNotContainPattern(ADDRESS);
        }
    }

    @Test
    void theMetricsPortIsSaidWithoutBeingReady() throws Exception {
        cloudflared.edge(Edge.DOWN);
        try (Run run = quick()) {
            run.line("Unable to establish connection with Cloudflare edge");

            assertThat(run.metrics("/ready").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void secretsAreMasked() throws Exception {
        try (Run run = Run.of(
                cloudflared,
                Map.of("TUNNEL_TOKEN", TunnelSamples.TOKEN),
                "tunnel",
                "--config",
                own.toString(),
                "--metrics",
                "127.0.0.1:0",
                "run")) {
            assertThat(run.line(" INF Settings: map[")).contains(" token:*****]");
            run.line("Registered tunnel connection ");
            assertThat(String.join("\n", run.errors()))
                    .doesNotContain(TunnelSamples.TOKEN)
                    .doesNotContain(TunnelSamples.SECRET);
        }
    }

    @Test
    void aLogFileGetsJsonBesideStderr() throws Exception {
        Path file = directory.resolve("cloudflared.log");
        try (Run run = quick("--logfile", file.toString())) {
            run.line(" INF Registered tunnel connection ");

            assertThat(Files.readAllLines(file))
                    .allSatisfy(
                            line -> assertThat(JSON.readTree(line).has("level")).isTrue())
                    .anySatisfy(line -> assertThat(message(line)).isEqualTo("Registered tunnel connection"));
        }
    }

    @Test
    void theLevelDecidesWhatIsSaid() throws Exception {
        try (Run run = quick("--loglevel", "error")) {
            cloudflared.edge(Edge.DOWN);
            run.line(" ERR ");
            assertThat(run.errors()).noneMatch(line -> line.contains(" INF "));
        }
    }

    @Test
    void debugTellsCookies() throws Exception {
        try (Run run = quick("--loglevel", "debug")) {
            run.line("Registered tunnel connection ");
            Visitor.of(cloudflared, HOSTNAME).get("/x", "Cookie: session=abc");

            assertThat(run.line(" DBG GET /x HTTP/1.1 ")).contains("Cookie", "session=abc");
        }
    }

    @Test
    void aSilentOneWorks() throws Exception {
        cloudflared.start(Start.SILENT);
        try (Run run = quick()) {
            run.term();
            run.exit();
            assertThat(run.errors()).isEmpty();
            assertThat(run.output()).isEmpty();
        }
    }

    private static String message(String line) {
        try {
            return JSON.readTree(line).path("message").asText();
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }

    private static int indexOf(List<String> lines, String part) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(part)) {
                return i;
            }
        }
        throw new AssertionError(part + " is not in " + lines);
    }

    private Run quick(String... rest) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "tunnel",
                "--config",
                own.toString(),
                "--no-autoupdate",
                "--metrics",
                "127.0.0.1:0",
                "--protocol",
                "http2",
                "--url",
                "http://127.0.0.1:9"));
        all.addAll(List.of(rest));
        return Run.of(cloudflared, all.toArray(String[]::new));
    }
}
