package opencode.nexus.demo.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import opencode.nexus.demo.protocol.Connection.Refused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server on loopback that speaks enough of the OpenAI chat API for OpenCode: {@code GET /v1/models} and
 * {@code POST /v1/chat/completions}. What it answers is up to a {@link Script}. Serves until closed.
 */
public final class ChatCompletions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChatCompletions.class);

    /**
     * How a server behaves.
     *
     * @param name what its threads are named after
     * @param models ids it lists; a request for any other is refused
     * @param key what it wants as bearer token. A secret
     * @param connections most requests served at the same time, each by a thread of its own
     * @param bodyLimit most bytes of a request
     * @param patience how long a request may take to arrive
     */
    public record Settings(
            String name, List<String> models, String key, int connections, int bodyLimit, Duration patience) {
        public Settings {
            models = List.copyOf(models);
            if (key.isEmpty()) {
                throw new IllegalArgumentException("a server without a key would be open to every local program");
            }
        }

        @Override
        public String toString() {
            return name + " " + models;
        }
    }

    private final Settings settings;
    private final Script script;
    private final ObjectMapper mapper;
    private final ServerSocket server;
    private final ThreadPoolExecutor workers;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();

    /**
     * Starts to serve.
     *
     * @param port 0 for any free one
     * @throws IOException when the port is taken
     */
    public ChatCompletions(int port, Settings settings, Script script) throws IOException {
        this.settings = settings;
        this.script = script;
        this.mapper = new ObjectMapper(JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(settings.bodyLimit())
                        .build())
                .build());
        this.server = new ServerSocket();
        try {
            server.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        AtomicInteger number = new AtomicInteger();
        this.workers = new ThreadPoolExecutor(
                0, settings.connections(), 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, settings.name() + "-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        Thread accept = new Thread(this::accept, settings.name() + "-accept");
        accept.setDaemon(true);
        accept.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Where clients find the API, ending in {@code /v1}. */
    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + port() + "/v1");
    }

    /** Stops serving; answers that run are cut. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("Closing port {}", port(), e);
        }
        workers.shutdownNow();
        open.forEach(Connection::abort);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                hand(server.accept());
            } catch (IOException e) {
                if (!server.isClosed()) {
                    LOG.warn("Cannot accept a connection on port {}: {}", port(), e.getMessage());
                    pauseAccepting();
                }
            }
        }
    }

    // Out of file descriptors, most likely: trying again at once would only burn a core.
    private void pauseAccepting() {
        try {
            workers.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void hand(Socket socket) throws IOException {
        Connection connection = new Connection(socket, settings.patience());
        open.add(connection);
        try {
            workers.execute(() -> serve(connection));
        } catch (RejectedExecutionException e) {
            open.remove(connection);
            connection.answer(503, Map.of("Retry-After", "1"), error(mapper, 503, "too many requests at once"));
            connection.abort();
        }
    }

    private void serve(Connection connection) {
        try (connection) {
            if (server.isClosed()) {
                return;
            }
            respond(connection);
        } catch (IOException e) {
            LOG.debug("A client went away: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("{} could not answer", settings.name(), e);
        } finally {
            open.remove(connection);
        }
    }

    private void respond(Connection connection) throws IOException {
        try {
            connection.readHead();
            check(connection);
            if (connection.path().equals("/v1/models")) {
                expect(connection, "GET");
                connection.answer(200, Map.of(), mapper.writeValueAsBytes(models()));
                return;
            }
            if (!connection.path().equals("/v1/chat/completions")) {
                throw new Refused(404, "no such path");
            }
            expect(connection, "POST");
            ChatRequest request = request(connection);
            Answer answer = new Answer(connection, request, mapper);
            script.answer(request, answer);
            answer.end();
        } catch (Refused e) {
            connection.answer(e.status(), Map.of(), error(mapper, e.status(), e.getMessage()));
        }
    }

    private void check(Connection connection) throws Refused {
        // A web page that has its own name resolved to 127.0.0.1 sends that name.
        String host = connection.header("host");
        if (!host.equals("127.0.0.1:" + port()) && !host.equals("localhost:" + port())) {
            throw new Refused(421, "not served under this name");
        }
        byte[] wanted = ("Bearer " + settings.key()).getBytes(UTF_8);
        if (!MessageDigest.isEqual(wanted, connection.header("authorization").getBytes(UTF_8))) {
            throw new Refused(401, "wrong key");
        }
    }

    private static void expect(Connection connection, String method) throws Refused {
        if (!connection.method().equals(method)) {
            throw new Refused(405, "only " + method);
        }
    }

    private ChatRequest request(Connection connection) throws IOException, Refused {
        byte[] body = connection.body(settings.bodyLimit());
        try {
            ChatRequest request = ChatRequest.of(mapper.readTree(body));
            if (!settings.models().contains(request.model())) {
                throw new Refused(404, "no model of that name");
            }
            return request;
        } catch (JsonProcessingException e) {
            throw new Refused(400, "the body is not JSON");
        } catch (IllegalArgumentException e) {
            throw new Refused(400, String.valueOf(e.getMessage()));
        }
    }

    private Map<String, Object> models() {
        return Map.of(
                "object",
                "list",
                "data",
                settings.models().stream()
                        .map(id -> Map.of("id", id, "object", "model", "created", 0, "owned_by", settings.name()))
                        .toList());
    }

    /** A failure as OpenAI words it. */
    static byte[] error(ObjectMapper mapper, int status, String message) throws JsonProcessingException {
        String type = status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
        return mapper.writeValueAsBytes(
                Map.of("error", Map.of("message", message, "type", type, "code", String.valueOf(status))));
    }
}
