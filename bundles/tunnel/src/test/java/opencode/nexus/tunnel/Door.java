package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.tunnel.TunnelListener;

/** A door that answers the question and nothing else. */
final class Door implements TunnelListener {
    static final Probe PROBE = new Probe("/probe/n1", "first1", "second2", Duration.ofMillis(400));

    /** What was asked of it, oldest first. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    volatile Set<String> admitted = Set.of();

    /** What happens while it is shut. */
    volatile Runnable whenShut = () -> {};

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Door() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext(PROBE.path(), exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(PROBE.first().getBytes(UTF_8));
                out.flush();
                // The pause that the answer is promised to have.
                TimeUnit.MILLISECONDS.sleep(PROBE.pause().toMillis());
                out.write(PROBE.second().getBytes(UTF_8));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        server.start();
    }

    @Override
    public int open(int preferred) {
        asked.add("open " + preferred);
        return server.getAddress().getPort();
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void admit(Set<String> hostnames) {
        admitted = Set.copyOf(hostnames);
    }

    @Override
    public void close() {
        whenShut.run();
        asked.add("close");
    }

    @Override
    public Probe probe() {
        return PROBE;
    }

    void end() {
        server.stop(0);
        threads.shutdownNow();
    }
}
