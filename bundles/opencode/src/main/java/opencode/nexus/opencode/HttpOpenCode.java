package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** OpenCode over its HTTP API. */
@Component(immediate = true)
public final class HttpOpenCode implements OpenCodeClient {
    private static final int ALL = 10_000;
    private static final Set<String> REPLIES = Set.of("once", "always", "reject");
    private static final Pattern CURSOR = Pattern.compile("[A-Za-z0-9+/=_-]{1,2048}");

    private final RunningOpenCode server;
    private final Clock clock;
    private final OpenCodeCalls calls;
    private final ModelCache models;
    private final Prompts prompts;
    private final Choices choices;
    private final Attachments attachments;
    private final Ids ids;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    volatile @Nullable ModelOffer offer;

    @Activate
    public HttpOpenCode(@Reference RunningOpenCode server) {
        this(server, Clock.systemUTC(), OpenCodeCalls.LIMIT);
    }

    HttpOpenCode(RunningOpenCode server, Clock clock, Duration limit) {
        this.server = server;
        this.clock = clock;
        calls = new OpenCodeCalls(server, limit);
        models = new ModelCache(server, calls, clock);
        prompts = new Prompts(calls, new CommandRuns(server, calls, limit), models, () -> offer);
        choices = new Choices(calls);
        attachments = new Attachments(calls);
        ids = new Ids(clock);
    }

    @Deactivate
    void close() {
        prompts.close();
        calls.close();
    }

    @Override
    public List<String> workspaces() {
        return server.workspaces();
    }

    @Override
    public List<OpenCodeSession> sessions() {
        Map<String, OpenCodeSession> sessions = new LinkedHashMap<>();
        inEachWorkspace(
                "/session", "&limit=" + ALL, Conversations::session, session -> sessions.put(session.id(), session));
        return sessions.values().stream()
                .sorted(Comparator.comparing(OpenCodeSession::updatedAt).reversed())
                .toList();
    }

    @Override
    public OpenCodeSession session(String id) {
        return calls.read(stored(id), Conversations::session);
    }

    @Override
    public OpenCodeSession create(
            String workspace, @Nullable String title, @Nullable String model, @Nullable String agent) {
        if (!workspaces().contains(workspace)) {
            throw NexusException.invalid("workspace", "choose one of " + String.join(", ", workspaces()));
        }
        ObjectNode body = Wire.MAPPER.createObjectNode();
        if (title != null) {
            body.put("title", title);
        }
        if (model != null) {
            String[] names = Models.names(model);
            body.putObject("model").put("id", names[1]).put("providerID", names[0]);
        }
        if (agent != null) {
            body.put("agent", agent);
        }
        return calls.read(calls.post("/session" + in(workspace), body), Conversations::session);
    }

    @Override
    public OpenCodeSession rename(String id, String title) {
        ObjectNode body = Wire.MAPPER.createObjectNode().put("title", title);
        return calls.read(calls.patch(sessionPath(id), body), Conversations::session);
    }

    @Override
    public void delete(String id) {
        calls.delete(sessionPath(id));
    }

    @Override
    public Page messages(String sessionId, int limit, @Nullable String before) {
        if (before != null && !CURSOR.matcher(before).matches()) {
            throw Ids.unknownCursor();
        }
        String query = "?limit=" + limit + (before == null ? "" : "&before=" + OpenCodeHttp.encode(before));
        OpenCodeHttp.Answer answer;
        try {
            answer = calls.getWithHeaders(sessionPath(sessionId) + "/message" + query);
        } catch (OpenCodeCalls.AnswerTooLarge e) {
            if (limit <= 1) {
                throw e.failure();
            }
            // A page full of attachments: a shorter one says the same, and leads on to the next.
            return messages(sessionId, limit / 2, before);
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode node : calls.array(answer)) {
            calls.tolerant(node, this::withParts).ifPresent(messages::add);
        }
        return new Page(messages, answer.cursor());
    }

    @Override
    public Message message(String sessionId, String messageId) {
        return calls.read(calls.get(messagePath(sessionId, messageId)), this::withParts);
    }

    @Override
    public Attachment attachment(String sessionId, String messageId, String partId) {
        return attachments.fetch(messagePath(sessionId, messageId), partId);
    }

    @Override
    public String newMessageId() {
        return ids.nextMessage();
    }

    @Override
    public void prompt(String sessionId, String messageId, Outgoing prompt) {
        prompts.send(sessionId, messageId, prompt);
    }

    @Override
    public void abort(String sessionId) {
        calls.post(sessionPath(sessionId) + "/abort", null);
    }

