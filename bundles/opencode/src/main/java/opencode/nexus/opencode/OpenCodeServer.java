package opencode.nexus.opencode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
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
        service = {Supervised.class, RunningOpenCode.class},
        property = Supervised.NAME + "=server")
@Designate(ocd = ServerConfig.class)
public final class OpenCodeServer implements Supervised, RunningOpenCode {
    private static final Logger LOG = LoggerFactory.getLogger(OpenCodeServer.class);
    private static final int STARTS_BEFORE_GIVING_UP = 3;
    private static final Duration DISPOSE = Duration.ofSeconds(1);
    private static final Duration LONG_GRACE = Duration.ofSeconds(2);
    private static final Duration SHORT_GRACE = Duration.ofSeconds(1);
    private static final long STOP_LIMIT_SECONDS = 4;
    private static final long OFFER_RETRY_SECONDS = 10;

    /** How often and how long it is asked whether it is ready. */
    record Patience(Duration poll, Duration limit, Duration brokenPoll) {
        static final Patience USUAL =
                new Patience(Duration.ofMillis(50), Duration.ofSeconds(60), Duration.ofSeconds(3));
    }

    private final ServerConfig config;
    private final ServeCommand command;
    private final List<String> workspaces;
    private final ProcessHost processes;
    private final ServerState state;
    private final Patience patience;
    private final BooleanSupplier frameworkStops;
    private final OpenCodeHttp http = new OpenCodeHttp("server");
    private final Readiness readiness = new Readiness(http);
    private final ScheduledThreadPoolExecutor worker;

    private volatile @Nullable ModelOffer offer;

    // Used by the worker only.
    private @Nullable ChildProcess child;
    private @Nullable Endpoint endpoint;
    private @Nullable FileStamp fault;
    private int starts;
    private long deadline;

    @Activate
    public OpenCodeServer(
            ServerConfig config, BundleContext context, @Reference ProcessHost processes, @Reference EventHub events) {
        this(
                config,
                Surroundings.of(context),
                processes,
                events,
                Clock.systemUTC(),
                Patience.USUAL,
                () -> context.getBundle(0).getState() == Bundle.STOPPING);
    }

    OpenCodeServer(
            ServerConfig config,
            Surroundings surroundings,
            ProcessHost processes,
            EventHub events,
            Clock clock,
            Patience patience,
            BooleanSupplier frameworkStops) {
        this.config = config;
        this.processes = processes;
        this.patience = patience;
        this.frameworkStops = frameworkStops;
        workspaces = surroundings.workspaces(config);
        command = new ServeCommand(surroundings.program(config), surroundings.environment());
        state = new ServerState(events, clock);
        worker = new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-opencode-server"));
        worker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        worker.setRemoveOnCancelPolicy(true);
    }

