package opencode.nexus.streaming;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;

/** The messages that were published last, so that nothing is told twice. */
final class KnownMessages {
    private static final int MOST = 1_000;

    private final ChatEvents events;
    private final Map<String, Message> last = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Message> eldest) {
            return size() > MOST;
        }
    };

    KnownMessages(ChatEvents events) {
        this.events = events;
    }

    /** Publishes the message unless exactly this was published before. */
    void changed(Message message) {
        Message bare = message.with(null);
        if (!bare.equals(last.put(bare.id(), bare))) {
            events.message(bare);
        }
    }

    /** Whether it is another than was published last or, if none was, has happened since the given time. */
    boolean isNews(Message message, Instant since) {
        Message known = last.get(message.id());
        if (known != null) {
            return !known.equals(message.with(null));
        }
        Instant newest = message.completedAt() == null ? message.createdAt() : message.completedAt();
        return newest.isAfter(since);
    }

    boolean isOfOwner(String messageId) {
        Message known = last.get(messageId);
        return known != null && known.role() == Message.Role.USER;
    }

    List<Message> running() {
        return last.values().stream()
                .filter(message -> message.state() == Message.State.RUNNING)
                .toList();
    }

    void removed(String messageId) {
        last.remove(messageId);
    }

    void sessionRemoved(String sessionId) {
        last.values().removeIf(message -> message.sessionId().equals(sessionId));
    }
}
