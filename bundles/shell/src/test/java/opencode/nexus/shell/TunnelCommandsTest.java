package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.testkit.FakeTunnelService;
import opencode.nexus.testkit.SampleTunnel;
import org.apache.karaf.shell.api.console.Session;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelCommandsTest {
    private static final String TOKEN = "eyJhIjoiYWNjb3VudCJ9";

    @TempDir
    Path directory;

    private final FakeTunnelService tunnel = new FakeTunnelService();

    @Test
    void theyAskForWhatTheyAreCalled() {
        TunnelStartCommand start = new TunnelStartCommand();
        start.tunnel = tunnel;
        TunnelStopCommand stop = new TunnelStopCommand();
        stop.tunnel = tunnel;

        assertThat(output(start)).contains("being opened");
        assertThat(output(stop)).contains("being closed");
        assertThat(tunnel.asked).containsExactly("start", "stop");
    }

    @Test
    void aRefusalIsASentence() {
        tunnel.refuse(new NexusException(NexusException.Kind.CONFLICT, "no-owner", "Nexus has no owner yet."));
        TunnelStartCommand start = new TunnelStartCommand();
        start.tunnel = tunnel;

        assertThat(output(start)).isEqualTo("Nexus has no owner yet.\n");
    }

    @Test
    void theLightsAreToldInWords() {
        TunnelStatusCommand status = new TunnelStatusCommand();
        status.tunnel = tunnel;
        assertThat(output(status))
                .isEqualTo("tunnel      closed, token\nprocess     does not run\nedge        not known\n"
                        + "round trip  not known\n");

        tunnel.status = SampleTunnel.FULL;
        assertThat(output(status))
                .isEqualTo("tunnel      open, quick, since 2026-01-02T03:04:05Z\n"
                        + "address     https://quiet-lake.trycloudflare.com\n"
                        + "no longer   https://old-pond.trycloudflare.com\n"
                        + "process     runs, pid 4711, cloudflared 2026.8.2\n"
                        + "edge        connected, 2 connections, at bru01, fra03\n"
                        + "round trip  does not work, tried at 2026-01-02T03:05:05Z - It is slow.\n"
                        + "problem     Something is wrong.\n");
    }

    @Test
    void whatIsSetIsShown() {
        tunnel.config = SampleTunnel.CONFIG;

        assertThat(output(config(List.of())))
                .isEqualTo("kind             credentials\ndomain           nexus.example.com\n"
                        + "credentialsFile  /home/me/credentials.json\ntoken            set\nautoStart        true\n"
                        + "protocol         http2\nedgeIpVersion    4\nregion           us\n"
                        + "arguments        --post-quantum\n"
                        + "ingress          nexus.example.com, path ^/api: nexus\n"
                        + "ingress          any host: http_status:404\n");
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void valuesAreChangedAndTheOthersStay() {
        tunnel.config = SampleTunnel.CONFIG;

        String shown = output(config(List.of(
                "kind=token",
                "autoStart=false",
                "region=",
                "edgeIpVersion=6",
                "protocol=quic",
                "arguments=--retries=3, --post-quantum",
                "ingress=")));

        assertThat(shown).contains("kind             token", "ingress          all of it leads to Nexus");
        assertThat(tunnel.config.kind()).isEqualTo(Kind.TOKEN);
        assertThat(tunnel.config.domain()).isEqualTo("nexus.example.com");
        assertThat(tunnel.config.region()).isNull();
        assertThat(tunnel.config.arguments()).containsExactly("--retries=3", "--post-quantum");
    }

    @Test
    void everyValueThatCannotBeIsNamedAndNothingIsChanged() {
        String shown = output(config(
                List.of("kind=ngrok", "autoStart=yes", "ingress=ssh://x", "colour=blue", "x", "token=" + TOKEN)));

        assertThat(shown.lines().map(line -> line.split(":")[0]))
                .containsExactly("kind", "autoStart", "ingress", "colour", "x", "token");
        assertThat(shown).doesNotContain(TOKEN);
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void whatTheTunnelFindsWrongIsNotStoredAndWhatShouldBeKnownIsTold() {
        tunnel.problems.add(new TunnelProblem("domain", "is not known yet", Severity.WARNING));
        assertThat(output(config(List.of("autoStart=true")))).startsWith("note  domain: is not known yet\nkind ");

        tunnel.problems.add(new TunnelProblem("region", "must be us or empty", Severity.ERROR));
        assertThat(output(config(List.of("region=eu")))).isEqualTo("region: must be us or empty\n");
        assertThat(tunnel.asked).containsExactly("configure");
    }

    @Test
    void theTokenComesFromAFileOrAHiddenPrompt() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        TunnelConfigCommand fromFile = config(List.of("kind=token"));
        fromFile.tokenFile = file.toString();
        assertThat(output(fromFile)).contains("token            set").doesNotContain(TOKEN);
        assertThat(tunnel.token).isEqualTo(TOKEN);

        TunnelConfigCommand forgets = config(List.of("kind=quick"));
        forgets.forgetToken = true;
        assertThat(output(forgets)).contains("token            none");

        TunnelConfigCommand asks = config(List.of("kind=token"));
        asks.askToken = true;
        asks.session = typing(TOKEN + " ");
        assertThat(output(asks)).contains("token            set").doesNotContain(TOKEN);
        assertThat(tunnel.token).isEqualTo(TOKEN);
    }

    @Test
    void aTokenThatIsNotThereChangesNothing() throws Exception {
        TunnelConfigCommand missing = config(List.of());
        missing.tokenFile = directory.resolve("none").toString();
        assertThat(output(missing)).startsWith("token: ");

        TunnelConfigCommand empty = config(List.of());
        empty.tokenFile = Files.writeString(directory.resolve("empty"), "\n").toString();
        assertThat(output(empty)).startsWith("token: ");

        TunnelConfigCommand odd = config(List.of());
        odd.tokenFile = "\0";
        assertThat(output(odd)).startsWith("token: ");

        for (String typed : new String[] {null, " "}) {
            TunnelConfigCommand asks = config(List.of());
            asks.askToken = true;
            asks.session = typing(typed);
            assertThat(output(asks)).startsWith("token: ");
        }
        assertThat(tunnel.asked).isEmpty();
    }

    @Test
    void aConfigurationIsCheckedWithoutBeingSet() {
        TunnelValidateCommand validate = new TunnelValidateCommand();
        validate.tunnel = tunnel;
        validate.values = List.of("kind=token");
        validate.preview = true;
        tunnel.problems.add(new TunnelProblem("command", "is not there", Severity.WARNING));
        assertThat(output(validate)).isEqualTo("note   command: is not there\nIt can be used.\nkind: TOKEN\n");

        tunnel.problems.add(new TunnelProblem("token", "is needed", Severity.ERROR));
        assertThat(output(validate)).isEqualTo("note   command: is not there\nwrong  token: is needed\n");
        assertThat(tunnel.config).isEqualTo(TunnelConfig.STANDARD);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                TunnelStartCommand.class,
                TunnelStopCommand.class,
                TunnelStatusCommand.class,
                TunnelConfigCommand.class,
                TunnelValidateCommand.class
            })
    void aMissingPartIsSaidToBeMissing(Class<? extends TunnelCommand> command) throws Exception {
        assertThat(output(command.getDeclaredConstructor().newInstance())).contains("is missing");
    }

    private TunnelConfigCommand config(List<String> values) {
        TunnelConfigCommand command = new TunnelConfigCommand();
        command.tunnel = tunnel;
        command.values = values;
        return command;
    }

    /** A console where this is typed, when it is not shown. */
    private static Session typing(@Nullable String line) {
        return (Session) Proxy.newProxyInstance(
                Session.class.getClassLoader(), new Class<?>[] {Session.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("readLine");
                    assertThat(arguments).containsExactly("Token: ", '*');
                    return line;
                });
    }

    private static String output(TunnelCommand command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        command.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
