package opencode.nexus.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
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
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.Outgoing;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;

/**
 * An OpenCode in memory. It keeps what OpenCode keeps, and like it stores the text of a part only when that ends.
 *
 * <p>What happens in it becomes events that wait until the test hands them out with {@link #deliver} or
 * {@link #deliverOne}: what a call answers may so be ahead of what the listeners know, as in life.
 */
public final class FakeOpenCodeClient implements OpenCodeClient {
    public static final String WORKSPACE = "/home/dev/demo";

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** One message as it was sent. */
    public record Sent(String sessionId, String messageId, Outgoing prompt) {}

    private final Map<String, OpenCodeSession> sessions = new LinkedHashMap<>();
    /** What {@link #attachment} gives, by the id of the part. */
    public final Map<String, Attachment> attachments = new ConcurrentHashMap<>();

    private final Map<String, Message> messages = new LinkedHashMap<>();
    private final Map<String, SessionStatus> statuses = new LinkedHashMap<>();
    private final Map<String, Request> requests = new LinkedHashMap<>();
    private final Map<String, StringBuilder> growing = new LinkedHashMap<>();
    private final Map<String, StringBuilder> written = new LinkedHashMap<>();
    private final Map<String, List<Todo>> todos = new LinkedHashMap<>();
    private final Queue<OpenCodeEvent> waiting = new ArrayDeque<>();
    private final List<OpenCodeListener> listeners = new ArrayList<>();
    private final List<Sent> prompts = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final Map<String, List<FileChange>> changes = new LinkedHashMap<>();
    private List<String> workspaces = List.of(WORKSPACE, "/home/dev/other");
    private List<String> files = List.of("README.md", "src/", "src/Main.java");
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private int lastId;
    private boolean running = true;
    private boolean abortHangs;
    private @Nullable String refusal;
    private @Nullable NexusException nextFailure;
    private Runnable afterPrompt = () -> {};
    private Runnable aroundMessages = () -> {};

    // ---- the listeners ----

    /** Adds listeners; they are called in this order. */
    public synchronized void listen(OpenCodeListener... added) {
        listeners.addAll(List.of(added));
    }

    /** OpenCode runs and its stream of events opens. Events that waited from before are lost. */
    public void connect() {
        List<OpenCodeListener> told;
        synchronized (this) {
            running = true;
            waiting.clear();
            told = List.copyOf(listeners);
        }
        told.forEach(OpenCodeListener::onConnected);
    }

    /** The stream of events ends; when the server is lost, what it did is cut off and every call fails. */
    public void disconnect(boolean serverLost) {
        List<OpenCodeListener> told;
        synchronized (this) {
            waiting.clear();
            if (serverLost) {
                running = false;
                statuses.clear();
                requests.clear();
                growing.clear();
            }
            told = List.copyOf(listeners);
        }
        told.forEach(listener -> listener.onDisconnected(serverLost));
    }

    /** Hands out every event that waits. */
    public void deliver() {
        while (deliverOne()) {
            // until nothing waits
        }
    }

    /** Hands out the event that waits longest; false when none does. */
    public boolean deliverOne() {
        OpenCodeEvent event;
        List<OpenCodeListener> told;
        synchronized (this) {
            event = waiting.poll();
            told = List.copyOf(listeners);
        }
        if (event == null) {
            return false;
        }
        told.forEach(listener -> listener.onEvent(event));
        return true;
    }

    /** Adds any event to those that wait. */
    public synchronized void tell(OpenCodeEvent event) {
        waiting.add(event);
    }

    // ---- what happens in OpenCode ----

    public synchronized OpenCodeSession addSession(String id, String title) {
        return addSession(id, title, null);
    }

    public synchronized OpenCodeSession addSession(String id, String title, @Nullable String parentId) {
        Instant created = tick();
        OpenCodeSession session = new OpenCodeSession(
                id, title, workspaces.get(0), created, created, parentId, 0.0, 0L, null, null, null);
        return put(session);
    }

    /** Stores a message, with its parts or with none, and tells of it. */
    public synchronized Message addMessage(Message message) {
        List<Part> parts = message.parts() == null ? List.of() : message.parts();
        messages.put(message.id(), message.with(parts));
        tell(new OpenCodeEvent.MessageChanged(message.with(null)));
        parts.forEach(part -> tell(new OpenCodeEvent.PartChanged(message.sessionId(), message.id(), part)));
        return message;
    }

