package opencode.nexus.hub;

import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.event.EventHub.RunningText;

/**
 * The text of one part while it is being written. It is kept in blocks that never change again, so that neither a piece
 * nor a snapshot ever copies more than one block.
 */
final class GrowingText {
    private static final int BLOCK = 8_192;

    private final String sessionId;
    private final String messageId;
    private final String partId;
    private final String key;
    private final List<String> blocks = new ArrayList<>();
    private final StringBuilder tail = new StringBuilder();
    private long length;
    private boolean frozen;

    GrowingText(String sessionId, String messageId, String partId, String key) {
        this.sessionId = sessionId;
        this.messageId = messageId;
        this.partId = partId;
        this.key = key;
    }

    void append(String piece) {
        tail.append(piece);
        length += piece.length();
        if (tail.length() >= BLOCK) {
            blocks.add(tail.toString());
            tail.setLength(0);
        }
    }

    void freeze() {
        frozen = true;
    }

    boolean isFrozen() {
        return frozen;
    }

    boolean isOf(String session) {
        return sessionId.equals(session);
    }

    String sessionId() {
        return sessionId;
    }

    String partId() {
        return partId;
    }

    String key() {
        return key;
    }

    /** In characters. */
    long length() {
        return length;
    }

    /** Cheap: what is long is put together later by {@link Snapshot#text}. */
    Snapshot snapshot() {
        return new Snapshot(messageId, partId, key, List.copyOf(blocks), tail.toString(), frozen);
    }

    record Snapshot(String messageId, String partId, String key, List<String> blocks, String tail, boolean frozen) {
        RunningText text() {
            return new RunningText(messageId, partId, key, String.join("", blocks) + tail, frozen);
        }
    }
}
