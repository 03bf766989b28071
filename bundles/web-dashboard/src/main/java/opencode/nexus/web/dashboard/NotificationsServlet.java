package opencode.nexus.web.dashboard;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.notify.NotificationService.Channel;
import opencode.nexus.api.notify.NotificationService.Preferences;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * {@code GET /api/notifications?limit=&unread=true}: what the owner was told. {@code POST /api/notifications/{id}/read} and
 * {@code /read}: it was read, or all was. {@code POST /api/notifications/test}: tells something. {@code GET} and {@code PUT
 * /api/notifications/preferences}: which kinds go where.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/notifications", "/api/notifications/*"})
public final class NotificationsServlet extends ApiServlet {
    private static final List<String> PREFERENCES = List.of("preferences");
    private static final int MOST = 500;
    private static final int USUAL = 50;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable NotificationService notifications;

    /** For the container, which sets {@link #notifications}. */
    public NotificationsServlet() {
        this(null);
    }

    NotificationsServlet(@Nullable NotificationService notifications) {
        this.notifications = notifications;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        if (path.equals(PREFERENCES)) {
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    PreferencesView.of(service().preferences()));
            return;
        }
        if (!path.isEmpty()) {
            throw unknown();
        }
        int limit = limit(request.getParameter("limit"));
        boolean unreadOnly = flag(request.getParameter("unread"));
        List<Notification> all = service().all();
        List<NotificationView> shown = all.stream()
                .filter(one -> !unreadOnly || one.readAt() == null)
                .limit(limit)
                .map(NotificationView::of)
                .toList();
        long unread = all.stream().filter(one -> one.readAt() == null).count();
        json(response, HttpServletResponse.SC_OK, new ListView(shown, unread));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        if (path.equals(List.of("read"))) {
            service().readAll();
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        } else if (path.equals(List.of("test"))) {
            service()
                    .tell(
                            Kind.NEEDS_ME,
                            null,
                            "This is a test",
                            "It goes wherever you hear of what needs you.",
                            "/dashboard#notifications");
            empty(response, HttpServletResponse.SC_ACCEPTED);
        } else if (path.size() == 2 && path.get(1).equals("read")) {
            service().read(path.get(0));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        } else {
            throw unknown();
        }
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!path(request).equals(PREFERENCES)) {
            throw unknown();
        }
        Map<String, @Nullable List<@Nullable String>> wanted =
                required(body(request, PreferencesBody.class).kinds(), "kinds");
        json(response, HttpServletResponse.SC_OK, PreferencesView.of(service().prefer(kinds(wanted))));
    }

    private static Map<Kind, Set<String>> kinds(Map<String, @Nullable List<@Nullable String>> wanted) {
        Map<Kind, Set<String>> kinds = new EnumMap<>(Kind.class);
        List<Field> wrong = new ArrayList<>();
        wanted.forEach((word, channels) -> {
            Optional<Kind> kind = Stream.of(Kind.values())
                    .filter(one -> one.word().equals(word))
                    .findFirst();
            if (kind.isEmpty()) {
                wrong.add(new Field("kinds." + word, "there is no such kind"));
            } else if (channels == null || channels.contains(null)) {
                wrong.add(new Field("kinds." + word, "must be a list of channels"));
            } else {
                kinds.put(kind.get(), new LinkedHashSet<>(channels));
            }
        });
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        return kinds;
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return USUAL;
        }
        if (!text.matches("[0-9]{1,3}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MOST) {
            throw NexusException.invalid("limit", "a whole number from 1 to " + MOST);
        }
        return Integer.parseInt(text);
    }

    private static boolean flag(@Nullable String text) {
        if (text == null || text.equals("false")) {
            return false;
        }
        if (!text.equals("true")) {
            throw NexusException.invalid("unread", "true or false");
        }
        return true;
    }

    private NotificationService service() {
        NotificationService present = notifications;
        if (present == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "notifications-unavailable",
                    "The part of Nexus that keeps notifications is not there right now; try again in a moment.");
        }
        return present;
    }

    private static NexusException unknown() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }

    private record ListView(List<NotificationView> notifications, long unread) {}

    private record NotificationView(
            String id,
            Instant at,
            String kind,
            @Nullable String subject,
            String title,
            String text,
            @Nullable String link,
            int count,
            @Nullable Instant readAt) {

        static NotificationView of(Notification one) {
            return new NotificationView(
                    one.id(),
                    one.at(),
                    one.kind().word(),
                    one.subject(),
                    one.title(),
                    one.text(),
                    one.link(),
                    one.count(),
                    one.readAt());
        }
    }

    private record PreferencesView(Map<String, Set<String>> kinds, List<Channel> channels) {
        static PreferencesView of(Preferences preferences) {
            Map<String, Set<String>> kinds = new LinkedHashMap<>();
            for (Kind kind : Kind.values()) {
                kinds.put(kind.word(), new TreeSet<>(preferences.kinds().getOrDefault(kind, Set.of())));
            }
            return new PreferencesView(kinds, preferences.channels());
        }
    }

    private record PreferencesBody(@Nullable Map<String, @Nullable List<@Nullable String>> kinds) {}
}