    public synchronized Message addUserMessage(String sessionId, String text) {
        String id = newMessageId();
        String part = newId("prt_");
        return addMessage(message(sessionId, id, Message.Role.USER, Message.State.COMPLETE)
                .with(List.of(new Part.Text(part, part, "text", text, null, null, null))));
    }

    /** An answer begins: the session is busy, the message runs. */
    public synchronized String beginAnswer(String sessionId) {
        status(sessionId, SessionStatus.BUSY);
        return addMessage(message(sessionId, newMessageId(), Message.Role.ASSISTANT, Message.State.RUNNING))
                .id();
    }

    /** A text begins; {@code type} is {@code text} or {@code reasoning}. Its id. */
    public synchronized String beginText(String messageId, String type) {
        String id = newId("prt_");
        StringBuilder text = new StringBuilder();
        growing.put(id, text);
        written.put(id, text);
        putPart(messageId, new Part.Text(id, id, type, "", tick(), null, null));
        return id;
    }

    /** A text grows. Nothing of it is stored. */
    public synchronized void addText(String partId, String piece) {
        growing.get(partId).append(piece);
        Message message = messageOf(partId);
        tell(new OpenCodeEvent.TextAdded(message.sessionId(), message.id(), partId, piece));
    }

    /** A text ends and is stored. */
    public synchronized void endText(String partId) {
        Message message = messageOf(partId);
        Part.Text part = (Part.Text) part(message, partId);
        String text = growing.remove(partId).toString();
        putPart(
                message.id(),
                new Part.Text(partId, partId, part.type(), text, part.startedAt(), tick(), part.hidden()));
    }

    /** Stores a part in its newest state and tells of it. */
    public synchronized void putPart(String messageId, Part part) {
        Message message = messages.get(messageId);
        List<Part> parts = new ArrayList<>(message.parts());
        parts.removeIf(old -> old.id().equals(part.id()));
        parts.add(part);
        parts.sort(Comparator.comparing(Part::id));
        messages.put(messageId, message.with(parts));
        tell(new OpenCodeEvent.PartChanged(message.sessionId(), messageId, part));
    }

    /** A message changes its state; all but a running one are completed. */
    public synchronized void endMessage(String messageId, Message.State state, @Nullable String error) {
        Message old = messages.get(messageId);
        Message next = new Message(
                old.id(),
                old.sessionId(),
                old.role(),
                old.createdAt(),
                tick(),
                state,
                error,
                old.model(),
                old.agent(),
                old.parentId(),
                old.cost(),
                old.tokens(),
                old.parts());
        messages.put(messageId, next);
        tell(new OpenCodeEvent.MessageChanged(next.with(null)));
    }

    /** An answer comes and ends. Its id. */
    public synchronized String answer(String sessionId) {
        String id = beginAnswer(sessionId);
        endAnswer(id);
        return id;
    }

    /** The answer is complete and the session idle. */
    public synchronized void endAnswer(String messageId) {
        endMessage(messageId, Message.State.COMPLETE, null);
        status(messages.get(messageId).sessionId(), SessionStatus.IDLE);
    }

    public synchronized void status(String sessionId, SessionStatus status) {
        if (status.type() == SessionStatus.Type.IDLE) {
            statuses.remove(sessionId);
        } else {
            statuses.put(sessionId, status);
        }
        tell(new OpenCodeEvent.StatusChanged(sessionId, status));
    }

    /** Asks for a permission to run a command. */
    public synchronized Request askPermission(String sessionId, @Nullable String messageId) {
        String id = newId("per_");
        List<String> patterns = List.of("ls -la");
        return ask(new Request(
                id,
                sessionId,
                sessionId,
                "permission",
                tick(),
                "bash",
                patterns,
                List.of("ls *"),
                Map.of("command", "ls -la"),
                messageId,
                null,
                null));
    }

    public synchronized Request askQuestion(String sessionId, Request.Question... questions) {
        String id = newId("que_");
        return ask(new Request(
                id, sessionId, sessionId, "question", tick(), null, null, null, null, null, null, List.of(questions)));
    }

    public synchronized Request ask(Request request) {
        requests.put(request.id(), request);
        tell(new OpenCodeEvent.RequestAsked(request));
        return request;
    }

