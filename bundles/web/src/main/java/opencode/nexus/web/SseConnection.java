package opencode.nexus.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.BrowserStream.Frame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open event stream. Nothing is queued here: when something may be there a writer takes frame after frame from the
 * {@link BrowserStream} for as long as the connection takes bytes, and stops. It costs no thread while it waits.
 */
final class SseConnection implements Follower, WriteListener, AsyncListener {
    static final Duration LIFE = Duration.ofHours(1);
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(SseConnection.class);

    /** Who writes: nobody, one thread, one thread that must look again, or nobody until the connection takes bytes. */
    private enum Writer {
        IDLE,
        DRAINING,
        DRAINING_AGAIN,
        BLOCKED
    }

    private final String deviceId;
    private final String token;
    private final Executor writers;
    private final Clock clock;
    private final Consumer<SseConnection> gone;

    // Set once by start, before anybody else can get here.
    private AsyncContext exchange;
    private ServletOutputStream out;
    private BrowserStream stream;
    private Instant renewAt;

    // Guarded by this.
    private Writer writer = Writer.BLOCKED;
    private Instant blockedAt;
    private @Nullable Ending ending;
    private boolean probing;
    private boolean closed;

    // Only used by the thread that drains.
    private boolean greeted;
    private boolean unflushed;
    private boolean last;

    SseConnection(String deviceId, String token, Executor writers, Clock clock, Consumer<SseConnection> gone) {
        this.deviceId = deviceId;
        this.token = token;
        this.writers = writers;
        this.clock = clock;
        this.gone = gone;
        blockedAt = clock.instant();
        renewAt = blockedAt.plus(LIFE);
    }

    /** Lets it not live beyond that, however young it is. Only before it is started. */
    void renewBy(Instant end) {
        renewAt = end.isBefore(renewAt) ? end : renewAt;
    }

    /** Begins to write. The container calls back as soon as the connection takes bytes. */
    void start(AsyncContext exchange, ServletOutputStream out, BrowserStream stream) {
        this.exchange = exchange;
        this.out = out;
        this.stream = stream;
        exchange.addListener(this);
        out.setWriteListener(this);
    }

    /** Something may be there to write. */
    void wake() {
        synchronized (this) {
            if (closed || writer == Writer.BLOCKED) {
                return;
            }
            if (writer != Writer.IDLE) {
                writer = Writer.DRAINING_AGAIN;
                return;
            }
            writer = Writer.DRAINING;
        }
        try {
            writers.execute(this::drain);
        } catch (RejectedExecutionException e) {
            cut();
        }
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (writer == Writer.DRAINING || writer == Writer.DRAINING_AGAIN) {
                writer = Writer.DRAINING_AGAIN;
                return;
            }
            writer = Writer.DRAINING;
        }
        drain();
    }

    /** Only ever one thread of a connection is in here: the one that made it DRAINING. */
    private void drain() {
        try {
            boolean more = true;
            while (more) {
                more = out.isReady() ? write() : rest(Writer.BLOCKED);
            }
        } catch (IOException e) {
            LOG.debug("A browser went away", e);
            cut();
        } catch (RuntimeException e) {
            boolean expected;
            synchronized (this) {
                expected = closed;
            }
            if (!expected) {
                LOG.warn("An event stream failed; its browser will come back", e);
            }
            cut();
        }
    }

    /** One step, taken only when the connection takes bytes. False when this thread has nothing left to do. */
    private boolean write() throws IOException {
        Frame frame = last ? null : next();
        if (frame != null) {
            String greeting = greeted ? "" : "retry: 1000\n";
            out.write((greeting + encode(frame)).getBytes(StandardCharsets.UTF_8));
            greeted = true;
            unflushed = true;
            return true;
        }
        if (unflushed) {
            unflushed = false;
            out.flush();
            return true;
        }
        if (last || stream.isOver()) {
            cut();
            return false;
        }
        return rest(Writer.IDLE);
    }

    private @Nullable Frame next() {
        Ending why;
        boolean probe;
        synchronized (this) {
            why = ending;
            probe = probing && greeted;
            probing = false;
        }
        if (why != null) {
            last = true;
            return new Frame("", "bye", why.json());
        }
        return probe ? Frame.HEARTBEAT : stream.next();
    }

    /** Stops draining, unless somebody called meanwhile. */
    private synchronized boolean rest(Writer state) {
        if (closed) {
            return false;
        }
        if (writer == Writer.DRAINING_AGAIN) {
            writer = Writer.DRAINING;
            return true;
        }
        writer = state;
        blockedAt = clock.instant();
        return false;
    }

    /** As {@code text/event-stream} has it; a heartbeat is a comment. */
    static String encode(Frame frame) {
        if (frame.isHeartbeat()) {
            return ":\n\n";
        }
        StringBuilder text = new StringBuilder(frame.data().length() + 64);
        if (!String.valueOf(frame.id()).isEmpty()) {
            text.append("id: ").append(frame.id()).append('\n');
        }
        text.append("event: ").append(frame.event()).append('\n');
        frame.data().lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        return text.append('\n').toString();
    }

    @Override
    public String deviceId() {
        return deviceId;
    }

    @Override
    public String token() {
        return token;
    }

    @Override
    public void tick() {
        Instant now = clock.instant();
        boolean stuck;
        synchronized (this) {
            stuck = writer == Writer.BLOCKED && now.isAfter(blockedAt.plus(PATIENCE));
        }
        if (stuck) {
            LOG.debug("A browser did not read for {}", PATIENCE);
            cut();
            return;
        }
        if (now.isAfter(renewAt)) {
            end(Ending.RENEW);
        }
    }

    @Override
    public void probe() {
        synchronized (this) {
            probing = true;
        }
        wake();
    }

    @Override
    public void end(Ending why) {
        boolean blocked;
        synchronized (this) {
            ending = why;
            blocked = writer == Writer.BLOCKED;
        }
        if (blocked) {
            cut(); // it does not read: it would not hear the reason either
            return;
        }
        wake();
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void cut() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        stream.close();
        gone.accept(this);
        try {
            exchange.complete();
        } catch (IllegalStateException e) {
            LOG.debug("The exchange was over already", e);
        }
    }

    @Override
    public void onError(Throwable failure) {
        LOG.debug("A browser went away", failure);
        cut();
    }

    @Override
    public void onComplete(AsyncEvent event) {
        cut();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        cut();
    }

    @Override
    public void onError(AsyncEvent event) {
        cut();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
