package opencode.nexus.testkit.cloudflared;

import java.time.Duration;
import java.util.UUID;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Edge;

/**
 * The connections with the edge, made and lost as recorded from cloudflared 2026.8.2: the first at once, the others one
 * second apart; a lost one back after about fifteen seconds, doubling up to 320; {@code Unauthorized} retried after
 * 2, 4, 8, … 64 seconds for ever. Used by one thread, which asks it to go on again and again.
 */
final class EdgeLink {
    static final Duration FALLBACK = Duration.ofSeconds(144);

    private static final Duration REFUSAL = Duration.ofMillis(1300);
    private static final Duration NO_NAMES = Duration.ofMillis(600);
    private static final Duration RECOVERY = Duration.ofSeconds(15);
    private static final int FLOOD_BATCH_MILLIS = 20;

    private final Log log;
    private final Control control;
    private final Standing standing;
    private final PublicFront front;
    private final boolean mayFallBack;
    private final long started = System.nanoTime();

    private String protocol;
    private long due = started;
    private long flooded;
    private int failures;
    private boolean wasLost;

    EdgeLink(Log log, Control control, Standing standing, PublicFront front, String protocol) {
        this.log = log;
        this.control = control;
        this.standing = standing;
        this.front = front;
        this.mayFallBack = protocol.equals("auto") && !standing.isQuick;
        this.protocol = protocol.equals("auto") ? "quic" : protocol;
    }

    /** What can be done now is done; what has to wait is left for a later call. */
    void goOn(boolean isForeign) throws Failure {
        Edge edge = control.edge();
        int possible = control.number("edge.connections", standing.isQuick ? 1 : 4);
        int wanted = edge == Edge.DOWN || edge == Edge.FLOODS || edge == Edge.NO_QUIC && protocol.equals("quic")
                ? 0
                : Math.min(possible, standing.isQuick ? 1 : 4);
        while (standing.connections() > wanted) {
            lose(standing.connections() - 1);
        }
        if (edge == Edge.FLOODS) {
            flood();
            return;
        }
        int most = standing.isQuick ? 1 : 4;
        standing.attempts(standing.connections() < most);
        if (standing.connections() < most && isDue()) {
            attempt(isForeign ? Edge.UNAUTHORIZED : edge, wanted);
        }
    }

    /** The registrations are withdrawn at once, before anything else ends. */
    void unregister() {
        for (int i = standing.drain() - 1; i >= 0; i--) {
            log.info("Unregistered tunnel connection", of(i));
        }
    }

    private void attempt(Edge edge, int wanted) throws Failure {
        int next = standing.connections();
        switch (edge) {
            case UNAUTHORIZED -> refusedForEver(next);
            case REFUSES -> refused(next);
            case NO_DNS -> withoutNames(next);
            case NO_QUIC -> overQuic(next, wanted);
            case DOWN, FLOODS -> unreachable(next);
            case UP -> registerOneOf(wanted, next);
        }
    }

    private void registerOneOf(int wanted, int next) {
        if (next >= wanted) {
            return;
        }
        log.info("Tunnel connection curve preferences: [X25519MLKEM768 CurveP256]", of(next));
        // Whoever reads the line may ask at once.
        standing.registered.incrementAndGet();
        standing.connections(next + 1);
        log.info(
                "Registered tunnel connection",
                "connIndex",
                next,
                "connection",
                UUID.randomUUID(),
                "event",
                0,
                "ip",
                standing.address(next),
                "location",
                Standing.location(next),
                "protocol",
                protocol);
        failures = 0;
        wasLost = false;
        wait(Duration.ofSeconds(1));
    }

    private void lose(int index) {
        standing.connections(index);
        log.info("Lost connection with the edge", "connIndex", index);
        if (index == 0) {
            front.cut();
        }
        log.error("Serve tunnel error", withError("connection with edge closed", index));
        log.info("Retrying connection in up to 1s", of(index));
        log.error("Connection terminated", withError("connection with edge closed", index));
        wasLost = true;
        failures = 0;
        wait(RECOVERY);
    }

