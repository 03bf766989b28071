package opencode.nexus.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program that answers like {@code opencode serve}, as far as a benchmark needs it: two cores cannot carry a thousand
 * pieces a second of the real one. A message {@code rate:100 seconds:20} is answered with that many pieces of six
 * characters, each of them different: one letter for the session, four digits, a space.
 */
public final class StubOpenCode {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DIRECTORY = System.getProperty("user.dir");

    private final List<OutputStream> subscribers = new CopyOnWriteArrayList<>();
    private final Map<String, String> sessions = new ConcurrentHashMap<>();
    private final Map<String, Boolean> busy = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
    private final String authorization;

    private StubOpenCode(String password) {
        authorization = "Basic "
                + Base64.getEncoder().encodeToString(("opencode:" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Started as {@code … serve --hostname 127.0.0.1 --port N}, with the password in the environment. */
    public static void main(String... arguments) throws IOException {
        int port = Integer.parseInt(List.of(arguments).get(List.of(arguments).indexOf("--port") + 1));
        StubOpenCode stub = new StubOpenCode(System.getenv().getOrDefault("OPENCODE_SERVER_PASSWORD", ""));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", stub::handle);
        server.start();
        System.out.println("opencode server listening on http://127.0.0.1:" + port);
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (!authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
            return;
        }
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (path.equals("/global/event")) {
            subscribe(exchange);
            return;
        }
        if (path.endsWith("/prompt_async")) {
            String session = path.split("/")[2];
            JsonNode prompt = JSON.readTree(body);
            answer(session, prompt);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            return;
        }
        reply(exchange, json(method, path, body));
    }

    private Object json(String method, String path, byte[] body) throws IOException {
        if (path.equals("/global/health")) {
            return Map.of("healthy", true, "version", "0.0.0-stub");
        }
        if (path.equals("/config/providers")) {
            return Map.of(
                    "providers",
                    List.of(Map.of(
                            "id",
                            "stub",
                            "name",
                            "Stub",
                            "source",
                            "config",
                            "env",
                            List.of(),
                            "options",
                            Map.of(),
                            "models",
                            Map.of("stub", Map.of("id", "stub", "name", "Stub")))),
                    "default",
                    Map.of("stub", "stub"));
        }
        if (path.equals("/config")) {
            return Map.of("model", "stub/stub");
        }
        if (path.equals("/session") && method.equals("POST")) {
            String id = "ses_stub%022d".formatted(count.incrementAndGet());
            JsonNode wanted = JSON.readTree(body.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body);
            sessions.put(id, wanted.path("title").asText("Stub"));
            return session(id);
        }
        if (path.equals("/session")) {
            return sessions.keySet().stream().map(this::session).toList();
        }
        if (path.equals("/session/status")) {
            Map<String, Object> statuses = new TreeMap<>();
            busy.keySet().forEach(id -> statuses.put(id, Map.of("type", "busy")));
            return statuses;
        }
        if (path.matches("/session/[^/]+") && sessions.containsKey(path.split("/")[2])) {
            return session(path.split("/")[2]);
        }
        return path.matches("/(permission|question|session/[^/]+/(message|todo|children))") ? List.of() : Boolean.TRUE;
    }

    private Map<String, Object> session(String id) {
        return Map.of(
                "id",
                id,
                "slug",
                "stub",
                "projectID",
                "global",
                "directory",
                DIRECTORY,
                "title",
                sessions.getOrDefault(id, "Stub"),
                "version",
                "0",
                "time",
                Map.of("created", 1, "updated", 1));
    }

    private void answer(String session, JsonNode prompt) {
        String text = prompt.path("parts").path(0).path("text").asText();
        int rate = number(text, "rate:");
        int total = rate * number(text, "seconds:");
        String user = prompt.path("messageID").asText();
        String message = "msg_z" + user.substring(5);
        String part = "prt_" + user.substring(4);
        char letter = (char) ('a' + busy.size() % 26);
        busy.put(session, true);
        emit(
                "message.updated",
                Map.of(
                        "sessionID",
                        session,
                        "info",
                        Map.of(
                                "id",
                                user,
                                "sessionID",
                                session,
                                "role",
                                "user",
                                "time",
                                Map.of("created", System.currentTimeMillis()))));
        emit("session.status", Map.of("sessionID", session, "status", Map.of("type", "busy")));
        emit(
                "message.updated",
                Map.of(
                        "sessionID",
                        session,
                        "info",
                        Map.of(
                                "id",
                                message,
                                "sessionID",
                                session,
                                "role",
                                "assistant",
                                "parentID",
                                user,
                                "time",
                                Map.of("created", System.currentTimeMillis()))));
        emit(
                "message.part.updated",
                Map.of(
                        "sessionID",
                        session,
                        "part",
                        Map.of(
                                "id",
                                part,
                                "sessionID",
                                session,
                                "messageID",
                                message,
                                "type",
                                "text",
                                "text",
                                "",
                                "time",
                                Map.of("start", System.currentTimeMillis()))));
        StringBuilder all = new StringBuilder();
        AtomicInteger done = new AtomicInteger();
        ScheduledFuture<?>[] task = new ScheduledFuture<?>[1];
        task[0] = clock.scheduleAtFixedRate(
                () -> {
                    int number = done.incrementAndGet();
                    if (number <= total) {
                        String piece = "%c%04d ".formatted(letter, number);
                        all.append(piece);
                        emit(
                                "message.part.delta",
                                Map.of(
                                        "sessionID",
                                        session,
                                        "messageID",
                                        message,
                                        "partID",
                                        part,
                                        "field",
                                        "text",
                                        "delta",
                                        piece));
                        return;
                    }
                    task[0].cancel(false);
                    long now = System.currentTimeMillis();
                    emit(
                            "message.part.updated",
                            Map.of(
                                    "sessionID",
                                    session,
                                    "part",
                                    Map.of(
                                            "id",
                                            part,
                                            "sessionID",
                                            session,
                                            "messageID",
                                            message,
                                            "type",
                                            "text",
                                            "text",
                                            all.toString(),
                                            "time",
                                            Map.of("start", now, "end", now))));
                    emit(
                            "message.updated",
                            Map.of(
                                    "sessionID",
                                    session,
                                    "info",
                                    Map.of(
                                            "id",
                                            message,
                                            "sessionID",
                                            session,
                                            "role",
                                            "assistant",
                                            "parentID",
                                            user,
                                            "finish",
                                            "stop",
                                            "time",
                                            Map.of("created", now, "completed", now))));
                    busy.remove(session);
                    emit("session.status", Map.of("sessionID", session, "status", Map.of("type", "idle")));
                    emit("session.idle", Map.of("sessionID", session));
                },
                500_000,
                1_000_000 / rate,
                TimeUnit.MICROSECONDS);
    }

    private static int number(String text, String name) {
        int start = text.indexOf(name) + name.length();
        int end = start;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        return Integer.parseInt(text.substring(start, end));
    }

    private void subscribe(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        write(out, "data: {\"payload\":{\"id\":\"evt_0\",\"type\":\"server.connected\",\"properties\":{}}}\n\n");
        subscribers.add(out);
    }

    private void emit(String type, Map<String, Object> properties) {
        String frame;
        try {
            frame = "data: "
                    + JSON.writeValueAsString(Map.of(
                            "directory",
                            DIRECTORY,
                            "project",
                            "global",
                            "payload",
                            Map.of("id", "evt_" + System.nanoTime(), "type", type, "properties", properties)))
                    + "\n\n";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        for (OutputStream out : subscribers) {
            try {
                write(out, frame);
            } catch (IOException e) {
                subscribers.remove(out);
            }
        }
    }

    private static void write(OutputStream out, String frame) throws IOException {
        synchronized (out) {
            out.write(frame.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private static void reply(HttpExchange exchange, Object value) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(value);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
