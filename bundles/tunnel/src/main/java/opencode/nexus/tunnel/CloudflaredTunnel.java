package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import opencode.nexus.api.tunnel.TunnelListener;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one cloudflared that leads to the tunnel's own listener of Nexus: starts or adopts it, asks it whether the edge is
 * connected, understands why it ended. The process belongs to {@link ProcessHost} and outlives this bundle; so does its
 * address.
 *
 * <p>Everything happens on one thread, but for the round trip. Over 300 lines, because starting, asking and ending share
 * one state and one thread.
 */
@Component(
        configurationPid = "opencode.nexus.tunnel",
        immediate = true,
        service = {Supervised.class, CloudflaredTunnel.class},
        property = Supervised.NAME + "=tunnel")
@Designate(ocd = TunnelSettings.class)
public final class CloudflaredTunnel implements Supervised {
    private static final Logger LOG = LoggerFactory.getLogger(CloudflaredTunnel.class);
    private static final int STARTS_BEFORE_GIVING_UP = 3;
    private static final int LINES = 300;
    private static final Duration GRACE = Duration.ofSeconds(ConfigYaml.GRACE_SECONDS + 2);
    private static final long STOP_LIMIT_SECONDS = ConfigYaml.GRACE_SECONDS + 5;

    private final ConfigFile settings;
    private final Program program;
    private final TunnelCommand command;
    private final NexusHome home;
    private final ProcessHost processes;
    private final TunnelState state;
    private final StoppedMark stoppedMark;
    private final Addresses addresses;
    private final Doors doors = new Doors();
    private final RoundTrip roundTrip;
    private final Clock clock;
    private final Patience patience;
    private final BooleanSupplier frameworkStops;
    private final ScheduledThreadPoolExecutor worker = pool("nexus-tunnel");
    private final ScheduledThreadPoolExecutor traveller = pool("nexus-tunnel-round-trip");

    private volatile @Nullable ChildProcess lastChild;
    private volatile @Nullable Instant heardAt;

    // Changed by the worker only.
    private volatile @Nullable ChildProcess child;
    private volatile @Nullable Place place;

    // Used by the worker only.
    private int starts;
    private int attempt;
    private boolean withoutQuic;
    private long startedAt;
    private long connectedAt;

    @Activate
    public CloudflaredTunnel(
            TunnelSettings config,
            BundleContext context,
            @Reference ProcessHost processes,
            @Reference EventHub events,
            @Reference NexusHome home) {
        this(
                config.command(),
                System::getenv,
                processes,
                events,
                home,
                Clock.systemUTC(),
                Patience.USUAL,
                RoundTrip::visit,
                () -> context.getBundle(0).getState() == Bundle.STOPPING);
    }

    CloudflaredTunnel(
            String program,
            Function<String, @Nullable String> environment,
            ProcessHost processes,
            EventHub events,
            NexusHome home,
            Clock clock,
            Patience patience,
            RoundTrip.Way way,
            BooleanSupplier frameworkStops) {
        this.home = home;
        this.processes = processes;
        this.clock = clock;
        this.patience = patience;
        this.frameworkStops = frameworkStops;
        settings = new ConfigFile(home);
        this.program = new Program(program, environment, processes, home.directory("tunnel"), patience.check());
        command = new TunnelCommand(home);
        stoppedMark = new StoppedMark(home);
        addresses = new Addresses(home);
        roundTrip = new RoundTrip(way, clock);
        state = new TunnelState(
                events,
                clock,
                settings.config().autoStart() && !stoppedMark.isSet(),
                () -> settings.config().kind(),
                addresses::dead);
    }

