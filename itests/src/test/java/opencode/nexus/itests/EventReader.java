package opencode.nexus.itests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Reads a stream of events as a browser does: a frame counts when its blank line was read, and not before. */
final class EventReader implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Frame END = new Frame("", "end", "{}", 0);

    private final InputStream in;
    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>(1_000_000);
    private final long cutAfter;
    private volatile String lastId = "";

    /** One frame; {@code bytes} is its length on the wire, the blank line included. */
    record Frame(String id, String event, String data, int bytes) {
        JsonNode json() {
            try {
                return JSON.readTree(data);
            } catch (JsonProcessingException e) {
                throw new AssertionError("not JSON: " + data, e);
            }
        }
    }

    EventReader(InputStream in) {
        this(in, Long.MAX_VALUE);
    }

    /** A reader whose connection breaks after so many bytes, wherever that falls. */
    EventReader(InputStream in, long cutAfter) {
        this.in = in;
        this.cutAfter = cutAfter;
        Thread reader = new Thread(this::read, "event-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** The next frame, at most 60 s from now; empty when the stream has ended. */
    Optional<Frame> next() throws InterruptedException {
        Frame frame = frames.poll(60, TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("nothing came for a minute");
        }
        if (frame == END) {
            frames.add(END);
            return Optional.empty();
        }
        lastId = frame.id().isEmpty() ? lastId : frame.id();
        return Optional.of(frame);
    }

    /** Reads on until such a frame comes. */
    Frame await(Predicate<Frame> wanted) throws InterruptedException {
        while (true) {
            Frame frame = next().orElseThrow(() -> new AssertionError("the stream ended"));
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    /** Id of the last frame handed out. */
    String lastId() {
        return lastId;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private void read() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        String id = "";
        String event = "message";
        StringBuilder data = new StringBuilder();
        long total = 0;
        int bytes = 0;
        try {
            for (int next = in.read(); next >= 0 && total < cutAfter; next = in.read()) {
                total++;
                bytes++;
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                String text = line.toString(StandardCharsets.UTF_8);
                line.reset();
                if (!text.isEmpty()) {
                    int colon = text.indexOf(':');
                    String name = colon < 0 ? text : text.substring(0, colon);
                    String value = colon < 0 ? "" : text.substring(colon + 1).replaceFirst("^ ", "");
                    switch (name) {
                        case "id" -> id = value;
                        case "event" -> event = value;
                        case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                        default -> {}
                    }
                    continue;
                }
                if (!data.isEmpty()) {
                    frames.add(new Frame(id, event, data.toString(), bytes));
                }
                event = "message";
                data.setLength(0);
                bytes = 0;
            }
            in.close();
        } catch (IOException e) {
            // A cut connection ends the frames, as it does for a browser.
            line.reset();
        } finally {
            frames.add(END);
        }
    }
}
