package opencode.nexus.tunnel;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks cloudflared itself, on its port for metrics. */
final class Metrics {
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int MOST = 64 * 1024;
    private static final Pattern QUICK = Pattern.compile("(?!api\\.)[a-z0-9-]{1,63}\\.trycloudflare\\.com");

    private Metrics() {}

    /** How many connections the edge has; null when it does not answer. */
    static @Nullable Integer connections(int port) {
        JsonNode answer = ask(port, "/ready");
        return answer == null || !answer.path("readyConnections").isInt()
                ? null
                : Integer.valueOf(Math.max(0, answer.get("readyConnections").intValue()));
    }

    /** The public name of a quick tunnel, when it has one. */
    static Optional<String> quickName(int port) {
        JsonNode answer = ask(port, "/quicktunnel");
        return Optional.ofNullable(answer)
                .map(node -> node.path("hostname").asText(""))
                .filter(name -> QUICK.matcher(name).matches());
    }

    private static @Nullable JsonNode ask(int port, String path) {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) new URL("http://127.0.0.1:" + port + path).openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.setInstanceFollowRedirects(false);
            try (InputStream body =
                    connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return body == null ? null : TunnelJson.MAPPER.readTree(body.readNBytes(MOST));
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return null;
        }
    }
}
