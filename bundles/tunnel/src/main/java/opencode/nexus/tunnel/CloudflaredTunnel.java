package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelListener;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one cloudflared that leads to the tunnel's own listener of Nexus. The process belongs to {@link ProcessHost} and
 * outlives this bundle; so does its address.
 *
 * <p>What is asked here is done on one thread, by {@link Keeper}; the round trip has one of its own. Over 300 lines,
 * because it is all that the framework, the supervisor and the owner see of it.
 */
@Component(
        configurationPid = "opencode.nexus.tunnel",
        immediate = true,
        service = {Supervised.class, CloudflaredTunnel.class},
        property = Supervised.NAME + "=tunnel")
@Designate(ocd = TunnelSettings.class)
public final class CloudflaredTunnel implements Supervised {
    private static final Logger LOG = LoggerFactory.getLogger(CloudflaredTunnel.class);
    private static final int LINES = 300;
    private static final long STOP_LIMIT_SECONDS = ConfigYaml.GRACE_SECONDS + 5;

    private final ConfigFile settings;
    private final Program program;
    private final NexusHome home;
    private final TunnelState state;
    private final StoppedMark stoppedMark;
    private final Addresses addresses;
    private final Doors doors = new Doors();
    private final RoundTrip roundTrip;
    private final Clock clock;
    private final Patience patience;
    private final BooleanSupplier frameworkStops;
    private final Worker worker = new Worker("nexus-tunnel");
    private final Worker traveller = new Worker("nexus-tunnel-round-trip");
    private final Keeper keeper;

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
                System.getProperty(TestEdge.PROPERTY),
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
            @Nullable String testEdge,
            BooleanSupplier frameworkStops) {
        this.home = home;
        this.clock = clock;
        this.patience = patience;
        this.frameworkStops = frameworkStops;
        settings = new ConfigFile(home);
        this.program = new Program(program, environment, processes, home.directory("tunnel"), patience.check());
        stoppedMark = new StoppedMark(home);
        addresses = new Addresses(home);
        roundTrip = new RoundTrip(way, clock);
        state = new TunnelState(
                events,
                clock,
                settings.config().autoStart() && !stoppedMark.isSet(),
                () -> settings.config().kind(),
                addresses::dead);
        keeper = new Keeper(
                settings,
                this.program,
                new TunnelCommand(home, testEdge),
                processes,
                state,
                addresses,
                doors,
                clock,
                patience,
                worker,
                () -> traveller.later(this::travel, patience.roundTrip().dividedBy(10)));
    }

    /** Not in the constructor, so that what is there already is known when it starts. */
    @Activate
    void begin() {
        worker.submit(() -> {
            keeper.begin(stoppedMark.isSet());
            // The one before this may have left another picture behind.
            state.show();
        });
        traveller.every(patience.roundTrip(), this::travel);
    }

    /** Another program is named: what failed may be possible now, and what runs goes on with the one before. */
    @Modified
    void modified(TunnelSettings config) {
        use(config.command());
    }

    void use(String command) {
        program.use(command);
        worker.submit(keeper::apply);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setListener(TunnelListener next) {
        doors.set(next);
        worker.submit(keeper::open);
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
        worker.submit(keeper::open);
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
        if (frameworkStops.getAsBoolean() && !worker.isClosed()) {
            CountDownLatch stopped = new CountDownLatch(1);
            worker.submit(keeper::halt);
            worker.submit(stopped::countDown);
            try {
                if (!stopped.await(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("cloudflared did not stop in time");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        traveller.close();
        worker.close();
        state.close();
    }

    ConfigFile settings() {
        return settings;
    }

    TunnelStatus tunnelStatus() {
        return state.tunnel();
    }

    /**
     * What was set has changed.
     *
     * @param startsByItself that it opens together with Nexus is new: then it does, though it was stopped once
     */
    void apply(boolean startsByItself) {
        worker.submit(() -> {
            if (startsByItself) {
                stoppedMark.set(false);
            }
            keeper.apply();
        });
    }

    /** The port that rules set at Cloudflare have to lead to. */
    int door() {
        return keeper.door(TunnelConfig.Kind.TOKEN);
    }

    /** As {@link Program#objection}, of a configuration that is written for this only. */
    Optional<String> objection(String yaml) {
        Program.Found found = program.find();
        Path file = home.directory("tunnel").resolve("check.yml");
        home.write(file, yaml.getBytes(UTF_8));
        return program.objection(found, file);
    }

    List<String> lastLines(int count) {
        ChildProcess last = keeper.lastChild();
        if (last == null || count == 0) {
            return List.of();
        }
        return Redaction.clean(last.lastLines(count), settings.secrets())
                .lines()
                .toList();
    }

    @Override
    public SupervisedStatus status() {
        return state.status();
    }

    @Override
    public void start() {
        mustBePossible();
        worker.submit(() -> {
            want(true);
            if (!state.is(State.RUNNING) && !state.is(State.STARTING)) {
                keeper.launch(1);
            }
        });
    }

    @Override
    public void stop() {
        worker.submit(() -> {
            want(false);
            keeper.halt();
        });
    }

    @Override
    public void restart() {
        mustBePossible();
        worker.submit(() -> {
            want(true);
            keeper.restart();
        });
    }

    @Override
    public void revive() {
        worker.submit(() -> {
            if (state.isWanted() && state.is(State.FAILED) && !keeper.runs()) {
                keeper.launch(1);
            }
        });
    }

    @Override
    public void recycle(long pid, String reason) {
        worker.submit(() -> {
            if (state.isWanted() && keeper.runs(pid)) {
                LOG.warn("cloudflared, pid {}, is exchanged: {}", pid, reason);
                keeper.restart();
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
        Keeper.Patient examined = keeper.patient();
        Instant heardAt = keeper.heardAt();
        if (examined == null) {
            return new Vitals(clock.instant(), null, null, heardAt, false, null, null);
        }
        long begin = System.nanoTime();
        boolean answers = Metrics.connections(examined.place().metrics()) != null;
        Duration answeredIn = answers ? Duration.ofNanos(System.nanoTime() - begin) : null;
        ChildProcess.Usage usage = examined.child().usage();
        return new Vitals(
                clock.instant(),
                examined.child().pid(),
                answeredIn,
                heardAt,
                false,
                usage.rssBytes(),
                usage.cpuSeconds());
    }

    @Override
    public List<Evidence> evidence() {
        return List.of(new Evidence("output", "Output of cloudflared", String.join("\n", lastLines(LINES))));
    }

    private void mustBePossible() {
        doors.missing().ifPresent(missing -> {
            throw missing;
        });
    }

    private void want(boolean wanted) {
        stoppedMark.set(!wanted);
        state.want(wanted);
        keeper.forgetDetours();
    }

    private void travel() {
        URI url = state.status().url();
        if (url == null || !state.is(State.RUNNING)) {
            return;
        }
        RoundTripLight light = doors.listener()
                .map(listener -> roundTrip.ask(url, listener.probe()))
                .orElse(RoundTripLight.UNKNOWN);
        state.roundTrip(url, light);
    }
}
