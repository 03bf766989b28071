package opencode.nexus.tunnel;

import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.api.tunnel.TunnelListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts or adopts cloudflared, asks it whether the edge is connected, understands why it ended, ends it. Everything here
 * happens on one thread, the worker's, but for what is marked. Over 300 lines, because starting, asking and ending share one
 * state.
 */
final class Keeper {
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
    private static final int STARTS_BEFORE_GIVING_UP = 3;
    private static final int LINES = 300;
    private static final int FIRST_DOOR = 8_182;
    private static final int MOST_DOUBLINGS = 16;
    private static final Duration GRACE = Duration.ofSeconds(ConfigYaml.GRACE_SECONDS + 2);

    private final ConfigFile settings;
    private final Program program;
    private final TunnelCommand command;
    private final ProcessHost processes;
    private final TunnelState state;
    private final Addresses addresses;
    private final Doors doors;
    private final Clock clock;
    private final Patience patience;
    private final Worker worker;
    private final Runnable opened;

    private volatile @Nullable ChildProcess lastChild;
    private volatile @Nullable Instant heardAt;
    private volatile @Nullable Patient patient;

    private @Nullable ChildProcess child;
    private @Nullable Place place;
    private boolean begun;
    private int starts;
    private int attempt;
    private boolean withoutQuic;

    /** Starts in a row for which there was no network. */
    private int offline;

    private long startedAt;
    private long connectedAt;

    /** A cloudflared that runs, for those who examine it from other threads. */
    record Patient(ChildProcess child, Place place) {}

    /** @param opened called each time when the edge is connected after a start */
    Keeper(
            ConfigFile settings,
            Program program,
            TunnelCommand command,
            ProcessHost processes,
            TunnelState state,
            Addresses addresses,
            Doors doors,
            Clock clock,
            Patience patience,
            Worker worker,
            Runnable opened) {
        this.settings = settings;
        this.program = program;
        this.command = command;
        this.processes = processes;
        this.state = state;
        this.addresses = addresses;
        this.doors = doors;
        this.clock = clock;
        this.patience = patience;
        this.worker = worker;
        this.opened = opened;
    }

    /** Of what runs now; for any thread. */
    @Nullable
    Patient patient() {
        return patient;
    }

    /** When it answered last; for any thread. */
    @Nullable
    Instant heardAt() {
        return heardAt;
    }

    /** The newest cloudflared, dead or alive; for any thread. */
    @Nullable
    ChildProcess lastChild() {
        return lastChild;
    }

    /** @param stopped whether the owner had stopped it */
    void begin(boolean stopped) {
        begun = true;
        Optional<ChildProcess> known = processes.find(TunnelCommand.PROCESS);
        if (known.isPresent() && stopped) {
            LOG.info(
                    "cloudflared, pid {}, was being stopped when the gateway before this one ended",
                    known.get().pid());
            known.get().stop(GRACE);
        } else if (known.isPresent()) {
            state.want(true);
            adopt(known.get());
        } else if (state.isWanted()) {
            launch(1);
        }
    }

    /** The owner decided anew: what was learned on the way counts no more. */
    void forgetDetours() {
        withoutQuic = false;
        offline = 0;
    }

    boolean runs() {
        return child != null;
    }

    boolean runs(long pid) {
        return child != null && child.pid() == pid;
    }

    /** What was set has changed. */
    void apply() {
        if (place != null && !place.fingerprint().equals(fingerprint())) {
            LOG.info("Starting cloudflared again, with what is new");
            restart();
        } else if (child == null && state.isWanted() && (state.is(State.FAILED) || state.is(State.STARTING))) {
            launch(1);
        } else {
            state.show();
        }
    }

    void restart() {
        halt();
        launch(1);
    }

    /** What was missing may be there now; and a cloudflared that runs leads to a port that has to be open. */
    void open() {
        if (!begun) {
            return;
        }
        ChildProcess running = child;
        Place where = place;
        if (running != null && where != null) {
            doors.listener().ifPresent(listener -> lead(listener, where));
        } else if (running == null && state.isWanted() && state.is(State.STOPPED)) {
            launch(1);
        }
    }

    private void lead(TunnelListener listener, Place where) {
        listener.admit(names());
        if (listener.open(where.listener()) != where.listener()) {
            LOG.info("The door of the tunnel is another one; starting cloudflared again");
            restart();
        }
    }