    @Override
    public List<Todo> todos(String sessionId) {
        return calls.read(calls.get(sessionPath(sessionId) + "/todo"), Conversations::todos);
    }

    @Override
    public OpenCodeSession fork(String sessionId, @Nullable String messageId) {
        ObjectNode body = Wire.MAPPER.createObjectNode();
        if (messageId != null) {
            // OpenCode would copy what is older than that id, whether there is such a message or not.
            calls.get(messagePath(sessionId, messageId));
            body.put("messageID", messageId);
        }
        return calls.read(calls.post(sessionPath(sessionId) + "/fork", body), Conversations::session);
    }

    @Override
    public OpenCodeSession revert(String sessionId, String messageId) {
        // OpenCode does nothing for a message that is not there, and says that all is well.
        calls.get(messagePath(sessionId, messageId));
        ObjectNode body = Wire.MAPPER.createObjectNode().put("messageID", messageId);
        return calls.read(calls.post(sessionPath(sessionId) + "/revert", body), Conversations::session);
    }

    @Override
    public OpenCodeSession unrevert(String sessionId) {
        return calls.read(calls.post(sessionPath(sessionId) + "/unrevert", null), Conversations::session);
    }

    @Override
    public List<FileChange> changes(String sessionId, String messageId) {
        String query = "?messageID=" + Ids.message(messageId);
        String path = Wire.text(stored(sessionId), "path", "");
        return FileChanges.changes(calls.get(sessionPath(sessionId) + "/diff" + query), path);
    }

    @Override
    public Map<String, SessionStatus> statuses() {
        Map<String, SessionStatus> statuses = new LinkedHashMap<>();
        for (JsonNode answer : calls.each(workspaces(), workspace -> "/session/status" + in(workspace))) {
            answer.properties().forEach(entry -> statuses.put(entry.getKey(), Conversations.status(entry.getValue())));
        }
        return statuses;
    }

    @Override
    public List<Request> requests() {
        Instant now = clock.instant();
        List<Request> requests = new ArrayList<>();
        inEachWorkspace("/permission", "", node -> Conversations.permission(node, now), requests::add);
        inEachWorkspace("/question", "", node -> Conversations.question(node, now), requests::add);
        return requests;
    }

    @Override
    public void replyPermission(Request request, String reply, @Nullable String message) {
        if (!REPLIES.contains(reply)) {
            throw NexusException.invalid("reply", "once, always or reject");
        }
        ObjectNode body = Wire.MAPPER.createObjectNode().put("reply", reply);
        if (message != null && !message.isBlank()) {
            body.put("message", message);
        }
        calls.post("/permission/" + Ids.request(request.id()) + "/reply" + inDirectoryOf(request), body);
    }

    @Override
    public void replyQuestion(Request request, @Nullable List<List<String>> answers) {
        String path = "/question/" + Ids.request(request.id());
        if (answers == null) {
            calls.post(path + "/reject" + inDirectoryOf(request), null);
            return;
        }
        ObjectNode body = Wire.MAPPER.createObjectNode();
        ArrayNode all = body.putArray("answers");
        answers.forEach(answer -> answer.forEach(all.addArray()::add));
        calls.post(path + "/reply" + inDirectoryOf(request), body);
    }

    @Override
    public List<Model> models() {
        return models.in(workspaces().get(0), offer).all();
    }

    @Override
    public List<Agent> agents(String workspace) {
        return choices.agents(workspace, models.in(workspace, offer).defaultAgent());
    }

    @Override
    public List<Command> commands(String workspace) {
        return choices.commands(workspace);
    }

    @Override
    public List<String> files(String workspace, String query, int limit) {
        return choices.files(workspace, query, limit);
    }

    private <T> void inEachWorkspace(String path, String query, Function<JsonNode, T> mapping, Consumer<T> found) {
        for (JsonNode answer : calls.each(workspaces(), workspace -> path + in(workspace) + query)) {
            answer.forEach(node -> calls.tolerant(node, mapping).ifPresent(found));
        }
    }

    private Message withParts(JsonNode node) {
        return Conversations.stored(node, workspaces());
    }

    private JsonNode stored(String sessionId) {
        return calls.get(sessionPath(sessionId));
    }

    private String inDirectoryOf(Request request) {
        return in(session(request.sessionId()).workspace());
    }

    private static String sessionPath(String id) {
        return "/session/" + Ids.session(id);
    }

    private static String messagePath(String sessionId, String messageId) {
        return sessionPath(sessionId) + "/message/" + Ids.message(messageId);
    }

    private static String in(String directory) {
        return "?directory=" + OpenCodeHttp.encode(directory);
    }
}
