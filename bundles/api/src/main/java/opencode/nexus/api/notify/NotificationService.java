package opencode.nexus.api.notify;

import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.notify.Notification.Kind;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Tells the owner what happened: in the list of the page, and by whatever {@link NotificationChannel} there is. The newest
 * 500 are kept across restarts. Every new or changed one is published in the hub as {@code notification} on topic
 * {@code notifications}. Safe for use by several threads.
 */
@ProviderType
public interface NotificationService {

    /**
     * Tells something. Returns at once. What repeats (same kind and subject) while the last one is unread and young becomes
     * one notification with a count; many of one kind in a short time become one digest.
     *
     * @param subject what it is about: {@code server}, {@code session:ses_1}; null for nothing in particular
     * @param title longer than 120 characters is cut, as is {@code text} beyond 1,000; both are plain text on one line
     * @param link where it leads to on Nexus; must begin with {@code /}
     */
    void tell(Kind kind, @Nullable String subject, String title, String text, @Nullable String link);

    /** What it was about needs nothing any more: unread ones of this kind and subject count as read. */
    void settle(Kind kind, String subject);

    /** Newest first. */
    List<Notification> all();

    int unread();

    /** @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-notification} */
    Notification read(String id);

    void readAll();

    Preferences preferences();

    /**
     * Changes which kinds go where; kinds that are not named stay as they are. A channel need not be there now.
     *
     * @throws opencode.nexus.api.NexusException INVALID naming the kind whose channels are no names, or too many;
     *     UNAVAILABLE when settings cannot be stored
     */
    Preferences prefer(Map<Kind, Set<String>> kinds);

    /**
     * Which kinds go where.
     *
     * @param kinds for each kind the channels that deliver it, {@code app} for the list of the page among them; a kind with
     *     none is not told at all
     * @param channels those that are there now, {@code app} first
     */
    record Preferences(Map<Kind, Set<String>> kinds, List<Channel> channels) {
        public Preferences {
            kinds = Map.copyOf(kinds);
            channels = List.copyOf(channels);
        }
    }

    /** @param problem why the last delivery failed */
    record Channel(String name, String title, boolean available, @Nullable String problem) {}
}
