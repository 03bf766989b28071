package opencode.nexus.web.chat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Command;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Queue;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.chat.Upload;
import org.jspecify.annotations.Nullable;

/** Writes down how it was called and answers with examples. Knows only {@code ses_1}. */
final class RecordingChat implements ChatService {
    static final Instant AT = Instant.parse("2026-01-01T00:00:00.123Z");

    static final FileChange CHANGE = new FileChange("a.txt", "@@ -1 +1 @@\n", 1, 1, "modified");

    final List<String> calls = new ArrayList<>();

    @Nullable
    Prompt prompt;

    private boolean more;

    int sessions = 1;

    /** From now on there are older messages. */
    void hasMore() {
        more = true;
    }

    @Override
    public List<Session> sessions(@Nullable Boolean active, @Nullable String query) {
        calls.add("sessions " + active + " " + query);
        if (sessions == 1) {
            return List.of(example("ses_1"));
        }
        return IntStream.range(0, sessions)
                .mapToObj(number -> example(String.format("ses_%03d", number)))
                .toList();
    }

    @Override
    public Session session(String id) {
        calls.add("session " + id);
        return example(id);
    }

    @Override
    public Session create(NewSession wanted) {
        calls.add("create " + wanted.title() + " " + wanted.workspace() + " " + wanted.model() + " " + wanted.agent());
        return example("ses_1");
    }

    @Override
    public Session update(String id, SessionChange change) {
        calls.add("update " + id + " " + change.title() + " " + change.active() + " " + change.model() + " "
                + change.agent() + " " + change.number());
        return example(id);
    }

    @Override
    public void delete(String id) {
        calls.add("delete " + id);
        example(id);
    }

    @Override
    public MessagePage messages(String id, int limit, @Nullable String before) {
        calls.add("messages " + id + " " + limit + " " + before);
        Part text = new Part.Text("prt_1", "a1", "text", "Hel", AT, null, null);
        Part tool = new Part.Tool(
                "prt_2",
                "prt_2",
                "tool",
                "bash",
                "call_1",
                "running",
                "List",
                Map.of("command", "ls"),
                "a\n",
                null,
                null,
                null,
                null,
                AT,
                null);
        Message message = new Message(
                "msg_1",
                id,
                Message.Role.ASSISTANT,
                AT,
                null,
                Message.State.RUNNING,
                null,
                "mock/mock",
                "build",
                "msg_0",
                null,
                null,
                List.of(text, tool));
        return new MessagePage(List.of(message), more ? "older" : null, "5c-42");
    }

    @Override
    public String send(String id, Prompt sent) {
        calls.add("send " + id);
        prompt = sent;
        return "msg_9";
    }

    @Override
    public void abort(String id) {
        calls.add("abort " + id);
        example(id);
    }

    @Override
    public Upload upload(String name, String mime, InputStream content) throws IOException {
        byte[] bytes = content.readAllBytes();
        calls.add("upload " + name + " " + mime + " "
                + (bytes.length > 100_000 ? "much" : new String(bytes, StandardCharsets.UTF_8)));
        if (name.equals("wrong")) {
            throw NexusException.invalid("data", "is not what it says");
        }
        return new Upload("0123456789abcdef0123456789abcdef", name, mime, bytes.length);
    }

    @Override
    public void discard(String uploadId) {
        calls.add("discard " + uploadId);
    }

    @Override
    public Queue queue(String id) {
        calls.add("queue " + id);
        return new Queue(id, true, List.of(waiting("msg_9")));
    }

    @Override
    public Queue.Waiting takeBack(String id, String messageId) {
        calls.add("takeBack " + id + " " + messageId);
        return waiting(messageId);
    }

    @Override
    public void resume(String id) {
        calls.add("resume " + id);
    }

    @Override
    public Session fork(String id, @Nullable String messageId) {
        calls.add("fork " + id + " " + messageId);
        return example(id);
    }

    @Override
    public Revert revertPreview(String id, String messageId) {
        calls.add("preview " + id + " " + messageId);
        return new Revert(messageId, List.of(CHANGE));
    }

    @Override
    public Session revert(String id, String messageId) {
        calls.add("revert " + id + " " + messageId);
        return example(id);
    }

    @Override
    public Session unrevert(String id) {
        calls.add("unrevert " + id);
        return example(id);
    }

    @Override
    public List<FileChange> changes(String id, @Nullable String messageId) {
        calls.add("changes " + id + " " + messageId);
        return List.of(CHANGE);
    }

    @Override
    public void export(String id, String format, OutputStream out) throws IOException {
        calls.add("export " + id + " " + format);
        example(id);
        if (!format.equals("json") && !format.equals("markdown")) {
            throw NexusException.invalid("format", "must be markdown or json");
        }
        out.write("all of it".getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Picture picture(String id, String messageId, String partId) {
        calls.add("picture " + id + " " + messageId + " " + partId);
        return new Picture("Bild \"ä\".png", "image/png", new byte[] {1, 2, 3});
    }

    @Override
    public List<Agent> agents(@Nullable String workspace) {
        calls.add("agents " + workspace);
        return List.of(new Agent("build", null, "primary", true));
    }

    @Override
    public List<Command> commands(@Nullable String workspace) {
        calls.add("commands " + workspace);
        return List.of(new Command("init", "Begins", true));
    }

    @Override
    public List<String> files(@Nullable String workspace, String query, int limit) {
        calls.add("files " + workspace + " " + query + " " + limit);
        return List.of("src/a.ts", "src/");
    }

    private static Queue.Waiting waiting(String messageId) {
        return new Queue.Waiting(
                messageId,
                AT,
                "Next",
                List.of(new Prompt.Attachment("a.png", "image/png", null, null)),
                null,
                null,
                null,
                "c-1",
                null);
    }

    @Override
    public List<Todo> todos(String id) {
        calls.add("todos " + id);
        return List.of(new Todo("Test", "in_progress", "high"));
    }

    @Override
    public List<Request> requests() {
        calls.add("requests");
        return List.of(new Request(
                "per_1",
                "ses_1",
                "ses_1",
                "permission",
                AT,
                "bash",
                List.of("ls"),
                null,
                null,
                "msg_1",
                "call_1",
                null));
    }

    @Override
    public void replyPermission(String requestId, String reply, @Nullable String message) {
        calls.add("permission " + requestId + " " + reply + " " + message);
    }

    @Override
    public void replyQuestion(String requestId, @Nullable List<List<String>> answers) {
        calls.add("question " + requestId + " " + answers);
    }

    @Override
    public List<Model> models() {
        return List.of(new Model("mock/mock", "Mock", "Scripted", true, false, List.of("text")));
    }

    @Override
    public List<String> workspaces() {
        return List.of("/home/dev/demo");
    }

    @Override
    public Preferences preferences() {
        return new Preferences("Go on.\nFrom where you stopped.");
    }

    private Session example(String id) {
        if (!id.equals("ses_1") && (sessions == 1 || !id.matches("ses_[0-9]{3}"))) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "unknown-session", "There is no such session.");
        }
        return new Session(
                id,
                "One",
                "/home/dev/demo",
                Session.Status.BUSY,
                true,
                AT,
                AT,
                null,
                0.5,
                12L,
                null,
                null,
                3,
                "mock/mock",
                "build",
                null,
                null,
                null);
    }
}
