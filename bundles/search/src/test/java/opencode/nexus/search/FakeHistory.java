package opencode.nexus.search;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;

/** An OpenCode that remembers, and notes which messages it was asked for. It tells no events by itself. */
final class FakeHistory implements OpenCodeClient {
    private final Map<String, OpenCodeSession> sessions = new TreeMap<>();
    private final Map<String, TreeMap<String, Message>> messages = new HashMap<>();
    final Map<String, SessionStatus> statuses = new HashMap<>();
    /** {@code page <session>} and {@code message <id>}. */
    final List<String> calls = new ArrayList<>();

    @Nullable
    NexusException failure;

    private long now = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private int last;

    OpenCodeSession session(String id, @Nullable Revert revert) {
        now += 1_000;
        Instant at = Instant.ofEpochMilli(now);
        OpenCodeSession session =
                new OpenCodeSession(id, "Title", "/home/dev/demo", at, at, null, null, null, null, null, revert);
        sessions.put(id, session);
        messages.computeIfAbsent(id, added -> new TreeMap<>());
        return session;
    }

    /** A finished message of the owner. */
    Message say(String sessionId, String text) {
        return add(sessionId, Message.Role.USER, Message.State.COMPLETE, List.of(text(text)));
    }

    /** A finished answer. */
    Message answer(String sessionId, Part... parts) {
        return add(sessionId, Message.Role.ASSISTANT, Message.State.COMPLETE, List.of(parts));
    }

    Message add(String sessionId, Message.Role role, Message.State state, List<Part> parts) {
        session(sessionId, null);
        String id = String.format("msg_%08d", ++last);
        Instant at = Instant.ofEpochMilli(now);
        Message message = new Message(id, sessionId, role, at, at, state, null, null, null, null, null, null, parts);
        messages.get(sessionId).put(id, message);
        return message;
    }

    void replace(Message message) {
        messages.get(message.sessionId()).put(message.id(), message);
    }

    void remove(Message message) {
        messages.get(message.sessionId()).remove(message.id());
    }

    static Part.Text text(String text) {
        return new Part.Text("prt", "prt", "text", text, null, Instant.EPOCH, null);
    }

    static Part.Tool tool(String name, Map<String, Object> input, @Nullable String output) {
        return new Part.Tool(
                "prt",
                "prt",
                "tool",
                name,
                "call",
                "completed",
                null,
                input,
                output,
                null,
                null,
                null,
                null,
                null,
                Instant.EPOCH);
    }

    // ---- what is asked ----

    @Override
    public List<OpenCodeSession> sessions() {
        ready();
        return sessions.values().stream()
                .sorted(Comparator.comparing(OpenCodeSession::updatedAt).reversed())
                .toList();
    }

    @Override
    public OpenCodeSession session(String id) {
        ready();
        known(id);
        return sessions.get(id);
    }

    @Override
    public void delete(String id) {
        sessions.remove(id);
        messages.remove(id);
    }

    @Override
    public Page messages(String sessionId, int limit, @Nullable String before) {
        ready();
        calls.add("page " + sessionId);
        Collection<Message> older = before == null
                ? known(sessionId).values()
                : known(sessionId).headMap(before).values();
        List<Message> all = List.copyOf(older);
        List<Message> page = all.subList(Math.max(0, all.size() - limit), all.size());
        return new Page(page, page.size() == all.size() ? null : page.get(0).id());
    }

    @Override
    public Message message(String sessionId, String messageId) {
        ready();
        calls.add("message " + messageId);
        Message message = known(sessionId).get(messageId);
        if (message == null) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-message", "There is no such message.");
        }
        return message;
    }

    @Override
    public Map<String, SessionStatus> statuses() {
        ready();
        return Map.copyOf(statuses);
    }

    private TreeMap<String, Message> known(String sessionId) {
        if (!sessions.containsKey(sessionId)) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
        }
        return messages.get(sessionId);
    }

    private void ready() {
        if (failure != null) {
            throw failure;
        }
    }

    // ---- what a search has no use for ----

    @Override
    public List<String> workspaces() {
        throw new UnsupportedOperationException();
    }

    @Override
    public OpenCodeSession create(
            String workspace, @Nullable String title, @Nullable String model, @Nullable String agent) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OpenCodeSession rename(String id, String title) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Attachment attachment(String sessionId, String messageId, String partId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String newMessageId() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void prompt(String sessionId, String messageId, Outgoing prompt) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void abort(String sessionId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Todo> todos(String sessionId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OpenCodeSession fork(String sessionId, @Nullable String messageId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OpenCodeSession revert(String sessionId, String messageId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public OpenCodeSession unrevert(String sessionId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<FileChange> changes(String sessionId, String messageId) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Request> requests() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void replyPermission(Request request, String reply, @Nullable String message) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void replyQuestion(Request request, @Nullable List<List<String>> answers) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Model> models() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Agent> agents(String workspace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Command> commands(String workspace) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> files(String workspace, String query, int limit) {
        throw new UnsupportedOperationException();
    }
}
