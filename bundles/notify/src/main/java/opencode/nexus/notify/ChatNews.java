package opencode.nexus.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;

/**
 * Makes out of what happens in conversations what the owner is told: a request that waits for a while, the end of an answer
 * that took long, a failure. Knows no clock. Not safe for use by several threads.
 */
final class ChatNews {
    /** Whoever sits in front of it answers sooner. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    static final Duration LONG_WORK = Duration.ofSeconds(30);

    /** Between two messages of a queue a session is idle for a moment, and that an answer was stopped may be told last. */
    static final Duration PAUSE = Duration.ofSeconds(2);

    private static final String REQUEST = "request:";
    private static final int MOST = 1_000;
    private static final Set<String> WORKING = Set.of("busy", "retry", "waiting");

    /** A session as its events tell it. */
    record SessionNow(
            String id, String title, String status, boolean helper, boolean queued, @Nullable String problem) {}

    private static final class Work {
        private @Nullable Instant began;
        private @Nullable Instant ended;
        private boolean stopped;
        private boolean queued;
        private @Nullable String failure;
        private String title = "";
    }

    private record Waiting(String sessionId, String wanted, Instant since) {}

    private final Map<String, Work> sessions = bounded();
    private final Map<String, Waiting> requests = bounded();

    /** How a session stands now. */
    void session(SessionNow now, Instant at, @Nullable NotificationService notifications) {
        if (now.helper()) {
            return;
        }
        Work work = sessions.computeIfAbsent(now.id(), unknown -> new Work());
        work.title = now.title();
        work.queued = now.queued();
        if (WORKING.contains(now.status())) {
            boolean goesOn = work.began != null && !(work.stopped && work.ended != null);
            if (!goesOn) {
                work.began = at;
                work.stopped = false;
                settle(notifications, Kind.FINISHED, subject(now.id()));
                settle(notifications, Kind.FAILED, subject(now.id()));
            }
            work.ended = null;
            work.failure = null;
            return;
        }
        if (work.began == null) {
            return;
        }
        if (now.status().equals("interrupted")) {
            work.began = null;
            work.ended = null;
            return;
        }
        if (now.status().equals("failed")) {
            work.failure = now.problem() == null ? "" : now.problem();
        }
        work.ended = work.ended == null ? at : work.ended;
    }

    /** An answer of the session was stopped by the owner. */
    void stopped(String sessionId) {
        Work work = sessions.get(sessionId);
        if (work != null) {
            work.stopped = true;
        }
    }

    void removed(String sessionId, @Nullable NotificationService notifications) {
        sessions.remove(sessionId);
        settle(notifications, Kind.FINISHED, subject(sessionId));
        settle(notifications, Kind.FAILED, subject(sessionId));
    }

    /** @param wanted what is asked for, as a sentence */
    void request(String id, String sessionId, String wanted, Instant since) {
        requests.putIfAbsent(id, new Waiting(sessionId, wanted, since));
    }

    void settled(String id, @Nullable NotificationService notifications) {
        requests.remove(id);
        settle(notifications, Kind.NEEDS_ME, REQUEST + id);
    }

    /** Something was missed: what sessions did is not known. */
    void missed() {
        sessions.clear();
    }

    /** Only these requests wait; what was told of others needs nothing any more. */
    void stillWaiting(Set<String> ids, NotificationService notifications) {
        requests.keySet().removeIf(id -> !ids.contains(id));
        for (Notification one : notifications.all()) {
            String subject = one.subject();
            if (one.kind() == Kind.NEEDS_ME
                    && subject != null
                    && subject.startsWith(REQUEST)
                    && !ids.contains(subject.substring(REQUEST.length()))) {
                notifications.settle(Kind.NEEDS_ME, subject);
            }
        }
    }

    /**
     * Tells what is due.
     *
     * @param titles the title of a session that was not heard of; empty when that is not known
     */
    void tell(NotificationService notifications, UnaryOperator<String> titles, Instant now) {
        tellRequests(notifications, titles, now);
        for (Map.Entry<String, Work> entry : sessions.entrySet()) {
            Work work = entry.getValue();
            if (work.began == null || work.ended == null || Ledger.within(PAUSE, work.ended, now)) {
                continue;
            }
            boolean worthIt = !Ledger.within(LONG_WORK, work.began, work.ended) && !work.queued;
            String id = entry.getKey();
            if (work.failure != null && !work.stopped) {
                String text = about(work.title, work.failure.isEmpty() ? "The reason is not known." : work.failure);
                notifications.tell(Kind.FAILED, subject(id), "An answer failed", text, link(id));
            } else if (worthIt && !work.stopped) {
                notifications.tell(Kind.FINISHED, subject(id), "Answer complete", shown(work.title), link(id));
            }
            work.began = null;
            work.ended = null;
            work.failure = null;
        }
    }

    private void tellRequests(NotificationService notifications, UnaryOperator<String> titles, Instant now) {
        Iterator<Map.Entry<String, Waiting>> waiting = requests.entrySet().iterator();
        while (waiting.hasNext()) {
            Map.Entry<String, Waiting> entry = waiting.next();
            Waiting request = entry.getValue();
            if (Ledger.within(PATIENCE, request.since(), now)) {
                continue;
            }
            waiting.remove();
            String subject = REQUEST + entry.getKey();
            if (notifications.all().stream().anyMatch(one -> isAbout(one, subject))) {
                continue; // told in an earlier life
            }
            Work work = sessions.get(request.sessionId());
            String title = work == null ? titles.apply(request.sessionId()) : work.title;
            notifications.tell(
                    Kind.NEEDS_ME, subject, "A session needs you", about(title, request.wanted()), "/#inbox");
        }
    }

    private static boolean isAbout(Notification one, String subject) {
        return one.kind() == Kind.NEEDS_ME && subject.equals(one.subject());
    }

    private static void settle(@Nullable NotificationService notifications, Kind kind, String subject) {
        if (notifications != null) {
            notifications.settle(kind, subject);
        }
    }

    private static String subject(String sessionId) {
        return "session:" + sessionId;
    }

    private static @Nullable String link(String sessionId) {
        String link = "/#session=" + sessionId;
        return StoredNotifications.isLink(link) ? link : null;
    }

    private static String about(String title, String text) {
        return title.isBlank() ? text : shown(title) + ": " + text;
    }

    /** OpenCode's name for a session without a title ends with a moment. */
    private static String shown(String title) {
        boolean untitled = title.isBlank() || title.matches("New session - \\d{4}-\\d\\d-\\d\\dT.*");
        return untitled ? "New session" : title.strip();
    }

    private static <T> Map<String, T> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > MOST;
            }
        };
    }
}
