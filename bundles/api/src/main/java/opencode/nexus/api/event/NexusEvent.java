package opencode.nexus.api.event;

import org.jspecify.annotations.Nullable;

/**
 * One event with its number.
 *
 * @param id {@code <epoch>-<sequence>}
 * @param part the key of the part that grows, only for {@link #TEXT}
 * @param data JSON on one line; for {@link #TEXT} the piece itself, not encoded
 */
public record NexusEvent(String id, String topic, String type, @Nullable String part, String data) {

    /** Type of the events that append to a part. */
    public static final String TEXT = "text";

    public boolean isText() {
        return part != null;
    }
}
