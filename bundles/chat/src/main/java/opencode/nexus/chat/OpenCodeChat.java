package opencode.nexus.chat;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Conversations as OpenCode has them. Lists come from the {@link SessionBoard}, everything else from OpenCode. */
@Component(immediate = true)
public final class OpenCodeChat implements ChatService {
    private static final Logger LOG = LoggerFactory.getLogger(OpenCodeChat.class);
    private static final int MAX_LIMIT = 200;
    private static final int MAX_QUERY = 200;
    private static final int MAX_FEEDBACK = 10_000;
    private static final int NEWEST = 50;
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
    private final EventHub hub;
    private final SentPrompts sent;
    private final Duration quietPatience;

    @Activate
    public OpenCodeChat(@Reference SessionBoard board, @Reference EventHub hub, @Reference NexusHome home) {
        this(board, hub, home, QUIET_PATIENCE);
    }

    OpenCodeChat(SessionBoard board, EventHub hub, NexusHome home, Duration quietPatience) {
        this.board = board;
        this.hub = hub;
        this.sent = new SentPrompts(home);
        this.quietPatience = quietPatience;
    }

    @Deactivate
    void close() {
        sent.close();
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
    public Session create(@Nullable String title, @Nullable String workspace) {
        String checked = title == null ? null : PromptRules.title(title);
        OpenCodeClient opencode = client();
        String directory = workspace(workspace, opencode);
        int number = board.reserveCard();
        OpenCodeSession created;
        try {
            created = opencode.create(directory, checked);
        } catch (RuntimeException e) {
            board.releaseCard(number);
            throw e;
        }
        return board.assignCard(number, created);
    }

    private static String workspace(@Nullable String workspace, OpenCodeClient opencode) {
        List<String> known = opencode.workspaces();
        if (workspace == null) {
            return known.get(0);
        }
        if (!known.contains(workspace)) {
            throw NexusException.invalid("workspace", "must be one of " + String.join(", ", known));
        }
        return workspace;
    }

    @Override
    public Session update(String id, @Nullable String title, @Nullable Boolean active) {
        String checked = title == null ? null : PromptRules.title(title);
        Session session = session(id);
        if (session.parentId() != null && Boolean.TRUE.equals(active)) {
            throw NexusException.invalid("active", "a sub-agent's session cannot have a card");
        }
        // The card first: it may be refused, and then nothing has happened.
        boolean moved = active != null && board.setActive(id, active);
        if (checked != null && !checked.equals(session.title())) {
            try {
                board.put(client().rename(id, checked));
            } catch (RuntimeException e) {
                if (moved) {
                    board.setActive(id, !active);
                }
                throw e;
            }
        }
        return session(id);
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
        OpenCodeClient opencode = client();
        // The order of the next three is what makes the answer exact: see TextOverlay.
        EventHub.Running running = hub.running(id);
        OpenCodeClient.Page page = opencode.messages(id, limit, before);
        boolean busy = board.isAnswering(id);
        return new MessagePage(new TextOverlay(running, busy).over(page.messages()), page.before(), running.cursor());
    }

    @Override
    public String send(String id, Prompt prompt) {
        PromptRules.check(prompt);
        session(id);
        OpenCodeClient opencode = client();
        checkModel(prompt.model(), opencode);
        Sending sending = new Sending(id, prompt, opencode);
        if (prompt.clientId() != null) {
            return sent.once(id, prompt.clientId(), sending);
        }
        String messageId = sending.newId();
        sending.send(messageId);
        return messageId;
    }

    /** OpenCode would take the message first and then find that it has no such model. */
    private static void checkModel(@Nullable String model, OpenCodeClient opencode) {
        if (model != null
                && opencode.models().stream().noneMatch(known -> known.id().equals(model))) {
            throw NexusException.invalid("model", "is not a model that OpenCode can use now");
        }
    }

    @Override
    public void abort(String id) {
        session(id);
        OpenCodeClient opencode = client();
        board.stopping(id);
        opencode.abort(id);
        board.aborted(id);
    }

    @Override
    public List<Todo> todos(String id) {
        session(id);
        return client().todos(id);
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
    public List<String> workspaces() {
        return client().workspaces();
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
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
        }
    }

    /** One message on its way. */
    private final class Sending implements SentPrompts.Sender {
        private final String sessionId;
        private final Prompt prompt;
        private final OpenCodeClient opencode;

        private Sending(String sessionId, Prompt prompt, OpenCodeClient opencode) {
            this.sessionId = sessionId;
            this.prompt = prompt;
            this.opencode = opencode;
        }

        @Override
        public String newId() {
            return opencode.newMessageId();
        }

        @Override
        public void send(String messageId) {
            if (!board.awaitEnd(sessionId, quietPatience)) {
                LOG.debug(
                        "The run before in session {} does not end; the next message is sent all the same", sessionId);
            }
            // Before it is sent: what goes wrong from now on belongs to this message.
            RunStates.Ended before = board.prompted(sessionId);
            try {
                opencode.prompt(sessionId, messageId, prompt);
            } catch (NexusException e) {
                board.notSent(sessionId, before);
                throw e;
            }
        }

        @Override
        public boolean hasArrived(String messageId) {
            return opencode.messages(sessionId, NEWEST, null).messages().stream()
                    .anyMatch(message -> message.id().equals(messageId));
        }
    }
}
