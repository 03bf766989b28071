package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigCheckTest {

    @TempDir
    Path directory;

    @Test
    void aQuickTunnelNeedsNothing() {
        assertThat(ConfigCheck.check(TunnelConfig.STANDARD, null)).isEmpty();
    }

    @Test
    void aTokenTunnelNeedsItsToken() {
        assertThat(ConfigCheck.check(Samples.token(null), null))
                .extracting(TunnelProblem::field)
                .containsExactly("token");
        assertThat(ConfigCheck.check(Samples.token(null), TunnelSamples.TOKEN)).isEmpty();
        assertThat(ConfigCheck.check(Samples.token(TunnelSamples.TOKEN), null)).isEmpty();
    }

    @Test
    void wrongTokensAreNamedWithoutBeingTold() {
        for (String token : List.of(
                TunnelSamples.MALFORMED_TOKEN,
                TunnelSamples.TOKEN_OF_NOTHING,
                TunnelSamples.TOKEN_WITH_NEWLINE,
                TunnelSamples.TOKEN + " ",
                TunnelSamples.TOKEN.substring(0, 43),
                TunnelSamples.CREDENTIALS,
                "x".repeat(100_000))) {
            assertThat(ConfigCheck.check(Samples.token(token), null))
                    .singleElement()
                    .satisfies(problem -> {
                        assertThat(problem.field()).isEqualTo("token");
                        assertThat(problem.message())
                                .doesNotContain(token)
                                .doesNotContain(TunnelSamples.SECRET)
                                .hasSizeGreaterThan(20);
                    });
        }
    }

    @Test
    void credentialsHaveToBeAFileOfATunnel() throws Exception {
        assertThat(credentials(TunnelSamples.CREDENTIALS)).isEmpty();
        for (String wrong : List.of(
                TunnelSamples.EMPTY_CREDENTIALS,
                TunnelSamples.MALFORMED_CREDENTIALS,
                TunnelSamples.CERTIFICATE,
                "",
                "[]",
                TunnelSamples.CREDENTIALS.replace(TunnelSamples.TUNNEL_ID, "my tunnel"))) {
            assertThat(credentials(wrong)).as(wrong).singleElement().satisfies(problem -> assertThat(problem.message())
                    .doesNotContain(TunnelSamples.SECRET));
        }
        for (String path : List.of("relative.json", "/no/such/file.json", directory.toString(), "/a\0b")) {
            assertThat(ConfigCheck.check(Samples.credentials(path), null))
                    .as(path)
                    .extracting(TunnelProblem::field)
                    .containsExactly("credentialsFile");
        }
    }

    @Test
    void credentialsOfAnotherTunnelThanTheTokenAreAWarning() throws Exception {
        Path file = Files.writeString(directory.resolve("cred.json"), TunnelSamples.FOREIGN_CREDENTIALS);

        assertThat(ConfigCheck.check(Samples.credentials(file.toString()), TunnelSamples.TOKEN))
                .singleElement()
                .satisfies(problem -> assertThat(problem.severity()).isEqualTo(Severity.WARNING));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://nexus.example.com",
                "nexus.example.com/path",
                "nexus example.com",
                "nexus.example.com:443",
                "example",
                "co.uk",
                "-a.example.com",
                "a..example.com",
                ".example.com",
                "192.168.1.1",
                "my.trycloudflare.com",
                "cfargotunnel.com",
                "www.cloudflare.com",
                "a\n.example.com",
                "1234567890123456789012345678901234567890123456789012345678901234.example.com"
            })
    void aDomainIsAHostNameOfOnesOwn(String domain) {
        assertThat(HostNames.problem(domain)).isNotNull();
    }

    /** One of each kind the public suffix list has: national, of a city, private, with an asterisk, and not in ASCII. */
    @ParameterizedTest
    @ValueSource(strings = {"com.au", "a.kobe.jp", "gen.tr", "github.io", "GitHub.io", "xn--55qx5d.cn", "公司.cn"})
    void nobodyOwnsAPublicSuffix(String domain) {
        assertThat(HostNames.problem(domain)).contains("below which others have theirs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"me.github.io", "city.kobe.jp", "b.a.kobe.jp", "example.com", "nexus.example", "食狮.公司.cn"})
    void whatLiesBelowOneMayBeOnesOwn(String domain) {
        assertThat(HostNames.problem(domain)).isNull();
    }

    @Test
    void namesBecomeAscii() {
        assertThat(HostNames.problem("nexus.bücher.example")).isNull();
        assertThat(HostNames.ascii("Nexus.Bücher.example")).isEqualTo("nexus.xn--bcher-kva.example");
        assertThat(HostNames.problem("nexus.example.co.uk")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "^/api/v[0-9]+$, true",
        "(?i)^/a|/b$, true",
        "[^]a-z]+, true",
        "'a{1,1000}', true",
        "'a{1001}', false",
        "(?=a), false",
        "(?<!a)b, false",
        "(a)\\1, false",
        "a*+, false",
        "(?>a), false",
        "[a&&b], false",
        "(, false",
        "[, false"
    })
    void aPathIsWhatGoCompiles(String expression, boolean right) {
        assertThat(PathPattern.problem(expression) == null).isEqualTo(right);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080/path",
                "http://127.0.0.1:8080/",
                "http://user@127.0.0.1",
                "http://127.0.0.1:70000",
                "127.0.0.1:8080",
                "ftp://example.com",
                "http_status:999",
                "unix:relative",
                "file:///etc/passwd",
                "http://a b",
                ""
            })
    void aServiceIsATargetWithoutPath(String service) {
        assertThat(ConfigCheck.check(rules(rule(null, null, service)), TunnelSamples.TOKEN))
                .extracting(TunnelProblem::field)
                .containsExactly("ingress[0].service");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:4096, true",
        "http://localhost:80, true",
        "http://[::1]:80, true",
        "http://192.168.0.1, true",
        "http://0.0.0.0:8080, true",
        "unix:/run/docker.sock, true",
        "ssh://localhost:22, true",
        "https://example.org, true",
        "http://localhost.:80, true",
        "nexus, false",
        "http_status:404, false"
    })
    void anythingElseThanNexusNeedsThePassword(String service, boolean needed) {
        assertThat(ConfigCheck.check(rules(rule(null, null, service)), TunnelSamples.TOKEN).stream()
                        .anyMatch(problem -> problem.severity() == Severity.NEEDS_PASSWORD))
                .isEqualTo(needed);
    }

    @Test
    void rulesThatAreNeverReachedAreNamed() {
        assertThat(ConfigCheck.check(
                        rules(
                                rule("a.example.com", null, "nexus"),
                                rule("A.example.com", "/x", "nexus"),
                                rule("*.b.example.com", null, "nexus"),
                                rule("c.b.example.com", null, "nexus"),
                                rule(null, "/y", "nexus"),
                                rule(null, "/y", "nexus"),
                                rule(null, null, "http_status:404"),
                                rule("d.example.com", null, "nexus")),
                        TunnelSamples.TOKEN))
                .extracting(TunnelProblem::field)
                .containsExactly("ingress[1]", "ingress[3]", "ingress[5]", "ingress[7]");
    }

    @Test
    void originOptionsHaveTypesAndRanges() {
        Rule right = new Rule(
                null,
                null,
                "nexus",
                Map.of(
                        "connectTimeout",
                        "1m30s",
                        "noTLSVerify",
                        true,
                        "keepAliveConnections",
                        100,
                        "httpHostHeader",
                        "localhost",
                        "access",
                        Map.of("required", true, "teamName", "team", "audTag", List.of("0123456789abcdef"))));
        assertThat(ConfigCheck.check(rules(right), TunnelSamples.TOKEN)).isEmpty();
        for (Map.Entry<String, Object> wrong : Map.<String, Object>of(
                        "connectTimeout", 30,
                        "tlsTimeout", "2h",
                        "noTLSVerify", "yes",
                        "keepAliveConnections", -1,
                        "httpHostHeader", "a\nb",
                        "caPool", "relative",
                        "access", Map.of("required", true),
                        "proxyType", "socks")
                .entrySet()) {
            Rule rule = new Rule(null, null, "nexus", Map.of(wrong.getKey(), wrong.getValue()));
            assertThat(ConfigCheck.check(rules(rule), TunnelSamples.TOKEN))
                    .extracting(TunnelProblem::field)
                    .containsExactly("ingress[0].originRequest." + wrong.getKey());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--retries=7, true",
        "--post-quantum, true",
        "--loglevel=warn, true",
        "--loglevel=debug, false",
        "--loglevel, false",
        "--token=x, false",
        "--token-file=x, false",
        "--metrics=0.0.0.0:1, false",
        "--config=x, false",
        "--edge=1.2.3.4:1, false",
        "--logfile=x, false",
        "--credentials-contents=x, false",
        "--url=http://127.0.0.1:22, false",
        "--post-quantum=x, false",
        "--management-diagnostics, false",
        "run, false",
        "'', false"
    })
    void onlyHarmlessArgumentsAreTaken(String argument, boolean right) {
        TunnelConfig config = Samples.with(TunnelConfig.STANDARD, List.of(), List.of(argument));
        assertThat(ConfigCheck.check(config, null).isEmpty()).isEqualTo(right);
    }

    @Test
    void whatIsWrongIsThrownWithItsFields() {
        assertThatThrownBy(() -> ConfigCheck.mustBeRight(ConfigCheck.check(Samples.token("x"), null)))
                .isInstanceOfSatisfying(NexusException.class, wrong -> assertThat(wrong.fields())
                        .extracting(NexusException.Field::field)
                        .containsExactly("token"));
    }

    private List<TunnelProblem> credentials(String content) throws Exception {
        Path file = Files.writeString(directory.resolve("credentials.json"), content);
        return ConfigCheck.check(Samples.credentials(file.toString()), null);
    }

    private static Rule rule(@Nullable String hostname, @Nullable String path, String service) {
        return new Rule(hostname, path, service, Map.of());
    }

    private static TunnelConfig rules(Rule... rules) {
        return Samples.with(Samples.token(null), List.of(rules), List.of());
    }
}
