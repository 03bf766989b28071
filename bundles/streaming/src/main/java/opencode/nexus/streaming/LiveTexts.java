package opencode.nexus.streaming;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.event.EventHub;
import org.jspecify.annotations.Nullable;

/**
 * The texts that grow now. A page may take the hub's running texts between any two calls made here, so their order
 * matters: a text is announced after the hub knows it, and the hub forgets it before its end is published. What the page
 * took is then always followed by the event that makes it right.
 */
final class LiveTexts {
    private final EventHub hub;
    private final ChatEvents events;
    private final Map<String, Live> live = new HashMap<>();

    LiveTexts(EventHub hub, ChatEvents events) {
        this.hub = hub;
        this.events = events;
    }

    /** A text of the owner has no times at all; it never grows. */
    static boolean grows(Part.Text text) {
        return text.startedAt() != null && text.endedAt() == null;
    }

    void changed(String sessionId, String messageId, Part.Text text) {
        Live known = live.get(text.id());
        if (!grows(text)) {
            live.remove(text.id());
            hub.end(text.id());
            String key = known == null ? text.key() : known.key;
            events.part(sessionId, messageId, text.as(key, text.text()));
            return;
        }
        if (known != null && known.grown && text.text().isEmpty()) {
            // Announced again: what has grown meanwhile is still right.
            return;
        }
        if (known == null) {
            removeAbandoned(messageId, text.type());
        }
        begin(sessionId, messageId, text);
    }

    /** A text was found growing whose beginning nobody heard: what comes of it would leave a hole. */
    void missed(String sessionId, String messageId, Part.Text text) {
        begin(sessionId, messageId, text);
        hub.freeze(sessionId);
    }

    void add(String partId, String piece) {
        Live known = live.get(partId);
        if (known == null) {
            return;
        }
        String whole = known.join(piece);
        if (!whole.isEmpty()) {
            hub.append(partId, whole);
        }
    }

    /** The model is asked again: what it left unfinished stays so, and is dropped when it begins anew. */
    void retried(String sessionId) {
        live.values().stream().filter(one -> one.sessionId.equals(sessionId)).forEach(one -> one.abandoned = true);
    }

    /**
     * A message is over. Texts of it that never ended are lost in OpenCode; the hub goes on showing them, unless a second
     * try has taken their place.
     */
    void messageOver(Message message) {
        List<String> left = live.entrySet().stream()
                .filter(entry -> entry.getValue().messageId.equals(message.id()))
                .map(Map.Entry::getKey)
                .toList();
        for (String partId : left) {
            Live text = live.remove(partId);
            if (text.abandoned && message.state() == Message.State.COMPLETE) {
                remove(text, partId);
            }
        }
    }

    void partRemoved(String partId) {
        live.remove(partId);
        hub.end(partId);
    }

    void messageRemoved(String sessionId, String messageId) {
        live.values().removeIf(one -> one.messageId.equals(messageId));
        hub.running(sessionId).texts().stream()
                .filter(text -> text.messageId().equals(messageId))
                .forEach(text -> hub.end(text.partId()));
    }

    void sessionRemoved(String sessionId) {
        live.values().removeIf(one -> one.sessionId.equals(sessionId));
        hub.forget(sessionId);
    }

    /** Pieces may have been missed: no text grows on until it is told whole. */
    void freeze() {
        live.clear();
        for (String sessionId : hub.runningSessions()) {
            hub.freeze(sessionId);
            for (EventHub.RunningText text : hub.running(sessionId).texts()) {
                Live known = new Live(sessionId, text.messageId(), null, text.key());
                known.grown = !text.text().isEmpty();
                live.put(text.partId(), known);
            }
        }
    }

    boolean knows(String partId) {
        return live.containsKey(partId);
    }

    boolean knowsTextOf(String messageId) {
        return live.values().stream().anyMatch(one -> one.messageId.equals(messageId));
    }

    private void begin(String sessionId, String messageId, Part.Text text) {
        String key = hub.begin(sessionId, messageId, text.id(), text.text());
        Live begun = new Live(sessionId, messageId, text.type(), key);
        begun.grown = !text.text().isEmpty();
        live.put(text.id(), begun);
        events.part(sessionId, messageId, text.as(key, text.text()));
    }

    private void removeAbandoned(String messageId, String type) {
        List<String> abandoned = live.entrySet().stream()
                .filter(entry -> entry.getValue().isReplacedBy(messageId, type))
                .map(Map.Entry::getKey)
                .toList();
        abandoned.forEach(partId -> remove(live.remove(partId), partId));
    }

    private void remove(Live text, String partId) {
        hub.end(partId);
        events.partRemoved(text.sessionId, text.messageId, partId);
    }

    private static final class Live {
        private final String sessionId;
        private final String messageId;
        /** Null when it was begun by a predecessor of this bundle. */
        private final @Nullable String type;

        private final String key;
        private boolean grown;
        private boolean abandoned;
        private String half = "";

        private Live(String sessionId, String messageId, @Nullable String type, String key) {
            this.sessionId = sessionId;
            this.messageId = messageId;
            this.type = type;
            this.key = key;
        }

        private boolean isReplacedBy(String message, String newType) {
            return abandoned && messageId.equals(message) && (type == null || type.equals(newType));
        }

        /** Holds back the first half of a surrogate pair until the second comes: alone it could not be sent as UTF-8. */
        private String join(String piece) {
            grown = true;
            String joined = half.isEmpty() ? piece : half + piece;
            int last = joined.length() - 1;
            if (last < 0 || !Character.isHighSurrogate(joined.charAt(last))) {
                half = "";
                return joined;
            }
            half = joined.substring(last);
            return joined.substring(0, last);
        }
    }
}
