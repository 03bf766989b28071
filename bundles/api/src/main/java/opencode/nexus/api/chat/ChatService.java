package opencode.nexus.api.chat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

    /** The most attachments of a message. */
    int MAX_ATTACHMENTS = 10;

    /** The largest attachment, in bytes. */
    int MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;

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
     * @throws opencode.nexus.api.NexusException CONFLICT {@code too-many-active}; INVALID naming the field
     */
    Session create(NewSession wanted);

    /** What a new session shall be; null for what OpenCode or Nexus chooses. */
    record NewSession(
            @Nullable String title, @Nullable String workspace, @Nullable String model, @Nullable String agent) {}

    /** Changes what is not null. Same failures as {@link #create}. */
    Session update(String id, SessionChange change);

    /**
     * What shall change.
     *
     * @param model used from the next message on
     * @param agent as {@code model}
     * @param number the place a card moves to, 1 to 10; cards in between move over by one
     */
    record SessionChange(
            @Nullable String title,
            @Nullable Boolean active,
            @Nullable String model,
            @Nullable String agent,
            @Nullable Integer number) {}

    /** Deletes a session; an answer that runs is aborted first. */
    void delete(String id);

    /**
     * The newest messages, or those before a cursor.
     *
     * @param limit 1 to 200
     */
    MessagePage messages(String id, int limit, @Nullable String before);

    /**
     * Sends a message, or lets it wait in Nexus while an answer runs. Returns before the answer begins.
     *
     * @return the id of the message; the same for the same {@code clientId}
     * @throws opencode.nexus.api.NexusException INVALID naming the field; CONFLICT {@code workspace-gone},
     *     {@code queue-full}; INVALID {@code message-refused} when OpenCode refused the message of this clientId before
     */
    String send(String id, Prompt prompt);

    /**
     * Keeps a file until a message takes it along, for a day at most.
     *
     * @param content read to its end, or to one byte more than fits; not closed
     * @throws opencode.nexus.api.NexusException TOO_LARGE {@code attachment-too-large}; INVALID naming the field; CONFLICT
     *     {@code too-many-uploads}
     */
    Upload upload(String name, String mime, InputStream content) throws IOException;

    /** Forgets a file that no message took along; nothing when it is gone already. */
    void discard(String uploadId);

    /** Messages that wait for the end of the running answer. */
    Queue queue(String id);

    /**
     * Takes a waiting message back.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message} when it is not waiting any more
     */
    Queue.Waiting takeBack(String id, String messageId);

    /** Sends what waits although it was paused; nothing when it was not. */
    void resume(String id);

    /** Stops the running answer, if there is one. */
    void abort(String id);

    List<Todo> todos(String id);

    /**
     * Makes a session of its own out of the beginning of another, and makes it active.
     *
     * @param messageId the first message that is left out; null to take all
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}; CONFLICT {@code too-many-active}
     */
    Session fork(String id, @Nullable String messageId);

    /**
     * What {@link #revert} would do.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}
     */
    Revert revertPreview(String id, String messageId);

    /**
     * Takes back a message and everything after it, and changes files back. The next message makes it final.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}; CONFLICT {@code session-busy}
     */
    Session revert(String id, String messageId);

    /** Brings back what was taken back; nothing when nothing was. Same failures as {@link #revert}. */
    Session unrevert(String id);

    /**
     * What was changed in files.
     *
     * @param messageId for the answer to this message of the owner; null for the whole session
     */
    List<FileChange> changes(String id, @Nullable String messageId);

    /**
     * Writes the whole conversation, oldest message first, in pages: nothing of it is held in memory as a whole.
     *
     * @param format {@code markdown} or {@code json}
     * @param out UTF-8; not closed
     */
    void export(String id, String format, OutputStream out) throws IOException;

    /**
     * A picture that was attached to a message.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-message}; NOT_FOUND {@code unknown-attachment},
     *     also for what is no picture
     */
    Picture picture(String id, String messageId, String partId);

    /** A picture; {@code mime} is what it really is: PNG, JPEG, GIF or WebP. */
    record Picture(String name, String mime, byte[] content) {}

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

    /** The agents of a workspace, hidden ones left out, the default first. */
    List<Agent> agents(@Nullable String workspace);

    /** The commands of a workspace, by name. */
    List<Command> commands(@Nullable String workspace);

    /**
     * Files and directories of a workspace whose path fits a query, best first; directories end with a slash.
     *
     * @param query at most 200 characters; empty for any
     * @param limit 1 to 100
     */
    List<String> files(@Nullable String workspace, String query, int limit);

    /** The directories sessions may work in; the first is the default. */
    List<String> workspaces();

    /** What the owner has set for conversations. Never fails, OpenCode or not. */
    Preferences preferences();

    /**
     * What the owner has set for conversations.
     *
     * @param continuePrompt what a page sends when an answer that was cut off shall go on; may have several lines
     */
    record Preferences(String continuePrompt) {}
}