    /** Not in the constructor, so that what is there already is known when it starts. */
    @Activate
    void begin() {
        submit(() -> {
            Optional<ChildProcess> known = processes.find(TunnelCommand.PROCESS);
            if (known.isPresent() && stoppedMark.isSet()) {
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
        });
        long pause = patience.roundTrip().toMillis();
        traveller.scheduleWithFixedDelay(guarded(this::travel), pause / 10, pause, TimeUnit.MILLISECONDS);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setListener(TunnelListener next) {
        doors.set(next);
        submit(this::open);
    }

    void unsetListener(TunnelListener last) {
        doors.unset(last);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setLogin(AuthService next) {
        doors.set(next);
        submit(this::open);
    }

    void unsetLogin(AuthService last) {
        doors.unset(last);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setNotifications(NotificationService next) {
        addresses.set(next);
    }

    void unsetNotifications(NotificationService last) {
        addresses.unset(last);
    }

    @Deactivate
    void close() {
        if (frameworkStops.getAsBoolean() && !worker.isShutdown()) {
            CountDownLatch stopped = new CountDownLatch(1);
            submit(this::halt);
            submit(stopped::countDown);
            try {
                if (!stopped.await(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("cloudflared did not stop in time");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        traveller.shutdownNow();
        worker.shutdownNow();
        state.close();
    }

    ConfigFile settings() {
        return settings;
    }

    TunnelStatus tunnelStatus() {
        return state.tunnel();
    }

    /** What was set has changed. */
    void apply() {
        submit(() -> {
            ChildProcess running = child;
            Place now = place;
            if (running != null && now != null && !now.fingerprint().equals(fingerprint())) {
                LOG.info("Starting cloudflared again, with what is new");
                halt();
                launch(1);
            } else if (running == null && state.isWanted() && state.is(State.FAILED)) {
                launch(1);
            } else {
                state.show();
            }
        });
    }

    /** As {@link Program#objection}, of a configuration that is written for this only. */
    Optional<String> objection(String yaml) {
        Program.Found found = program.find();
        Path file = home.directory("tunnel").resolve("check.yml");
        home.write(file, yaml.getBytes(UTF_8));
        return program.objection(found, file);
    }

    List<String> lastLines(int count) {
        ChildProcess last = lastChild;
        if (last == null || count == 0) {
            return List.of();
        }
        return Redaction.clean(last.lastLines(count), settings.token()).lines().toList();
    }

    @Override
    public SupervisedStatus status() {
        return state.status();
    }

    @Override
    public void start() {
        doors.missing().ifPresent(missing -> {
            throw missing;
        });
        submit(() -> {
            want(true);
            if (!state.is(State.RUNNING) && !state.is(State.STARTING)) {
                launch(1);
            }
        });
    }

    @Override
    public void stop() {
        submit(() -> {
            want(false);
            halt();
        });
    }

    @Override
    public void restart() {
        doors.missing().ifPresent(missing -> {
            throw missing;
        });
        submit(() -> {
            want(true);
            halt();
            launch(1);
        });
    }

    @Override
    public void revive() {
        submit(() -> {
            if (state.isWanted() && state.is(State.FAILED) && child == null) {
                launch(1);
            }
        });
    }

    @Override
    public void recycle(long pid, String reason) {
        submit(() -> {
            ChildProcess running = child;
            if (state.isWanted() && running != null && running.pid() == pid) {
                LOG.warn("cloudflared, pid {}, is exchanged: {}", pid, reason);
                halt();
                launch(1);
            }
        });
    }

    @Override
    public void retryAt(@Nullable Instant when) {
        state.retryAt(when);
    }

    @Override
    public Watch watch(Consumer<SupervisedStatus> watcher) {
        return state.watch(watcher);
    }

    @Override
    public Vitals vitals() {
        ChildProcess examined = child;
        Place where = place;
        if (examined == null || where == null) {
            return new Vitals(clock.instant(), null, null, heardAt, false, null, null);
        }
        long begin = System.nanoTime();
        boolean answers = Metrics.connections(where.metrics()) != null;
        Duration answeredIn = answers ? Duration.ofNanos(System.nanoTime() - begin) : null;
        ChildProcess.Usage usage = examined.usage();
        return new Vitals(
                clock.instant(), examined.pid(), answeredIn, heardAt, false, usage.rssBytes(), usage.cpuSeconds());
    }

    @Override
    public List<Evidence> evidence() {
        return List.of(new Evidence("output", "Output of cloudflared", String.join("\n", lastLines(LINES))));
    }

    // Everything below runs on the worker, but for travel.

    /** What was missing may be there now; and a cloudflared that runs leads to a port that has to be open. */
    private void open() {
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
            halt();
            launch(1);
        }
    }

    private void launch(int start) {
        int number = ++attempt;
        Optional<NexusException> missing = doors.missing();
        if (missing.isPresent()) {
            state.become(State.STOPPED, null, missing.get().getMessage());
            later(
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
            TunnelListener listener = doors.listener().orElseThrow();
            Place next = new Place(
                    TunnelCommand.freePort(), listener.open(0), config.kind(), protocol(config), fingerprint());
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
            fail(e.getMessage(), cause(e));
        } catch (IOException e) {
            fail("No free port for cloudflared: " + e.getMessage(), Cause.REFUSED);
        }
    }

    private static Cause cause(NexusException e) {
        return switch (e.code()) {
            case "no-cloudflared", "cloudflared-unusable", "cloudflared-too-old" -> Cause.MISSING;
            case "cloudflared-silent" -> Cause.NOT_READY;
            case "invalid-field" -> Cause.BAD_SETTINGS;
            default -> Cause.REFUSED;
        };
    }

    private void adopt(ChildProcess known) {
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
        heardAt = clock.instant();
        startedAt = System.nanoTime();
        connectedAt = startedAt;
        state.become(State.STARTING, started.pid(), null);
        started.onExit().thenAccept(code -> submit(() -> ended(started, code)));
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
        later(() -> poll(polled, where), state.is(State.RUNNING) ? patience.calm() : patience.poll());
    }

    private void connected(ChildProcess polled, Place where, int connections, LogReading reading) {
        connectedAt = System.nanoTime();
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
        Cause cause =
                switch (last.end()) {
                    case SETTINGS -> Cause.BAD_SETTINGS;
                    case ARGUMENTS -> Cause.BAD_ARGUMENTS;
                    case PORT -> Cause.PORT_TAKEN;
                    case ENDED, TOO_MANY -> Cause.ENDED;
                };
        boolean signal = code > 128 && code < 128 + 65;
        Exit exit = new Exit(
                cause, code < 0 || signal ? null : code, signal ? code - 128 : null, wasReady, clock.instant());
        String how = signal ? " by signal " + (code - 128) : code < 0 ? "" : " with code " + code;
        String words = Redaction.shortened(Redaction.clean(last.reason(), settings.token()));
        fail("cloudflared ended" + how + (words.isEmpty() ? "." : "; its last words: " + words), exit);
    }

    /** Whoever asks again at once is kept out longer. No start is counted meanwhile. */
    private void waitForCloudflare() {
        int number = ++attempt;
        Instant when = clock.instant().plus(patience.tooMany());
        String problem = "Cloudflare has had too many requests for quick tunnels from here. It is tried again at "
                + when + "; a tunnel of your own account has no such limit.";
        LOG.warn("{}", problem);
        state.become(State.STARTING, null, problem);
        later(
                () -> {
                    if (number == attempt && state.isWanted()) {
                        launch(1);
                    }
                },
                patience.tooMany());
    }

    private void giveUp(ChildProcess hopeless, String problem, Cause cause) {
        forget();
        hopeless.stop(GRACE);
        fail(Redaction.shortened(Redaction.clean(problem, settings.token())), cause);
    }

    /** Streams first: cloudflared would wait for them. */
    private void halt() {
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

    private void travel() {
        URI url = state.status().url();
        if (url == null || !state.is(State.RUNNING)) {
            return;
        }
        state.roundTrip(doors.listener()
                .map(listener -> roundTrip.ask(url, listener.probe()))
                .orElse(RoundTripLight.UNKNOWN));
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
    }

    private void want(boolean wanted) {
        stoppedMark.set(!wanted);
        state.want(wanted);
        withoutQuic = false;
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

    private void later(Runnable task, Duration delay) {
        try {
            worker.schedule(guarded(task), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("No more of it: this component ends");
        }
    }

    private void submit(Runnable task) {
        try {
            worker.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this component ends");
        }
    }

    private static ScheduledThreadPoolExecutor pool(String name) {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, name));
        pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        pool.setRemoveOnCancelPolicy(true);
        return pool;
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("Looking after the tunnel failed", e);
            }
        };
    }
}
