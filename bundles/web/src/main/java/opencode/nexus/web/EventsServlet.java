package opencode.nexus.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.StreamService;
import opencode.nexus.web.Follower.Ending;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/events}: what happens, as a stream ({@code GET} or {@code POST}) or poll by poll ({@code ?mode=poll}). The
 * gate asks about a login only once, so this watches that each stream's login still holds.
 */
@Component(
        service = {Servlet.class, EventsServlet.class},
        immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern("/api/events")
@HttpWhiteboardServletAsyncSupported
public final class EventsServlet extends ApiServlet {
    private static final Logger LOG = LoggerFactory.getLogger(EventsServlet.class);
    private static final int WRITERS = 2;
    private static final int MAX_ID = 100;
    private static final int PROBE_MILLIS = 100;
    private static final int TICKS_PER_LOGIN_CHECK = 10;
    private static final int FAREWELL_MILLIS = 500;
    private static final int FAREWELL_PAUSE_MILLIS = 10;

    private final transient Clock clock;
    private final transient ScheduledThreadPoolExecutor writers;
    private final transient Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private final transient Set<Follower> tunnelled = ConcurrentHashMap.newKeySet();

    private transient volatile @Nullable AuthService auth;
    private transient @Nullable AutoCloseable logouts;
    private int ticks;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable StreamService streams;

    @Activate
    public EventsServlet() {
        this(Clock.systemUTC(), null);
    }

    EventsServlet(Clock clock, @Nullable StreamService streams) {
        this.clock = clock;
        this.streams = streams;
        AtomicInteger number = new AtomicInteger();
        writers = new ScheduledThreadPoolExecutor(WRITERS, task -> {
            Thread thread = new Thread(task, "nexus-events-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        writers.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    @Deactivate
    void close() throws InterruptedException {
        followers.forEach(follower -> follower.end(Ending.RESTART));
        writers.shutdown();
        writers.awaitTermination(FAREWELL_MILLIS, TimeUnit.MILLISECONDS);
        followers.forEach(Follower::cut);
        writers.shutdownNow();
    }

    /** Says farewell to all that came in through the tunnel. Returns when they are gone, after half a second at most. */
    void endTunnelled() {
        tunnelled.forEach(follower -> follower.end(Ending.TUNNEL));
        long begin = System.nanoTime();
        try {
            while (!tunnelled.isEmpty() && System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(FAREWELL_MILLIS)) {
                TimeUnit.MILLISECONDS.sleep(FAREWELL_PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        tunnelled.forEach(Follower::cut);
    }

    /** Asks all that came in through the tunnel to come in anew, since something else holds there from now on. */
    void renewTunnelled() {
        tunnelled.forEach(follower -> follower.end(Ending.RENEW));
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    synchronized void setAuth(AuthService service) {
        forget(logouts);
        logouts = service.onLogoutOf(this::loggedOut);
        auth = service;
        writers.execute(this::checkLogins); // some may have ended while nobody told
    }

    synchronized void unsetAuth(AuthService service) {
        if (auth == service) {
            forget(logouts);
            logouts = null;
            auth = null;
        }
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        StreamService service = streams;
        if (service == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "streaming-unavailable",
                    "Events are not available right now; try again in a moment.");
        }
        String after = after(request);
        Set<String> topics = topics(request.getParameter("topics"));
        String mode = request.getParameter("mode");
        if (mode == null) {
            stream(request, response, service, after, topics);
            return;
        }
        if (!mode.equals("poll")) {
            throw NexusException.invalid("mode", "must be poll, or left out for a stream");
        }
        poll(request, response, service, after, topics);
    }

    /** The same stream, for proxies that hold the answer to a GET back until it is complete. */
    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        doGet(request, response);
    }

    @Override
    protected void doHead(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
    }

    private void stream(
            HttpServletRequest request,
            HttpServletResponse response,
            StreamService service,
            @Nullable String after,
            Set<String> topics)
            throws IOException {
        SseConnection connection = new SseConnection(
                NexusHttp.device(request).id(), NexusHttp.token(request), writers, clock, this::forget);
        if (request.getAttribute(CloudflareAccess.UNTIL) instanceof Instant end) {
            connection.renewBy(end);
        }
        BrowserStream stream = open(service, after, topics, connection::wake);
        AsyncContext exchange = startAsync(request, response, stream);
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream");
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader("Cache-Control", "no-store, no-transform");
        response.setHeader("X-Accel-Buffering", "no");
        connection.start(exchange, response.getOutputStream(), stream);
        follow(connection, Visitor.cameThroughTheTunnel(request));
    }

    private void poll(
            HttpServletRequest request,
            HttpServletResponse response,
            StreamService service,
            @Nullable String after,
            Set<String> topics) {
        PollExchange poll = new PollExchange(
                NexusHttp.device(request).id(), NexusHttp.token(request), after, writers, clock, this::forget);
        BrowserStream stream = open(service, after, topics, poll::wake);
        poll.start(startAsync(request, response, stream), stream);
        follow(poll, Visitor.cameThroughTheTunnel(request));
    }

    /** Opens a stream; when there are too many, only after making sure that all of them still have a reader. */
    private BrowserStream open(StreamService service, @Nullable String after, Set<String> topics, Runnable wake) {
        try {
            return service.open(after, topics, wake);
        } catch (NexusException full) {
            if (full.kind() != NexusException.Kind.TOO_MANY) {
                throw full;
            }
            dropDead();
            return service.open(after, topics, wake);
        }
    }

    /** A tab that was closed is known only when it is written to, for the second time as a rule. */
    private void dropDead() {
        try {
            for (int write = 0; write < 2; write++) {
                followers.forEach(Follower::probe);
                TimeUnit.MILLISECONDS.sleep(PROBE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static AsyncContext startAsync(
            HttpServletRequest request, HttpServletResponse response, BrowserStream stream) {
        try {
            AsyncContext exchange = request.startAsync(request, response);
            exchange.setTimeout(0);
            return exchange;
        } catch (IllegalStateException e) {
            stream.close();
            throw e;
        }
    }

    private void follow(Follower follower, boolean throughTheTunnel) {
        followers.add(follower);
        if (throughTheTunnel) {
            tunnelled.add(follower);
        }
        if (follower.isClosed()) {
            forget(follower); // it was gone before it was added
        }
        checkLogin(follower); // its login may have ended since the gate let it in
    }

    private void forget(Follower follower) {
        followers.remove(follower);
        tunnelled.remove(follower);
    }

    private static @Nullable String after(HttpServletRequest request) {
        String last = request.getHeader("Last-Event-ID"); // newer than the address, when a browser comes back by itself
        String after = last == null || last.isEmpty() ? request.getParameter("after") : last;
        if (after == null || after.isEmpty()) {
            return null;
        }
        if (after.length() > MAX_ID) {
            throw NexusException.invalid("after", "must be the id of an event");
        }
        return after;
    }

    private static Set<String> topics(@Nullable String asked) {
        if (asked == null || asked.isBlank()) {
            return StreamService.DEFAULT_TOPICS;
        }
        Set<String> topics = Arrays.stream(asked.split(","))
                .map(String::strip)
                .filter(topic -> !topic.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
        if (topics.isEmpty() || !StreamService.TOPICS.containsAll(topics)) {
            throw NexusException.invalid(
                    "topics",
                    "must be some of " + StreamService.TOPICS.stream().sorted().collect(Collectors.joining(", ")));
        }
        return topics;
    }

    private void tick() {
        followers.forEach(Follower::tick);
        ticks++;
        if (ticks % TICKS_PER_LOGIN_CHECK == 0) {
            checkLogins();
        }
    }

    private void checkLogins() {
        followers.forEach(this::checkLogin);
    }

    private void checkLogin(Follower follower) {
        AuthService service = auth;
        if (service == null) {
            return; // being replaced: nobody gets in meanwhile, and nobody is thrown out
        }
        try {
            if (service.authenticate(follower.token()).isEmpty()) {
                follower.end(Ending.LOGGED_OUT);
            }
        } catch (RuntimeException e) {
            LOG.warn("The login of an open stream cannot be checked; it is ended", e);
            follower.end(Ending.LOGGED_OUT);
        }
    }

    private void loggedOut(String deviceId) {
        followers.stream()
                .filter(follower -> follower.deviceId().equals(deviceId))
                .forEach(follower -> follower.end(Ending.LOGGED_OUT));
    }

    private static void forget(@Nullable AutoCloseable subscription) {
        if (subscription == null) {
            return;
        }
        try {
            subscription.close();
        } catch (Exception e) {
            LOG.debug("The login service that goes away did not take back its promise", e);
        }
    }
}
