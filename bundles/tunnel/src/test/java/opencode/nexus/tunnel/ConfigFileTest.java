package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {

    @TempDir
    Path directory;

    private FakeHome home;

    @BeforeEach
    void begin() {
        home = new FakeHome(directory);
    }

    @Test
    void whatWasSetIsThereAgainAndTheTokenIsNotInIt() throws Exception {
        Rule rule = new Rule("a.example.com", "^/x\"y", "http://127.0.0.1:80", Map.of("noTLSVerify", true));
        TunnelConfig set = Samples.with(Samples.token(TunnelSamples.TOKEN), List.of(rule), List.of("--retries=3"));
        new ConfigFile(home).store(set);

        ConfigFile again = new ConfigFile(home);

        assertThat(again.config()).isEqualTo(set.shown(true));
        assertThat(again.config().token()).isNull();
        assertThat(again.token()).isEqualTo(TunnelSamples.TOKEN);
        assertThat(Files.readString(directory.resolve("tunnel/config.json"))).doesNotContain(TunnelSamples.TOKEN);
    }

    @Test
    void theSecretOfCredentialsIsShownNowhereToo() throws Exception {
        Path credentials = Files.writeString(directory.resolve("credentials.json"), TunnelSamples.CREDENTIALS);
        ConfigFile file = new ConfigFile(home);
        assertThat(file.secrets()).isEmpty();
        file.store(Samples.credentials(credentials.toString()));

        assertThat(file.secrets()).containsExactly(TunnelSamples.SECRET);
        assertThat(Redaction.clean("it said " + TunnelSamples.SECRET + " aloud", file.secrets()))
                .isEqualTo("it said [redacted] aloud");
        Files.delete(credentials);
        assertThat(file.secrets()).isEmpty();
    }

    @Test
    void aTokenStaysUntilItIsForgotten() {
        ConfigFile file = new ConfigFile(home);
        file.store(Samples.token(TunnelSamples.TOKEN));
        file.store(Samples.token(null));
        assertThat(file.config().tokenSet()).isTrue();

        file.store(Samples.token(""));
        assertThat(file.config().tokenSet()).isFalse();
        assertThat(new ConfigFile(home).token()).isNull();
    }

    @Test
    void aFileThatCannotBeUnderstoodIsPutAside() throws Exception {
        Path file = home.directory("tunnel").resolve("config.json");
        for (String broken : List.of("{", "[]", "{\"kind\":\"slow\"}")) {
            Files.writeString(file, broken);
            assertThat(new ConfigFile(home).config()).isEqualTo(TunnelConfig.STANDARD);
            assertThat(file.resolveSibling("config.json.rejected")).hasContent(broken);
        }
    }

    @Test
    void aFullDiskChangesNothing() {
        ConfigFile file = new ConfigFile(home);
        home.refuseWrites(true);
        assertThatThrownBy(() -> file.store(Samples.quick(Protocol.QUIC))).isInstanceOf(NexusException.class);
        assertThat(file.config()).isEqualTo(TunnelConfig.STANDARD);
    }

    @Test
    void theCatchAllIsAddedWhereItIsMissing() {
        String named = ConfigYaml.text(Samples.token(null), Protocol.HTTP2, "", 1, 2);
        assertThat(named).contains("hostname: \"nexus.example.com\"").endsWith("  - service: \"http_status:404\"\n");

        String quick = ConfigYaml.text(TunnelConfig.STANDARD, Protocol.HTTP2, "", 1, 2);
        assertThat(quick).endsWith("  - service: \"http://127.0.0.1:2\"\n").doesNotContain("404");
    }
}
