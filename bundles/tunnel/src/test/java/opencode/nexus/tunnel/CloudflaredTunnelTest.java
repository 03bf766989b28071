package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Quick;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Start;
import opencode.nexus.testkit.cloudflared.TunnelSamples;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 300, unit = TimeUnit.SECONDS)
class CloudflaredTunnelTest {
    private static final TunnelConfig QUICK = Samples.quick(Protocol.HTTP2);

    @TempDir
    Path directory;

    private Stage stage;

    @BeforeEach
    void begin() throws IOException {
        stage = new Stage(directory);
    }

    @AfterEach
    void end() {
        stage.close();
    }

    @Test
    void whatFailedForWantOfTheProgramOpensWhenItIsNamed() {
        CloudflaredTunnel tunnel = stage.bare("no-such-cloudflared");
        tunnel.setLogin(FakeAuthService.owned());
        tunnel.setListener(stage.door);
        tunnel.begin();
        tunnel.start();
        stage.awaitFailed();

        tunnel.use(stage.cloudflared.program().toString());

        stage.awaitReady();
    }

    @Test
    void aQuickTunnelOpensWithThreeLightsAndIsClosedAgain() throws Exception {
        stage.cloudflared.quickHostname("quiet-lake.trycloudflare.com");
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();

        TunnelStatus open = stage.await(status -> status.roundTrip().lamp() == Lamp.ON);

        assertThat(open.url()).hasToString("https://quiet-lake.trycloudflare.com");
        assertThat(open.process().lamp()).isEqualTo(Lamp.ON);
        assertThat(open.edge().connections()).isEqualTo(1);
        assertThat(open.edge().locations()).isNotEmpty();
        assertThat(open.roundTrip().streamsHeld()).isTrue();
        assertThat(open.roundTrip().delay()).isNotNull();
        assertThat(open.version()).isEqualTo("2026.8.2");
        assertThat(stage.door.admitted).containsExactly("quiet-lake.trycloudflare.com");
        assertThat(stage.hub.published("tunnel.state"))
                .extracting(NexusEvent::topic)
                .containsOnly("tunnel");
        assertThat(tunnel.vitals().answeredIn()).isNotNull();

        tunnel.stop();
        TunnelStatus closed = stage.await(status ->
                status.state() == TunnelStatus.State.CLOSED && status.process().lamp() == Lamp.OFF);
        assertThat(closed.url()).isNull();
        assertThat(stage.door.asked).endsWith("close");
        assertThat(stage.host.host().find("cloudflared")).isEmpty();
        tunnel.revive();
        assertThat(tunnel.status().wanted()).isFalse();
    }

