package opencode.nexus.hub;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All texts that are being written, oldest first, and the keys of their parts. When there is too much, the oldest frozen
 * text is dropped first, then the oldest of all. Used under the hub's lock.
 */
final class RunningTexts {
    private static final Logger LOG = LoggerFactory.getLogger(RunningTexts.class);
    private static final int KEYS_KEPT = 20_000;

    private final int maxTexts;
    private final long maxCharacters;
    private final Map<String, GrowingText> texts = new LinkedHashMap<>();
    private final Map<String, String> keys = new LinkedHashMap<>();
    private long characters;
    private long lastKey;

    RunningTexts(int maxTexts, long maxCharacters) {
        this.maxTexts = maxTexts;
        this.maxCharacters = maxCharacters;
    }

    String begin(String sessionId, String messageId, String partId, String text) {
        remove(partId);
        String key = key(partId);
        GrowingText begun = new GrowingText(sessionId, messageId, partId, key);
        texts.put(partId, begun);
        grow(begun, text);
        return key;
    }

    /** The key under which the piece is to be published; nothing when the text takes no more. */
    Optional<String> append(String partId, String piece) {
        GrowingText text = texts.get(partId);
        if (text == null || text.isFrozen() || !grow(text, piece)) {
            return Optional.empty();
        }
        return Optional.of(text.key());
    }

    void freeze(String sessionId) {
        texts.values().stream().filter(text -> text.isOf(sessionId)).forEach(GrowingText::freeze);
    }

    void remove(String partId) {
        GrowingText removed = texts.remove(partId);
        if (removed != null) {
            characters -= removed.length();
        }
    }

    void removeAll(String sessionId) {
        texts.values().stream()
                .filter(text -> text.isOf(sessionId))
                .map(GrowingText::partId)
                .toList()
                .forEach(this::remove);
    }

    List<GrowingText.Snapshot> snapshots(String sessionId) {
        return texts.values().stream()
                .filter(text -> text.isOf(sessionId))
                .map(GrowingText::snapshot)
                .toList();
    }

    Set<String> sessions() {
        return texts.values().stream().map(GrowingText::sessionId).collect(Collectors.toUnmodifiableSet());
    }

    /** False when the text alone is more than may be kept; it is then dropped. */
    private boolean grow(GrowingText text, String piece) {
        characters += piece.length();
        text.append(piece);
        while (characters > maxCharacters || texts.size() > maxTexts) {
            if (!drop(other -> other != text && other.isFrozen()) && !drop(other -> other != text)) {
                LOG.warn("The text of part {} is too long to be kept while it is written", text.partId());
                remove(text.partId());
                return false;
            }
        }
        return true;
    }

    private boolean drop(Predicate<GrowingText> which) {
        Optional<GrowingText> oldest = texts.values().stream().filter(which).findFirst();
        oldest.ifPresent(text -> remove(text.partId()));
        return oldest.isPresent();
    }

    private String key(String partId) {
        String known = keys.get(partId);
        if (known != null) {
            return known;
        }
        lastKey++;
        String key = Long.toString(lastKey, Character.MAX_RADIX);
        keys.put(partId, key);
        if (keys.size() > KEYS_KEPT) {
            Iterator<String> oldest = keys.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return key;
    }
}
