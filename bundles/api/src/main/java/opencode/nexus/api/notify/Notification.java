package opencode.nexus.api.notify;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Something the owner is told. Its JSON is one entry of {@code GET /api/notifications}.
 *
 * @param title what happened, a few words
 * @param text one or two sentences, plain text
 * @param link where it leads to on Nexus, for instance {@code /#session=ses_1} or {@code /dashboard#restarts}
 * @param count how many of the same subject it stands for; more than 1 is a digest
 * @param readAt when the owner read it
 */
public record Notification(
        String id,
        Instant at,
        Kind kind,
        @Nullable String subject,
        String title,
        String text,
        @Nullable String link,
        int count,
        @Nullable Instant readAt) {

    /** In JSON and settings: lower case with dashes, {@code needs-me}. */
    public enum Kind {
        /** A permission or a question waits. */
        NEEDS_ME,
        /** An answer is complete. */
        FINISHED,
        /** An answer or a part of Nexus failed. */
        FAILED,
        /** A supervised thing was started again. */
        RESTARTED,
        /** It is not started again any more. */
        GAVE_UP,
        /** The public address is another one. */
        ADDRESS_CHANGED,
        /** Somebody logged in on a new device. */
        NEW_DEVICE,
        /** A measured value passed a threshold, or a setting or file is broken. */
        THRESHOLD;

        /** As in JSON and settings: {@code needs-me}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
