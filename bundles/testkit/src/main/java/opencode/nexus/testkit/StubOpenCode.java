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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that answers like {@code opencode serve}, as far as a benchmark needs it: two cores cannot carry a thousand
 * pieces a second of the real one. It remembers its conversations until it ends.
 *
 * <table>
 * <caption>Messages</caption>
 * <tr><td>{@code rate:100 seconds:20}</td><td>that many pieces of six characters, each of them different: one letter for
 *     the session, four digits, a space</td></tr>
 * <tr><td>{@code bytes:1000000 rate:1000 kind:markdown}</td><td>an answer of that length; its first and its last tenth come
 *     in pieces of six characters, so many a second, what is between in large ones. Kinds are {@code markdown},
 *     {@code paragraph} and {@code code}; words are numbered from {@code w000000}</td></tr>
 * </table>
 */
public final class StubOpenCode {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DIRECTORY = System.getProperty("user.dir");

    private final List<OutputStream> subscribers = new CopyOnWriteArrayList<>();
    private final Map<String, String> sessions = new ConcurrentHashMap<>();
    private final Map<String, List<Map<String, Object>>> messages = new ConcurrentHashMap<>();
    private final Map<String, Boolean> busy = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
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
        int history = List.of(arguments).indexOf("--history");
        if (history >= 0) {
            stub.remember(Integer.parseInt(arguments[history + 1]));
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", stub::handle);
        server.start();
        System.out.println("opencode server listening on http://127.0.0.1:" + port);
    }

