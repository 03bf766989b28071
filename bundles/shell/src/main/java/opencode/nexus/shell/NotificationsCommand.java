package opencode.nexus.shell;

import java.io.PrintStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationService;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:notifications}: what the owner was told, newest first, unread ones with a star. */
@Service
@Command(scope = "nexus", name = "notifications", description = "What you were told")
public final class NotificationsCommand implements Action {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

    @Reference(optional = true)
    @Nullable
    NotificationService notifications;

    @Option(name = "--limit", description = "How many are shown, at most")
    int limit = 20;

    @Option(name = "--unread", description = "Show only those that were not read yet")
    boolean unread;

    @Option(name = "--read", description = "Mark all as read, after they are shown")
    boolean read;

    @Override
    public @Nullable Object execute() {
        print(System.out, ZoneId.systemDefault());
        return null;
    }

    void print(PrintStream out, ZoneId zone) {
        NotificationService present = notifications;
        if (present == null) {
            out.println("Notifications are missing: feature:install nexus-notify");
            return;
        }
        List<Notification> shown = present.all().stream()
                .filter(one -> !unread || one.readAt() == null)
                .limit(Math.max(0, limit))
                .toList();
        if (shown.isEmpty()) {
            out.println(unread ? "Nothing is unread." : "You were told nothing yet.");
        }
        shown.forEach(one -> out.println(line(one, zone)));
        if (read) {
            present.readAll();
        }
    }

    private static String line(Notification one, ZoneId zone) {
        String mark = one.readAt() == null ? "*" : " ";
        String count = one.count() > 1 ? " (" + one.count() + " times)" : "";
        String text = one.text().isEmpty() ? "" : " - " + one.text();
        return "%s %s  %-15s  %s%s%s"
                .formatted(mark, TIME.format(one.at().atZone(zone)), one.kind().word(), one.title(), count, text);
    }
}