    public synchronized void setTodos(String sessionId, List<Todo> list) {
        todos.put(sessionId, List.copyOf(list));
        tell(new OpenCodeEvent.TodosChanged(sessionId, list));
    }

    /** What the answer to a message of the owner changed in files. */
    public synchronized void setChanges(String messageId, FileChange... changed) {
        changes.put(messageId, List.of(changed));
    }

    /** The directories that can be worked in, the default first. */
    public synchronized void setWorkspaces(String... directories) {
        workspaces = List.of(directories);
    }

    /** Forgets a session without telling, as when another program deleted it while nobody listened. */
    public synchronized void loseSession(String id) {
        sessions.remove(id);
    }

    // ---- what a test sets and looks at ----

    /** The next call that needs OpenCode fails so, once. */
    public synchronized void failNext(NexusException failure) {
        nextFailure = failure;
    }

    /** The next message is taken, but not kept. */
    public synchronized void refuseNext(String reason) {
        refusal = reason;
    }

    /** From now on an abort has no effect. */
    public synchronized void ignoreAborts() {
        abortHangs = true;
    }

    /** Runs on the caller's thread in each prompt, after OpenCode took it; what it throws, the caller gets. */
    public synchronized void afterPrompt(Runnable action) {
        afterPrompt = action;
    }

    /** Runs on the caller's thread in each call for messages, before they are looked up and after. */
    public synchronized void aroundMessages(Runnable action) {
        aroundMessages = action;
    }

    /** What the model has written of a text so far, stored or not. */
    public synchronized String written(String partId) {
        return written.getOrDefault(partId, new StringBuilder()).toString();
    }

    public synchronized List<Sent> prompts() {
        return List.copyOf(prompts);
    }