    @Test
    void aTokenIsSeenNowhere() throws Exception {
        CloudflaredTunnel tunnel = stage.tunnel(Samples.token(TunnelSamples.TOKEN));
        tunnel.start();
        TunnelStatus open = stage.awaitReady();
        Path process = Path.of("/proc/" + open.process().pid());

        assertThat(open.url()).hasToString("https://" + Samples.DOMAIN);
        String arguments = read(process.resolve("cmdline"));
        assertThat(arguments).contains("--token-file").contains("--config");
        StringBuilder seen = new StringBuilder(arguments).append(read(process.resolve("environ")));
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(each -> !each.endsWith("tunnel/token"))
                    .toList()) {
                seen.append(read(file));
            }
        }
        stage.hub.published().forEach(event -> seen.append(event));
        tunnel.evidence().forEach(evidence -> seen.append(evidence.text()));
        seen.append(tunnel.settings().config()).append(tunnel.status()).append(open);
        assertThat(seen.toString()).doesNotContain(TunnelSamples.TOKEN).doesNotContain(TunnelSamples.SECRET);
    }

    @Test
    void whoIsRefusedByTheEdgeIsNotStartedAgain() throws Exception {
        stage.cloudflared.edge(Edge.UNAUTHORIZED);
        CloudflaredTunnel tunnel = stage.tunnel(Samples.token(TunnelSamples.TOKEN));
        tunnel.start();

        assertThat(stage.awaitFailed().problem()).contains("Unauthorized");
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.BAD_SETTINGS);
        assertThat(stage.host.host().find("cloudflared")).isEmpty();
    }

    @Test
    void whatCloudflaredSaysAtItsEndDecides() throws Exception {
        stage.cloudflared.edge(Edge.REFUSES).edgeText("no room at the edge");
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        assertThat(stage.await(status -> String.valueOf(status.problem()).contains("no room"))
                        .state())
                .isEqualTo(TunnelStatus.State.FAILED);
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.ENDED);
    }

    @Test
    void tooManyRequestsAreWaitedFor() throws Exception {
        stage.cloudflared.quick(Quick.TOO_MANY);
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        TunnelStatus waiting = stage.await(status -> status.problem() != null);
        assertThat(waiting.state()).isEqualTo(TunnelStatus.State.OPENING);
        assertThat(waiting.problem()).contains("too many requests");

        stage.cloudflared.quick(Quick.OK);
        stage.awaitReady();
    }

    @Test
    void whoComesAfterAFailureSaysHowItStandsNow() throws Exception {
        CloudflaredTunnel failed = stage.bare("/no/such/cloudflared");
        failed.setLogin(FakeAuthService.owned());
        Door door = new Door();
        failed.setListener(door);
        failed.begin();
        failed.start();
        stage.awaitFailed();
        failed.close();
        door.end();
        int before = stage.hub.published().size();

        stage.tunnel(QUICK);

        stage.await(status -> stage.hub.published().size() > before);
        assertThat(stage.hub.published().get(before).toString()).contains("closed");
    }

    @Test
    void aNetworkThatIsAwayIsWaitedForHoweverLong() throws Exception {
        stage.cloudflared.quick(Quick.NO_DNS);
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        TunnelStatus waiting = stage.await(status -> status.problem() != null);
        assertThat(waiting.state()).isEqualTo(TunnelStatus.State.OPENING);
        assertThat(waiting.problem()).contains("is this machine online?").contains("api.trycloudflare.com");
        assertThat(waiting.url()).isNull();

        stage.cloudflared.quick(Quick.OK);
        stage.awaitReady();
    }

    @Test
    void withoutQuicItGoesOverHttp2AndRemembers() throws Exception {
        stage.cloudflared.edge(Edge.NO_QUIC);
        CloudflaredTunnel tunnel = stage.tunnel(Samples.quick(Protocol.QUIC));
        tunnel.start();
        stage.awaitReady();

        Addresses remembered = new Addresses(stage.home);
        assertThat(remembered.avoidsQuic(stage.clock.instant())).isTrue();
        assertThat(remembered.avoidsQuic(stage.clock.instant().plus(Duration.ofHours(25))))
                .isFalse();
    }

    @Test
    void aLostEdgeIsWaitedForAndThenGivenUp() throws Exception {
        CloudflaredTunnel tunnel = stage.tunnel(Samples.token(TunnelSamples.TOKEN));
        tunnel.start();
        stage.awaitReady();

        stage.cloudflared.edge(Edge.DOWN);
        TunnelStatus lost = stage.await(status -> !status.ready());
        assertThat(lost.problem()).isNotNull();
        stage.awaitFailed();
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.NOT_READY);
    }

    @Test
    void anEdgeThatComesBackIsReadyAgain() throws Exception {
        stage.cloudflared.timeScale(0.005);
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        TunnelStatus before = stage.awaitReady();
        stage.cloudflared.edge(Edge.DOWN);
        stage.await(status -> !status.ready());
        stage.cloudflared.edge(Edge.UP);

        TunnelStatus after = stage.await(TunnelStatus::ready);
        assertThat(after.url()).isEqualTo(before.url());
        assertThat(after.process()).isEqualTo(before.process());
    }

    @Test
    void theNextOfThisBundleFindsItOpen() throws Exception {
        CloudflaredTunnel first = stage.tunnel(QUICK);
        first.start();
        TunnelStatus before = stage.awaitReady();
        first.close();

        stage.tunnel(QUICK);
        TunnelStatus after = stage.awaitReady();

        assertThat(after.url()).isEqualTo(before.url());
        assertThat(after.process()).isEqualTo(before.process());
        assertThat(stage.door.asked).contains("open " + stage.door.port()).doesNotContain("close");
        assertThat(stage.notifications.all()).isEmpty();
    }

    @Test
    void aKilledOneHasAnotherAddressWhichIsTold() throws Exception {
        stage.cloudflared.quickHostname("old-lake.trycloudflare.com");
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        TunnelStatus before = stage.awaitReady();
        stage.cloudflared.quickHostname("new-lake.trycloudflare.com");
        ProcessHandle.of(before.process().pid()).orElseThrow().destroyForcibly();
        stage.awaitFailed();
        assertThat(exit(tunnel).signal()).isEqualTo(9);
        assertThat(exit(tunnel).afterReady()).isTrue();
        tunnel.revive();

        TunnelStatus after = stage.awaitReady();
        assertThat(after.deadUrl()).isEqualTo(before.url());
        assertThat(stage.notifications.all()).singleElement().satisfies(told -> {
            assertThat(told.kind()).isEqualTo(Notification.Kind.ADDRESS_CHANGED);
            assertThat(told.text()).contains("new-lake").contains("old-lake");
        });
    }

    @Test
    void nothingIsOpenedBeforeThereIsAnOwnerAndADoor() {
        new ConfigFile(stage.home)
                .store(new TunnelConfig(
                        QUICK.kind(),
                        null,
                        false,
                        null,
                        null,
                        true,
                        Protocol.HTTP2,
                        QUICK.edgeIpVersion(),
                        null,
                        List.of(),
                        List.of()));
        CloudflaredTunnel tunnel = stage.bare(stage.cloudflared.program().toString());
        tunnel.begin();
        assertCode(tunnel, "no-login");
        FakeAuthService login = new FakeAuthService();
        tunnel.setLogin(login);
        assertCode(tunnel, "no-owner");
        tunnel.setListener(stage.door);
        assertCode(tunnel, "no-owner");
        assertThat(stage.await(status -> status.problem() != null).state()).isEqualTo(TunnelStatus.State.CLOSED);
        assertThat(stage.host.host().find("cloudflared")).isEmpty();

        login.setUp(FakeAuthService.CODE, FakeAuthService.PASSWORD, "test");
        stage.awaitReady();
    }

    @Test
    void aConfigurationIsCheckedByCloudflaredTooAndUsedAtOnce() {
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        TunnelDesk desk = new TunnelDesk(tunnel);
        TunnelConfig token = Samples.token(TunnelSamples.TOKEN);

        assertThat(desk.validate(token)).singleElement().satisfies(hint -> {
            assertThat(hint.severity()).isEqualTo(TunnelProblem.Severity.WARNING);
            assertThat(hint.message()).contains("http://127.0.0.1:8182");
        });
        assertThat(desk.preview(token)).doesNotContain(TunnelSamples.TOKEN).contains("http_status:404");
        assertThat(desk.validate(Samples.token(TunnelSamples.MALFORMED_TOKEN)))
                .extracting(TunnelProblem::field)
                .containsExactly("token");
        tunnel.start();
        stage.awaitReady();

        assertThat(desk.configure(token).tokenSet()).isTrue();
        stage.await(status -> status.ready() && String.valueOf(status.url()).contains(Samples.DOMAIN));
    }

    @Test
    void aTokenWithoutAnyNameLetsNobodyInAndThatIsTold() {
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        TunnelConfig nameless = new TunnelConfig(
                TunnelConfig.Kind.TOKEN,
                TunnelSamples.TOKEN,
                false,
                null,
                null,
                false,
                Protocol.HTTP2,
                QUICK.edgeIpVersion(),
                null,
                List.of(),
                List.of());

        assertThat(new TunnelDesk(tunnel).validate(nameless))
                .extracting(TunnelProblem::field)
                .containsExactly("token", "domain");
    }

    @Test
    void rulesByWhichNexusWouldLetNobodyInAreTold() {
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        TunnelConfig config = Samples.with(
                Samples.token(TunnelSamples.TOKEN),
                List.of(
                        new TunnelConfig.Rule("*.b.example.com", null, TunnelConfig.NEXUS, Map.of()),
                        new TunnelConfig.Rule(
                                "a.example.com", null, TunnelConfig.NEXUS, Map.of("httpHostHeader", "localhost")),
                        new TunnelConfig.Rule("*.c.example.com", null, "http_status:404", Map.of())),
                List.of());

        assertThat(new TunnelDesk(tunnel).validate(config))
                .extracting(TunnelProblem::field)
                .containsExactly("token", "ingress[0].hostname", "ingress[1].originRequest.httpHostHeader");
    }

    @Test
    void theDoorKeepsItsPort() {
        CloudflaredTunnel first = stage.tunnel(QUICK);
        first.start();
        stage.awaitReady();
        first.stop();
        stage.await(status ->
                status.state() == TunnelStatus.State.CLOSED && status.process().lamp() == Lamp.OFF);
        first.close();
        stage.tunnel(QUICK).start();
        stage.awaitReady();

        assertThat(stage.door.asked).startsWith("open 0").endsWith("open " + stage.door.port());
    }

    @Test
    void whoSwitchesTheAutomaticStartOnHasForgottenTheStop() {
        CloudflaredTunnel first = stage.tunnel(QUICK);
        first.stop();
        stage.await(status -> new StoppedMark(stage.home).isSet());
        new TunnelDesk(first)
                .configure(new TunnelConfig(
                        QUICK.kind(),
                        null,
                        false,
                        null,
                        null,
                        true,
                        Protocol.HTTP2,
                        QUICK.edgeIpVersion(),
                        null,
                        List.of(),
                        List.of()));
        stage.await(status -> !new StoppedMark(stage.home).isSet());
        assertThat(first.status().wanted()).isFalse();
        first.close();

        CloudflaredTunnel second = stage.bare(stage.cloudflared.program().toString());
        second.setLogin(FakeAuthService.owned());
        second.setListener(stage.door);
        second.begin();
        stage.awaitReady();
    }

    @Test
    void streamsEndBeforeTheProcess() {
        List<Boolean> alive = new CopyOnWriteArrayList<>();
        stage.door.whenShut =
                () -> alive.add(stage.host.host().find("cloudflared").isPresent());
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        stage.awaitReady();
        tunnel.stop();
        stage.await(status -> status.process().lamp() == Lamp.OFF);

        assertThat(alive).containsExactly(true);
    }

    @Test
    void aPortThatIsTakenIsTriedThreeTimesAndToldThen() throws Exception {
        stage.cloudflared
                .start(Start.FAILS)
                .exit(
                        1,
                        "Error opening metrics server listener: failed to bind to address (127.0.0.1:1): listen tcp"
                                + " 127.0.0.1:1: bind: address already in use");
        CloudflaredTunnel tunnel = stage.bare(versionThenFail().toString());
        open(tunnel);
        stage.awaitFailed();
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.PORT_TAKEN);

        stage.cloudflared.start(Start.NORMAL);
        tunnel.revive();
        stage.awaitReady();
    }

    @Test
    void aTokenThatCloudflaredDoesNotTakeIsTheReason() throws Exception {
        stage.cloudflared.start(Start.FAILS).exit(255, "Provided Tunnel token is not valid.");
        CloudflaredTunnel tunnel = stage.bare(versionThenFail().toString());
        open(tunnel);

        assertThat(stage.awaitFailed().problem()).contains("code 255").contains("token is not valid");
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.BAD_SETTINGS);
        assertThat(stage.door.asked).endsWith("close");
    }

    @Test
    void aSignalThatEndsItIsTold() throws Exception {
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();
        long pid = stage.awaitReady().process().pid();
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();

        assertThat(stage.awaitFailed().problem()).contains("by signal 1");
        assertThat(exit(tunnel)).extracting(Exit::cause, Exit::signal).containsExactly(Cause.ENDED, 1);
    }

    @Test
    void theEdgeOfATestIsNamedBeforeWhatIsRun() throws Exception {
        stage.testEdge("--edge=127.0.0.1:7844,--quick-service=http://127.0.0.1:9");
        CloudflaredTunnel tunnel = stage.tunnel(Samples.token(TunnelSamples.TOKEN));
        tunnel.start();
        TunnelStatus open = stage.awaitReady();

        assertThat(read(Path.of("/proc/" + open.process().pid() + "/cmdline")))
                .containsSubsequence(
                        "\0--edge=127.0.0.1:7844\0--quick-service=http://127.0.0.1:9\0", "run\0", "--token-file\0");
        assertThat(tunnel.lastLines(300)).anyMatch(line -> line.contains("\"ip\":\"127.0.0.1\""));
    }

    @Test
    void anEdgeOfATestThatIsNoneIsNotLeftOut() {
        stage.testEdge("--edge=127.0.0.1:7844,--loglevel=debug");
        CloudflaredTunnel tunnel = stage.tunnel(QUICK);
        tunnel.start();

        assertThat(stage.awaitFailed().problem()).contains(TestEdge.PROPERTY);
        assertThat(exit(tunnel).cause()).isEqualTo(Cause.BAD_SETTINGS);
        assertThat(stage.host.host().find("cloudflared")).isEmpty();
    }

    @Test
    void aFloodOfLinesHurtsNobody() throws Exception {
        stage.cloudflared.edge(Edge.FLOODS).floodLines(100_000);
        CloudflaredTunnel tunnel = stage.tunnel(Samples.token(TunnelSamples.TOKEN));
        tunnel.start();
        stage.await(status -> tunnel.lastLines(300).size() > 100);
        tunnel.stop();
        stage.await(status -> status.process().lamp() == Lamp.OFF && status.state() == TunnelStatus.State.CLOSED);
        assertThat(String.join("\n", tunnel.lastLines(1_000))).hasSizeLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void aStopOfTheOwnerOutlivesTheGateway() {
        CloudflaredTunnel first = stage.tunnel(QUICK);
        first.start();
        stage.awaitReady();
        first.close();
        new StoppedMark(stage.home).set(true);

        CloudflaredTunnel second = stage.tunnel(QUICK);
        stage.await(status -> stage.host.host().find("cloudflared").isEmpty());
        assertThat(second.status().wanted()).isFalse();
    }

    /** Tells its version whatever it does else: so that a start gets that far. */
    private Path versionThenFail() throws IOException {
        Path script = Files.writeString(
                directory.resolve("wrapped"),
                "#!/bin/sh\n[ \"$1\" = version ] && { echo 2026.8.2; exit 0; }\nexec '" + stage.cloudflared.program()
                        + "' \"$@\"\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private void open(CloudflaredTunnel tunnel) {
        tunnel.settings().store(QUICK);
        tunnel.setLogin(FakeAuthService.owned());
        tunnel.setListener(stage.door);
        tunnel.begin();
        tunnel.start();
    }

    private static void assertCode(CloudflaredTunnel tunnel, String code) {
        assertThatThrownBy(tunnel::start).isInstanceOfSatisfying(NexusException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    private static Exit exit(CloudflaredTunnel tunnel) {
        Exit exit = tunnel.status().exit();
        assertThat(exit).isNotNull();
        return exit;
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }
}
