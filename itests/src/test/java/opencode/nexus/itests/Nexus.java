package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One gateway, started with the distribution's own launcher, as a person starts it. */
final class Nexus implements AutoCloseable {
    private static final Path LAUNCHER = distribution().resolve("bin/nexus");

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(10_000);
    private final List<String> seen = new ArrayList<>();
    private final Path home;
    private final int port;
    private String setupCode = "";

    private Nexus(Process process, Path home, int port) {
        this.process = process;
        this.home = home;
        this.port = port;
        Thread reader = new Thread(this::read, "nexus-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** What is tested, as it was assembled. */
    static Path distribution() {
        return Path.of(System.getProperty("nexus.distribution", "../karaf-assembly/target/assembly"));
    }

    /** What a gateway is started with. {@code environment} replaces single variables of this JVM's own. */
    record Setup(Path home, Path workspace, Path opencode, int port, Map<String, String> environment) {
        Setup with(String name, String value) {
            Map<String, String> next = new TreeMap<>(environment);
            next.put(name, value);
            return new Setup(home, workspace, opencode, port, next);
        }
    }

    /** Runs the launcher and does not wait. */
    static Nexus launch(Setup setup, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                LAUNCHER.toAbsolutePath().normalize().toString(),
                "run",
                "--home",
                setup.home().toString(),
                "--port",
                Integer.toString(setup.port()),
                "--workspace",
                setup.workspace().toString(),
                "--opencode",
                setup.opencode().toString()));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(setup.environment());
        return new Nexus(builder.start(), setup.home(), setup.port());
    }

    /** Runs the launcher and waits for the lines it promises. */
    static Nexus run(Setup setup) throws Exception {
        Nexus nexus = launch(setup);
        nexus.awaitReady();
        return nexus;
    }

    /** Runs another command of the launcher to its end and returns what it printed. */
    static Output command(Path home, Map<String, String> environment, String... words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(LAUNCHER.toAbsolutePath().normalize().toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("NEXUS_HOME", home.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Output(process.exitValue(), text);
    }

    record Output(int exit, String text) {}

    void awaitReady() throws Exception {
        String ready = awaitLine("OpenCode Nexus is ready: ");
        assertThat(ready).isEqualTo("OpenCode Nexus is ready: http://127.0.0.1:" + port + "/");
    }

    /** Waits for the second promised line and keeps the code in it. */
    String awaitSetupCode() throws Exception {
        String line = awaitLine("Set it up: ");
        String start = "Set it up: http://127.0.0.1:" + port + "/setup#";
        assertThat(line).startsWith(start);
        setupCode = line.substring(start.length());
        return setupCode;
    }

    String awaitLine(String start) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (System.nanoTime() < end) {
            String line = lines.poll(100, TimeUnit.MILLISECONDS);
            if (line == null) {
                if (!process.isAlive() && lines.isEmpty()) {
                    throw new IllegalStateException("ended with " + process.exitValue() + ": " + seen + log());
                }
                continue;
            }
            seen.add(line);
            if (line.startsWith(start)) {
                return line;
            }
        }
        throw new TimeoutException("no line '" + start + "' in " + seen + log());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    Path home() {
        return home;
    }

    /** Everything it printed so far. */
    List<String> output() {
        lines.drainTo(seen);
        return List.copyOf(seen);
    }

    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        return process.exitValue();
    }

    /** What Ctrl-C sends. */
    void interrupt() throws Exception {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private String log() {
        Path log = home.resolve("data/log/nexus.log");
        try {
            if (!Files.exists(log)) {
                return "";
            }
            List<String> all = Files.readAllLines(log);
            return "\n" + String.join("\n", all.subList(Math.max(0, all.size() - 40), all.size()));
        } catch (IOException e) {
            return " (log unreadable: " + e.getMessage() + ")";
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!lines.offer(line)) {
                    lines.clear();
                }
            }
        } catch (IOException e) {
            lines.offer("output ended: " + e.getMessage());
        }
    }

    /** Outside of the range from which the system gives ports to others, so that it stays free until it is used. */
    static int freePort() throws IOException {
        for (int tries = 0; tries < 100; tries++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Taken: another one.
            }
        }
        throw new IOException("no free port between 20000 and 32000");
    }
}
