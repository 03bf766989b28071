package opencode.nexus.testkit.cloudflared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Quick;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
    private static final String REGISTERED = "Registered tunnel connection ";

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
    void theVersionIsOnStdout() throws Exception {
        for (List<String> arguments :
                List.of(List.of("version", "--short"), List.of("version"), List.of("--version"))) {
            try (Run run = Run.of(cloudflared.version("2025.2.0"), arguments.toArray(String[]::new))) {
                assertThat(run.exit()).isZero();
                assertThat(run.output())
                        .singleElement()
                        .asString()
                        .matches(
                                arguments.size() == 2
                                        ? "2025\\.2\\.0"
                                        : "cloudflared version 2025\\.2\\.0 \\(built .*\\)");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2026.8.2, bogus, tunnel --bogus run",
        "2026.8.2, config, tunnel run --config own.yml",
        "2026.8.2, token-file, tunnel --token-file token run",
        "2025.6.0, output, tunnel --output json run",
        "2025.3.9, token-file, tunnel run --token-file token",
        "2026.4.0, no-prechecks, tunnel --no-prechecks run"
    })
    void aFlagThatIsNotThereIsSaidOnStdoutAndNothingFails(String version, String flag, String arguments)
            throws Exception {
        try (Run run = Run.of(cloudflared.version(version), arguments.split(" "))) {
            assertThat(run.exit()).isZero();
            assertThat(run.output().get(0)).isEqualTo("Incorrect Usage: flag provided but not defined: -" + flag);
            assertThat(run.errors()).isEmpty();
        }
    }

    @Test
    void theEnvironmentIsObeyed() throws Exception {
        Map<String, String> environment = Map.of(
                "TUNNEL_METRICS", "127.0.0.1:0",
                "TUNNEL_LOG_OUTPUT", "json",
                "TUNNEL_TOKEN", TunnelSamples.TOKEN,
                "TUNNEL_TRANSPORT_PROTOCOL", "http2",
                "NO_AUTOUPDATE", "true");
        try (Run run = Run.of(cloudflared.updateIsThere(true), environment, "tunnel", "run")) {
            assertThat(run.line(REGISTERED.strip()))
                    .startsWith("{\"level\":\"info\",")
                    .contains("\"protocol\":\"http2\"");
        }
        try (Run run = Run.of(
                cloudflared,
                Map.of("TUNNEL_URL", "http://127.0.0.1:9"),
                "tunnel",
                "--config",
                own.toString(),
                "--no-autoupdate",
                "--metrics",
                "127.0.0.1:0")) {
            run.line("Your quick Tunnel has been created!");
        }
    }

    @Test
    void theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile() throws Exception {
        Path config = file("c.yml", "metrics: 127.0.0.1:0\nloglevel: error\nprotocol: quic\n");
        Map<String, String> environment = Map.of("TUNNEL_LOGLEVEL", "info", "TUNNEL_TRANSPORT_PROTOCOL", "auto");
        try (Run run = Run.of(
                cloudflared,
                environment,
                "tunnel",
                "--config",
                config.toString(),
                "--no-autoupdate",
                "--protocol=http2",
                "--url",
                "http://127.0.0.1:9")) {
            assertThat(run.line(REGISTERED)).endsWith(" protocol=http2");
        }
    }

    @Test
    void aConfigurationOfThePersonIsFoundWhenOursIsNotGiven() throws Exception {
        Files.createDirectories(directory.resolve("bin/.cloudflared"));
        Files.writeString(directory.resolve("bin/.cloudflared/config.yml"), "ingress:\n  - service: http_status:404\n");
        cloudflared.quickHostname("a-b.trycloudflare.com");
        try (Run run = Run.of(
                cloudflared, "tunnel", "--no-autoupdate", "--metrics", "127.0.0.1:0", "--url", "http://127.0.0.1:9")) {
            run.line(REGISTERED);
            assertThat(Visitor.of(cloudflared, "a-b.trycloudflare.com").get("/").statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void anEmptyConfigurationIsSaidAndDoesNotMatter() throws Exception {
        try (Run run = Run.of(
                cloudflared,
                "tunnel",
                "--config",
                "/dev/null",
                "--metrics",
                "127.0.0.1:0",
                "--url",
                "http://127.0.0.1:9")) {
            assertThat(run.line(" ERR ")).endsWith(" ERR Configuration file /dev/null was empty");
            run.line(REGISTERED);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--protocol    | gopher | unknown protocol gopher,",
                "--edge-ip-version | 5  | invalid value for edge-ip-version: 5",
                "--grace-period | 4m    | grace-period must be equal or less than 3m0s"
            })
    void aValueThatDoesNotExistEndsIt(String flag, String value, String said) throws Exception {
        try (Run run =
                Run.of(cloudflared, "tunnel", "--config", own.toString(), flag, value, "--url", "http://127.0.0.1:9")) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.lastError()).startsWith(said);
        }
    }

    @Test
    void allFlagsThatAreGeneratedAreTaken() throws Exception {
        try (Run run = Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--no-autoupdate",
                "--metrics",
                "127.0.0.1:0",
                "--loglevel",
                "info",
                "--output",
                "json",
                "--protocol",
                "auto",
                "--edge-ip-version",
                "4",
                "--region",
                "us",
                "--grace-period",
                "5s",
                "--edge",
                "127.0.0.1:1",
                "--cacert",
                "ca.pem",
                "--quick-service",
                "http://127.0.0.1:2",
                "--no-prechecks",
                "--retries",
                "5",
                "--url",
                "http://127.0.0.1:9")) {
            run.line(REGISTERED.strip());
        }
    }

    @Test
    void anotherEdgeAndAnotherServiceAreUsed() throws Exception {
        try (Run run = Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--edge=127.0.0.1:7844",
                "--edge",
                "127.0.0.2:7844",
                "--cacert=ca.pem",
                "--url",
                "http://127.0.0.1:9")) {
            assertThat(run.line(REGISTERED)).contains(" ip=127.0.0.1 ");
            assertThat(run.line("Settings: ")).contains("cacert:ca.pem ", "edge:[127.0.0.1:7844 127.0.0.2:7844] ");
        }
        cloudflared.quick(Quick.REFUSED);
        try (Run run = Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--quick-service",
                "http://127.0.0.1:2",
                "--url",
                "http://127.0.0.1:9")) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.lastError())
                    .startsWith("failed to request quick Tunnel: Post \"http://127.0.0.1:2/tunnel\": dial tcp");
        }
        for (String flag : new String[] {"--edge", "--cacert", "--quick-service"}) {
            try (Run run = Run.of(cloudflared, "tunnel", "run", flag, "x")) {
                assertThat(run.exit()).isZero();
                assertThat(run.output())
                        .contains("Incorrect Usage: flag provided but not defined: -" + flag.substring(2));
            }
        }
    }

    @Test
    void readyAsksTheMetricsPort() throws Exception {
        try (Run tunnel = Run.of(
                cloudflared,
                "tunnel",
                "--config",
                own.toString(),
                "--metrics",
                "127.0.0.1:0",
                "--url",
                "http://127.0.0.1:9")) {
            tunnel.line(REGISTERED);
            String metrics = "127.0.0.1:" + tunnel.metricsPort();
            try (Run ready = Run.of(cloudflared, "tunnel", "--metrics", metrics, "ready")) {
                assertThat(ready.exit()).isZero();
            }
            tunnel.close();
            try (Run ready = Run.of(cloudflared, "tunnel", "--metrics", metrics, "ready")) {
                assertThat(ready.exit()).isEqualTo(1);
            }
        }
    }

    @Test
    void oneThatHangsSaysNothingWhateverItIsAsked() throws Exception {
        cloudflared.start(Start.HANGS);
        try (Run run = Run.of(cloudflared, "version")) {
            assertThat(run.process.waitFor(1, TimeUnit.SECONDS)).isFalse();
            assertThat(run.errors()).isEmpty();
            assertThat(run.output()).isEmpty();
        }
    }

    @Test
    void itMayBeADirectory() throws Exception {
        assertThat(StandInCloudflared.aDirectoryIn(directory.resolve("other")))
                .isDirectory()
                .hasFileName("cloudflared");
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content);
    }
}
