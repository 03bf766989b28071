package opencode.nexus.opencode;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads OpenCode's events as long as it runs and tells the listeners, one event after the other. When the stream breaks,
 * or stays silent for 30 seconds, it is opened again.
 *
 * <p>Everything is delivered by the reading thread, except the greeting of a listener that joins while nothing comes: that
 * is delivered by another thread, while the reader waits. So no listener is ever called twice at the same time.
 */
@Component(
        immediate = true,
        service = {})
public final class EventStream {
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
    private static final String PATH = "/global/event";

    /** How long the stream may be silent: OpenCode sends a heartbeat every ten seconds. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LAST_DELAY_MILLIS = 5_000;

    /** The connection breaks a moment before the end of the process is known. */
    private static final long POST_MORTEM_MILLIS = 300;

    private static final long IDLE_MILLIS = 60_000;

    private final RunningOpenCode server;
    private final EventDecoder decoder;
    private final Duration silence;
    private final OpenCodeHttp http = new OpenCodeHttp("events");
    private final ExecutorService greeter;
    private final Thread reader;
    private final Object delivery = new Object();

    private volatile List<Member> members = List.of();
    private volatile boolean closed;

    /** Whether listeners believe that the stream is open. Guarded by {@code delivery}. */
    private boolean open;

    @Activate
    public EventStream(@Reference RunningOpenCode server) {
        this(server, Clock.systemUTC(), SILENCE);
    }

    EventStream(RunningOpenCode server, Clock clock, Duration silence) {
        this.server = server;
        this.silence = silence;
        decoder = new EventDecoder(clock, server::workspaces);
        ThreadPoolExecutor single = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(1_000),
                task -> new Thread(task, "nexus-opencode-greeter"));
        single.allowCoreThreadTimeOut(true);
        greeter = single;
        reader = new Thread(this::run, "nexus-opencode-events");
        reader.setDaemon(true);
        reader.start();
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addListener(OpenCodeListener listener, Map<String, Object> properties) {
        Member member = new Member(listener, number(properties, "service.ranking"), number(properties, "service.id"));
        synchronized (this) {
            List<Member> next = new ArrayList<>(members);
            next.add(member);
            next.sort(Comparator.comparingLong((Member known) -> -known.ranking).thenComparingLong(known -> known.id));
            members = List.copyOf(next);
        }
        try {
            greeter.execute(() -> greetLate(member));
        } catch (RejectedExecutionException e) {
            LOG.debug("A listener came while the stream was being closed");
        }
    }

    synchronized void removeListener(OpenCodeListener listener) {
        members = members.stream().filter(member -> member.listener != listener).toList();
    }

    @Deactivate
    void close() {
        closed = true;
        reader.interrupt();
        http.close();
        greeter.shutdownNow();
        try {
            reader.join(TimeUnit.SECONDS.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            follow();
        } catch (InterruptedException e) {
            LOG.debug("The reader of OpenCode's events ends");
        } finally {
            tellClosed(false);
        }
    }

    private void follow() throws InterruptedException {
        Optional<Endpoint> known = Optional.empty();
        int failures = 0;
        while (!closed) {
            Optional<Endpoint> now = server.endpoint();
            if (known.isPresent() && !known.equals(now)) {
                tellLost();
                known = Optional.empty();
            }
            if (now.isEmpty()) {
                failures = 0;
                server.awaitChange(now, IDLE_MILLIS);
                continue;
            }
            if (read(now.get())) {
                known = now;
                failures = 0;
                if (server.awaitChange(now, POST_MORTEM_MILLIS).equals(now)) {
                    LOG.warn("The stream of OpenCode's events broke; opening it again");
                    tellClosed(false);
                }
                continue;
            }
            server.awaitChange(now, delay(failures++));
        }
    }

    /** Reads until the stream ends; says whether it had begun. */
    private boolean read(Endpoint endpoint) {
        Delivery sink = new Delivery();
        try {
            http.stream(endpoint, PATH, silence, content -> new EventLines(OpenCodeHttp.MAX_BODY)
                    .read(content, (bytes, offset, length) -> {
                        server.heard();
                        decoder.decode(bytes, offset, length, sink);
                    }));
            LOG.debug("OpenCode ended the stream of events");
        } catch (IOException e) {
            LOG.debug("No more events: {}", e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            // Whatever it is, the next connection may do better: this thread has no successor.
            LOG.error("Reading OpenCode's events failed; opening the stream again", e);
            tellClosed(false);
            return false;
        }
        return sink.began;
    }

    private static long delay(int failures) {
        long longest = Math.min(LAST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(failures, 10));
        return 1 + ThreadLocalRandom.current().nextLong(longest);
    }

    private void tellOpen() {
        synchronized (delivery) {
            open = true;
            members.forEach(this::greet);
        }
        LOG.debug("Following OpenCode's events");
    }

    private void tellClosed(boolean serverLost) {
        synchronized (delivery) {
            if (!open) {
                return;
            }
            open = false;
            disconnect(serverLost);
        }
    }

    /** OpenCode is gone; listeners may have been told before that the stream is. */
    private void tellLost() {
        synchronized (delivery) {
            open = false;
            disconnect(true);
        }
    }

    private void disconnect(boolean serverLost) {
        for (Member member : members) {
            member.greeted = false;
            member.call(listener -> listener.onDisconnected(serverLost));
        }
    }

    private void greetLate(Member member) {
        synchronized (delivery) {
            if (open && members.contains(member)) {
                greet(member);
            }
        }
    }

    private void greet(Member member) {
        if (!member.greeted) {
            member.greeted = true;
            member.call(OpenCodeListener::onConnected);
        }
    }

    private static long number(Map<String, Object> properties, String name) {
        return properties.get(name) instanceof Number number ? number.longValue() : 0;
    }

    /** What one connection brings. */
    private final class Delivery implements EventDecoder.Sink {
        private boolean began;

        @Override
        public void connected() {
            if (!began) {
                began = true;
                tellOpen();
            }
        }

        @Override
        public void event(OpenCodeEvent event) {
            connected();
            synchronized (delivery) {
                for (Member member : members) {
                    greet(member);
                    member.call(listener -> listener.onEvent(event));
                }
            }
        }
    }

    /** A listener and what it was told. */
    private static final class Member {
        private final OpenCodeListener listener;
        private final long ranking;
        private final long id;
        private boolean greeted;
        private boolean failed;

        private Member(OpenCodeListener listener, long ranking, long id) {
            this.listener = listener;
            this.ranking = ranking;
            this.id = id;
        }

        private void call(Consumer<OpenCodeListener> what) {
            try {
                what.accept(listener);
            } catch (NexusException e) {
                LOG.warn("A listener of OpenCode's events gave up: {}", e.getMessage());
            } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
                if (!failed) {
                    failed = true;
                    LOG.error("{} cannot cope with an event; later failures are logged as debug", listener, e);
                    return;
                }
                LOG.debug("{} cannot cope with an event", listener, e);
            }
        }
    }
}
