package opencode.nexus.chat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;

/** What each session works on, and how its last run ended. Not safe for use by several threads. */
final class RunStates {
    private final Map<String, SessionStatus> statuses = new HashMap<>();
    private final Map<String, String> failures = new HashMap<>();
    private final Set<String> interrupted = new HashSet<>();
    /** The answers that are being written, by session. */
    private final Map<String, Set<String>> answers = new HashMap<>();
    /** Sessions whose run was stopped or failed, but has not ended yet. */
    private final Set<String> ending = new HashSet<>();
    /** Sessions with a run whose end was not taken notice of yet. */
    private final Set<String> begun = new HashSet<>();
    /** Sessions whose run was stopped, but not from here. */
    private final Set<String> stoppedElsewhere = new HashSet<>();

    /** What OpenCode says of a session, or that it is idle when it says nothing. */
    SessionStatus status(String id) {
        return statuses.getOrDefault(id, SessionStatus.IDLE);
    }

    boolean isBusy(String id) {
        return statuses.containsKey(id);
    }

    /** Whether a session works on an answer; also in the moment between its end and that of the message. */
    boolean isAnswering(String id) {
        return isBusy(id) || answers.containsKey(id);
    }

    /**
     * Whether a message sent now would be answered. When a run was stopped or failed, OpenCode calls the session idle
     * before the run has ended; what comes in between it takes and forgets.
     */
    boolean takesMessages(String id) {
        return !ending.contains(id) && (isBusy(id) || !answers.containsKey(id));
    }

    /** How the session stands as far as its runs go. */
    Session.Status seen(String id) {
        return switch (status(id).type()) {
            case BUSY -> Session.Status.BUSY;
            case RETRY -> Session.Status.RETRY;
            case IDLE -> {
                if (interrupted.contains(id)) {
                    yield Session.Status.INTERRUPTED;
                }
                yield failures.containsKey(id) ? Session.Status.FAILED : Session.Status.IDLE;
            }
        };
    }

    @Nullable
    String failure(String id) {
        return failures.get(id);
    }

    void changed(String id, SessionStatus status) {
        if (status.type() != SessionStatus.Type.IDLE) {
            statuses.put(id, status);
            begun.add(id);
            goesOn(id);
            return;
        }
        statuses.remove(id);
        if (!answers.containsKey(id)) {
            ending.remove(id);
        }
    }

    void changed(Message message) {
        if (message.role() != Message.Role.ASSISTANT) {
            return;
        }
        if (message.completedAt() != null) {
            removed(message.sessionId(), message.id());
            return;
        }
        answers.computeIfAbsent(message.sessionId(), unknown -> new HashSet<>()).add(message.id());
    }

    void removed(String sessionId, String messageId) {
        answers.computeIfPresent(sessionId, (id, running) -> {
            running.remove(messageId);
            return running.isEmpty() ? null : running;
        });
    }

    /** The session does nothing, whatever was said of its answer. */
    void over(String id) {
        answers.remove(id);
        ending.remove(id);
    }

    void failed(String id, String message, boolean aborted) {
        if (aborted && !ending.contains(id)) {
            stoppedElsewhere.add(id);
        }
        if (isBusy(id)) {
            ending.add(id);
        }
        if (!aborted) {
            // OpenCode may tell the same failure twice, the second time in words for programmers.
            failures.putIfAbsent(id, message);
        }
    }

    /** The run is about to be stopped. */
    void stopping(String id) {
        ending.add(id);
    }

    /** It was not stopped after all. */
    void notStopping(String id) {
        ending.remove(id);
    }

    /** How a run ended. */
    enum End {
        /** It is complete, or the owner stopped it here. */
        WELL,
        /** It failed, was cut off, or was stopped elsewhere. */
        BADLY
    }

    /** How the run of a session ended, once; null when none has ended since this was asked last. */
    @Nullable
    End takeEnd(String id) {
        if (isAnswering(id) || ending.contains(id) || !begun.remove(id)) {
            return null;
        }
        boolean badly = stoppedElsewhere.remove(id) || failures.containsKey(id) || interrupted.contains(id);
        return badly ? End.BADLY : End.WELL;
    }

    /** How the last run of a session ended, when it did not end well. */
    record Ended(@Nullable String failure, boolean interrupted) {}

    Ended ended(String id) {
        return new Ended(failures.get(id), interrupted.contains(id));
    }

    /** As it was, unless something new was heard meanwhile. */
    void restore(String id, Ended ended) {
        if (isBusy(id) || failures.containsKey(id)) {
            return;
        }
        if (ended.failure() != null) {
            failures.put(id, ended.failure());
        }
        if (ended.interrupted()) {
            interrupted.add(id);
        }
    }

    /** What went wrong before is over. */
    void goesOn(String id) {
        failures.remove(id);
        interrupted.remove(id);
    }

    /** Nothing runs any more. Answers with the sessions that did. */
    Set<String> lost() {
        Set<String> busy = new HashSet<>(statuses.keySet());
        statuses.clear();
        answers.clear();
        ending.clear();
        begun.clear();
        stoppedElsewhere.clear();
        return busy;
    }

    void interrupted(Set<String> ids) {
        interrupted.addAll(ids);
    }

    /** All that works now, as OpenCode lists it. */
    void replace(Map<String, SessionStatus> busy) {
        statuses.clear();
        statuses.putAll(busy);
        answers.keySet().retainAll(busy.keySet());
        ending.clear();
        stoppedElsewhere.clear();
        begun.clear();
        begun.addAll(busy.keySet());
        busy.keySet().forEach(this::goesOn);
    }

    /** How the last run of an idle session ended can be seen by its newest message. */
    void look(String id, Message answer) {
        goesOn(id);
        if (answer.state() == Message.State.FAILED) {
            failures.put(id, answer.error() == null ? "The answer failed." : answer.error());
        } else if (answer.completedAt() == null) {
            interrupted.add(id);
        }
    }

    void forget(String id) {
        statuses.remove(id);
        answers.remove(id);
        ending.remove(id);
        begun.remove(id);
        stoppedElsewhere.remove(id);
        goesOn(id);
    }
}