    private void refusedForEver(int next) {
        standing.refused.incrementAndGet();
        log.error(
                "Register tunnel error from server side",
                withError(control.text("edge.text", "Unauthorized: Invalid tunnel secret"), next));
        retry(next, Duration.ofSeconds(1L << Math.min(++failures, 6)));
    }

    private void refused(int next) throws Failure {
        if (!isPast(REFUSAL)) {
            return;
        }
        String text = control.text("edge.text", "Tunnel is not allowed here");
        standing.refused.incrementAndGet();
        log.error("Register tunnel error from server side", withError(text, next));
        if (standing.registered.get() == 0) {
            throw new Failure(text);
        }
        retry(next, Duration.ofSeconds(1L << Math.min(++failures, 6)));
    }

    private void withoutNames(int next) throws Failure {
        if (standing.registered.get() > 0) {
            registerOneOf(standing.isQuick ? 1 : 4, next);
            return;
        }
        if (isPast(NO_NAMES)) {
            String lookup = "lookup _v2-origintunneld._tcp.argotunnel.com on 127.0.0.53:53: server misbehaving";
            log.error(
                    "edge discovery: error looking up Cloudflare edge IPs: the DNS query failed",
                    "error",
                    lookup,
                    "event",
                    0);
            throw new Failure("Could not lookup srv records on _v2-origintunneld._tcp.argotunnel.com: " + lookup);
        }
    }

    private void overQuic(int next, int wanted) {
        if (!protocol.equals("quic")) {
            registerOneOf(wanted, next);
            return;
        }
        if (mayFallBack && isPast(FALLBACK)) {
            protocol = "http2";
            log.info("Switching to fallback protocol http2", of(next));
            return;
        }
        log.error(
                "Failed to dial a quic connection",
                withError("failed to dial to edge with quic: timeout: no recent network activity", next));
        retry(next, Duration.ofSeconds(Math.min(1L << Math.min(++failures, 6), 16)));
    }

    private void unreachable(int next) {
        log.error("Unable to establish connection with Cloudflare edge", withError(dial(next), next));
        long seconds = wasLost ? RECOVERY.toSeconds() << Math.min(failures + 1, 4) : 1L << Math.min(failures + 1, 6);
        failures++;
        retry(next, Duration.ofSeconds(Math.min(seconds, 320)));
    }

    private void retry(int next, Duration delay) {
        log.info("Retrying connection in up to " + shown(delay), of(next));
        wait(delay);
    }

    // 658,932 lines and 107 MB in 12 s were recorded where the only edge refuses TCP.
    private void flood() {
        long lines = control.number("flood.lines", 600_000);
        Duration all = control.scaled(Duration.ofSeconds(12));
        if (flooded >= lines || !isDue()) {
            return;
        }
        long batch = all.isZero() ? lines : Math.max(1, lines * FLOOD_BATCH_MILLIS / Math.max(1, all.toMillis()));
        long now = Math.min(batch, lines - flooded);
        log.errors(now, "Unable to establish connection with Cloudflare edge", withError(dial(0), 0));
        flooded += now;
        due += Duration.ofMillis(FLOOD_BATCH_MILLIS).toNanos();
        if (flooded == lines) {
            control.flooded(flooded);
        }
    }

    private String dial(int connection) {
        return "DialContext error: dial tcp " + standing.edge(connection) + ": connect: connection refused";
    }

    private static String shown(Duration delay) {
        long seconds = delay.toSeconds();
        return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
    }

    private Object[] of(int index) {
        return new Object[] {"connIndex", index, "event", 0, "ip", standing.address(index)};
    }

    private Object[] withError(String error, int index) {
        return new Object[] {"error", error, "connIndex", index, "event", 0, "ip", standing.address(index)};
    }

    private void wait(Duration recorded) {
        due = System.nanoTime() + control.scaled(recorded).toNanos();
    }

    private boolean isDue() {
        return System.nanoTime() - due >= 0;
    }

    private boolean isPast(Duration recorded) {
        return System.nanoTime() - started >= control.scaled(recorded).toNanos();
    }
}
