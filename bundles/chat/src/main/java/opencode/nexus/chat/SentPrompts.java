package opencode.nexus.chat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which message was sent under which id of a page, so that none is sent twice: not by two tries at once, not
 * after a failure of which nobody knows whether the message arrived, not after a crash. The newest 10,000 are remembered,
 * in a file that lines are added to. Safe for use by several threads.
 */
final class SentPrompts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SentPrompts.class);
    private static final int MOST = 10_000;
    private static final int LONGEST_REASON = 500;

    /** How a message is sent. */
    interface Sender {

        String newId();

        void send(String messageId);

        /** Whether a message that was tried before has arrived. */
        boolean hasArrived(String messageId);
    }

    /** How far a message got, and the sign that stands for it in the file. */
    private enum State {
        TRIED("?"),
        SENT("+"),
        REFUSED("!");

        private final String sign;

        State(String sign) {
            this.sign = sign;
        }
    }

    /** {@code reason}: why it was refused, empty when it was not. */
    private record Entry(State state, String messageId, String reason) {}

    private final NexusHome home;
    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Entry> eldest) {
            return size() > MOST;
        }
    };
    private final Map<String, CompletableFuture<String>> underway = new HashMap<>();
    private @Nullable OutputStream out;
    private int lines;

    SentPrompts(NexusHome home) {
        this.home = home;
        this.file = home.directory("chat").resolve("sent.log");
        read();
    }

    /**
     * Sends a message unless that was done before under the same id; answers with its message id either way.
     *
     * @throws NexusException INVALID {@code message-refused} when OpenCode refused it
     */
    String once(String sessionId, String clientId, Sender sender) {
        String key = key(sessionId, clientId);
        CompletableFuture<String> mine = new CompletableFuture<>();
        CompletableFuture<String> other;
        Entry known;
        synchronized (this) {
            known = entries.get(key);
            if (known != null && known.state != State.TRIED) {
                return messageId(known);
            }
            other = underway.putIfAbsent(key, mine);
        }
        if (other != null) {
            return join(other);
        }
        try {
            String tried = known != null && sender.hasArrived(known.messageId) ? known.messageId : send(key, sender);
            String messageId = sent(key, tried);
            mine.complete(messageId);
            return messageId;
        } catch (RuntimeException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            synchronized (this) {
                underway.remove(key);
            }
        }
    }

    /** A message that waited has arrived at last, under this id. */
    void arrived(String sessionId, String clientId, String messageId) {
        remember(key(sessionId, clientId), new Entry(State.SENT, messageId, ""));
    }

    /** OpenCode did not want a message after all. */
    void refused(String sessionId, String clientId, String messageId, String reason) {
        String shown = reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) : reason;
        remember(key(sessionId, clientId), new Entry(State.REFUSED, messageId, shown));
    }

    /** It was handed over; what became of it may have been heard already. */
    private synchronized String sent(String key, String messageId) {
        Entry heard = entries.get(key);
        if (heard == null || heard.state == State.TRIED) {
            heard = new Entry(State.SENT, messageId, "");
            remember(key, heard);
        }
        return messageId(heard);
    }

    private static String messageId(Entry entry) {
        if (entry.state == State.REFUSED) {
            throw new NexusException(NexusException.Kind.INVALID, "message-refused", entry.reason);
        }
        return entry.messageId;
    }

    private static String key(String sessionId, String clientId) {
        return sessionId + " " + clientId;
    }

    @Override
    public synchronized void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                LOG.debug("{} could not be closed", file, e);
            }
        }
        out = null;
    }

    private String send(String key, Sender sender) {
        String messageId = sender.newId();
        // Before it is sent: whoever asks again after a crash then knows which message to look for.
        remember(key, new Entry(State.TRIED, messageId, ""));
        sender.send(messageId);
        return messageId;
    }

    private static String join(CompletableFuture<String> other) {
        try {
            return other.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private synchronized void remember(String key, Entry entry) {
        entries.put(key, entry);
        try {
            if (out == null || lines >= 4 * MOST) {
                rewrite();
                return;
            }
            out.write(line(key, entry).getBytes(StandardCharsets.UTF_8));
            lines++;
        } catch (NexusException | IOException e) {
            // The message itself matters more; without the file only a restart forgets.
            LOG.warn("What was sent cannot be written down: {}", e.getMessage());
            close();
        }
    }

    private void rewrite() throws IOException {
        close();
        StringBuilder content = new StringBuilder();
        entries.forEach((key, entry) -> content.append(line(key, entry)));
        home.write(file, content.toString().getBytes(StandardCharsets.UTF_8));
        out = Files.newOutputStream(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        lines = entries.size();
    }

    /** A line that is not whole was being written when the gateway was killed: it counts for nothing. */
    private void read() {
        try {
            String content = home.read(file)
                    .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                    .orElse("");
            String whole = content.substring(0, content.lastIndexOf('\n') + 1);
            whole.lines().forEach(this::read);
        } catch (NexusException e) {
            LOG.warn("What was sent before is not known any more: {}", e.getMessage());
        }
    }

    private void read(String line) {
        String[] words = line.split(" ");
        for (State state : State.values()) {
            if (words.length == (state == State.REFUSED ? 5 : 4) && words[0].equals(state.sign)) {
                String reason = state == State.REFUSED ? decode(words[4]) : "";
                entries.put(key(words[1], words[2]), new Entry(state, words[3], reason));
            }
        }
    }

    private static String line(String key, Entry entry) {
        String line = entry.state.sign + " " + key + " " + entry.messageId;
        return entry.state == State.REFUSED
                ? line + " " + URLEncoder.encode(entry.reason, StandardCharsets.UTF_8) + "\n"
                : line + "\n";
    }

    private static String decode(String reason) {
        try {
            return URLDecoder.decode(reason, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "OpenCode refused this message.";
        }
    }
}
