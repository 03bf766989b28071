package opencode.nexus.settings;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;

/** Tells the owner of groups whose file is not in order, once each, as soon as there is somebody to tell it. */
final class Telling {
    private static final String LINK = "/dashboard#settings";

    private final Map<String, String> told = new LinkedHashMap<>();
    private final Map<String, Runnable> waiting = new LinkedHashMap<>();
    private @Nullable NotificationService notifications;

    synchronized void use(@Nullable NotificationService next) {
        notifications = next;
        if (next != null) {
            waiting.values().forEach(Runnable::run);
            waiting.clear();
        }
    }

    /** Forgets the service, unless there is another one already. */
    synchronized void stopUsing(NotificationService last) {
        if (notifications == last) {
            notifications = null;
        }
    }

    /** The owner knows of it from before. */
    synchronized void isKnown(String group, @Nullable String problem) {
        if (problem != null) {
            told.put(group, problem);
        }
    }

    synchronized void tell(String group, String title, @Nullable String problem) {
        String last = problem == null ? told.remove(group) : told.put(group, problem);
        if (Objects.equals(problem, last)) {
            return;
        }
        String subject = "settings:" + group;
        waiting.put(group, () -> {
            NotificationService service = Objects.requireNonNull(notifications);
            if (problem == null) {
                service.settle(Kind.THRESHOLD, subject);
            } else {
                service.tell(Kind.THRESHOLD, subject, "Settings not taken: " + title, problem, LINK);
            }
        });
        use(notifications);
    }
}
