package opencode.nexus.testkit.cloudflared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngressValidateTest {
    private static final String LAST = "  - service: http_status:404\n";

    @TempDir
    Path directory;

    private StandInCloudflared cloudflared;
    private Path config;

    @BeforeEach
    void make() throws IOException {
        cloudflared = StandInCloudflared.in(directory.resolve("bin"));
        config = directory.resolve("c.yml");
    }

    @Test
    void goodOnesAreOkAndCredentialsAreNotOpened() throws Exception {
        good(
                """
                tunnel: 7f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b
                credentials-file: /nowhere/cred.json        # never opened
                no-autoupdate: true
                metrics: 127.0.0.1:20299
                grace-period: 5s
                protocol: http2
                ingress:
                  - hostname: nexus.example.com
                    service: http://127.0.0.1:8080       # no path allowed
                    originRequest: {connectTimeout: 10s, keepAliveTimeout: 1m30s, httpHostHeader: localhost}
                  - hostname: "*.example.com"
                    path: '^/(a|b)/\\d+$'
                    service: unix:/run/nexus.sock
                    originRequest:
                      noTLSVerify: true
                      keepAliveConnections: 100
                      access: {required: true, teamName: team, audTag: [a, b]}
                  - service: hello_world
                """);
        good("ingress:\n- service: http_status:404\n");
        good("{\"ingress\":[{\"hostname\":\"a.example\",\"service\":\"http://127.0.0.1:1\"},"
                + "{\"service\":\"http_status:404\"}]}");
    }

    @Test
    void whatIsWrongIsNamed() throws Exception {
        bad(
                "ingress:\n  - hostname: a.example\n    service: http://127.0.0.1:1\n",
                "The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)");
        bad(
                "ingress:\n" + LAST + "  - hostname: a.example\n    service: http://127.0.0.1:1\n",
                "Rule #1 is matching the hostname '', but this will match every hostname, meaning the rules which "
                        + "follow it will never be triggered.");
        bad("no-autoupdate: true\n", "The config file doesn't contain any ingress rules");
        bad(
                "ingress:\n  - hostname: a.example:80\n    service: http://127.0.0.1:1\n" + LAST,
                "Hostname cannot contain a port");
        bad(
                "ingress:\n  - hostname: a.*.example\n    service: http://127.0.0.1:1\n" + LAST,
                "Hostname patterns can have at most one wildcard character (\"*\") and it can only be used for "
                        + "subdomains, e.g. \"*.example.com\"");
        bad(
                "ingress:\n  - hostname: a.example\n    path: '('\n    service: http://127.0.0.1:1\n" + LAST,
                "Rule #1 has an invalid regex: error parsing regexp: ");
        bad(
                "ingress:\n  - hostname: a.example\n    path: a(?!b)\n    service: http://127.0.0.1:1\n" + LAST,
                "Rule #1 has an invalid regex: error parsing regexp: invalid or unsupported Perl syntax");
        bad(
                "ingress:\n  - service: http://127.0.0.1:1/path\n",
                "http://127.0.0.1:1/path is an invalid address, ingress rules don't support proxying to a different "
                        + "path");
        bad(
                "ingress:\n  - service: localhost\n",
                "localhost is an invalid address, please make sure it has a scheme and a hostname");
        bad("ingress:\n  - service: http_status:teapot\n", "invalid HTTP status: ");
    }

    @Test
    void aDurationAsANumberIsNoConfiguration() throws Exception {
        try (Run run =
                validate("ingress:\n  - service: http://127.0.0.1:1\n    originRequest:\n      connectTimeout: 10\n")) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.errors())
                    .containsExactly(
                            "error parsing YAML in config file at " + config + ": yaml: unmarshal errors:",
                            "  line 4: cannot unmarshal !!int `10` into time.Duration");
            assertThat(run.output()).isEmpty();
        }
    }

    @Test
    void unknownKeysAreAWarningWithoutOk() throws Exception {
        try (Run run = validate("ingress:\n  - service: http://127.0.0.1:1\n    originRequest:\n      bogus: 1\n")) {
            assertThat(run.exit()).isZero();
            assertThat(run.output())
                    .containsExactly(
                            "Validating rules from " + config,
                            "Warning: unused keys detected in your config file. Here is a list of unused keys:",
                            "yaml: unmarshal errors:",
                            "  line 4: field bogus not found in type config.OriginRequestConfig");
        }
    }

    @Test
    void anAddressFromTheEnvironmentForbidsRules() throws Exception {
        Files.writeString(config, "ingress:\n" + LAST);
        try (Run run = Run.of(cloudflared, Map.of("TUNNEL_URL", "http://127.0.0.1:9"), arguments())) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.lastError())
                    .isEqualTo(
                            "You can't set the --url flag (or $TUNNEL_URL) when using multiple-origin ingress rules");
        }
    }

    @Test
    void aRuleCanBeAskedFor() throws Exception {
        Files.writeString(config, "ingress:\n  - hostname: a.example\n    service: http://127.0.0.1:1\n" + LAST);
        try (Run run = Run.of(
                cloudflared, "tunnel", "--config", config.toString(), "ingress", "rule", "https://b.example/x")) {
            assertThat(run.exit()).isZero();
            assertThat(run.output())
                    .containsExactly("Using rules from " + config, "Matched rule #1", "\tservice: http_status:404");
        }
    }

    private void good(String text) throws Exception {
        try (Run run = validate(text)) {
            assertThat(run.exit()).isZero();
            assertThat(run.output()).containsExactly("Validating rules from " + config, "OK");
            assertThat(run.errors()).isEmpty();
        }
    }

    private void bad(String text, String why) throws Exception {
        try (Run run = validate(text)) {
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.output()).containsExactly("Validating rules from " + config);
            assertThat(run.lastError()).startsWith("Validation failed: " + why);
        }
    }

    private Run validate(String text) throws IOException {
        Files.writeString(config, text);
        return Run.of(cloudflared, arguments());
    }

    private String[] arguments() {
        return new String[] {"tunnel", "--config", config.toString(), "ingress", "validate"};
    }
}
