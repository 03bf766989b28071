package opencode.nexus.restart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.restart.supervisor.Action.News;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries news to the pages and to the owner, in the words of the HTTP API. */
final class Herald implements Surroundings {
    private static final Logger LOG = LoggerFactory.getLogger(Herald.class);
    private static final String TOPIC = "server";
    private static final String LINK = "/dashboard#restarts";
    private static final Map<String, String> TITLES = Map.of("server", "OpenCode", "tunnel", "The tunnel");
    private static final int MOST_SESSIONS = 100;
    private static final int LONGEST_TITLE = 200;

    private final EventHub hub;
    private final ObjectMapper json = RestartJson.mapper();
    private volatile Policy policy;
    private volatile @Nullable NotificationService notifications;
    private volatile @Nullable ChatService chat;

    Herald(EventHub hub, Policy policy) {
        this.hub = hub;
        this.policy = policy;
    }

    void use(Policy next) {
        policy = next;
    }

    void through(NotificationService added) {
        notifications = added;
    }

    void notThrough(NotificationService removed) {
        if (notifications == removed) {
            notifications = null;
        }
    }

    void ask(ChatService added) {
        chat = added;
    }

    void askNot(ChatService removed) {
        if (chat == removed) {
            chat = null;
        }
    }

    @Override
    public Policy policy() {
        return policy;
    }

    @Override
    public void changed(Subject subject) {
        publish("restart.state", subject);
    }

    @Override
    public void changed(Attempt attempt) {
        publish("restart.attempt", attempt);
    }

    @Override
    public void tell(String subject, News news, String text) {
        NotificationService present = notifications;
        if (present == null) {
            return;
        }
        String title = TITLES.getOrDefault(subject, subject);
        switch (news) {
            case RESTARTED -> {
                if (policy.notifies()) {
                    present.tell(Kind.RESTARTED, subject, title + " was started again", text, LINK);
                }
            }
            case LEAKING -> {
                if (policy.notifies()) {
                    present.tell(Kind.THRESHOLD, subject, title + " holds much memory", text, LINK);
                }
            }
            case GAVE_UP -> present.tell(Kind.GAVE_UP, subject, title + " is not started again", text, LINK);
            case OVER -> present.settle(Kind.GAVE_UP, subject);
        }
    }

    @Override
    public @Nullable Evidence sessions() {
        ChatService present = chat;
        if (present == null) {
            return null;
        }
        try {
            String text = present.sessions(true, null).stream()
                    .limit(MOST_SESSIONS)
                    .map(session -> session.status().name().toLowerCase(Locale.ROOT) + "  " + shorten(session.title()))
                    .collect(Collectors.joining("\n"));
            return new Evidence("sessions", "Open sessions", text);
        } catch (NexusException e) {
            LOG.debug("Which sessions are open is not known", e);
            return null;
        }
    }

    private static String shorten(String title) {
        return title.length() <= LONGEST_TITLE ? title : title.substring(0, LONGEST_TITLE);
    }

    private void publish(String type, Object data) {
        try {
            hub.publish(TOPIC, type, json.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type + " cannot be written as JSON", e);
        }
    }
}
