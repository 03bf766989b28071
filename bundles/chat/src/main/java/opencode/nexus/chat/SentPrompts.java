package opencode.nexus.chat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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
    private static final String TRIED = "?";
    private static final String SENT = "+";

    /** How a message is sent. */
    interface Sender {

        String newId();

        void send(String messageId);

        /** Whether a message that was tried before has arrived. */
        boolean hasArrived(String messageId);
    }

    private record Entry(String messageId, boolean sent) {}

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

    /** Sends a message unless that was done before under the same id; answers with its message id either way. */
    String once(String sessionId, String clientId, Sender sender) {
        String key = sessionId + " " + clientId;
        CompletableFuture<String> mine = new CompletableFuture<>();
        CompletableFuture<String> other;
        Entry known;
        synchronized (this) {
            known = entries.get(key);
            if (known != null && known.sent) {
                return known.messageId;
            }
            other = underway.putIfAbsent(key, mine);
        }
        if (other != null) {
            return join(other);
        }
        try {
            String messageId =
                    known != null && sender.hasArrived(known.messageId) ? known.messageId : send(key, sender);
            remember(key, new Entry(messageId, true));
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
        remember(key, new Entry(messageId, false));
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
            for (String line : whole.lines().toList()) {
                List<String> words = List.of(line.split(" "));
                if (words.size() == 4
                        && (words.get(0).equals(SENT) || words.get(0).equals(TRIED))) {
                    entries.put(
                            words.get(1) + " " + words.get(2),
                            new Entry(words.get(3), words.get(0).equals(SENT)));
                }
            }
        } catch (NexusException e) {
            LOG.warn("What was sent before is not known any more: {}", e.getMessage());
        }
    }

    private static String line(String key, Entry entry) {
        return (entry.sent ? SENT : TRIED) + " " + key + " " + entry.messageId + "\n";
    }
}
