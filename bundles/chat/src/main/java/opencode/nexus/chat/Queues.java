package opencode.nexus.chat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages that wait, a file for each session. A message stays in it until OpenCode shows that it has it, so that none
 * is lost by a crash; that it is about to be sent is written down before, so that none is sent twice. Not safe for use by
 * several threads.
 */
final class Queues {
    /** The most messages that wait in one session. */
    static final int MOST = 50;

    private static final Logger LOG = LoggerFactory.getLogger(Queues.class);
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{1,100}");
    private static final String SUFFIX = ".json";
    private static final byte[] NOTHING = {'{', '}'};

    /**
     * A message of a queue.
     *
     * @param tried whether OpenCode may have it already
     */
    record Item(Queue.Waiting message, boolean tried) {
        Item {
            Objects.requireNonNull(message);
        }

        String id() {
            return message.messageId();
        }
    }

    /** What a file holds. */
    private record Line(boolean paused, List<Item> items) {
        Line {
            items = items == null ? List.of() : List.copyOf(items);
        }
    }

    private static final Line EMPTY = new Line(false, List.of());

    private final NexusHome home;
    private final Path directory;
    private final ObjectMapper json = ChatJson.mapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private final Map<String, Line> lines = new HashMap<>();

    Queues(NexusHome home) {
        this.home = home;
        this.directory = home.directory("chat-queue");
        read();
    }

    /** The sessions in which something waits. */
    Set<String> sessions() {
        return Set.copyOf(lines.keySet());
    }

    /** What waits in a session, oldest first. */
    List<Item> items(String session) {
        return line(session).items;
    }

    /** Whether what waits in a session waits for the owner. */
    boolean isPaused(String session) {
        return line(session).paused;
    }

    /**
     * Adds a message at the end.
     *
     * @throws NexusException CONFLICT {@code queue-full}; UNAVAILABLE when it cannot be written down
     */
    void add(String session, Queue.Waiting message) {
        Line line = line(session);
        if (line.items.size() >= MOST) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "queue-full",
                    MOST + " messages wait in this session already. Wait for an answer, or take one back.");
        }
        List<Item> items = new ArrayList<>(line.items);
        items.add(new Item(message, false));
        put(session, new Line(line.paused, items));
    }

    /** Writes down whether OpenCode may have a message. */
    void tried(String session, String messageId, boolean tried) {
        replace(session, messageId, item -> new Item(item.message(), tried));
    }

    /** OpenCode does not have a message, and will not. */
    void refused(String session, String messageId, String reason) {
        replace(session, messageId, item -> new Item(item.message().because(reason), false));
    }

    private void replace(String session, String messageId, UnaryOperator<Item> change) {
        Line line = line(session);
        List<Item> items = line.items.stream()
                .map(item -> item.id().equals(messageId) ? change.apply(item) : item)
                .toList();
        keep(session, new Line(line.paused, items));
    }

    /** Whether it was there. */
    boolean remove(String session, String messageId) {
        Line line = line(session);
        List<Item> items =
                line.items.stream().filter(item -> !item.id().equals(messageId)).toList();
        if (items.size() == line.items.size()) {
            return false;
        }
        keep(session, new Line(line.paused && !items.isEmpty(), items));
        return true;
    }

    /** Lets what waits wait for the owner, or not any more. Whether that changed anything: an empty queue never waits. */
    boolean pause(String session, boolean paused) {
        Line line = line(session);
        if (line.items.isEmpty() || line.paused == paused) {
            return false;
        }
        keep(session, new Line(paused, line.items));
        return true;
    }

    void forget(String session) {
        if (lines.containsKey(session)) {
            keep(session, EMPTY);
        }
    }

    private Line line(String session) {
        return lines.getOrDefault(session, EMPTY);
    }

    /** Writes first: what cannot be written down has not happened. */
    private void put(String session, Line line) {
        try {
            if (line.items.isEmpty()) {
                Files.deleteIfExists(file(session));
                lines.remove(session);
                return;
            }
            home.write(file(session), json.writeValueAsBytes(line));
            lines.put(session, line);
        } catch (IOException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "home-not-writable",
                    "The message cannot be kept until the answer ends: Nexus cannot write its files.",
                    e);
        }
    }

    /** As {@link #put}, but what has happened anyway counts although it cannot be written down. */
    private void keep(String session, Line line) {
        try {
            put(session, line);
        } catch (NexusException e) {
            LOG.warn("What waits in session {} could not be stored: {}", session, e.getMessage());
            if (line.items.isEmpty()) {
                lines.remove(session);
            } else {
                lines.put(session, line);
            }
        }
    }

    private Path file(String session) {
        if (!SESSION.matcher(session).matches()) {
            throw new IllegalArgumentException("not an id: " + session);
        }
        return directory.resolve(session + SUFFIX);
    }

    private void read() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                read(name.substring(0, name.length() - SUFFIX.length()), file);
            }
        } catch (IOException e) {
            LOG.warn("What waited before is not known any more: {} cannot be read", directory);
        }
    }

    private void read(String session, Path file) {
        try {
            Line line = json.readValue(home.read(file).orElse(NOTHING), Line.class);
            if (SESSION.matcher(session).matches() && !line.items.isEmpty()) {
                lines.put(session, line);
            }
        } catch (NexusException | IOException e) {
            // It is left where it is: perhaps a person can still read the texts in it.
            LOG.warn("What waited in session {} is not known any more: {} cannot be read", session, file);
        }
    }
}
