package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** Answers on loopback as told, behind a password as OpenCode does; unknown paths get HTML, as OpenCode gives it. */
final class FakeOpenCode implements AutoCloseable {
    static final String PASSWORD = "secret";
    private static final byte[] CUT = new byte[0];

    final List<Received> received = new CopyOnWriteArrayList<>();
    final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();

    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final HttpServer server;
    private final String password;
    private volatile boolean asksForPassword = true;

    FakeOpenCode() {
        this(0, PASSWORD);
    }

    FakeOpenCode(int port, String password) {
        this.password = password;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
        json("GET /global/health", "{\"healthy\":true,\"version\":\"9.9.9\"}");
        json("GET /config", "{}");
        handlers.put("GET /global/event", this::events);
    }

    /** One request as it came. */
    record Received(String method, String path, String query, String body, Map<String, List<String>> headers) {
        JsonNode json() {
            try {
                return Wire.MAPPER.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    Endpoint endpoint() {
        return new Endpoint(server.getAddress().getPort(), password);
    }

    /** Lets in whoever asks. */
    void forgetPassword() {
        asksForPassword = false;
    }

    void json(String call, String body) {
        answer(call, 200, "application/json", body);
    }

    void answer(String call, int status, String type, String body) {
        handle(call, exchange -> send(exchange, status, type, body.getBytes(UTF_8)));
    }

    void handle(String call, Handler handler) {
        handlers.put(call, handler);
    }

    /** What answers that call now. */
    Handler handler(String call) {
        return handlers.get(call);
    }

    /** Takes the call and never answers. */
    void hang(String call) {
        handle(call, exchange -> {
            try {
                closing.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    List<Received> calls(String method, String path) {
        return received.stream()
                .filter(call -> call.method().equals(method) && call.path().equals(path))
                .toList();
    }

    static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        closing.countDown();
        threads.shutdownNow();
        server.stop(0);
    }

    /** An open stream of events. */
    final class Stream {
        private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>();

        void send(String json) {
            frames.add(("data: " + json + "\n\n").getBytes(UTF_8));
        }

        void raw(byte[] bytes) {
            frames.add(bytes);
        }

        /** Breaks the connection. */
        void cut() {
            frames.add(CUT);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String query = exchange.getRequestURI().getRawQuery();
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        received.add(new Received(
                exchange.getRequestMethod(), path, query == null ? "" : query, body, exchange.getRequestHeaders()));
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (asksForPassword && !new Endpoint(1, password).authorization().equals(authorization)) {
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
            return;
        }
        handlers.getOrDefault(
                        exchange.getRequestMethod() + " " + path,
                        unknown -> send(unknown, 200, "text/html", "<html></html>".getBytes(UTF_8)))
                .handle(exchange);
    }

    private void events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        Stream stream = new Stream();
        streams.add(stream);
        try (OutputStream out = exchange.getResponseBody()) {
            while (true) {
                byte[] frame = stream.frames.take();
                if (frame == CUT) {
                    throw new IOException("cut");
                }
                out.write(frame);
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }
}