    void launch(int start) {
        int number = ++attempt;
        Optional<NexusException> missing = doors.missing();
        if (missing.isPresent()) {
            state.become(State.STOPPED, null, missing.get().getMessage());
            worker.later(
                    () -> {
                        if (number == attempt) {
                            open();
                        }
                    },
                    patience.held());
            return;
        }
        starts = start;
        state.become(State.STARTING, null, null);
        TunnelConfig config = settings.config();
        try {
            ConfigCheck.mustBeRight(ConfigCheck.check(config, settings.token()));
            Program.Found found = program.find();
            state.version(found.version());
            TunnelListener listener = doors.listener().orElseThrow(Doors::noListener);
            int port = listener.open(door(config.kind()));
            if (addresses.door() != 0 && addresses.door() != port) {
                LOG.warn("The tunnel leads to port {} now; rules that are set at Cloudflare have to do so too", port);
            }
            addresses.door(port);
            Place next = new Place(TunnelCommand.freePort(), port, config.kind(), protocol(config), fingerprint());
            listener.admit(names());
            ChildProcess started = processes.start(command.spec(found.path(), config, next, settings.tokenFile()));
            watch(started, next);
        } catch (NexusException e) {
            Optional<ChildProcess> known = processes.find(TunnelCommand.PROCESS);
            if (known.isPresent()) {
                // A predecessor of this bundle was starting it while it was replaced.
                adopt(known.get());
                return;
            }
            fail(e.getMessage(), Endings.cause(e));
        } catch (IOException e) {
            fail("No free port for cloudflared: " + e.getMessage(), Cause.REFUSED);
        }
    }

    void adopt(ChildProcess known) {
        Optional<Place> where = Place.of(known.notes());
        if (where.isEmpty()) {
            LOG.warn("A cloudflared without notes, pid {}, is replaced", known.pid());
            known.stop(GRACE);
            launch(1);
            return;
        }
        LOG.info("cloudflared still runs, pid {}", known.pid());
        starts = STARTS_BEFORE_GIVING_UP;
        watch(known, where.get());
        open();
    }

    private void watch(ChildProcess started, Place where) {
        child = started;
        lastChild = started;
        place = where;
        patient = new Patient(started, where);
        heardAt = clock.instant();
        startedAt = System.nanoTime();
        connectedAt = startedAt;
        state.become(State.STARTING, started.pid(), null);
        started.onExit().thenAccept(code -> worker.submit(() -> ended(started, code)));
        poll(started, where);
    }

    private void poll(ChildProcess polled, Place where) {
        if (polled != child) {
            return;
        }
        Integer connections = Metrics.connections(where.metrics());
        if (connections != null) {
            heardAt = clock.instant();
        }
        LogReading reading = LogReading.of(polled.lastLines(LINES));
        if (connections != null && connections > 0) {
            connected(polled, where, connections, reading);
        } else if (reading.refused() != null) {
            giveUp(polled, "Cloudflare does not take this tunnel: " + reading.refused(), Cause.BAD_SETTINGS);
            return;
        } else if (state.is(State.RUNNING)) {
            state.lost(
                    connections != null,
                    connections == null
                            ? "cloudflared does not tell whether it is connected."
                            : "The connection to Cloudflare is lost. cloudflared tries to get it back.");
            Duration limit = where.kind() == Kind.QUICK ? patience.lostQuick() : patience.lost();
            if (isOver(connectedAt, limit)) {
                giveUp(polled, "The connection to Cloudflare did not come back.", Cause.NOT_READY);
                return;
            }
        } else if (where.protocol() != Protocol.HTTP2 && isOver(startedAt, patience.quic())) {
            LOG.info("QUIC does not get through; starting cloudflared again with HTTP/2");
            withoutQuic = true;
            forget();
            polled.stop(GRACE);
            launch(1);
            return;
        } else if (isOver(startedAt, patience.limit())) {
            giveUp(
                    polled,
                    "cloudflared was not connected within " + patience.limit().toSeconds() + " seconds.",
                    Cause.NOT_READY);
            return;
        }
        worker.later(() -> poll(polled, where), state.is(State.RUNNING) ? patience.calm() : patience.poll());
    }

    private void connected(ChildProcess polled, Place where, int connections, LogReading reading) {
        connectedAt = System.nanoTime();
        offline = 0;
        boolean first = !state.is(State.RUNNING);
        URI url = first ? address(where) : state.status().url();
        if (first && url == null && where.kind() == Kind.QUICK) {
            return;
        }
        List<String> locations =
                reading.locations().isEmpty() ? state.tunnel().edge().locations() : reading.locations();
        if (first) {
            if (withoutQuic && where.protocol() == Protocol.HTTP2 && !addresses.avoidsQuic(clock.instant())) {
                addresses.avoidQuic(clock.instant());
            }
            if (url != null) {
                addresses.found(url);
                doors.listener().ifPresent(listener -> listener.admit(names(url)));
            }
            LOG.info("Tunnel open at {}, pid {}", url == null ? "the names set at Cloudflare" : url, polled.pid());
        }
        state.running(polled.pid(), url, connections, locations);
        if (first) {
            opened.run();
        }
    }

