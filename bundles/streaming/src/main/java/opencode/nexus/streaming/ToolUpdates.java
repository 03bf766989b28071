package opencode.nexus.streaming;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.chat.Part;
import org.jspecify.annotations.Nullable;

/**
 * Thins out what a running tool tells: its output comes whole each time, for each line that it prints. The first state is
 * published at once, then at most one in each period, always the newest. The final state never waits.
 */
final class ToolUpdates {
    static final Duration PERIOD = Duration.ofMillis(100);

    private final ChatEvents events;
    private final ScheduledExecutorService timer;
    /** The tools that told something within the last period. */
    private final Map<String, Recent> recent = new HashMap<>();

    ToolUpdates(ChatEvents events, ScheduledExecutorService timer) {
        this.events = events;
        this.timer = timer;
    }

    synchronized void changed(String sessionId, String messageId, Part.Tool tool) {
        Recent known = recent.get(tool.id());
        if (isOver(tool)) {
            recent.remove(tool.id());
            events.part(sessionId, messageId, tool);
            return;
        }
        if (known != null && known.shown.state().equals(tool.state())) {
            known.waiting = tool;
            return;
        }
        events.part(sessionId, messageId, tool);
        if (known != null) {
            known.shown = tool;
            known.waiting = null;
            return;
        }
        Recent started = new Recent(sessionId, messageId, tool);
        recent.put(tool.id(), started);
        later(started);
    }

    /** A part is gone: nothing more is told of it. */
    synchronized void forget(String partId) {
        recent.remove(partId);
    }

    synchronized void forgetMessage(String messageId) {
        recent.values().removeIf(one -> one.messageId.equals(messageId));
    }

    synchronized void forgetSession(String sessionId) {
        recent.values().removeIf(one -> one.sessionId.equals(sessionId));
    }

    /** Publishes all that waits. */
    synchronized void flush() {
        recent.values().forEach(this::show);
        recent.clear();
    }

    private synchronized void periodOver(Recent one) {
        if (recent.get(one.shown.id()) != one) {
            return;
        }
        if (one.waiting == null) {
            recent.remove(one.shown.id());
            return;
        }
        show(one);
        later(one);
    }

    private void show(Recent one) {
        if (one.waiting != null) {
            events.part(one.sessionId, one.messageId, one.waiting);
            one.shown = one.waiting;
            one.waiting = null;
        }
    }

    private void later(Recent one) {
        try {
            timer.schedule(() -> periodOver(one), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // This bundle is being replaced: its successor asks OpenCode for the newest state.
            recent.remove(one.shown.id());
        }
    }

    private static boolean isOver(Part.Tool tool) {
        return tool.endedAt() != null
                || tool.state().equals("completed")
                || tool.state().equals("error");
    }

    private static final class Recent {
        private final String sessionId;
        private final String messageId;
        private Part.Tool shown;
        private Part.@Nullable Tool waiting;

        private Recent(String sessionId, String messageId, Part.Tool shown) {
            this.sessionId = sessionId;
            this.messageId = messageId;
            this.shown = shown;
        }
    }
}
