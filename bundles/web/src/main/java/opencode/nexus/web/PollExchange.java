package opencode.nexus.web;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.databind.JsonNode;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.BrowserStream.Frame;
import opencode.nexus.web.http.Json;
import opencode.nexus.web.http.Problems;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One long poll: answers with what is there, or with the first thing that comes, or after 25 seconds with nothing. The
 * first poll, which names no event, is answered at once, so that the page knows where to go on.
 */
final class PollExchange implements Follower, AsyncListener {
    static final Duration PATIENCE = Duration.ofSeconds(23);

    private static final Logger LOG = LoggerFactory.getLogger(PollExchange.class);
    private static final int MAX_EVENTS = 500;
    private static final int MAX_CHARACTERS = 1_000_000;

    private final String deviceId;
    private final String token;
    private final boolean first;
    private final Executor writers;
    private final Clock clock;
    private final Consumer<PollExchange> gone;
    private final Instant deadline;

    // Guarded by this.
    private @Nullable AsyncContext exchange;
    private @Nullable Ending ending;
    private boolean looking;
    private boolean again;
    private boolean closed;

    // Only used by the thread that looks.
    private final List<Event> events = new ArrayList<>();
    private String cursor;
    private int characters;
    private boolean ready;

    // Set once by start.
    private BrowserStream stream;

    PollExchange(
            String deviceId,
            String token,
            @Nullable String after,
            Executor writers,
            Clock clock,
            Consumer<PollExchange> gone) {
        this.deviceId = deviceId;
        this.token = token;
        this.first = after == null;
        // Of a poll that ends before it has heard anything the browser goes on from where it was.
        this.cursor = after == null ? "" : after;
        this.writers = writers;
        this.clock = clock;
        this.gone = gone;
        deadline = clock.instant().plus(PATIENCE);
    }

    private record Event(String id, String event, @JsonRawValue String data) {}

    private record Answer(List<Event> events, String cursor) {}

    void start(AsyncContext opened, BrowserStream from) {
        synchronized (this) {
            stream = from;
            exchange = opened;
        }
        opened.addListener(this);
        wake();
    }

    /** Something may be there. */
    void wake() {
        synchronized (this) {
            if (closed || exchange == null) {
                return;
            }
            again = true;
            if (looking) {
                return;
            }
            looking = true;
        }
        try {
            writers.execute(this::look);
        } catch (RejectedExecutionException e) {
            cut();
        }
    }

    private void look() {
        try {
            while (startsToLook()) {
                collect();
                if (ready || isDue()) {
                    answer();
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("A poll for events failed; its browser will ask again", e);
            cut();
        }
    }

    private synchronized boolean startsToLook() {
        looking = again && !closed;
        again = false;
        return looking;
    }

    private synchronized boolean isDue() {
        return ending != null || clock.instant().isAfter(deadline);
    }

    private void collect() throws IOException {
        while (events.size() < MAX_EVENTS && characters < MAX_CHARACTERS) {
            Frame frame = stream.next();
            if (frame == null) {
                ready |= stream.isOver();
                return;
            }
            add(frame);
        }
    }

    private void add(Frame frame) throws IOException {
        if (frame.isHeartbeat()) {
            return;
        }
        switch (frame.event()) {
            case "hello" -> {
                JsonNode hello = Json.mapper().readTree(frame.data());
                cursor = hello.path("cursor").asText();
                if (first || hello.path("verdict").asText().equals("gap")) {
                    keep(frame);
                }
            }
            case "bye" -> ready = true;
            default -> {
                cursor = String.valueOf(frame.id());
                keep(frame);
            }
        }
    }

    private void keep(Frame frame) {
        events.add(new Event(String.valueOf(frame.id()), frame.event(), frame.data()));
        characters += frame.data().length();
        ready = true;
    }

    private void answer() {
        AsyncContext open;
        boolean refused;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = exchange;
            refused = ending == Ending.LOGGED_OUT;
        }
        stream.close();
        gone.accept(this);
        // On a thread of the container: a browser that takes its time must not hold up the others.
        open.start(() -> write(open, refused));
    }

    private void write(AsyncContext open, boolean refused) {
        HttpServletResponse response = (HttpServletResponse) open.getResponse();
        try {
            if (refused) {
                Problems.write(response, 401, "login-required", "Log in first.");
            } else {
                Json.write(response, HttpServletResponse.SC_OK, new Answer(events, cursor));
            }
        } catch (IOException e) {
            LOG.debug("A browser went away", e);
        }
        complete(open);
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
        if (isDue()) {
            wake();
        }
    }

    @Override
    public void probe() {
        // It writes only once, and then it is over.
    }

    @Override
    public void end(Ending why) {
        synchronized (this) {
            ending = why;
        }
        wake();
    }

    @Override
    public synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public void cut() {
        AsyncContext open;
        synchronized (this) {
            if (closed || exchange == null) {
                return;
            }
            closed = true;
            open = exchange;
        }
        stream.close();
        gone.accept(this);
        complete(open);
    }

    private static void complete(AsyncContext open) {
        try {
            open.complete();
        } catch (IllegalStateException e) {
            LOG.debug("The exchange was over already", e);
        }
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
