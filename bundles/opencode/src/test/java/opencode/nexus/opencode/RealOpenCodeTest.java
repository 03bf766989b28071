package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.osgi.util.converter.Converters.standardConverter;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeProcessHost;
import opencode.nexus.testkit.RecordingHub;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole bundle with a real OpenCode, if there is one: on the PATH, or named by NEXUS_TEST_OPENCODE. */
class RealOpenCodeTest {
    private static final String ANSWER = "canned answer";

    /** Left to the next clean build: OpenCode's own children may still write there for a moment. */
    private Path home;

    private final RecordingHub hub = new RecordingHub();
    private final FakeProcessHost processes = new FakeProcessHost();
    private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer model;
    private Path workspace;
    private OpenCodeServer server;
    private HttpOpenCode client;
    private EventStream stream;

    @BeforeEach
    void begin() throws IOException {
        String named = System.getenv("NEXUS_TEST_OPENCODE");
        Optional<Path> program =
                new ServeCommand(List.of(named == null ? "opencode" : named), System::getenv).program();
        assumeTrue(program.isPresent(), "no opencode on the PATH, and NEXUS_TEST_OPENCODE names none");
        home = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "opencode");
        workspace = Files.createDirectory(home.resolve("project"));
        model = model();
        processes.onStart(child -> start(processes.started.get(processes.started.size() - 1), child));
        Map<String, String> properties =
                Map.of("nexus.opencode", program.get().toString(), "nexus.workspace", workspace.toString());
        server = new OpenCodeServer(
                standardConverter().convert(Map.of()).to(ServerConfig.class),
                new Surroundings(properties::get, name -> null),
                processes,
                hub,
                new FakeHome(home.resolve("nexus")),
                Clock.systemUTC(),
                OpenCodeServer.Patience.USUAL,
                () -> true);
        FixedOffer offer = new FixedOffer(
                URI.create("http://127.0.0.1:" + model.getAddress().getPort() + "/v1"), "offer-key");
        server.setOffer(offer);
        client = new HttpOpenCode(server);
        client.offer = offer;
        stream = new EventStream(server);
        stream.addListener(new Recorder(heard), Map.of());
    }

    @AfterEach
    void end() {
        if (stream != null) {
            stream.close();
            client.close();
            server.close();
            model.stop(0);
        }
        threads.shutdownNow();
    }

    @Test
    void aConversationFromStartToStop() throws Exception {
        server.begin();
        awaitState("running", 90);
        assertThat(next(Boolean.class, connected -> connected)).isTrue();

        // Nothing is set up: the offer is the default, never the hosted provider.
        assertThat(client.models().get(0).id()).isEqualTo("nexus-demo/canned");
        OpenCodeSession session = client.create(workspace.toString(), null, null, null);
        String message = client.newMessageId();
        client.prompt(session.id(), message, new Outgoing("Tell me something", List.of(), null, null, null));

        assertThat(next(
                                OpenCodeEvent.SessionChanged.class,
                                changed -> !changed.session().title().startsWith("New session"))
                        .session()
                        .title())
                .isEqualTo("Tell me something");
        assertThat(next(OpenCodeEvent.TextAdded.class, added -> true).text()).isNotEmpty();
        next(
                OpenCodeEvent.MessageChanged.class,
                changed -> changed.message().role() == Message.Role.ASSISTANT
                        && changed.message().state() == Message.State.COMPLETE);
        List<Message> stored = client.messages(session.id(), 50, null).messages();
        assertThat(stored).hasSize(2);
        assertThat(stored.get(0).id()).isEqualTo(message);
        assertThat(stored.get(1).id()).isGreaterThan(message);
        assertThat(stored.get(1).model()).isEqualTo("nexus-demo/canned");
        assertThat(stored.get(1).parts())
                .extracting(part -> ((Part.Text) part).text())
                .containsExactly(ANSWER);
        // One question to the model: none for a title.
        assertThat(asked).hasSize(1).allSatisfy(body -> assertThat(body).contains("\"model\":\"canned\""));
        assertThat(client.sessions()).extracting(OpenCodeSession::id).containsExactly(session.id());
        assertThat(client.requests()).isEmpty();
        assertThat(client.todos(session.id())).isEmpty();
        client.delete(session.id());
        next(OpenCodeEvent.SessionRemoved.class, removed -> removed.sessionId().equals(session.id()));

        server.stop();
        awaitState("stopped", 20);
        assertThat(next(String.class, lost -> true)).isEqualTo("server lost");
    }

    @Test
    void aBrokenConfigurationIsToldAndMended() throws Exception {
        Path file = workspace.resolve("opencode.json");
        Files.writeString(file, "{\"model\": 5}");
        server.begin();
        awaitState("failed", 90);
        assertThat(server.status().problem()).contains("cannot use its configuration", "model");
        assertThat(server.status().pid()).isNotNull();

        Files.writeString(file, "{}");
        awaitState("running", 90);
        assertThat(server.status().problem()).isNull();
    }

    private <T> T next(Class<T> type, Predicate<T> wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (System.nanoTime() < end) {
            Object found = heard.poll(1, TimeUnit.SECONDS);
            if (type.isInstance(found) && wanted.test(type.cast(found))) {
                return type.cast(found);
            }
        }
        throw new AssertionError("no such " + type.getSimpleName());
    }

    private void awaitState(String state, int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        AssertionError last = new AssertionError("not " + state);
        while (System.nanoTime() < end) {
            try {
                hub.await(event -> event.data().startsWith("{\"state\":\"" + state + "\""));
                return;
            } catch (AssertionError e) {
                last = e;
            }
        }
        throw last;
    }

    private void start(ProcessSpec spec, FakeProcessHost.FakeChild child) {
        ProcessBuilder builder = new ProcessBuilder(spec.command());
        builder.directory(spec.directory().toFile());
        Map<String, String> environment = new HashMap<>(spec.environment());
        environment.put("HOME", home.toString());
        environment.put("PATH", System.getenv("PATH"));
        environment.put("OPENCODE_DISABLE_MODELS_FETCH", "1");
        // Keeps OpenCode from fetching its plugin library in the background.
        environment.put("npm_config_registry", "http://127.0.0.1:9");
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true)
                .redirectOutput(home.resolve("opencode.log").toFile());
        try {
            Process process = builder.start();
            process.onExit().thenAccept(ended -> child.exit(ended.exitValue()));
            child.onExit().thenRun(process::destroyForcibly);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers every question with the same two pieces. */
    private HttpServer model() throws IOException {
        HttpServer fake = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        fake.setExecutor(threads);
        fake.createContext("/v1/chat/completions", exchange -> {
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            String body = piece("{\"role\":\"assistant\",\"content\":\"canned \"}", "null")
                    + piece("{\"content\":\"answer\"}", "null")
                    + piece("{}", "\"stop\"")
                    + "data: [DONE]\n\n";
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        fake.start();
        return fake;
    }

    private static String piece(String delta, String finish) {
        return "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"canned\",\"choices\":"
                + "[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
    }

    private record Recorder(BlockingQueue<Object> heard) implements OpenCodeListener {
        @Override
        public void onConnected() {
            heard.add(true);
        }

        @Override
        public void onEvent(OpenCodeEvent event) {
            heard.add(event);
        }

        @Override
        public void onDisconnected(boolean serverLost) {
            heard.add(serverLost ? "server lost" : "disconnected");
        }
    }
}