    /** Not in the constructor, so that the offer, if there is one, is known when OpenCode starts. */
    @Activate
    void begin() {
        submit(() -> {
            Optional<ChildProcess> known = processes.find(ServeCommand.PROCESS);
            if (known.isPresent()) {
                adopt(known.get());
            } else if (config.autoStart()) {
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
        submit(this::tellOffer);
    }

    void unsetOffer(ModelOffer last) {
        if (offer == last) {
            offer = null;
        }
    }

    @Deactivate
    void close() {
        http.cancel();
        if (frameworkStops.getAsBoolean() && !worker.isShutdown()) {
            CountDownLatch stopped = new CountDownLatch(1);
            submit(this::halt);
            submit(stopped::countDown);
            if (!patiently(() -> stopped.await(STOP_LIMIT_SECONDS, TimeUnit.SECONDS))) {
                LOG.warn("OpenCode did not stop in time");
            }
        }
        worker.shutdown();
        patiently(() -> worker.awaitTermination(1, TimeUnit.SECONDS));
        worker.shutdownNow();
        http.close();
        state.close();
    }

    @Override
    public SupervisedStatus status() {
        return state.status();
    }

    @Override
    public void start() {
        submit(() -> {
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
        http.cancel();
        submit(this::halt);
    }

    @Override
    public void restart() {
        http.cancel();
        submit(() -> {
            halt();
            launch(1);
        });
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
        if (program.isEmpty()) {
            fail("OpenCode was not found. Start Nexus with --opencode PATH, or run: npm install -g opencode-ai");
            return;
        }
        Path directory = Path.of(workspaces.get(0));
        if (!Files.isDirectory(directory)) {
            fail("The workspace " + directory + " is not a directory. Start Nexus with --workspace DIR.");
            return;
        }
        starts = start;
        try {
            endpoint = command.freshEndpoint(config.port());
            child = processes.start(command.spec(program.get(), endpoint, directory, config.extra(), offered()));
        } catch (IOException e) {
            fail("No free port for OpenCode: " + e.getMessage());
            return;
        } catch (NexusException e) {
            Optional<ChildProcess> known = processes.find(ServeCommand.PROCESS);
            if (known.isPresent()) {
                // A predecessor of this bundle was starting it while it was replaced.
                adopt(known.get());
                return;
            }
            fail("OpenCode could not be started: " + e.getMessage());
            return;
        }
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
        watch(known);
    }

    private void watch(ChildProcess started) {
        deadline = System.nanoTime() + patience.limit().toNanos();
        state.become(State.STARTING, started, null);
        started.onExit().thenAccept(code -> submit(() -> ended(started, code)));
        probe(started);
    }

    private void probe(ChildProcess probed) {
        if (probed != child || endpoint == null || state.is(State.RUNNING)) {
            return;
        }
        Readiness.Answer answer = readiness.ask(endpoint, workspaces.get(0));
        switch (answer.verdict()) {
            case READY -> {
                LOG.info("OpenCode {} is ready at {}, pid {}", answer.text(), endpoint.url(), probed.pid());
                state.running(probed, endpoint, answer.text());
                submit(this::tellOffer);
            }
            case BROKEN -> broken(probed, answer);
            case UNSAFE -> giveUp(probed, answer.text());
            case NOT_YET -> {
                if (state.is(State.FAILED)) {
                    again(probed, patience.brokenPoll());
                } else if (System.nanoTime() < deadline) {
                    again(probed, patience.poll());
                } else {
                    giveUp(
                            probed,
                            "OpenCode was not ready within " + patience.limit().toSeconds() + " seconds ("
                                    + answer.text() + ").");
                }
            }
        }
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
        try {
            worker.schedule(guarded(() -> probe(probed)), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("No more questions: this component ends");
        }
    }

    private void giveUp(ChildProcess hopeless, String problem) {
        forget();
        hopeless.stop(SHORT_GRACE);
        fail(problem);
    }

    private void ended(ChildProcess known, int code) {
        if (known != child) {
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
            fail("OpenCode could not start: port " + port + " is taken by another program.");
            return;
        }
        String last = lastWords(known);
        fail("OpenCode ended" + (code < 0 ? "" : " with code " + code) + (starting ? " while it was starting" : "")
                + (last.isEmpty() ? "." : "; its last words: " + last));
    }

    /** What may tell why it ended; not that it was ready once. */
    private static String lastWords(ChildProcess ended) {
        return ended.lastLines(1).stream()
                .filter(line -> !line.startsWith("opencode server listening"))
                .findFirst()
                .map(Failures::shorten)
                .orElse("");
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

    /** OpenCode reads its configuration once: a new offer needs a new start, when nothing is lost by it. */
    private void tellOffer() {
        Optional<OfferedProvider> offered = offered();
        ChildProcess running = child;
        if (offered.isEmpty() || running == null || ServeCommand.knows(running.notes(), offered.get())) {
            return;
        }
        if (state.is(State.RUNNING) && isBusy()) {
            worker.schedule(guarded(this::tellOffer), OFFER_RETRY_SECONDS, TimeUnit.SECONDS);
            return;
        }
        LOG.info("Starting OpenCode again, to offer it the model of Nexus");
        halt();
        launch(1);
    }

    private boolean isBusy() {
        Endpoint place = Objects.requireNonNull(endpoint);
        for (String workspace : workspaces) {
            String path = "/session/status?directory=" + OpenCodeHttp.encode(workspace);
            try {
                OpenCodeHttp.Answer answer =
                        http.exchange(place, OpenCodeHttp.Call.of("GET", path, null, Duration.ofSeconds(5)));
                if (answer.json() == null || !answer.json().isEmpty()) {
                    return true;
                }
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    private Optional<OfferedProvider> offered() {
        return Optional.ofNullable(offer).map(OfferedProvider::new);
    }

    private void forget() {
        child = null;
        endpoint = null;
        fault = null;
    }

    private void fail(String problem) {
        LOG.warn("{}", problem);
        state.become(State.FAILED, null, problem);
    }

    private void submit(Runnable task) {
        try {
            worker.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this component ends");
        }
    }

    private static boolean patiently(Callable<Boolean> wait) {
        try {
            return wait.call();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("Looking after OpenCode failed", e);
            }
        };
    }
}
