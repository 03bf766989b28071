package opencode.nexus.api.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Everything the owner does with conversations. Calls go to OpenCode and block for as long as it takes, a few
 * milliseconds as a rule; answers arrive as events. Safe for use by several threads.
 *
 * <p>Every method throws {@link opencode.nexus.api.NexusException}: UNAVAILABLE {@code server-not-running} while OpenCode
 * is not ready, NOT_FOUND {@code unknown-session} for an id that names nothing, UPSTREAM {@code opencode-failed} when
 * OpenCode answers with a failure of its own, INVALID for a wrong field.
 */
@ProviderType
public interface ChatService {

    /** The most sessions that have a card at the same time. */
    int MAX_ACTIVE = 10;

    /** The longest text of a message, in characters. */
    int MAX_TEXT = 100_000;

    /**
     * Sessions, newest first; those of sub-agents are left out.
     *
     * @param active only active ones, or only others; null for all
     * @param query part of the title, without regard to case; null for all
     */
    List<Session> sessions(@Nullable Boolean active, @Nullable String query);

    Session session(String id);

    /**
     * Creates a session and makes it active.
     *
     * @param title null for one that OpenCode finds
     * @param workspace null for the default one
     * @throws opencode.nexus.api.NexusException CONFLICT {@code too-many-active}; INVALID {@code workspace}
     */
    Session create(@Nullable String title, @Nullable String workspace);

    /** Changes what is not null. Same failures as {@link #create}. */
    Session update(String id, @Nullable String title, @Nullable Boolean active);

    /** Deletes a session; an answer that runs is aborted first. */
    void delete(String id);

    /**
     * The newest messages, or those before a cursor.
     *
     * @param limit 1 to 200
     */
    MessagePage messages(String id, int limit, @Nullable String before);

    /**
     * Sends a message. Returns before the answer begins.
     *
     * @return the id of the message; the same for the same {@code clientId}
     */
    String send(String id, Prompt prompt);

    /** Stops the running answer, if there is one. */
    void abort(String id);

    List<Todo> todos(String id);

    /** What waits for the owner, oldest first. */
    List<Request> requests();

    /**
     * Answers a permission.
     *
     * @param reply {@code once}, {@code always} or {@code reject}
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-request} when it is settled already
     */
    void replyPermission(String requestId, String reply, @Nullable String message);

    /**
     * Answers a question; one list of answers for each question asked.
     *
     * @param answers null to reject
     */
    void replyQuestion(String requestId, @Nullable List<List<String>> answers);

    /** The models that can be chosen, the default first. */
    List<Model> models();

    /** The directories sessions may work in; the first is the default. */
    List<String> workspaces();
}
