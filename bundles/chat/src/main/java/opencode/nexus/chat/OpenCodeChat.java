package opencode.nexus.chat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.chat.Upload;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Conversations as OpenCode has them. Lists come from the {@link SessionBoard}, everything else from OpenCode. */
@Component(configurationPid = "opencode.nexus.chat", immediate = true)
@Designate(ocd = ChatConfig.class)
public final class OpenCodeChat implements ChatService {
    private static final Logger LOG = LoggerFactory.getLogger(OpenCodeChat.class);
    private static final int MAX_LIMIT = 200;
    private static final int MAX_QUERY = 200;
    private static final int MAX_FILES = 100;
    private static final int MAX_FEEDBACK = 10_000;
    private static final Duration QUIET_PATIENCE = Duration.ofSeconds(3);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");
    private static final Pattern CURSOR = Pattern.compile("[A-Za-z0-9_=+/.~-]{1,2000}");
    private static final Set<String> REPLIES = Set.of("once", "always", "reject");

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    volatile @Nullable OpenCodeClient client;

    private final SessionBoard board;
    private final Export export;
    private final Uploads uploads;
    private final Outbox outbox;
    private final Duration quietPatience;
    private final History history;
    private volatile Preferences preferences = new Preferences(ChatConfig.CONTINUE);

    @Activate
    public OpenCodeChat(
            ChatConfig config, @Reference SessionBoard board, @Reference EventHub hub, @Reference NexusHome home) {
        this(board, hub, home, QUIET_PATIENCE, InstantSource.system());
        change(config);
    }

    OpenCodeChat(SessionBoard board, EventHub hub, NexusHome home, Duration quietPatience, InstantSource clock) {
        this.board = board;
        this.quietPatience = quietPatience;
        this.history = new History(board, hub, this::client);
        this.export = new Export(history, clock);
        this.uploads = new Uploads(home, clock);
        this.outbox = new Outbox(board, home, uploads, this::client, quietPatience, clock);
    }

    /** Nothing that waits to be sent is touched by it. */
    @Modified
    void change(ChatConfig config) {
        preferences = new Preferences(config.continuePrompt());
    }

    @Deactivate
    void close() {
        outbox.close();
    }

    /** For tests that wait for what happens on its thread. */
    Outbox outbox() {
        return outbox;
    }

    // ---- sessions ----

