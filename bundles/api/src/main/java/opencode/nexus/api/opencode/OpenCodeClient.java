package opencode.nexus.api.opencode;

import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Model;
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

    OpenCodeSession create(String workspace, @Nullable String title, @Nullable String model, @Nullable String agent);

    OpenCodeSession rename(String id, String title);

    void delete(String id);

    /**
     * Messages with their parts, oldest first. Running texts are empty here: OpenCode keeps them only when complete.
     *
     * @param before a cursor from an earlier page, null for the newest
     */
    Page messages(String sessionId, int limit, @Nullable String before);

    /** One message with its parts. @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message} */
    Message message(String sessionId, String messageId);

    /**
     * The content of a file that was attached to a message. No {@link Message} holds it.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}; NOT_FOUND {@code unknown-attachment}
     *     when the part is no file, or one that was read where it is
     */
    Attachment attachment(String sessionId, String messageId, String partId);

    /** A file; {@code mime} is what its sender said. */
    record Attachment(String name, String mime, byte[] content) {}

    /** A fresh message id, larger than every one before it. */
    String newMessageId();

    /**
     * Sends a message under the given id. Returns as soon as OpenCode has it. What OpenCode finds wrong with it afterwards
     * comes as {@link OpenCodeEvent.SessionFailed}: a broken image, for one, of which nothing is stored then.
     *
     * @throws opencode.nexus.api.NexusException INVALID {@code command} for one that is not known in the workspace, or
     *     {@code attachments} for a file that cannot be read or that no model could read; CONFLICT
     *     {@code too-many-commands}
     */
    void prompt(String sessionId, String messageId, Outgoing prompt);

    void abort(String sessionId);

    List<Todo> todos(String sessionId);

    /**
     * A new session with the messages before {@code messageId}, or with all.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}
     */
    OpenCodeSession fork(String sessionId, @Nullable String messageId);

    /**
     * Takes a message and all after it back; in a git repository files change back at once. OpenCode still lists the
     * messages; the next one makes it final.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}; CONFLICT {@code session-busy}
     */
    OpenCodeSession revert(String sessionId, String messageId);

    /** Brings back what was taken back; nothing when nothing was. */
    OpenCodeSession unrevert(String sessionId);

    /** What the answer to a message of the owner changed in files. */
    List<FileChange> changes(String sessionId, String messageId);

    /** What the sessions that are not idle do, of all workspaces. */
    Map<String, SessionStatus> statuses();

    /** Permissions and questions that wait, of all workspaces. */
    List<Request> requests();

    void replyPermission(Request request, String reply, @Nullable String message);

    /** Answers a question, or rejects it when {@code answers} is null. */
    void replyQuestion(Request request, @Nullable List<List<String>> answers);

    /** Models that OpenCode can use now, the default first. */
    List<Model> models();

    /** Agents of a workspace that are not hidden, the default first. */
    List<Agent> agents(String workspace);

    /** Commands of a workspace, by name. */
    List<Command> commands(String workspace);

    /** Paths inside a workspace that fit a query, best first; directories end with a slash. */
    List<String> files(String workspace, String query, int limit);

    /** One page of messages; {@code before} is the cursor of the page before, null when there is none. */
    record Page(List<Message> messages, @Nullable String before) {
        public Page {
            messages = List.copyOf(messages);
        }
    }
}
