package opencode.nexus.restart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Session.Status;
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

    private static final Set<Status> WORKS = EnumSet.of(Status.BUSY, Status.RETRY, Status.WAITING);

    private final EventHub hub;
    private final ObjectMapper json = RestartJson.mapper();
    private volatile Policy policy;
    private volatile @Nullable NotificationService notifications;
    private volatile @Nullable ChatService chat;

    /** How the sessions stood at the last look, by id. */
    private volatile @Nullable Map<String, Status> stood;

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
            Map<String, Status> before = stood;
            String text = present.sessions(null, null).stream()
                    .filter(session -> session.active() || WORKS.contains(stood(session, before)))
                    .limit(MOST_SESSIONS)
                    .map(session ->
                            stood(session, before).name().toLowerCase(Locale.ROOT) + "  " + shorten(session.title()))
                    .collect(Collectors.joining("\n"));
            return new Evidence("sessions", "Open sessions", text);
        } catch (NexusException e) {
            LOG.debug("Which sessions are open is not known", e);
            return null;
        }
    }

    @Override
    public void look() {
        ChatService present = chat;
        if (present == null) {
            return;
        }
        try {
            stood = present.sessions(null, null).stream()
                    .collect(Collectors.toUnmodifiableMap(Session::id, Session::status, (one, same) -> one));
        } catch (NexusException e) {
            LOG.debug("How the sessions stand is not known", e);
        }
    }

    /** The chat is quick to call interrupted what was at work when the server went. */
    private static Status stood(Session session, @Nullable Map<String, Status> before) {
        if (session.status() != Status.INTERRUPTED || before == null) {
            return session.status();
        }
        Status then = before.getOrDefault(session.id(), Status.BUSY);
        return then == Status.IDLE || then == Status.FAILED ? Status.BUSY : then;
    }

    private static String shorten(String title) {
        String line = title.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_TITLE ? line : line.substring(0, LONGEST_TITLE);
    }

    private void publish(String type, Object data) {
        try {
            hub.publish(TOPIC, type, json.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type + " cannot be written as JSON", e);
        }
    }
}
