package opencode.nexus.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.tunnel.TunnelListener.Probe;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /api/tunnel/echo/{nonce}}: answers what this gateway asks of itself by way of the tunnel, in two halves. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern(TunnelAccess.ECHO + "*")
@HttpWhiteboardServletAsyncSupported
public final class EchoServlet extends ApiServlet {
    private static final Logger LOG = LoggerFactory.getLogger(EchoServlet.class);
    private static final int TIMEOUT_MILLIS = 10_000;

    private final transient TunnelAccess access;
    private final transient ScheduledThreadPoolExecutor later;

    @Activate
    public EchoServlet(@Reference TunnelAccess access) {
        this.access = access;
        later = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "nexus-tunnel-echo");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Deactivate
    void close() {
        later.shutdownNow();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<Probe> asked =
                Visitor.cameThroughTheTunnel(request) ? access.take(request.getRequestURI()) : Optional.empty();
        if (asked.isEmpty()) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        Probe probe = asked.get();
        AsyncContext exchange = request.startAsync(request, response);
        exchange.setTimeout(TIMEOUT_MILLIS);
        // As the stream of events is sent, since it is for that stream that this is asked.
        response.setContentType("text/event-stream");
        response.setHeader("Cache-Control", "no-store, no-transform");
        response.setHeader("X-Accel-Buffering", "no");
        write(response, probe.first());
        response.flushBuffer();
        later.schedule(
                () -> finish(exchange, response, probe.second()), probe.pause().toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void finish(AsyncContext exchange, HttpServletResponse response, String rest) {
        try {
            write(response, rest);
            exchange.complete();
        } catch (IOException | IllegalStateException e) {
            LOG.debug("Whoever asked for an echo did not wait for it", e);
        }
    }

    private static void write(HttpServletResponse response, String text) throws IOException {
        response.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
