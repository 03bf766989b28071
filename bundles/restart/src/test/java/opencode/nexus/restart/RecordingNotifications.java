package opencode.nexus.restart;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;

/** Writes down what the owner is told. */
final class RecordingNotifications implements NotificationService {
    /** {@code GAVE_UP server /dashboard#restarts: OpenCode is not started again}, {@code settled GAVE_UP server}. */
    final List<String> told = new ArrayList<>();

    final List<String> texts = new ArrayList<>();

    @Override
    public void tell(Kind kind, @Nullable String subject, String title, String text, @Nullable String link) {
        told.add(kind + " " + subject + " " + link + ": " + title);
        texts.add(text);
    }

    @Override
    public void settle(Kind kind, String subject) {
        told.add("settled " + kind + " " + subject);
    }

    @Override
    public List<Notification> all() {
        return List.of();
    }

    @Override
    public int unread() {
        return 0;
    }

    @Override
    public Notification read(String id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void readAll() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Preferences preferences() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Preferences prefer(Map<Kind, Set<String>> kinds) {
        throw new UnsupportedOperationException();
    }
}