    /** Calls that change something, in order: {@code abort ses_1}, {@code delete ses_1}, … */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** Waits until a call was made, as named by {@link #calls}; fails after 20 seconds. */
    public synchronized void awaitCall(String call) {
        await(() -> calls.contains(call), "no " + call);
    }

    /** Waits until so many messages were sent in all, and answers with the last of them; fails after 20 seconds. */
    public synchronized Sent awaitPrompt(int count) {
        await(() -> prompts.size() >= count, "fewer than " + count + " messages");
        return prompts.get(count - 1);
    }

    private void await(BooleanSupplier done, String missing) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!done.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(missing + " among " + calls + " and " + prompts);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting", e);
            }
        }
    }

    public synchronized Message message(String id) {
        return messages.get(id);
    }

    // ---- the client ----

    @Override
    public synchronized List<String> workspaces() {
        return workspaces;
    }

    @Override
    public synchronized List<OpenCodeSession> sessions() {
        ready();
        return sessions.values().stream()
                .sorted(Comparator.comparing(OpenCodeSession::updatedAt).reversed())
                .toList();
    }

    @Override
    public synchronized OpenCodeSession session(String id) {
        ready();
        return known(id);
    }

    @Override
    public synchronized OpenCodeSession create(
            String workspace, @Nullable String title, @Nullable String model, @Nullable String agent) {
        ready();
        String id = newId("ses_");
        Instant created = tick();
        calls.add("create " + id);
        String given = title == null ? "New session" : title;
        return put(new OpenCodeSession(id, given, workspace, created, created, null, 0.0, 0L, model, agent, null));
    }

    @Override
    public synchronized OpenCodeSession rename(String id, String title) {
        ready();
        OpenCodeSession old = known(id);
        calls.add("rename " + id);
        return put(new OpenCodeSession(
                id,
                title,
                old.workspace(),
                old.createdAt(),
                old.updatedAt(),
                old.parentId(),
                old.cost(),
                old.tokens(),
                old.model(),
                old.agent(),
                old.revert()));
    }

    @Override
    public synchronized void delete(String id) {
        ready();
        known(id);
        calls.add("delete " + id);
        sessions.remove(id);
        messages.values().removeIf(message -> message.sessionId().equals(id));
        statuses.remove(id);
        tell(new OpenCodeEvent.SessionRemoved(id));
    }

    @Override
    public Page messages(String sessionId, int limit, @Nullable String before) {
        aroundMessages.run();
        Page page = stored(sessionId, limit, before);
        aroundMessages.run();
        return page;
    }

    private synchronized Page stored(String sessionId, int limit, @Nullable String before) {
        ready();
        known(sessionId);
        List<Message> all = of(sessionId);
        int end = before == null ? all.size() : Integer.parseInt(before);
        int start = Math.max(0, end - limit);
        return new Page(all.subList(start, end), start == 0 ? null : Integer.toString(start));
    }

    @Override
    public Attachment attachment(String sessionId, String messageId, String partId) {
        Attachment attachment = attachments.get(partId);
        if (attachment == null) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-attachment", "There is no such file in this message.");
        }
        return attachment;
    }

    @Override
    public synchronized String newMessageId() {
        return newId("msg_");
    }

    @Override
    public void prompt(String sessionId, String messageId, Outgoing prompt) {
        Runnable then;
        synchronized (this) {
            then = afterPrompt;
            ready();
            known(sessionId);
            prompts.add(new Sent(sessionId, messageId, prompt));
            notifyAll();
            if (refusal != null) {
                // As OpenCode does it: taken at first, and then told twice why not.
                tell(new OpenCodeEvent.SessionFailed(sessionId, refusal, false));
                tell(new OpenCodeEvent.SessionFailed(sessionId, "Error: " + refusal + "\n    at run", false));
                refusal = null;
                return;
            }
            String part = newId("prt_");
            addMessage(message(sessionId, messageId, Message.Role.USER, Message.State.COMPLETE)
                    .with(List.of(new Part.Text(part, part, "text", prompt.text(), null, null, null))));
        }
        then.run();
    }

    @Override
    public synchronized void abort(String sessionId) {
        ready();
        calls.add("abort " + sessionId);
        notifyAll();
        if (abortHangs) {
            return;
        }
        boolean busy = statuses.containsKey(sessionId);
        if (busy) {
            tell(new OpenCodeEvent.SessionFailed(sessionId, "Aborted", true));
        }
        status(sessionId, SessionStatus.IDLE);
        List<Message> cut = messages.values().stream()
                .filter(message -> message.sessionId().equals(sessionId))
                .filter(message -> message.state() == Message.State.RUNNING)
                .toList();
        for (Message message : cut) {
            message.parts().stream()
                    .map(Part::id)
                    .filter(growing::containsKey)
                    .toList()
                    .forEach(this::endText);
            endMessage(message.id(), Message.State.ABORTED, null);
        }
        if (busy) {
            tell(new OpenCodeEvent.StatusChanged(sessionId, SessionStatus.IDLE));
        }
    }

    @Override
    public synchronized List<Todo> todos(String sessionId) {
        ready();
        known(sessionId);
        return todos.getOrDefault(sessionId, List.of());
    }

    @Override
    public synchronized Message message(String sessionId, String messageId) {
        ready();
        known(sessionId);
        return stored(sessionId, messageId);
    }

    @Override
    public synchronized OpenCodeSession fork(String sessionId, @Nullable String messageId) {
        ready();
        OpenCodeSession old = known(sessionId);
        List<Message> copied = of(sessionId).stream()
                .filter(message -> messageId == null || message.id().compareTo(messageId) < 0)
                .toList();
        String id = newId("ses_");
        Instant created = tick();
        calls.add("fork " + sessionId + " " + messageId);
        OpenCodeSession fork = put(new OpenCodeSession(
                id,
                old.title() + " (fork #1)",
                old.workspace(),
                created,
                created,
                null,
                0.0,
                0L,
                old.model(),
                old.agent(),
                null));
        for (Message message : copied) {
            addMessage(
                    message(id, newMessageId(), message.role(), message.state()).with(message.parts()));
        }
        return fork;
    }

    /** Like OpenCode it takes any id, and does nothing when there is no such message. */
    @Override
    public synchronized OpenCodeSession revert(String sessionId, String messageId) {
        ready();
        OpenCodeSession old = known(sessionId);
        notBusy(sessionId);
        calls.add("revert " + sessionId + " " + messageId);
        if (of(sessionId).stream().noneMatch(message -> message.id().equals(messageId))) {
            return old;
        }
        List<FileChange> back = of(sessionId).stream()
                .filter(message -> message.id().compareTo(messageId) >= 0)
                .flatMap(message -> changes.getOrDefault(message.id(), List.of()).stream())
                .toList();
        return put(reverted(old, new Revert(messageId, back)));
    }

    @Override
    public synchronized OpenCodeSession unrevert(String sessionId) {
        ready();
        OpenCodeSession old = known(sessionId);
        notBusy(sessionId);
        calls.add("unrevert " + sessionId);
        return put(reverted(old, null));
    }

    @Override
    public synchronized List<FileChange> changes(String sessionId, String messageId) {
        ready();
        known(sessionId);
        return changes.getOrDefault(messageId, List.of());
    }

    @Override
    public synchronized List<Agent> agents(String workspace) {
        ready();
        return List.of(
                new Agent("build", "The usual way", "primary", true),
                new Agent("plan", "Reads only", "primary", false),
                new Agent("general", "For parts of a task", "subagent", false));
    }

    @Override
    public synchronized List<Command> commands(String workspace) {
        ready();
        return List.of(new Command("init", "Writes AGENTS.md", true), new Command("review", null, true));
    }

    @Override
    public synchronized List<String> files(String workspace, String query, int limit) {
        ready();
        return files.stream().filter(file -> file.contains(query)).limit(limit).toList();
    }

    @Override
    public synchronized Map<String, SessionStatus> statuses() {
        ready();
        return Map.copyOf(statuses);
    }

    @Override
    public synchronized List<Request> requests() {
        ready();
        return List.copyOf(requests.values());
    }

    @Override
    public synchronized void replyPermission(Request request, String reply, @Nullable String message) {
        settle(request, reply);
    }

    @Override
    public synchronized void replyQuestion(Request request, @Nullable List<List<String>> answers) {
        settle(request, answers == null ? "reject" : answers.toString());
    }

    @Override
    public synchronized List<Model> models() {
        ready();
        return List.of(
                new Model("mock/mock", "Mock", "Scripted", true, false, List.of("text", "image")),
                new Model("mock/small", "Mock Small", "Scripted", false, false, List.of("text")));
    }

    // ---- inside ----

    private void settle(Request request, String reply) {
        ready();
        if (requests.remove(request.id()) == null) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-request", "This request is settled already.");
        }
        calls.add("reply " + request.id() + " " + reply);
        tell(new OpenCodeEvent.RequestSettled(request.sessionId(), request.id()));
    }

    private void ready() {
        NexusException failure = nextFailure;
        nextFailure = null;
        if (failure != null) {
            throw failure;
        }
        if (!running) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE, "server-not-running", "OpenCode is not running. Start it.");
        }
    }

    private OpenCodeSession known(String id) {
        OpenCodeSession session = sessions.get(id);
        if (session == null) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
        }
        return session;
    }

    private List<Message> of(String sessionId) {
        return messages.values().stream()
                .filter(message -> message.sessionId().equals(sessionId))
                .toList();
    }

    private Message stored(String sessionId, String messageId) {
        Message message = messages.get(messageId);
        if (message == null || !message.sessionId().equals(sessionId)) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-message", "There is no such message.");
        }
        return message;
    }

    private void notBusy(String sessionId) {
        if (statuses.containsKey(sessionId)) {
            throw new NexusException(NexusException.Kind.CONFLICT, "session-busy", "The session is busy.");
        }
    }

    private static OpenCodeSession reverted(OpenCodeSession old, @Nullable Revert revert) {
        return new OpenCodeSession(
                old.id(),
                old.title(),
                old.workspace(),
                old.createdAt(),
                old.updatedAt(),
                old.parentId(),
                old.cost(),
                old.tokens(),
                old.model(),
                old.agent(),
                revert);
    }

    private OpenCodeSession put(OpenCodeSession session) {
        sessions.put(session.id(), session);
        tell(new OpenCodeEvent.SessionChanged(session));
        return session;
    }

    private Message message(String sessionId, String id, Message.Role role, Message.State state) {
        Instant created = tick();
        Instant completed = state == Message.State.RUNNING ? null : created;
        return new Message(
                id, sessionId, role, created, completed, state, null, "mock/mock", "build", null, null, null, null);
    }

    private Message messageOf(String partId) {
        return messages.values().stream()
                .filter(message ->
                        message.parts().stream().anyMatch(part -> part.id().equals(partId)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no message has part " + partId));
    }

    private static Part part(Message message, String partId) {
        return message.parts().stream()
                .filter(part -> part.id().equals(partId))
                .findFirst()
                .orElseThrow();
    }

    /** Ids of one kind grow with time, as OpenCode's do. */
    private String newId(String prefix) {
        lastId++;
        return prefix + String.format("%06d", lastId);
    }

    private Instant tick() {
        now = now.plusSeconds(1);
        return now;
    }
}
