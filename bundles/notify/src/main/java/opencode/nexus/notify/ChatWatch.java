package opencode.nexus.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.notify.ChatNews.SessionNow;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows conversations in the hub. It reads once a second and is never woken: nothing it tells is more urgent, and answers
 * that are being written would wake it for every word.
 */
@Component(service = ChatWatch.class, immediate = true)
public final class ChatWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ChatWatch.class);
    private static final Set<String> TOPICS = Set.of("chat");
    private static final int AT_ONCE = 1_000;

    private final EventHub hub;
    private final Clock clock;
    private final Runnable stop;
    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    private final ChatNews news = new ChatNews();
    private Feed feed;
    /** Whether requests may wait that were never heard of. */
    private boolean missed = true;

    private volatile @Nullable NotificationService notifications;
    private volatile @Nullable ChatService chat;

    @Activate
    public ChatWatch(@Reference EventHub hub) {
        this(
                hub,
                Clock.systemUTC(),
                Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nexus-notify-chat")));
    }

    private ChatWatch(EventHub hub, Clock clock, ScheduledExecutorService executor) {
        this(hub, clock, (Runnable) executor::shutdownNow);
        executor.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** For tests: looks only when {@link #look} is called. */
    ChatWatch(EventHub hub, Clock clock, Runnable stop) {
        this.hub = hub;
        this.clock = clock;
        this.stop = stop;
        this.feed = follow();
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setNotifications(NotificationService added) {
        notifications = added;
    }

    void unsetNotifications(NotificationService removed) {
        if (notifications == removed) {
            notifications = null;
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setChat(ChatService added) {
        chat = added;
    }

    void unsetChat(ChatService removed) {
        if (chat == removed) {
            chat = null;
        }
    }

    @Deactivate
    synchronized void close() {
        stop.run();
        feed.close();
    }

    /** Reads what has happened and tells what is due. */
    synchronized void look() {
        try {
            read();
            if (missed) {
                catchUp();
            }
            NotificationService present = notifications;
            if (present != null) {
                news.tell(present, this::title, clock.instant());
            }
        } catch (RuntimeException e) {
            LOG.error("Conversations cannot be followed", e);
        }
    }

    private void read() {
        try {
            for (List<NexusEvent> events = feed.next(AT_ONCE); !events.isEmpty(); events = feed.next(AT_ONCE)) {
                events.forEach(this::take);
            }
        } catch (Feed.FellBehind e) {
            LOG.debug("Events of conversations were missed", e);
            feed.close();
            feed = follow();
            news.missed();
            missed = true;
        }
    }

    private Feed follow() {
        return hub.follow(null, TOPICS, () -> {});
    }

    private void take(NexusEvent event) {
        switch (event.type()) {
            case "chat.session", "chat.session.removed", "chat.message", "chat.request", "chat.request.settled" -> {
                try {
                    take(event.type(), json.readTree(event.data()));
                } catch (JsonProcessingException e) {
                    LOG.debug("An event of conversations is not understood", e);
                }
            }
            default -> {
                // Words, and what is inside of messages.
            }
        }
    }

    private void take(String type, JsonNode data) {
        switch (type) {
            case "chat.session" ->
                news.session(
                        new SessionNow(
                                text(data, "id"),
                                text(data, "title"),
                                text(data, "status"),
                                data.has("parentId"),
                                data.path("queued").asInt() > 0,
                                data.path("problem").textValue()),
                        clock.instant(),
                        notifications);
            case "chat.session.removed" -> news.removed(text(data, "sessionId"), notifications);
            case "chat.message" -> {
                if (text(data.path("message"), "state").equals("aborted")) {
                    news.stopped(text(data, "sessionId"));
                }
            }
            case "chat.request" -> request(data);
            default -> news.settled(text(data, "id"), notifications);
        }
    }

    /** Asks what waits, once there is somebody to ask and to tell. */
    private void catchUp() {
        ChatService present = chat;
        NotificationService told = notifications;
        if (present == null || told == null) {
            return;
        }
        try {
            Set<String> ids = new HashSet<>();
            for (Request request : present.requests()) {
                ids.add(request.id());
                request(json.valueToTree(request));
            }
            news.stillWaiting(ids, told);
            missed = false;
        } catch (NexusException e) {
            LOG.debug("What waits is not known yet", e);
        }
    }

    private void request(JsonNode request) {
        news.request(text(request, "id"), text(request, "rootSessionId"), wanted(request), since(request));
    }

    private Instant since(JsonNode request) {
        try {
            return Instant.parse(text(request, "createdAt"));
        } catch (DateTimeParseException e) {
            return clock.instant();
        }
    }

    /** As a person would ask. */
    private static String wanted(JsonNode request) {
        if (text(request, "type").equals("question")) {
            JsonNode first = request.path("questions").path(0);
            return first(text(first, "question"), text(first, "header"), "A question waits");
        }
        JsonNode metadata = request.path("metadata");
        String what = first(
                text(metadata, "command"),
                text(metadata, "filepath"),
                text(metadata, "url"),
                text(request.path("patterns"), 0));
        String asked =
                switch (text(request, "permission")) {
                    case "bash" -> "May I run this?";
                    case "edit", "write" -> "May I change this file?";
                    case "webfetch" -> "May I fetch this address?";
                    case "websearch" -> "May I search the web for this?";
                    case "read" -> "May I read this file?";
                    case "external_directory" -> "May I use this folder outside the workspace?";
                    case "doom_loop" -> "I did the same three times. May I go on?";
                    default -> "May I use " + first(text(request, "permission"), "a tool") + "?";
                };
        return what.isEmpty() ? asked : asked + " " + what;
    }

    private static String first(String... texts) {
        return Stream.of(texts).filter(text -> !text.isBlank()).findFirst().orElse("");
    }

    private String title(String sessionId) {
        ChatService present = chat;
        try {
            return present == null ? "" : present.session(sessionId).title();
        } catch (NexusException e) {
            LOG.debug("The title of {} is not known", sessionId, e);
            return "";
        }
    }

    private static String text(JsonNode object, String field) {
        return object.path(field).asText("");
    }

    private static String text(JsonNode list, int index) {
        return list.path(index).asText("");
    }
}
