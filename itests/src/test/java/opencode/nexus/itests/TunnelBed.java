package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A gateway with a cloudflared on its PATH: one that behaves like it, to which a way leads by public names, or the real one
 * that the environment names, to which none does.
 */
final class TunnelBed implements AutoCloseable {
    static final String DOMAIN = "nexus.boats.example.org";

    private final TestBed bed = TestBed.stub();
    private final Path programs = bed.directory("programs");
    private final @Nullable RealCloudflared real = RealCloudflared.named();
    private final @Nullable StandInCloudflared scripted;
    private final @Nullable PublicNames names;
    private final Nexus.Setup setup;
    private final List<String> printed = new ArrayList<>();
    private final StringBuffer told = new StringBuffer();
    private Nexus nexus;
    private @Nullable Owner owner;

    /** @param variables of the gateway's environment, beyond what it needs */
    TunnelBed(Map<String, String> variables) throws Exception {
        List<String> options;
        if (real == null) {
            scripted = StandInCloudflared.in(programs).timeScale(0.05);
            names = new PublicNames(
                    bed.directory("names"), List.of("dns:*.trycloudflare.com", "dns:" + DOMAIN), this::publicPort);
            options = names.options();
        } else {
            scripted = null;
            names = null;
            Files.createSymbolicLink(
                    programs.resolve("cloudflared"), real.program().toAbsolutePath());
            options = List.of("-Dnexus.test.cloudflared=" + real.property());
        }
        Nexus.Setup next = bed.setup(bed.directory("home"))
                .with("NEXUS_CDS", "0")
                .with("NEXUS_OPTS", String.join(" ", options))
                .with("PATH", programs + ":" + System.getenv("PATH"));
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            next = next.with(variable.getKey(), variable.getValue());
        }
        setup = next;
        nexus = Nexus.run(setup);
    }

    Path home() {
        return setup.home();
    }

    Path directory(String name) throws IOException {
        return bed.directory(name);
    }

    Nexus nexus() {
        return nexus;
    }

    Path program() {
        return programs.resolve("cloudflared");
    }

    boolean isReal() {
        return real != null;
    }

    /** What its arguments have to say of the edge. */
    List<String> edge() {
        return real == null || real.property().isEmpty()
                ? List.of()
                : List.of(real.property().split(","));
    }

    /** What goes wrong can be told to this one; a test that needs that is left out with a real one. */
    StandInCloudflared scripted() {
        Assumptions.assumeTrue(scripted != null, RealCloudflared.SCRIPTED);
        return scripted;
    }

    /** The way to public names; a test that needs it is left out with a real cloudflared. */
    PublicNames names() {
        Assumptions.assumeTrue(names != null, RealCloudflared.SCRIPTED);
        return names;
    }

    Owner owner() throws Exception {
        if (owner == null) {
            owner = Owner.setUp(nexus);
            listen(owner);
        }
        return owner;
    }

    /** Ends the gateway as a crash does, without the tunnel, and starts the next one. */
    void crash() throws Exception {
        printed.addAll(nexus.output());
        nexus.kill();
        nexus = Nexus.run(setup);
        owner = owner().at(nexus);
        listen(owner);
    }

    /** Everything that any gateway printed. */
    List<String> printed() {
        return Stream.concat(printed.stream(), nexus.output().stream()).toList();
    }

    /** Every event since there is an owner, as it was sent. */
    String told() {
        return told.toString();
    }

    private void listen(Owner listener) throws Exception {
        InputStream events = listener.deafEvents();
        Thread reader = new Thread(
                () -> {
                    byte[] buffer = new byte[8_192];
                    try (events) {
                        for (int count = events.read(buffer); count >= 0; count = events.read(buffer)) {
                            told.append(new String(buffer, 0, count, ISO_8859_1));
                        }
                    } catch (IOException e) {
                        told.append("\n: ").append(e.getMessage()).append("\n");
                    }
                },
                "tunnel-bed-events");
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public void close() throws Exception {
        nexus.close();
        if (names != null) {
            names.close();
        }
        bed.close();
    }

    // ---- the tunnel ----

    JsonNode status() throws Exception {
        return owner().get("/api/tunnel").json();
    }

    JsonNode start() throws Exception {
        assertThat(owner().post("/api/tunnel/start", null).status()).isEqualTo(202);
        return awaitOpen();
    }

    JsonNode await(Predicate<JsonNode> wanted) throws Exception {
        return owner().await("/api/tunnel", answer -> answer.status() == 200 && wanted.test(answer.json()))
                .json();
    }

    JsonNode awaitOpen() throws Exception {
        return awaitOpen(now -> true);
    }

    /** Open and as wanted; where a real edge does not take invented credentials, the test is left out. */
    JsonNode awaitOpen(Predicate<JsonNode> wanted) throws Exception {
        JsonNode now = await(status -> isOpen(status) && wanted.test(status) || isReal() && isStrangeThere(status));
        Assumptions.assumeTrue(isOpen(now), "the edge of this test takes its own tunnels only");
        return now;
    }

    /** Sets this and waits until a cloudflared of its own is open with it. */
    JsonNode exchange(Map<String, Object> config) throws Exception {
        long last = pid(status());
        configure(config);
        return awaitOpen(now -> pid(now) != last);
    }

    private static boolean isStrangeThere(JsonNode status) {
        return status.path("problem").asText().contains("does not take this tunnel");
    }

    static boolean isOpen(JsonNode status) {
        return status.path("state").asText().equals("open")
                && status.path("ready").asBoolean();
    }

    static long pid(JsonNode status) {
        return status.path("process").path("pid").asLong();
    }

    static void same(JsonNode before, JsonNode after) {
        assertThat(after.path("url")).isEqualTo(before.path("url"));
        assertThat(after.path("process")).isEqualTo(before.path("process"));
    }

    static void kill(JsonNode status) {
        ProcessHandle.of(pid(status)).orElseThrow().destroyForcibly();
    }

    /** Sets this and nothing else. */
    Owner.Answer configure(Map<String, Object> config) throws Exception {
        Owner.Answer answer = owner().call("PUT", "/api/tunnel/config", real == null ? config : real.with(config));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer;
    }

    // ---- visitors ----

    int publicPort() {
        try {
            return scripted().publicPort().orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What a visitor of the public address gets. */
    String visit(URI url, String method, String path, String headers) throws IOException {
        return visit(publicPort(), url.getHost(), method, path, headers);
    }

    static String visit(int port, String host, String method, String path, String headers) throws IOException {
        try (Socket socket = send(port, host, method, path, "Connection: close\r\n" + headers)) {
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    static Socket send(int port, String host, String method, String path, String headers) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        String end = headers.contains("\r\n\r\n") ? "" : "\r\n";
        socket.getOutputStream()
                .write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + end).getBytes(UTF_8));
        return socket;
    }

    /** The rest of a request that carries a body from a page of this origin. */
    static String json(Object origin, String body) {
        return "Origin: " + origin + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    static String cookie(String login) {
        return login.replaceAll("(?s).*[Ss]et-[Cc]ookie: ([^;]*);.*", "$1");
    }

    static void readTo(BufferedReader lines, String start) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(start)) {
            line = lines.readLine();
        }
        assertThat(line).as("a line that begins with " + start).isNotNull();
    }

    /** It is ready a moment after the page: first its key is there, and then it listens. */
    String console(String... words) throws Exception {
        String[] line =
                Stream.concat(Stream.of("console", "--"), Stream.of(words)).toArray(String[]::new);
        Nexus.Output output = Nexus.command(home(), Map.of(), line);
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (output.exit() != 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            output = Nexus.command(home(), Map.of(), line);
        }
        assertThat(output.exit()).as(output.text()).isZero();
        printed.add(output.text());
        return output.text();
    }
}
