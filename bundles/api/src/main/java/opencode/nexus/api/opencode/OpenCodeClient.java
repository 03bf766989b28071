package opencode.nexus.api.opencode;

import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Todo;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Calls to the running OpenCode. Each call blocks until OpenCode answers, at most 30 seconds. Safe for use by several
 * threads.
 *
 * <p>Failures are {@link opencode.nexus.api.NexusException}: UNAVAILABLE {@code server-not-running}, NOT_FOUND
 * {@code unknown-session} or {@code unknown-request}, CONFLICT {@code session-busy}, UPSTREAM {@code opencode-failed} for
 * anything else it answers, also for HTML where JSON was due.
 */
@ProviderType
public interface OpenCodeClient {

    /** The directories OpenCode may work in, absolute; the first is the default. Known without a running server. */
    List<String> workspaces();

    /** Sessions of all workspaces, those of sub-agents included, newest first. */
    List<OpenCodeSession> sessions();

    OpenCodeSession session(String id);

    OpenCodeSession create(String workspace, @Nullable String title);

    OpenCodeSession rename(String id, String title);

    void delete(String id);

    /**
     * Messages with their parts, oldest first. Running texts are empty here: OpenCode keeps them only when complete.
     *
     * @param before a cursor from an earlier page, null for the newest
     */
    Page messages(String sessionId, int limit, @Nullable String before);

    /** A fresh message id, larger than every one before it. */
    String newMessageId();

    /** Sends a message under the given id. Returns as soon as OpenCode has it. */
    void prompt(String sessionId, String messageId, Prompt prompt);

    void abort(String sessionId);

    List<Todo> todos(String sessionId);

    /** What the sessions that are not idle do, of all workspaces. */
    Map<String, SessionStatus> statuses();

    /** Permissions and questions that wait, of all workspaces. */
    List<Request> requests();

    void replyPermission(Request request, String reply, @Nullable String message);

    /** Answers a question, or rejects it when {@code answers} is null. */
    void replyQuestion(Request request, @Nullable List<List<String>> answers);

    /** Models that OpenCode can use now, the default first. */
    List<Model> models();

    /** One page of messages; {@code before} is the cursor of the page before, null when there is none. */
    record Page(List<Message> messages, @Nullable String before) {
        public Page {
            messages = List.copyOf(messages);
        }
    }
}
