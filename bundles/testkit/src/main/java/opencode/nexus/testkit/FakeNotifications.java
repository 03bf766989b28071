package opencode.nexus.testkit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;

/** Keeps what it is told, each on its own, with ids {@code n1}, {@code n2}, … at one fixed moment. Every name of a channel is taken. */
public final class FakeNotifications implements NotificationService {
    public static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    /** What was settled, as {@code NEEDS_ME request:1}, oldest first. */
    public final List<String> settled = new ArrayList<>();

    /** The channels beside the list of the page. */
    public final List<Channel> channels = new ArrayList<>();

    private final List<Notification> all = new ArrayList<>();
    private final Map<Kind, Set<String>> kinds = new EnumMap<>(Kind.class);

    @Override
    public synchronized void tell(
            Kind kind, @Nullable String subject, String title, String text, @Nullable String link) {
        all.add(0, new Notification("n" + (all.size() + 1), AT, kind, subject, title, text, link, 1, null));
    }

    @Override
    public synchronized void settle(Kind kind, String subject) {
        settled.add(kind + " " + subject);
        read(one -> one.kind() == kind && subject.equals(one.subject()));
    }

    @Override
    public synchronized List<Notification> all() {
        return List.copyOf(all);
    }

    @Override
    public synchronized int unread() {
        return (int) all.stream().filter(one -> one.readAt() == null).count();
    }

    @Override
    public synchronized Notification read(String id) {
        read(one -> one.id().equals(id));
        return all.stream()
                .filter(one -> one.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new NexusException(NexusException.Kind.NOT_FOUND, "unknown-notification", "There is none."));
    }

    @Override
    public synchronized void readAll() {
        read(one -> true);
    }

    @Override
    public synchronized Preferences preferences() {
        return new Preferences(kinds, channels);
    }

    @Override
    public synchronized Preferences prefer(Map<Kind, Set<String>> wanted) {
        kinds.putAll(wanted);
        return preferences();
    }

    private void read(Predicate<Notification> wanted) {
        all.replaceAll(one -> one.readAt() == null && wanted.test(one)
                ? new Notification(
                        one.id(),
                        one.at(),
                        one.kind(),
                        one.subject(),
                        one.title(),
                        one.text(),
                        one.link(),
                        one.count(),
                        AT)
                : one);
    }
}
