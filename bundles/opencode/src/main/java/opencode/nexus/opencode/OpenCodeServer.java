package opencode.nexus.opencode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
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
 * Runs {@code opencode serve}: starts or adopts it, waits until it is ready, notices when it ends, stops it. The process
 * itself belongs to {@link ProcessHost} and outlives this bundle; it is stopped only with the framework.
 *
 * <p>Everything happens on one thread; {@link #start}, {@link #stop} and {@link #restart} only ask.
 */
@Component(
        configurationPid = "opencode.nexus.opencode",
        immediate = true,
        service = {Supervised.class, Installer.class, RunningOpenCode.class},
        property = Supervised.NAME + "=server")
@Designate(ocd = ServerConfig.class)
public final class OpenCodeServer implements Supervised, Installer, RunningOpenCode {
    private static final Logger LOG = LoggerFactory.getLogger(OpenCodeServer.class);
    private static final int STARTS_BEFORE_GIVING_UP = 3;

    /** The oldest version that the tests of Nexus use. */
    private static final String TESTED = "1.18.33";

    private static final Duration LOOK = Duration.ofMillis(10);

    private static final Duration DISPOSE = Duration.ofSeconds(1);
    private static final Duration LONG_GRACE = Duration.ofSeconds(2);
    private static final Duration SHORT_GRACE = Duration.ofSeconds(1);
    private static final long STOP_LIMIT_SECONDS = 4;

    /**
     * @param announcement how long it is not asked anything unless it says that it listens
     * @param poll how often it is asked whether it is ready
     * @param limit how long it may take to become ready
     * @param brokenPoll how often it is asked when it cannot use its configuration
     * @param news how often it is asked whether it is idle and may be started again
     */
    record Patience(Duration announcement, Duration poll, Duration limit, Duration brokenPoll, Duration news) {
        static final Patience USUAL = new Patience(
                Duration.ofSeconds(10),
                Duration.ofMillis(50),
                Duration.ofSeconds(60),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10));
    }

    private final ServerConfig config;
    private final ServeCommand command;
    private final List<String> workspaces;
    private final ProcessHost processes;
    private final ServerState state;
    private final StoppedMark stoppedMark;
    private final Inquest inquest;
    private final Path installDirectory;
    private final NpmInstall npm;
    private final @Nullable ForeignServer foreign;
    private final Clock clock;
    private final Patience patience;
    private final BooleanSupplier frameworkStops;
    private final OpenCodeHttp http = new OpenCodeHttp("server");
    private final Readiness readiness = new Readiness(http);
    private final Worker worker = new Worker("nexus-opencode-server");

    private final Examination examination = new Examination();

    private volatile @Nullable ModelOffer offer;
    private volatile @Nullable Instant heardAt;
    private volatile @Nullable ChildProcess lastChild;
    private volatile Set<String> secrets = Set.of();

    // Used by the worker only.
    private @Nullable ChildProcess child;
    private @Nullable Endpoint endpoint;
    private @Nullable FileStamp fault;
    private int starts;
    private boolean portWasTaken;
    private long silentUntil;
    /** Whether its program was exchanged while it runs. */
    private boolean outdated;

    private long deadline;

    /** The child and where it answers, for those who examine it from other threads. */
    private volatile @Nullable Patient patient;

    private record Patient(ChildProcess child, Endpoint endpoint) {}

    @Activate
    public OpenCodeServer(
            ServerConfig config,
            BundleContext context,
            @Reference ProcessHost processes,
            @Reference EventHub events,
            @Reference NexusHome home) {
        this(
                config,
                Surroundings.of(context),
                processes,
                events,
                home,
                Clock.systemUTC(),
                Patience.USUAL,
                () -> context.getBundle(0).getState() == Bundle.STOPPING);
    }

    OpenCodeServer(
            ServerConfig config,
            Surroundings surroundings,
            ProcessHost processes,
            EventHub events,
            NexusHome home,
            Clock clock,
            Patience patience,
            BooleanSupplier frameworkStops) {
        this.config = config;
        this.processes = processes;
        this.patience = patience;
        this.frameworkStops = frameworkStops;
        workspaces = surroundings.workspaces(config);
        command = new ServeCommand(surroundings.programs(config), surroundings.environment());
        installDirectory = surroundings.installed();
        npm = new NpmInstall(
                installDirectory,
                surroundings.environment(),
                processes,
                clock,
                NpmInstall.LIMIT,
                worker::later,
                new Installing());
        stoppedMark = new StoppedMark(home);
        Optional<Endpoint> elsewhere = ForeignServer.configured(config);
        state = new ServerState(
                events,
                clock,
                elsewhere.isPresent() || config.autoStart() && !stoppedMark.isSet(),
                elsewhere.isEmpty());
        foreign = elsewhere
                .map(endpoint -> new ForeignServer(endpoint, workspaces.get(0), state, readiness))
                .orElse(null);
        inquest = new Inquest(surroundings.environment(), surroundings.userHome());
        this.clock = clock;
    }

    /** Not in the constructor, so that the offer, if there is one, is known when OpenCode starts. */
    @Activate
    void begin() {
        worker.submit(npm::resume);
        if (foreign != null) {
            foreign.begin(patience.brokenPoll().toMillis());
            return;
        }
        worker.submit(() -> {
            Optional<ChildProcess> known = processes.find(ServeCommand.PROCESS);
            if (known.isPresent() && stoppedMark.isSet()) {
                LOG.info(
                        "OpenCode, pid {}, was being stopped when the gateway before this one ended",
                        known.get().pid());
                known.get().stop(LONG_GRACE);
            } else if (known.isPresent()) {
                state.want(true);
                adopt(known.get());
            } else if (state.isWanted()) {
                launch(1);
            }
        });
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setOffer(ModelOffer next) {
        offer = next;
        worker.submit(this::tellNews);
    }

    void unsetOffer(ModelOffer last) {
        if (offer == last) {
            offer = null;
        }
    }

    @Deactivate
    void close() {
        http.cancel();
        if (frameworkStops.getAsBoolean() && !worker.finish(this::halt, STOP_LIMIT_SECONDS)) {
            LOG.warn("OpenCode did not stop in time");
        }
        worker.close();
        http.close();
        examination.close();
        if (foreign != null) {
            foreign.close();
        }
        state.close();
    }

    @Override
    public SupervisedStatus status() {
        return state.status();
    }

    @Override
    public void start() {
        mustBeOurs();
        worker.submit(() -> {
            want(true);
            if (!state.is(State.RUNNING) && !state.is(State.STARTING)) {
                if (child != null) {
                    halt();
                }
                launch(1);
            }
        });
    }

    @Override
    public void stop() {
        mustBeOurs();
        http.cancel();
        worker.submit(() -> {
            want(false);
            halt();
        });
    }

    @Override
    public void restart() {
        mustBeOurs();
        http.cancel();
        worker.submit(() -> {
            want(true);
            halt();
            launch(1);
        });
    }

    @Override
    public Installation installation() {
        return state.installation();
    }

    @Override
    public void install() {
        mustBeOurs();
        Optional<Path> program = command.program();
        if (program.isPresent() && !isOurs(program.get())) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "installed-elsewhere",
                    "OpenCode is there already, as " + program.get()
                            + ". Update it where it comes from, for instance with" + " npm install -g opencode-ai");
        }
        npm.ask();
    }

    private boolean isOurs(Path program) {
        return program.startsWith(installDirectory);
    }

    /** What comes of an installation, on the worker. */
    private final class Installing implements NpmInstall.Listener {
        @Override
        public void installation(Installer.Progress now, @Nullable String code, @Nullable String message) {
            state.install(now, code, message);
        }

        @Override
        public void installed() {
            outdated = child != null
                    && command.program().filter(OpenCodeServer.this::isOurs).isPresent();
            if (outdated) {
                tellNews();
            } else if (child == null && foreign == null && state.isWanted()) {
                launch(1);
            }
        }
    }

    private void mustBeOurs() {
        if (foreign != null) {
            throw ForeignServer.notControlled();
        }
    }

    @Override
    public void revive() {
        worker.submit(() -> {
            if (state.isWanted() && state.is(State.FAILED) && child == null) {
                launch(1);
            }
        });
    }

    @Override
    public void recycle(long pid, String reason) {
        worker.submit(() -> {
            ChildProcess running = child;
            if (state.isWanted() && running != null && running.pid() == pid) {
                LOG.warn("OpenCode, pid {}, is exchanged: {}", pid, reason);
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
        Patient examined = patient;
        if (examined == null) {
            Duration answeredIn = foreign == null ? null : examination.answersIn(foreign.endpoint());
            return new Vitals(clock.instant(), null, answeredIn, heardAt, false, null, null);
        }
        Duration answeredIn = examination.answersIn(examined.endpoint());
        // Whoever does not answer cannot be asked whether it works: then it is taken for busy.
        boolean busy = answeredIn == null || examination.isBusy(examined.endpoint(), workspaces);
        ChildProcess.Usage usage = examined.child().usage();
        return new Vitals(
                clock.instant(),
                examined.child().pid(),
                answeredIn,
                heardAt,
                busy,
                usage.rssBytes(),
                usage.cpuSeconds());
    }

    @Override
    public List<Evidence> evidence() {
        ChildProcess last = lastChild;
        return inquest.evidence(last == null ? List.of() : last.lastLines(Inquest.LINES), secrets);
    }

    @Override
    public void heard() {
        heardAt = clock.instant();
    }

    @Override
    public Optional<Endpoint> endpoint() {
        return state.endpoint();
    }

    @Override
    public String reason() {
        return state.reason();
    }

    @Override
    public List<String> workspaces() {
        return workspaces;
    }

    @Override
    public Optional<Endpoint> awaitChange(Optional<Endpoint> seen, long millis) throws InterruptedException {
        return state.awaitChange(seen, millis);
    }

    // Everything below runs on the worker.

    private void launch(int start) {
        http.resume();
        Optional<Path> program = command.program();
        boolean installable = program.isEmpty() && npm.isPossible();
        state.offer(installable ? Offer.INSTALL : null);
        if (program.isEmpty()) {
            fail(
                    "OpenCode was not found."
                            + (installable
                                    ? " The dashboard can install it."
                                    : " Start Nexus with --opencode PATH, or run: npm install -g opencode-ai"),
                    Cause.MISSING);
            return;
        }
        Path directory = Path.of(workspaces.get(0));
        if (!Files.isDirectory(directory)) {
            fail(
                    "The workspace " + directory + " is not a directory. Start Nexus with --workspace DIR.",
                    Cause.BAD_DIRECTORY);
            return;
        }
        starts = start;
        try {
            endpoint = command.freshEndpoint(config.port());
            child = processes.start(command.spec(program.get(), endpoint, directory, config, offered()));
        } catch (IOException e) {
            fail("No free port for OpenCode: " + e.getMessage(), Cause.REFUSED);
            return;
        } catch (NexusException e) {
            Optional<ChildProcess> known = processes.find(ServeCommand.PROCESS);
            if (known.isPresent()) {
                // A predecessor of this bundle was starting it while it was replaced.
                adopt(known.get());
                return;
            }
            fail("OpenCode could not be started: " + e.getMessage(), Cause.REFUSED);
            return;
        }
        silentUntil = System.nanoTime() + patience.announcement().toNanos();
        watch(child);
    }

    private void adopt(ChildProcess known) {
        Optional<Endpoint> place = ServeCommand.endpoint(known.notes());
        if (place.isEmpty()) {
            LOG.warn("An OpenCode without notes, pid {}, is replaced", known.pid());
            known.stop(LONG_GRACE);
            launch(1);
            return;
        }
        LOG.info("OpenCode still runs, pid {}", known.pid());
        child = known;
        endpoint = place.get();
        starts = STARTS_BEFORE_GIVING_UP;
        silentUntil = System.nanoTime();
        watch(known);
    }

    private void watch(ChildProcess started) {
        deadline = System.nanoTime() + patience.limit().toNanos();
        Endpoint place = Objects.requireNonNull(endpoint);
        lastChild = started;
        secrets = ServeCommand.secrets(place, config);
        patient = new Patient(started, place);
        heardAt = clock.instant();
        state.become(State.STARTING, started, null);
        started.onExit().thenAccept(code -> worker.submit(() -> ended(started, code)));
        probe(started);
    }

    private void probe(ChildProcess probed) {
        if (probed != child || endpoint == null || state.is(State.RUNNING)) {
            return;
        }
        if (System.nanoTime() < silentUntil && !announcedItself(probed)) {
            again(probed, LOOK);
            return;
        }
        Readiness.Answer answer = readiness.ask(endpoint, workspaces.get(0));
        switch (answer.verdict()) {
            case READY -> {
                LOG.info("OpenCode {} is ready at {}, pid {}", answer.text(), endpoint.url(), probed.pid());
                portWasTaken = false;
                boolean old = Versions.isOlder(answer.text(), TESTED);
                offerUpdate(old);
                state.running(probed, endpoint, answer.text(), old ? oldVersion(answer.text()) : null);
                worker.submit(this::tellNews);
            }
            case BROKEN -> broken(probed, answer);
            case UNSAFE -> {
                offerUpdate(true);
                giveUp(probed, answer.text(), Cause.UNSAFE);
            }
            case NOT_YET -> {
                if (state.is(State.FAILED)) {
                    again(probed, patience.brokenPoll());
                } else if (System.nanoTime() < deadline) {
                    again(probed, patience.poll());
                } else {
                    giveUp(
                            probed,
                            "OpenCode was not ready within " + patience.limit().toSeconds() + " seconds ("
                                    + answer.text() + ").",
                            Cause.NOT_READY);
                }
            }
        }
    }

    /** Its port is open some hundred milliseconds before that, and whoever asks then is never answered. */
    private static boolean announcedItself(ChildProcess started) {
        return started.lastLines(Inquest.LINES).stream().anyMatch(line -> line.startsWith(ServeCommand.LISTENS));
    }

    private void offerUpdate(boolean needed) {
        boolean possible = needed && command.program().filter(this::isOurs).isPresent() && npm.isPossible();
        state.offer(possible ? Offer.UPDATE : null);
    }

    /** OpenCode reads a configuration once: a broken one stays broken until it is started again. */
    private void broken(ChildProcess probed, Readiness.Answer answer) {
        if (fault != null && fault.isOutdated()) {
            LOG.info("{} was changed; starting OpenCode again", fault.file());
            halt();
            launch(1);
            return;
        }
        if (fault == null) {
            fault = FileStamp.of(answer.file());
            LOG.warn("{}", answer.text());
            state.become(State.FAILED, probed, answer.text());
        }
        again(probed, patience.brokenPoll());
    }

    private void again(ChildProcess probed, Duration delay) {
        worker.later(() -> probe(probed), delay);
    }

    private void giveUp(ChildProcess hopeless, String problem, Cause cause) {
        forget();
        hopeless.stop(SHORT_GRACE);
        fail(problem, cause);
    }

    private void ended(ChildProcess known, int code) {
        if (known != child) {
            return;
        }
        if (!state.isWanted()) {
            forget();
            state.become(State.STOPPED, null, null);
            return;
        }
        boolean starting = state.is(State.STARTING);
        boolean portTaken = starting && endpoint != null && !ServeCommand.isFree(endpoint.port());
        int port = endpoint == null ? 0 : endpoint.port();
        forget();
        if (portTaken && config.port() == 0 && starts < STARTS_BEFORE_GIVING_UP) {
            LOG.info("Port {} was taken before OpenCode could have it; trying another", port);
            launch(starts + 1);
            return;
        }
        if (portTaken) {
            // Whoever had it a moment ago may be the process before this one: once more can help, twice cannot.
            Cause cause = portWasTaken ? Cause.PORT_TAKEN : Cause.ENDED;
            portWasTaken = true;
            fail(
                    "OpenCode could not start: port " + port + " is taken by another program.",
                    Ending.exit(cause, code, false, clock.instant()));
            return;
        }
        Ending ending = Ending.of(known, code, starting, secrets, clock.instant());
        fail(ending.problem(), ending.exit());
    }

    /** Stops the process, if there is one: politely, but never longer than four seconds. */
    private void halt() {
        http.resume();
        ChildProcess running = child;
        Endpoint place = endpoint;
        if (running == null) {
            state.become(State.STOPPED, null, null);
            return;
        }
        LOG.info("Stopping OpenCode, pid {}", running.pid());
        state.become(State.STOPPING, running, null);
        boolean polite = place != null && dispose(place);
        forget();
        running.stop(polite ? LONG_GRACE : SHORT_GRACE);
        if (running.isAlive()) {
            // To be tried again: a server that runs must not be called stopped.
            child = running;
            endpoint = place;
            String problem = "OpenCode, pid " + running.pid() + ", cannot be ended right now. Try again in a moment.";
            LOG.warn("{}", problem);
            state.become(State.FAILED, running, problem);
            return;
        }
        state.become(State.STOPPED, null, null);
    }

    /** Saves the texts of running answers and ends running commands; a signal alone would do neither. */
    private boolean dispose(Endpoint place) {
        try {
            return http.exchange(place, OpenCodeHttp.Call.of("POST", "/global/dispose", null, DISPOSE))
                    .is2xx();
        } catch (IOException e) {
            LOG.debug("OpenCode does not let go of its work: {}", e.getMessage());
            return false;
        }
    }

    /** OpenCode is told of models and settings only when it starts: what is new needs a new start, when nothing is lost by it. */
    private void tellNews() {
        ChildProcess running = child;
        if (running == null || isUpToDate(running)) {
            state.warn(null);
            return;
        }
        if (state.is(State.RUNNING) && examination.isBusy(Objects.requireNonNull(endpoint), workspaces)) {
            state.warn((outdated ? "OpenCode was updated. It" : "Settings were changed. OpenCode")
                    + " is started again when no session works.");
            worker.later(this::tellNews, patience.news());
            return;
        }
        LOG.info("Starting OpenCode again, with what is new");
        halt();
        launch(1);
    }

    private boolean isUpToDate(ChildProcess running) {
        if (outdated) {
            return false;
        }
        Optional<OfferedProvider> offered = offered();
        if (offered.isPresent() && !ServeCommand.knows(running.notes(), offered.get())) {
            return false;
        }
        Optional<Path> program = command.program();
        return program.isEmpty()
                || ServeCommand.isUpToDate(running.notes(), program.get(), Path.of(workspaces.get(0)), config);
    }

    private Optional<OfferedProvider> offered() {
        return Optional.ofNullable(offer).map(OfferedProvider::new);
    }

    private void forget() {
        child = null;
        endpoint = null;
        fault = null;
        patient = null;
        outdated = false;
    }

    private void want(boolean wanted) {
        stoppedMark.set(!wanted);
        state.want(wanted);
        portWasTaken = false;
    }

    private void fail(String problem, Cause cause) {
        fail(problem, new Exit(cause, null, null, false, clock.instant()));
    }

    private void fail(String problem, Exit exit) {
        LOG.warn("{}", problem);
        state.failed(problem, exit);
    }

    private String oldVersion(String version) {
        String old = "OpenCode " + version + " is older than " + TESTED + ", with which Nexus is tested.";
        return state.installation().offer() == Offer.UPDATE ? old : old + " Update it: npm install -g opencode-ai";
    }
}