    @Override
    public List<Session> sessions(@Nullable Boolean active, @Nullable String query) {
        if (query != null && query.length() > MAX_QUERY) {
            throw NexusException.invalid("q", "must have at most " + MAX_QUERY + " characters");
        }
        String wanted = query == null ? "" : query.strip().toLowerCase(Locale.ROOT);
        return board.sessions().stream()
                .filter(session -> active == null || session.active() == active)
                .filter(session -> wanted.isEmpty()
                        || session.title().toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
    }

    @Override
    public Session session(String id) {
        checkId(id);
        return board.find(id).orElseGet(() -> board.put(client().session(id)));
    }

    @Override
    public Session create(NewSession wanted) {
        String title = wanted.title() == null ? null : PromptRules.title(wanted.title());
        OpenCodeClient opencode = client();
        String directory = workspace(wanted.workspace(), opencode);
        Offers offers = new Offers(opencode);
        offers.checkModel(wanted.model());
        offers.checkAgent(wanted.agent(), directory);
        String reservation = board.reserveCard();
        OpenCodeSession created;
        try {
            created = opencode.create(directory, title, wanted.model(), wanted.agent());
        } catch (RuntimeException e) {
            board.releaseCard(reservation);
            throw e;
        }
        Session session = board.assignCard(reservation, created);
        if (wanted.model() == null && wanted.agent() == null) {
            return session;
        }
        return board.choose(created.id(), wanted.model(), wanted.agent());
    }

    private static String workspace(@Nullable String workspace, OpenCodeClient opencode) {
        List<String> known = opencode.workspaces();
        if (workspace != null && !known.contains(workspace)) {
            throw NexusException.invalid("workspace", "must be one of " + String.join(", ", known));
        }
        String directory = workspace == null ? known.get(0) : workspace;
        // OpenCode would work in a directory that does not exist, and find nothing there.
        if (!Workspaces.exists(directory)) {
            throw Workspaces.gone(directory);
        }
        return directory;
    }

    /** As {@link #workspace}, but one that a session works in will do too. */
    private String anyWorkspace(@Nullable String workspace, OpenCodeClient opencode) {
        if (workspace == null || opencode.workspaces().contains(workspace) || !board.worksIn(workspace)) {
            return workspace(workspace, opencode);
        }
        if (!Workspaces.exists(workspace)) {
            throw Workspaces.gone(workspace);
        }
        return workspace;
    }

    @Override
    public Session update(String id, SessionChange change) {
        String title = change.title() == null ? null : PromptRules.title(change.title());
        Integer number = change.number();
        if (number != null && (number < 1 || number > MAX_ACTIVE)) {
            throw NexusException.invalid("number", "must be a whole number from 1 to " + MAX_ACTIVE);
        }
        Session session = session(id);
        if (session.parentId() != null && Boolean.TRUE.equals(change.active())) {
            throw NexusException.invalid("active", "a sub-agent's session cannot have a card");
        }
        if (change.model() != null || change.agent() != null) {
            Offers offers = new Offers(client());
            offers.checkModel(change.model());
            offers.checkAgent(change.agent(), session.workspace());
        }
        // The card first: it may be refused, and then nothing has happened.
        boolean moved = change.active() != null && board.setActive(id, change.active());
        try {
            if (number != null) {
                board.moveCard(id, number);
            }
            if (title != null && !title.equals(session.title())) {
                board.put(client().rename(id, title));
            }
        } catch (RuntimeException e) {
            if (moved) {
                board.setActive(id, !change.active());
            }
            throw e;
        }
        return board.choose(id, change.model(), change.agent());
    }

    @Override
    public void delete(String id) {
        session(id);
        OpenCodeClient opencode = client();
        // OpenCode would let the run go on and fail in the middle of nowhere.
        opencode.abort(id);
        if (!board.awaitQuiet(id, quietPatience)) {
            LOG.warn("Session {} did not stop in time; it is deleted all the same", id);
        }
        opencode.delete(id);
        board.removed(id);
    }

    // ---- messages ----

    @Override
    public MessagePage messages(String id, int limit, @Nullable String before) {
        checkId(id);
        if (limit < 1 || limit > MAX_LIMIT) {
            throw NexusException.invalid("limit", "must be a whole number from 1 to " + MAX_LIMIT);
        }
        if (before != null && !CURSOR.matcher(before).matches()) {
            throw NexusException.invalid("before", "must be the cursor of an earlier page");
        }
        return history.messages(id, limit, before);
    }

    @Override
    public String send(String id, Prompt prompt) {
        PromptRules.check(prompt);
        return outbox.send(session(id), prompt);
    }

    @Override
    public Upload upload(String name, String mime, InputStream content) throws IOException {
        PromptRules.checkFile(name, mime);
        return uploads.keep(name, mime, content);
    }

    @Override
    public void discard(String uploadId) {
        // One that a waiting message takes along is not the page's any more.
        if (!board.turns().uploads().contains(uploadId)) {
            uploads.discard(uploadId);
        }
    }

    @Override
    public Queue queue(String id) {
        session(id);
        return board.turns().queue(id);
    }

    @Override
    public Queue.Waiting takeBack(String id, String messageId) {
        session(id);
        return board.turns()
                .takeBack(id, messageId)
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.NOT_FOUND,
                        "unknown-message",
                        "This message does not wait any more: it was sent or taken back."));
    }

    @Override
    public void resume(String id) {
        session(id);
        board.turns().resume(id);
    }

    @Override
    public void abort(String id) {
        session(id);
        OpenCodeClient opencode = client();
        board.stopping(id);
        try {
            opencode.abort(id);
        } catch (RuntimeException e) {
            board.notStopped(id);
            throw e;
        }
        board.aborted(id);
    }

    @Override
    public List<Todo> todos(String id) {
        session(id);
        return client().todos(id);
    }

    // ---- history ----

    @Override
    public Session fork(String id, @Nullable String messageId) {
        session(id);
        return history.fork(id, messageId);
    }

    @Override
    public Revert revertPreview(String id, String messageId) {
        session(id);
        return history.preview(id, messageId);
    }

    @Override
    public Session revert(String id, String messageId) {
        session(id);
        return history.revert(id, messageId);
    }

    @Override
    public Session unrevert(String id) {
        session(id);
        return history.unrevert(id);
    }

    @Override
    public List<FileChange> changes(String id, @Nullable String messageId) {
        session(id);
        return history.changes(id, messageId);
    }

    @Override
    public void export(String id, String format, OutputStream out) throws IOException {
        export.write(session(id), format, out);
    }

    @Override
    public Picture picture(String id, String messageId, String partId) {
        session(id);
        return history.picture(id, messageId, partId);
    }

    // ---- requests ----

    @Override
    public List<Request> requests() {
        return board.requests();
    }

    @Override
    public void replyPermission(String requestId, String reply, @Nullable String message) {
        if (!REPLIES.contains(reply)) {
            throw NexusException.invalid("reply", "must be once, always or reject");
        }
        if (message != null && message.length() > MAX_FEEDBACK) {
            throw NexusException.invalid("message", "must have at most " + MAX_FEEDBACK + " characters");
        }
        if (message != null && !reply.equals("reject")) {
            throw NexusException.invalid("message", "goes with reject only");
        }
        Request request = request(requestId, "permission");
        settle(request, () -> client().replyPermission(request, reply, message));
    }

    @Override
    public void replyQuestion(String requestId, @Nullable List<List<String>> answers) {
        Request request = request(requestId, "question");
        if (answers != null) {
            PromptRules.check(answers, request.questions() == null ? List.of() : request.questions());
        }
        settle(request, () -> client().replyQuestion(request, answers));
    }

    private Request request(String id, String type) {
        return board.request(id)
                .filter(request -> request.type().equals(type))
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.NOT_FOUND,
                        "unknown-request",
                        "This was answered already, or never asked."));
    }

    private void settle(Request request, Runnable reply) {
        try {
            reply.run();
        } catch (NexusException e) {
            if (e.kind() == NexusException.Kind.NOT_FOUND) {
                board.settle(request);
            }
            throw e;
        }
        board.settle(request);
    }

    // ---- choices ----

    @Override
    public List<Model> models() {
        return client().models();
    }

    @Override
    public List<Agent> agents(@Nullable String workspace) {
        OpenCodeClient opencode = client();
        return opencode.agents(anyWorkspace(workspace, opencode));
    }

    @Override
    public List<Command> commands(@Nullable String workspace) {
        OpenCodeClient opencode = client();
        return opencode.commands(anyWorkspace(workspace, opencode));
    }

    @Override
    public List<String> files(@Nullable String workspace, String query, int limit) {
        if (query.length() > MAX_QUERY) {
            throw NexusException.invalid("q", "must have at most " + MAX_QUERY + " characters");
        }
        if (limit < 1 || limit > MAX_FILES) {
            throw NexusException.invalid("limit", "must be a whole number from 1 to " + MAX_FILES);
        }
        OpenCodeClient opencode = client();
        return opencode.files(anyWorkspace(workspace, opencode), query, limit);
    }

    @Override
    public List<String> workspaces() {
        return client().workspaces();
    }

    @Override
    public Preferences preferences() {
        return preferences;
    }

    private OpenCodeClient client() {
        OpenCodeClient current = client;
        if (current == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "server-not-running",
                    "The part of Nexus that talks to OpenCode is being replaced. Try again in a moment.");
        }
        return current;
    }

    private static void checkId(String id) {
        if (!ID.matcher(id).matches()) {
            throw unknownSession();
        }
    }

    static NexusException unknownSession() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
    }
}
