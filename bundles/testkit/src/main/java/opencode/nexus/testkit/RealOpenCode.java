package opencode.nexus.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The real OpenCode with a home and a workspace of its own, quiet and without network. A test asks {@link #program}
 * first and gives up with {@link #MISSING} when there is none.
 */
public final class RealOpenCode implements AutoCloseable {
    public static final String MISSING =
            "no opencode on this machine: install opencode-ai or set NEXUS_TEST_OPENCODE to the program";

    private static final String READY = "opencode server listening on ";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path program;
    private final Path home;
    private final Path workspace;
    private @Nullable Process process;

    /** The program: what NEXUS_TEST_OPENCODE names, else the one on the PATH. */
    public static Optional<Path> program() {
        String named = System.getenv("NEXUS_TEST_OPENCODE");
        if (named != null && !named.isBlank()) {
            return Optional.of(Path.of(named)).filter(Files::isExecutable);
        }
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path candidate = Path.of(directory.isEmpty() ? "." : directory, "opencode");
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /** Makes home and workspace, a git repository with one commit, below {@code base}. */
    public RealOpenCode(Path program, Path base) throws IOException {
        this.program = program.toRealPath();
        this.home = Files.createDirectories(base.resolve("home"));
        this.workspace = Files.createDirectories(base.resolve("workspace")).toRealPath();
        Files.writeString(workspace.resolve("README.md"), "# A workspace for tests\n");
        git("init", "-q", "-b", "main");
        git("add", ".");
        git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "first");
    }

    /** Makes every OpenCode that works in this workspace use the scripted model and no other. */
    public RealOpenCode use(ScriptedModel model) throws IOException {
        Files.writeString(workspace.resolve("opencode.json"), model.openCodeConfig());
        return this;
    }

    public Path programFile() {
        return program;
    }

    public Path home() {
        return home;
    }

    public Path workspace() {
        return workspace;
    }

    /** All that the program needs to know: its home, where programs are, and to keep quiet. */
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("HOME", home.toString());
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        environment.put("npm_config_registry", "http://127.0.0.1:9");
        for (String switchedOff : List.of("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "SHARE")) {
            environment.put("OPENCODE_DISABLE_" + switchedOff, "1");
        }
        return environment;
    }

    /**
     * Starts {@code opencode serve} on any free port and waits until it listens.
     *
     * @param extra variables beside {@link #environment}
     * @return where it listens
     */
    public URI start(Map<String, String> extra) throws IOException, InterruptedException {
        if (process != null) {
            throw new IllegalStateException("started already");
        }
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(), "serve", "--hostname", "127.0.0.1", "--port", "0")
                .directory(workspace.toFile())
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment());
        builder.environment().putAll(extra);
        Process started = builder.start();
        process = started;
        CompletableFuture<URI> ready = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(started, ready), "nexus-real-opencode");
        reader.setDaemon(true);
        reader.start();
        try {
            return ready.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            close();
            throw new IOException("opencode did not start", e);
        }
    }

    /** Kills the server, and nothing below it, and waits until the system has told its parent. */
    public void kill() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        running.destroyForcibly().onExit().join();
        process = null;
    }

    /** Kills the server and every command below it. */
    @Override
    public void close() {
        Process running = process;
        if (running == null) {
            return;
        }
        List<ProcessHandle> below = running.descendants().toList();
        running.destroyForcibly();
        below.forEach(ProcessHandle::destroyForcibly);
        running.onExit().join();
        process = null;
    }

    // Reads to the end, so that the server never waits for someone to read what it says.
    private static void read(Process process, CompletableFuture<URI> ready) {
        StringBuilder said = new StringBuilder();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY)) {
                    ready.complete(URI.create(line.substring(READY.length()).strip()));
                }
                if (!ready.isDone()) {
                    said.append(line).append('\n');
                }
            }
            ready.completeExceptionally(new IOException("it ended: " + said));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    private void git(String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("git").directory(workspace.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("HOME", home.toString());
        Process git = builder.redirectErrorStream(true).start();
        String said = new String(git.getInputStream().readAllBytes(), UTF_8);
        if (git.onExit().join().exitValue() != 0) {
            throw new IOException("git " + String.join(" ", arguments) + ": " + said);
        }
    }
}
