package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A stand-in that runs, and what it has said so far on each of its streams. */
final class Run implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern METRICS = Pattern.compile("Starting metrics server on 127.0.0.1:(\\d+)/metrics");
    private static final ObjectMapper JSON = new ObjectMapper();

    final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Said errors = new Said();
    private final Said output = new Said();
    private final List<Thread> readers = new ArrayList<>();

    private Run(Process process, boolean reads) {
        this.process = process;
        read(process.getInputStream(), output);
        if (reads) {
            read(process.getErrorStream(), errors);
        }
    }

    static Run of(StandInCloudflared program, String... arguments) throws IOException {
        return of(program, Map.of(), arguments);
    }

    static Run of(StandInCloudflared program, Map<String, String> environment, String... arguments) throws IOException {
        return start(program, environment, true, arguments);
    }

    /** Nobody reads what it says on stderr. */
    static Run unread(StandInCloudflared program, String... arguments) throws IOException {
        return start(program, Map.of(), false, arguments);
    }

    private static Run start(
            StandInCloudflared program, Map<String, String> environment, boolean reads, String... arguments)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.program().toString());
        builder.command().addAll(List.of(arguments));
        Path home = program.program().getParent();
        builder.directory(home.toFile());
        builder.environment().clear();
        builder.environment().put("HOME", home.toString());
        builder.environment().putAll(environment);
        return new Run(builder.start(), reads);
    }

    /** The first line of stderr with this in it, now or later. */
    String line(String part) throws InterruptedException {
        return line(part, 1);
    }

    /** The n-th line of stderr with this in it, now or later. */
    String line(String part, int number) throws InterruptedException {
        return errors.await(part, number);
    }

    /** All of stderr; complete after {@link #exit}. */
    List<String> errors() {
        return errors.copy();
    }

    String lastError() {
        List<String> all = errors();
        return all.get(all.size() - 1);
    }

    /** All of stdout; complete after {@link #exit}. */
    List<String> output() {
        return output.copy();
    }

    int exit() throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + errors());
        }
        for (Thread reader : readers) {
            reader.join();
        }
        return process.exitValue();
    }

    /** Not by {@link Process#destroy}, which closes its streams too: it would end for want of a reader. */
    void term() {
        process.toHandle().destroy();
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    int metricsPort() throws InterruptedException {
        Matcher port = METRICS.matcher(line("Starting metrics server on "));
        if (!port.find()) {
            throw new AssertionError(errors().toString());
        }
        return Integer.parseInt(port.group(1));
    }

    HttpResponse<String> metrics(String path) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + metricsPort() + path);
        return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
    }

    JsonNode ready() throws Exception {
        return JSON.readTree(metrics("/ready").body());
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    private void read(InputStream in, Said said) {
        Thread reader = new Thread(
                () -> {
                    try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
                        lines.lines().forEach(said::add);
                    } catch (IOException | UncheckedIOException e) {
                        said.add("(unreadable: " + e.getMessage() + ")");
                    } finally {
                        said.end();
                    }
                },
                "nexus-stand-in-reader");
        reader.setDaemon(true);
        reader.start();
        readers.add(reader);
    }

    private static final class Said {
        private final List<String> lines = new ArrayList<>();
        private boolean ended;

        synchronized void add(String line) {
            lines.add(line);
            notifyAll();
        }

        synchronized void end() {
            ended = true;
            notifyAll();
        }

        synchronized List<String> copy() {
            return List.copyOf(lines);
        }

        synchronized String await(String part, int number) throws InterruptedException {
            long end = System.nanoTime() + PATIENCE.toNanos();
            int found = 0;
            for (int seen = 0; ; ) {
                while (seen < lines.size()) {
                    String line = lines.get(seen++);
                    if (line.contains(part) && ++found == number) {
                        return line;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError(
                            "said " + found + " times: " + part + "; but: " + lines.subList(0, Math.min(100, seen)));
                }
                wait(left);
            }
        }
    }
}
