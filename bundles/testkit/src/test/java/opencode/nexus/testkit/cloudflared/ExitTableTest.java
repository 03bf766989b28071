package opencode.nexus.testkit.cloudflared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Quick;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Stop;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExitTableTest {
    private static final String REGISTERED = "Registered tunnel connection connIndex=0";

    @TempDir
    Path directory;

    private StandInCloudflared cloudflared;
    private Path own;

    @BeforeEach
    void make() throws IOException {
        cloudflared = StandInCloudflared.in(directory.resolve("bin")).timeScale(0.01);
        own = file("own.yml", "no-autoupdate: true\n");
    }

    @Test
    void termAndInterruptEndItInOrder() throws Exception {
        for (String signal : List.of("TERM", "INT")) {
            try (Run run = quick()) {
                run.line(REGISTERED);

                run.signal(signal);

                assertThat(run.exit()).isZero();
                assertThat(run.errors())
                        .anyMatch(line -> line.endsWith("Initiating graceful shutdown due to signal "
                                + (signal.equals("TERM") ? "terminated" : "interrupt") + " ..."));
                assertThat(run.lastError()).endsWith(" INF Metrics server stopped");
                assertThat(run.output()).isEmpty();
            }
        }
    }

    @Test
    void aSecondTermEndsItAtOnce() throws Exception {
        cloudflared.stop(Stop.ENDLESS);
        try (Run run = quick()) {
            run.line(REGISTERED);
            run.term();
            run.line("Initiating graceful shutdown");
            assertThat(run.ready().get("status").asInt()).isEqualTo(503);

            run.term();

            assertThat(run.exit()).isEqualTo(143);
        }
    }

    @Test
    void oneThatIgnoresTermHasToBeKilled() throws Exception {
        cloudflared.stop(Stop.IGNORED);
        try (Run run = quick()) {
            run.line(REGISTERED);
            run.term();
            run.term();
            assertThat(run.ready().get("status").asInt()).isEqualTo(200);

            run.process.destroyForcibly();

            assertThat(run.exit()).isEqualTo(137);
        }
    }

    @Test
    void hupEndsIt() throws Exception {
        try (Run run = quick()) {
            run.line(REGISTERED);

            run.signal("HUP");

            assertThat(run.exit()).isEqualTo(129);
        }
    }

    @Test
    void theNextLineAfterItsReaderIsGoneEndsIt() throws Exception {
        try (Run run = Run.unread(cloudflared, arguments("--url", "http://127.0.0.1:9"))) {
            run.process.getErrorStream().close();

            cloudflared.edge(Edge.DOWN);

            assertThat(run.exit()).isEqualTo(141);
        }
    }

    @Test
    void aMalformedTokenIsRefused() throws Exception {
        List<String> malformed = List.of(TunnelSamples.MALFORMED_TOKEN, TunnelSamples.TOKEN_OF_NOTHING, "", "\n");
        for (String token : malformed) {
            try (Run run = named("--token-file", file("token", token).toString())) {
                assertThat(run.exit()).isEqualTo(255);
                assertThat(run.errors())
                        .containsExactly("Provided Tunnel token is not valid.", "See 'cloudflared tunnel run --help'.");
            }
        }
    }

    @Test
    void aTokenWithALineBreakInItIsTaken() throws Exception {
        try (Run run = named(
                "--token-file", file("token", TunnelSamples.TOKEN_WITH_NEWLINE).toString())) {
            run.line(REGISTERED);
        }
    }

    @Test
    void aTokenFileThatIsNotThereIsNamed() throws Exception {
        Path missing = directory.resolve("none");
        try (Run run = named("--token-file", missing.toString())) {
            assertThat(run.exit()).isEqualTo(255);
            assertThat(run.errors())
                    .contains("Failed to read token file: open " + missing + ": no such file or directory");
        }
    }

    @Test
    void nothingToRunIsSaid() throws Exception {
        try (Run run = named()) {
            assertThat(run.exit()).isEqualTo(255);
            assertThat(run.errors().get(0))
                    .startsWith("\"cloudflared tunnel run\" requires the ID or name of the tunnel to run ");
        }
    }

    @Test
    void neitherUrlNorRunIsSaid() throws Exception {
        try (Run run = Run.of(cloudflared, arguments())) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.errors().get(0))
                    .isEqualTo("You did not specify any valid additional argument to the cloudflared tunnel command.");
        }
    }

    @Test
    void aConfigurationThatIsMissingOrNoYamlIsNamed() throws Exception {
        ends(1, "open none.yml: no such file or directory", "tunnel", "--config", "none.yml", "run");
        Path bad = file("bad.yml", "ingress:\n  - service: [http_status:404\n");
        ends(
                1,
                "error parsing YAML in config file at " + bad + ": yaml: line 2: did not find expected ',' or ']'",
                "tunnel",
                "--config",
                bad.toString(),
                "run");
    }

    @Test
    void credentialsThatAreMissingAreNamed() throws Exception {
        Path without = file("c.yml", "tunnel: " + TunnelSamples.TUNNEL_ID + "\n");
        ends(1, "tunnel credentials file not found", "tunnel", "--config", without.toString(), "run");
        Path with = credentials("/nowhere/cred.json", "");
        ends(
                1,
                "Tunnel credentials file '/nowhere/cred.json' doesn't exist or is not a file",
                "tunnel",
                "--config",
                with.toString(),
                "run");
        Path half = file("half.json", TunnelSamples.MALFORMED_CREDENTIALS);
        ends(
                1,
                "Invalid JSON when parsing tunnel credentials file",
                "tunnel",
                "--config",
                credentials(half.toString(), "").toString(),
                "run");
    }

    @Test
    void aNamedTunnelWithoutCatchAllIsRefused() throws Exception {
        Path credentials = file("cred.json", TunnelSamples.CREDENTIALS);
        Path config = credentials(
                credentials.toString(),
                "ingress:\n  - hostname: nexus.example.com\n    service: http://127.0.0.1:8080\n");
        ends(
                1,
                "The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)",
                "tunnel",
                "--config",
                config.toString(),
                "run");
    }

    @Test
    void aMetricsPortThatIsTakenIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            ends(
                    1,
                    "Error opening metrics server listener: failed to bind to address (" + address + "): listen tcp "
                            + address + ": bind: address already in use",
                    "tunnel",
                    "--config",
                    own.toString(),
                    "--metrics",
                    address,
                    "--url",
                    "http://127.0.0.1:9");
        }
    }

    @Test
    void aQuickTunnelThatIsNotGrantedEndsWithoutMetrics() throws Exception {
        String asked = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp";
        cloudflared.quick(Quick.NO_DNS);
        List<String> said = ends(
                1,
                asked + ": lookup api.trycloudflare.com on 127.0.0.53:53: server misbehaving",
                arguments("--url", "http://127.0.0.1:9"));
        assertThat(said).noneMatch(line -> line.contains("metrics"));
        cloudflared.quick(Quick.REFUSED);
        ends(1, asked + " 192.0.2.10:443: connect: connection refused", arguments("--url", "http://127.0.0.1:9"));
        cloudflared.quick(Quick.API_ERROR);
        ends(1, "failed to parse quick Tunnel ID: invalid UUID length: 0", arguments("--url", "http://127.0.0.1:9"));
    }

    @Test
    void tooManyQuickTunnelsAreRefused() throws Exception {
        cloudflared.quick(Quick.TOO_MANY);
        List<String> said = ends(
                1,
                "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
                arguments("--url", "http://127.0.0.1:9"));
        assertThat(said.get(said.size() - 2))
                .contains(" ERR Error unmarshaling QuickTunnel response: error code: 1015 ")
                .endsWith(" status_code=\"429 Too Many Requests\"");
    }

    @Test
    void theFinalErrorIsBareTextEvenInJson() throws Exception {
        cloudflared.quick(Quick.TOO_MANY);
        List<String> said = ends(
                1,
                "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value",
                arguments("--output", "json", "--url", "http://127.0.0.1:9"));
        assertThat(said.get(said.size() - 2))
                .startsWith("{\"level\":\"error\",\"error\":\"invalid character 'e' ")
                .contains("\"status_code\":\"429 Too Many Requests\"");
    }

    @Test
    void aNamedTunnelWithoutNamesEnds() throws Exception {
        cloudflared.edge(Edge.NO_DNS);
        List<String> said = ends(
                1,
                "Could not lookup srv records on _v2-origintunneld._tcp.argotunnel.com: "
                        + "lookup _v2-origintunneld._tcp.argotunnel.com on 127.0.0.53:53: server misbehaving",
                token());
        assertThat(said).anyMatch(line -> line.contains("Starting metrics server on "));
    }

    @Test
    void aRefusalEndsItUnlessItIsUnauthorized() throws Exception {
        cloudflared.edge(Edge.REFUSES).edgeText("Tunnel limit reached");
        ends(1, "Tunnel limit reached", token());
        cloudflared.edge(Edge.UNAUTHORIZED).edgeText("Unauthorized: Invalid tunnel secret");
        try (Run run = Run.of(cloudflared, token())) {
            for (int seconds = 2; seconds <= 32; seconds *= 2) {
                run.line("Retrying connection in up to " + seconds + "s");
            }
            run.line("Retrying connection in up to 1m4s");
            assertThat(run.errors())
                    .anyMatch(
                            line -> line.contains(
                                    " ERR Register tunnel error from server side error=\"Unauthorized: Invalid tunnel secret\" "));
            assertThat(run.ready().get("readyConnections").asInt()).isZero();
            assertThat(run.process.isAlive()).isTrue();

            run.term();

            assertThat(run.exit()).isZero();
        }
    }

    @Test
    void credentialsOfAnotherTunnelAreRefusedByTheEdgeAlone() throws Exception {
        Path foreign = file("cred.json", TunnelSamples.FOREIGN_CREDENTIALS);
        Path config = credentials(foreign.toString(), "");
        try (Run run =
                Run.of(cloudflared, "tunnel", "--config", config.toString(), "--metrics", "127.0.0.1:0", "run")) {
            run.line("Unauthorized: Invalid tunnel secret");
        }
    }

    @Test
    void emptyCredentialsWithoutRulesServe503() throws Exception {
        Path empty = file("cred.json", TunnelSamples.EMPTY_CREDENTIALS);
        Path config = credentials(empty.toString(), "");
        try (Run run =
                Run.of(cloudflared, "tunnel", "--config", config.toString(), "--metrics", "127.0.0.1:0", "run")) {
            run.line(" WRN No ingress rules were defined ");
            run.line(REGISTERED);
            assertThat(Visitor.of(cloudflared, "nexus.example.com").get("/").statusCode())
                    .isEqualTo(503);
        }
    }

    @Test
    void aSelfUpdateEndsIt() throws Exception {
        cloudflared.updateIsThere(true);
        Path plain = file("plain.yml", "loglevel: info\n");
        ends(
                11,
                "update error: 10",
                "tunnel",
                "--config",
                plain.toString(),
                "--metrics",
                "127.0.0.1:0",
                "--url",
                "http://127.0.0.1:9");
        try (Run run = quick()) {
            run.line(REGISTERED);
        }
    }

    @Test
    void anyOtherEndCanBeTold() throws Exception {
        cloudflared.start(Start.FAILS).exit(7, "panic: runtime error");
        ends(7, "panic: runtime error", "version");
        cloudflared.start(Start.NORMAL);
        try (Run run = quick()) {
            run.line(REGISTERED);

            cloudflared.exit(2, "fatal error: out of memory").dies(true);

            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.lastError()).isEqualTo("fatal error: out of memory");
        }
    }

    private List<String> ends(int code, String last, String... arguments) throws Exception {
        try (Run run = Run.of(cloudflared, arguments)) {
            assertThat(run.exit()).isEqualTo(code);
            assertThat(run.lastError()).isEqualTo(last);
            assertThat(run.output()).isEmpty();
            return run.errors();
        }
    }

    private Run quick() throws IOException {
        return Run.of(cloudflared, arguments("--url", "http://127.0.0.1:9"));
    }

    private Run named(String... rest) throws IOException {
        String[] arguments = arguments("run");
        String[] all = Arrays.copyOf(arguments, arguments.length + rest.length);
        System.arraycopy(rest, 0, all, arguments.length, rest.length);
        return Run.of(cloudflared, all);
    }

    private String[] token() throws IOException {
        return arguments(
                "run", "--token-file", file("token", TunnelSamples.TOKEN).toString());
    }

    private String[] arguments(String... rest) {
        List<String> all = new ArrayList<>(
                List.of("tunnel", "--config", own.toString(), "--no-autoupdate", "--metrics", "127.0.0.1:0"));
        all.addAll(List.of(rest));
        return all.toArray(String[]::new);
    }

    private Path credentials(String file, String rest) throws IOException {
        return file(
                "c.yml",
                "tunnel: " + TunnelSamples.TUNNEL_ID + "\ncredentials-file: " + file + "\nno-autoupdate: true\n"
                        + rest);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }
}