    private @Nullable URI address(Place where) {
        String name = where.kind() == Kind.QUICK
                ? Metrics.quickName(where.metrics()).orElse(null)
                : settings.config().domain();
        return name == null ? null : URI.create("https://" + name);
    }

    private void ended(ChildProcess known, int code) {
        if (known != child) {
            return;
        }
        boolean wasReady = state.is(State.RUNNING);
        forget();
        LogReading.Last last = LogReading.end(code, known.lastLines(LINES));
        if (last.end() == LogReading.End.PORT && starts < STARTS_BEFORE_GIVING_UP) {
            LOG.info("The port for metrics was taken before cloudflared could have it; trying another");
            launch(starts + 1);
            return;
        }
        if (last.end() == LogReading.End.TOO_MANY) {
            waitForCloudflare();
            return;
        }
        if (last.end() == LogReading.End.NETWORK) {
            waitForNetwork(Redaction.shortened(Redaction.clean(last.reason(), settings.secrets())));
            return;
        }
        Exit exit = Endings.exit(last.end(), code, wasReady, clock.instant());
        fail(Endings.sentence(exit, Redaction.clean(last.reason(), settings.secrets())), exit);
    }

    /** Whoever asks again at once is kept out longer. */
    private void waitForCloudflare() {
        String problem = "Cloudflare has had too many requests for quick tunnels from here. It is tried again at "
                + clock.instant().plus(patience.tooMany())
                + "; a tunnel of your own account has no such limit.";
        LOG.warn("{}", problem);
        launchIn(patience.tooMany(), problem);
    }

    /** However long it is away: nothing but that is wrong, so nobody has to come home and start it again. */
    private void waitForNetwork(String words) {
        Duration longer = patience.offline().multipliedBy(1L << Math.min(offline, MOST_DOUBLINGS));
        Duration wait = longer.compareTo(patience.offlineMost()) < 0 ? longer : patience.offlineMost();
        String problem = "Cloudflare cannot be reached; is this machine online? It is tried again at "
                + clock.instant().plus(wait) + ". cloudflared says: " + words;
        if (offline++ == 0) {
            LOG.warn("{}", problem);
        }
        launchIn(wait, problem);
    }

    /** No start is counted meanwhile. */
    private void launchIn(Duration wait, String problem) {
        int number = ++attempt;
        state.become(State.STARTING, null, problem);
        worker.later(
                () -> {
                    if (number == attempt && state.isWanted()) {
                        launch(1);
                    }
                },
                wait);
    }

    private void giveUp(ChildProcess hopeless, String problem, Cause cause) {
        forget();
        hopeless.stop(GRACE);
        fail(Redaction.shortened(Redaction.clean(problem, settings.secrets())), cause);
    }

    /** Streams first: cloudflared would wait for them. */
    void halt() {
        attempt++;
        doors.listener().ifPresent(TunnelListener::close);
        ChildProcess running = child;
        if (running != null) {
            LOG.info("Stopping cloudflared, pid {}", running.pid());
            state.become(State.STOPPING, running.pid(), null);
            forget();
            running.stop(GRACE);
        }
        state.become(State.STOPPED, null, null);
    }

    /** The port of the door that is asked for; for any thread. Only who sets rules at Cloudflare needs to know it before. */
    int door(Kind kind) {
        int last = addresses.door();
        return last == 0 && kind == Kind.TOKEN ? FIRST_DOOR : last;
    }

    private Protocol protocol(TunnelConfig config) {
        return withoutQuic || addresses.avoidsQuic(clock.instant()) ? Protocol.HTTP2 : config.protocol();
    }

    private Set<String> names() {
        return names(state.status().url());
    }

    /** By which Nexus may be called from outside. */
    private Set<String> names(@Nullable URI url) {
        TunnelConfig config = settings.config();
        List<@Nullable String> all = new ArrayList<>();
        all.add(url == null ? null : url.getHost());
        all.add(config.kind() == Kind.QUICK ? null : config.domain());
        config.ingress().stream()
                .filter(rule -> rule.service().equals(TunnelConfig.NEXUS))
                .map(Rule::hostname)
                .forEach(all::add);
        Set<String> names = new HashSet<>(all);
        names.remove(null);
        return names;
    }

    private String fingerprint() {
        return TunnelCommand.fingerprint(settings.config(), settings.token());
    }

    private void forget() {
        child = null;
        place = null;
        patient = null;
    }

    private void fail(String problem, Cause cause) {
        fail(problem, new Exit(cause, null, null, false, clock.instant()));
    }

    private void fail(String problem, Exit exit) {
        LOG.warn("{}", problem);
        if (exit.cause().isHopeless()) {
            doors.listener().ifPresent(TunnelListener::close);
        }
        state.failed(problem, exit);
    }

    private static boolean isOver(long since, Duration limit) {
        return System.nanoTime() - since > limit.toNanos();
    }
}
