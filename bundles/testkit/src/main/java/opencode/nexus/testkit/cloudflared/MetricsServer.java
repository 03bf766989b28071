package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * The metrics port, as recorded from cloudflared 2026.8.2: {@code /ready}, {@code /healthcheck}, {@code /quicktunnel},
 * {@code /config}, {@code /metrics}; {@code /debug/pprof/cmdline} is forbidden. It asks for no password.
 */
final class MetricsServer {
    private static final int FIRST = 20241;
    private static final int LAST = 20245;

    private final Standing standing;
    private final String version;
    private final HttpServer server;

    private MetricsServer(HttpServer server, Standing standing, String version) {
        this.server = server;
        this.standing = standing;
        this.version = version;
    }

    /** @param address {@code host:port}; empty: the first free port of those that are usual */
    static MetricsServer open(String address, Standing standing, String version, Log log) throws Failure {
        MetricsServer metrics = new MetricsServer(bind(address), standing, version);
        metrics.server.setExecutor(Executors.newFixedThreadPool(4, task -> {
            Thread thread = new Thread(task, "nexus-stand-in-metrics");
            thread.setDaemon(true);
            return thread;
        }));
        metrics.server.createContext("/", metrics::answer);
        metrics.server.start();
        InetSocketAddress bound = metrics.server.getAddress();
        log.info("Starting metrics server on " + bound.getAddress().getHostAddress() + ":" + bound.getPort()
                + "/metrics");
        return metrics;
    }

    private static HttpServer bind(String address) throws Failure {
        if (!address.isEmpty()) {
            return bind(address, address);
        }
        for (int port = FIRST; port <= LAST; port++) {
            try {
                return HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
            } catch (IOException e) {
                // Taken: the next one.
                continue;
            }
        }
        return bind("127.0.0.1:0", "localhost:0");
    }

    private static HttpServer bind(String address, String shown) throws Failure {
        int colon = address.lastIndexOf(':');
        String failed = "Error opening metrics server listener: failed to bind to address (" + shown + "): listen tcp";
        if (colon < 0 || !address.substring(colon + 1).matches("\\d{0,5}")) {
            throw new Failure(failed + ": address " + shown + ": missing port in address");
        }
        String host = address.substring(0, colon).isEmpty() ? "0.0.0.0" : address.substring(0, colon);
        int port = Integer.parseInt("0" + address.substring(colon + 1));
        try {
            return HttpServer.create(new InetSocketAddress(host, port), 0);
        } catch (BindException e) {
            throw new Failure(failed + " " + address + ": bind: address already in use");
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(failed + ": lookup " + host + ": " + e.getMessage());
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/ready" -> ready(exchange);
            case "/healthcheck" -> reply(exchange, 200, "text/plain; charset=utf-8", "OK\n");
            case "/quicktunnel" ->
                reply(exchange, 200, "text/plain; charset=utf-8", Json.of(Map.of("hostname", standing.hostname)));
            case "/config" -> configuration(exchange);
            case "/metrics" -> reply(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics());
            case "/debug/pprof/cmdline" -> reply(exchange, 403, "text/plain; charset=utf-8", "Forbidden\n");
            default -> reply(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        int connections = standing.connections();
        int status = connections > 0 ? 200 : 503;
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", status);
        body.put("readyConnections", connections);
        body.put("connectorId", standing.connectorId);
        reply(exchange, status, "text/plain; charset=utf-8", Json.of(body));
    }

    private void configuration(HttpExchange exchange) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("version", standing.configuration());
        body.put("config", Map.of("ingress", standing.ingress().shown()));
        reply(exchange, 200, "application/json", Json.of(body));
    }

    private String metrics() {
        List<String> lines = new ArrayList<>();
        lines.add("build_info{version=\"" + version + "\"} 1");
        int underWay = standing.attempts() ? 1 : 0;
        lines.add("cloudflared_tunnel_ha_connections " + (standing.connections() + underWay));
        lines.add("cloudflared_tunnel_total_requests " + standing.requests);
        lines.add("cloudflared_tunnel_request_errors " + standing.errors);
        lines.add("cloudflared_tunnel_concurrent_requests_per_tunnel " + standing.running);
        standing.answers.forEach((status, count) ->
                lines.add("cloudflared_tunnel_response_by_code{status_code=\"" + status + "\"} " + count));
        for (int i = 0; i < standing.connections(); i++) {
            lines.add("cloudflared_tunnel_server_locations{connection_id=\"" + i + "\",edge_location=\""
                    + Standing.location(i) + "\"} 1");
        }
        lines.add("cloudflared_tunnel_tunnel_register_success{rpcName=\"registerConnection\"} " + standing.registered);
        if (standing.refused.get() > 0) {
            lines.add("cloudflared_tunnel_tunnel_register_fail{error=\"server_error\",rpcName=\"registerConnection\"} "
                    + standing.refused);
        }
        return String.join("\n", lines) + "\n";
    }

    private static void reply(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }
}
