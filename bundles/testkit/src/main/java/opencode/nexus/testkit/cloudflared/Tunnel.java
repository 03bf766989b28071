package opencode.nexus.testkit.cloudflared;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Stop;

/** One running tunnel, from its first words to its end. */
final class Tunnel {
    private static final int TICK_MILLIS = 10;
    private static final Duration IDLE_END = Duration.ofMillis(400);

    private final Log log;
    private final Control control;
    private final Options options;
    private final Standing standing;
    private final boolean isToken;
    private final boolean isForeign;

    /**
     * A tunnel that is known but not yet started.
     *
     * @param isToken whether the edge may push a configuration
     * @param isForeign whether the edge will refuse its secret
     */
    Tunnel(Log log, Control control, Options options, Standing standing, boolean isToken, boolean isForeign) {
        this.log = log;
        this.control = control;
        this.options = options;
        this.standing = standing;
        this.isToken = isToken;
        this.isForeign = isForeign;
    }

    /** Until it is asked to stop. */
    void run() throws Failure, InterruptedException {
        Signals signals = Signals.listen(control);
        String protocol = options.value("protocol", standing.isQuick ? "quic" : "auto");
        introduce(protocol);
        MetricsServer.open(options.value("metrics", ""), standing, control.version(), log);
        PublicFront front = PublicFront.open(log, control, standing);
        EdgeLink link = new EdgeLink(log, control, standing, front, protocol);
        try {
            while (signals.asked().isEmpty()) {
                link.goOn(isForeign);
                takePush();
                checkEnd();
                Thread.sleep(TICK_MILLIS);
            }
        } catch (Failure e) {
            log.info("Tunnel server stopped");
            log.info("Metrics server stopped");
            throw e;
        }
        stop(signals.asked().orElseThrow(), link, front);
    }

    private void introduce(String protocol) {
        log.info("Version " + control.version()
                + " (Checksum 7b2d0c0b1f8e4d0f9a3c5e6d7f8091a2b3c4d5e6f708192a3b4c5d6e7f809102)");
        log.info("GOOS: linux, GOVersion: go1.26.0, GoArch: amd64");
        log.info("Settings: " + options.settings());
        log.info("Generated Connector ID: " + standing.connectorId);
        log.info("Initial protocol " + (protocol.equals("auto") ? "quic" : protocol));
    }

    private void takePush() {
        int version = control.number("push.version", -1);
        if (!isToken || version == standing.configuration() || standing.connections() == 0) {
            return;
        }
        String pushed = control.text("push.config", "{}");
        try {
            standing.push(version, Ingress.of(Yaml.read(pushed)));
            log.info("Updated to new configuration", "config", pushed, "version", version);
        } catch (Failure e) {
            throw new IllegalStateException("the test pushes a wrong configuration: " + e.text(), e);
        }
    }

    private void checkEnd() throws Failure {
        if (control.flag("dies", false)) {
            throw Failure.exit(
                    control.number("exit.code", 1), control.text("exit.line", "the stand-in was told to die"));
        }
        if (control.flag("update", false) && !options.isOn("no-autoupdate")) {
            throw Failure.exit(11, "update error: 10");
        }
    }

    private void stop(String signal, EdgeLink link, PublicFront front) throws InterruptedException {
        log.info("Initiating graceful shutdown due to signal " + signal + " ...");
        link.unregister();
        Duration grace = control.scaled(
                GoDuration.parse(options.value("grace-period", "30s")).orElseThrow());
        long end = System.nanoTime() + grace.toNanos();
        while (control.stop() == Stop.ENDLESS || !front.isIdle() && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
        front.cut();
        control.pause(IDLE_END);
        log.error("no more connections active and exiting");
        log.info("Tunnel server stopped");
        log.info("Metrics server stopped");
    }
}