    private void remember(int count) {
        StubHistory history = new StubHistory();
        for (int i = 0; i < count; i++) {
            String session = "ses_history%019d".formatted(i / StubHistory.IN_A_SESSION);
            String message = "msg_history%019d".formatted(i);
            sessions.putIfAbsent(session, "History " + i / StubHistory.IN_A_SESSION);
            Map<String, Object> time = Map.of("time", Map.of("created", 1_000L * i, "completed", 1_000L * i));
            keep(
                    session,
                    info(session, message, i % 2 == 0 ? "user" : "assistant", time),
                    part(session, message, "prt_" + i, history.text(i), Map.of()));
        }
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
            answer(path.split("/")[2], JSON.readTree(body));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            return;
        }
        if (path.matches("/session/[^/]+/message")) {
            reply(exchange, page(exchange, messages.getOrDefault(path.split("/")[2], List.of())));
            return;
        }
        reply(exchange, json(method, path, body));
    }

    /** The newest messages before a cursor, which is the place in the list. */
    private static List<Map<String, Object>> page(HttpExchange exchange, List<Map<String, Object>> all) {
        int end = setting(exchange, "before", all.size());
        int start = Math.max(0, end - setting(exchange, "limit", all.size()));
        if (start > 0) {
            exchange.getResponseHeaders().set("X-Next-Cursor", Integer.toString(start));
        }
        return all.subList(start, end);
    }

    private static int setting(HttpExchange exchange, String name, int otherwise) {
        Matcher found = Pattern.compile("(?:^|&)" + name + "=(\\d+)")
                .matcher(String.valueOf(exchange.getRequestURI().getQuery()));
        return found.find() ? Integer.parseInt(found.group(1)) : otherwise;
    }

    private Object json(String method, String path, byte[] body) throws IOException {
        if (path.equals("/global/health")) {
            return Map.of("healthy", true, "version", "0.0.0-stub");
        }
        if (path.equals("/config/providers")) {
            return providers();
        }
        if (path.equals("/config")) {
            return Map.of("model", "stub/stub");
        }
        if (path.equals("/session") && method.equals("POST")) {
            String id = "ses_stub%022d".formatted(count.incrementAndGet());
            JsonNode wanted = JSON.readTree(body.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body);
            sessions.put(id, wanted.path("title").asText("Stub"));
            messages.put(id, new CopyOnWriteArrayList<>());
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
        return path.matches("/(permission|question|session/[^/]+/(todo|children))") ? List.of() : Boolean.TRUE;
    }

    private static Object providers() {
        Map<String, Object> models = Map.of("stub", Map.of("id", "stub", "name", "Stub"));
        Map<String, Object> provider = Map.of(
                "id", "stub", "name", "Stub", "source", "config", "env", List.of(), "options", Map.of(), "models",
                models);
        return Map.of("providers", List.of(provider), "default", Map.of("stub", "stub"));
    }

    private Map<String, Object> session(String id) {
        Map<String, Object> session = new LinkedHashMap<>();
        session.put("id", id);
        session.put("slug", "stub");
        session.put("projectID", "global");
        session.put("directory", DIRECTORY);
        session.put("title", sessions.getOrDefault(id, "Stub"));
        session.put("version", "0");
        session.put("time", Map.of("created", 1, "updated", 1));
        return session;
    }

    private void answer(String session, JsonNode prompt) {
        String said = prompt.path("parts").path(0).path("text").asText();
        StubText text = StubText.of(said, (char) ('a' + answers.getAndIncrement() % 26));
        String user = prompt.path("messageID").asText();
        String message = "msg_z" + user.substring(5);
        String part = "prt_" + user.substring(4);
        long now = System.currentTimeMillis();
        busy.put(session, true);
        Map<String, Object> question = info(session, user, "user", Map.of("time", Map.of("created", now)));
        Map<String, Object> words =
                part(session, user, part + "u", said, Map.of("time", Map.of("start", now, "end", now)));
        keep(session, question, words);
        emit("message.updated", Map.of("sessionID", session, "info", question));
        emit("message.part.updated", Map.of("sessionID", session, "part", words));
        emit("session.status", Map.of("sessionID", session, "status", Map.of("type", "busy")));
        emit(
                "message.updated",
                Map.of(
                        "sessionID",
                        session,
                        "info",
                        info(session, message, "assistant", Map.of("parentID", user, "time", Map.of("created", now)))));
        emit(
                "message.part.updated",
                Map.of(
                        "sessionID",
                        session,
                        "part",
                        part(session, message, part, "", Map.of("time", Map.of("start", now)))));
        new Running(session, user, message, part, text, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500)).go(0);
    }

    /** An answer on its way. */
    private final class Running {
        private final String session;
        private final String user;
        private final String message;
        private final String part;
        private final StubText text;
        private final long since = System.currentTimeMillis();
        private long due;

        Running(String session, String user, String message, String part, StubText text, long due) {
            this.session = session;
            this.user = user;
            this.message = message;
            this.part = part;
            this.text = text;
            this.due = due;
        }

        void go(int at) {
            clock.schedule(() -> step(at), due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        private void step(int at) {
            if (at >= text.text().length()) {
                end();
                return;
            }
            int next = text.next(at);
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
                            text.text().substring(at, next)));
            due += text.pause(next);
            go(next);
        }

        private void end() {
            long now = System.currentTimeMillis();
            Map<String, Object> whole =
                    part(session, message, part, text.text(), Map.of("time", Map.of("start", since, "end", now)));
            Map<String, Object> info = info(
                    session,
                    message,
                    "assistant",
                    Map.of("parentID", user, "finish", "stop", "time", Map.of("created", since, "completed", now)));
            keep(session, info, whole);
            emit("message.part.updated", Map.of("sessionID", session, "part", whole));
            emit("message.updated", Map.of("sessionID", session, "info", info));
            busy.remove(session);
            emit("session.status", Map.of("sessionID", session, "status", Map.of("type", "idle")));
            emit("session.idle", Map.of("sessionID", session));
        }
    }

    private void keep(String session, Map<String, Object> info, Map<String, Object> part) {
        messages.computeIfAbsent(session, id -> new CopyOnWriteArrayList<>())
                .add(Map.of("info", info, "parts", List.of(part)));
    }

    private static Map<String, Object> info(String session, String id, String role, Map<String, Object> more) {
        Map<String, Object> info = new LinkedHashMap<>(Map.of("id", id, "sessionID", session, "role", role));
        info.putAll(more);
        return info;
    }

    private static Map<String, Object> part(
            String session, String message, String id, String text, Map<String, Object> more) {
        Map<String, Object> part = new LinkedHashMap<>(
                Map.of("id", id, "sessionID", session, "messageID", message, "type", "text", "text", text));
        part.putAll(more);
        return part;
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
            Map<String, Object> payload =
                    Map.of("id", "evt_" + System.nanoTime(), "type", type, "properties", properties);
            Map<String, Object> event = Map.of("directory", DIRECTORY, "project", "global", "payload", payload);
            frame = "data: " + JSON.writeValueAsString(event) + "\n\n";
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
