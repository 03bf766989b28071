package opencode.nexus.api.notify;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way to reach the owner outside of the page. A whiteboard service; which kinds it gets is the owner's preference. Called
 * on one thread of the notification service, one notification at a time.
 */
@ConsumerType
public interface NotificationChannel {

    /** By which it is chosen in the preferences: lower-case, dashed, for instance {@code desktop}. */
    String name();

    /** For people: {@code Notifications of this computer}. */
    String title();

    /** Whether it could deliver now; a channel that cannot is shown as such and is not asked. */
    boolean isAvailable();

    /**
     * Delivers one. Blocks at most ten seconds.
     *
     * @throws opencode.nexus.api.NexusException when it could not; the owner sees the message in the list of channels
     */
    void deliver(Notification notification);
}
