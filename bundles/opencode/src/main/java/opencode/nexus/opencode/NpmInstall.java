package opencode.nexus.opencode;

import static opencode.nexus.api.NexusException.Kind.CONFLICT;
import static opencode.nexus.api.NexusException.Kind.UNAVAILABLE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.api.supervise.Installer.Progress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Installs OpenCode with npm into {@code opencode} in the home, as the launcher does at the first start. npm is a child in
 * custody: its output goes to a capped file, it outlives this bundle, and a gateway that comes after a crash finds it
 * again.
 *
 * <p>Used on the worker of {@link OpenCodeServer}, but for {@link #ask}.
 */
final class NpmInstall {
    private static final Logger LOG = LoggerFactory.getLogger(NpmInstall.class);
    static final String PROCESS = "opencode-install";
    static final Duration LIMIT = Duration.ofMinutes(10);

    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final int LINES = 8;
    private static final int LONGEST_LINE = 240;
    private static final int LONGEST_READ = 4_096;
    private static final String STEP = "step";
    private static final String FETCH = "fetch";
    private static final String LINK = "link";
    private static final Set<String> WITHHELD = Set.of("NEXUS_*", "KARAF_*", "OPENCODE_*");

    /** What comes of it. */
    interface Listener {
        void installation(Progress state, @Nullable String code, @Nullable String message);

        /** The program is there. */
        void installed();
    }

    private final Path directory;
    private final Function<String, @Nullable String> environment;
    private final ProcessHost processes;
    private final Clock clock;
    private final Duration limit;
    private final BiConsumer<Runnable, Duration> worker;
    private final Listener listener;
    private final AtomicBoolean underWay = new AtomicBoolean();

    private @Nullable ChildProcess child;

    /**
     * @param directory where it is installed; made when it is needed
     * @param environment the gateway's own, by name
     * @param worker runs something on the one thread, after a while
     */
    NpmInstall(
            Path directory,
            Function<String, @Nullable String> environment,
            ProcessHost processes,
            Clock clock,
            Duration limit,
            BiConsumer<Runnable, Duration> worker,
            Listener listener) {
        this.directory = directory;
        this.environment = environment;
        this.processes = processes;
        this.clock = clock;
        this.limit = limit;
        this.worker = worker;
        this.listener = listener;
    }

    /** The program, where it is when it was installed from here. */
    static Path program(Path directory) {
        return directory.resolve("node_modules/.bin/opencode");
    }

    /** Whether there is an npm to ask. */
    boolean isPossible() {
        return npm().isPresent();
    }

    /** Begins it, from any thread. */
    void ask() {
        Path npm = npm().orElseThrow(
                        () -> new NexusException(
                                UNAVAILABLE,
                                "npm-missing",
                                "There is no npm on the PATH to install OpenCode with. Install Node.js, or OpenCode itself: https://opencode.ai"));
        if (!underWay.compareAndSet(false, true)) {
            throw new NexusException(CONFLICT, "install-running", "OpenCode is being installed already.");
        }
        soon(() -> fetch(npm));
    }

    /** Goes on with one that a gateway or a bundle before this one has begun. */
    void resume() {
        Optional<ChildProcess> known = processes.find(PROCESS);
        if (known.isPresent() && underWay.compareAndSet(false, true)) {
            listener.installation(Progress.RUNNING, null, "OpenCode is being installed with npm.");
            Duration gone = Duration.between(known.get().startedAt(), clock.instant());
            watch(known.get(), gone.isNegative() ? limit : limit.minus(gone));
        }
    }

    private void fetch(Path npm) {
        LOG.info("Installing opencode-ai with {} into {}", npm, directory);
        listener.installation(Progress.RUNNING, null, "OpenCode is being installed with npm.");
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            fail("There is no room for OpenCode in " + directory + ": " + e.getMessage());
            return;
        }
        // With the tag: npm would else keep the version that is there.
        run(
                FETCH,
                List.of(
                        npm.toString(),
                        "install",
                        "--prefix",
                        directory.toString(),
                        "--no-audit",
                        "--no-fund",
                        "--loglevel=error",
                        "opencode-ai@latest"),
                directory);
    }

    private void run(String step, List<String> command, Path where) {
        try {
            watch(
                    processes.start(new ProcessSpec(PROCESS, command, where, Map.of(), WITHHELD, Map.of(STEP, step))),
                    limit);
        } catch (NexusException e) {
            fail("OpenCode could not be installed: " + e.getMessage());
        }
    }

    private void watch(ChildProcess started, Duration left) {
        child = started;
        started.onExit().thenAccept(code -> soon(() -> ended(started, code)));
        worker.accept(() -> tooLong(started), left.isNegative() ? Duration.ZERO : left);
    }

    private void tooLong(ChildProcess started) {
        if (started != child) {
            return;
        }
        child = null;
        started.stop(GRACE);
        fail("npm was ended because it took longer than " + limit.toMinutes() + " minutes.", started);
    }

    /** @param code -1 when it is not known */
    private void ended(ChildProcess started, int code) {
        if (started != child) {
            return;
        }
        child = null;
        boolean fetched = FETCH.equals(started.notes().get(STEP));
        if (fetched && code > 0) {
            fail("npm could not install OpenCode; it ended with code " + code + ".", started);
            return;
        }
        if (Files.isExecutable(program(directory))) {
            LOG.info("OpenCode is installed in {}", directory);
            underWay.set(false);
            listener.installation(Progress.DONE, null, "OpenCode was installed.");
            listener.installed();
            return;
        }
        // Some settings of npm leave install scripts out; this one links the program for this machine.
        Path scripts = directory.resolve("node_modules/opencode-ai");
        Optional<Path> node = ServeCommand.lookUp("node", environment);
        if (fetched && node.isPresent() && Files.isRegularFile(scripts.resolve("postinstall.mjs"))) {
            run(LINK, List.of(node.get().toString(), "postinstall.mjs"), scripts);
            return;
        }
        fail("npm ended, but there is no OpenCode for this machine in what it installed.", started);
    }

    private void fail(String problem, ChildProcess last) {
        String said = last.lastLines(LINES).stream()
                .map(NpmInstall::shown)
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n"));
        fail(said.isEmpty() ? problem : problem + "\n" + said);
    }

    private static String shown(String line) {
        // Only the beginning is looked at: a line may be as long as all that was said.
        String beginning = line.length() <= LONGEST_READ ? line : line.substring(0, LONGEST_READ);
        String plain =
                Inquest.clean(beginning, Set.of()).replaceAll("\\p{Cntrl}", "").strip();
        return plain.length() <= LONGEST_LINE ? plain : plain.substring(0, LONGEST_LINE - 1) + "…";
    }

    private void fail(String problem) {
        LOG.warn("{}", problem);
        underWay.set(false);
        listener.installation(Progress.FAILED, "install-failed", problem);
    }

    private Optional<Path> npm() {
        return ServeCommand.lookUp("npm", environment);
    }

    private void soon(Runnable task) {
        worker.accept(task, Duration.ZERO);
    }
}
