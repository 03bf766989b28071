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
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * OpenCode over its HTTP API.
 *
 * <p>A session that is answered by the offered model gets its title from the first words of the message, before the
 * message is sent. OpenCode would otherwise have it made by a model: the owner's {@code small_model} if there is one, which
 * may be hosted far away, although the owner uses the offered model because nothing else is set up.
 */
@Component(immediate = true)
public final class HttpOpenCode implements OpenCodeClient {
    private static final int ALL = 10_000;
    private static final int TITLE_LENGTH = 60;
    private static final Set<String> REPLIES = Set.of("once", "always", "reject");
    private static final Pattern CURSOR = Pattern.compile("[A-Za-z0-9+/=_-]{1,2048}");
    private static final Pattern MIME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+-]*/[A-Za-z0-9][A-Za-z0-9.+-]*");
    private static final Pattern UNTITLED = Pattern.compile("(New|Child) session - \\d{4}-\\d\\d-\\d\\dT.*");

    private final RunningOpenCode server;
    private final Clock clock;
    private final OpenCodeCalls calls;
    private final ModelCache models;
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
        ids = new Ids(clock);
    }

    @Deactivate
    void close() {
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
    public OpenCodeSession create(String workspace, @Nullable String title) {
        if (!workspaces().contains(workspace)) {
            throw NexusException.invalid("workspace", "choose one of " + String.join(", ", workspaces()));
        }
        ObjectNode body = Wire.MAPPER.createObjectNode();
        if (title != null) {
            body.put("title", title);
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
            calls.tolerant(node, Conversations::stored).ifPresent(messages::add);
        }
        return new Page(messages, answer.cursor());
    }

    @Override
    public String newMessageId() {
        return ids.nextMessage();
    }

    @Override
    public void prompt(String sessionId, String messageId, Prompt prompt) {
        if (!Ids.isSafe(messageId, "msg_")) {
            throw NexusException.invalid("messageId", "take one from newMessageId");
        }
        ObjectNode body = Wire.MAPPER.createObjectNode().put("messageID", messageId);
        ArrayNode parts = body.putArray("parts");
        if (!prompt.text().isEmpty()) {
            parts.addObject().put("type", "text").put("text", prompt.text());
        }
        prompt.attachments().forEach(attachment -> parts.add(file(attachment)));
        if (prompt.agent() != null) {
            body.put("agent", prompt.agent());
        }
        chooseModel(sessionId, prompt).ifPresent(model -> body.set("model", modelNode(model)));
        calls.post(sessionPath(sessionId) + "/prompt_async", body);
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

    /** The model to name with a prompt; nothing when OpenCode's own choice is right. */
    private Optional<String> chooseModel(String sessionId, Prompt prompt) {
        ModelOffer offered = offer;
        String wanted = prompt.model();
        boolean demo = wanted != null && offered != null && wanted.startsWith(offered.providerId() + "/");
        if (wanted != null && !demo) {
            return Optional.of(wanted);
        }
        JsonNode session = stored(sessionId);
        if (wanted == null) {
            Models choice =
                    models.in(Wire.text(session, "directory", workspaces().get(0)), offered);
            wanted = choice.forPrompt(Conversations.model(session.path("model")), prompt.agent())
                    .orElse(null);
            demo = wanted != null && choice.isOffered(wanted);
        }
        if (demo && UNTITLED.matcher(Wire.text(session, "title", "")).matches()) {
            rename(sessionId, title(prompt.text()));
        }
        return Optional.ofNullable(wanted);
    }

    private static String title(String text) {
        String words = text.strip().replaceAll("\\s+", " ");
        if (words.isEmpty()) {
            return "Attachment";
        }
        if (words.length() <= TITLE_LENGTH) {
            return words;
        }
        int space = words.lastIndexOf(' ', TITLE_LENGTH);
        int end = space > TITLE_LENGTH / 2 ? space : TITLE_LENGTH;
        return words.substring(0, Character.isHighSurrogate(words.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    private static ObjectNode file(Prompt.Attachment attachment) {
        if (!MIME.matcher(attachment.mime()).matches()) {
            throw NexusException.invalid("attachments", "mime has to be like image/png");
        }
        if (!isBase64(attachment.data())) {
            throw NexusException.invalid("attachments", "data has to be base64");
        }
        // Never another kind of URL: OpenCode reads every file:// without asking.
        return Wire.MAPPER
                .createObjectNode()
                .put("type", "file")
                .put("mime", attachment.mime())
                .put("filename", attachment.name())
                .put("url", "data:" + attachment.mime() + ";base64," + attachment.data());
    }

    private static boolean isBase64(String data) {
        return !data.isEmpty()
                && data.chars()
                        .allMatch(c -> c >= 'A' && c <= 'Z'
                                || c >= 'a' && c <= 'z'
                                || c >= '0' && c <= '9'
                                || c == '+'
                                || c == '/'
                                || c == '=');
    }

    private static ObjectNode modelNode(String model) {
        int slash = model.indexOf('/');
        if (slash < 1 || slash == model.length() - 1) {
            throw NexusException.invalid("model", "has to be like provider/model");
        }
        return Wire.MAPPER
                .createObjectNode()
                .put("providerID", model.substring(0, slash))
                .put("modelID", model.substring(slash + 1));
    }

    private <T> void inEachWorkspace(String path, String query, Function<JsonNode, T> mapping, Consumer<T> found) {
        for (JsonNode answer : calls.each(workspaces(), workspace -> path + in(workspace) + query)) {
            answer.forEach(node -> calls.tolerant(node, mapping).ifPresent(found));
        }
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

    private static String in(String directory) {
        return "?directory=" + OpenCodeHttp.encode(directory);
    }
}
