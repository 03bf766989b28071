package opencode.nexus.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.demo.protocol.ChatCompletions;
import opencode.nexus.demo.protocol.ChatRequest;
import opencode.nexus.demo.protocol.Reply;
import opencode.nexus.demo.protocol.Script;

/**
 * A language model that does what it is told. The person's last message chooses the script: one that the test set with
 * {@link #on}, else a directive at the beginning of a line, else a short greeting. Titles, and what follows a tool's
 * result, are answered at once.
 *
 * <table>
 * <caption>Directives</caption>
 * <tr><td>{@code words:200:5}</td><td>200 words, one each 5 ms; as {@link #words} makes them</td></tr>
 * <tr><td>{@code endless:50}</td><td>words without end, one each 50 ms</td></tr>
 * <tr><td>{@code think:20:5}</td><td>20 words of reasoning, then a short answer</td></tr>
 * <tr><td>{@code bash:sleep 30}</td><td>runs a command</td></tr>
 * <tr><td>{@code write:a.txt}</td><td>writes a file</td></tr>
 * <tr><td>{@code edit:a.txt}</td><td>writes a file, then changes a line of it: each has a diff</td></tr>
 * <tr><td>{@code task:words:20:5}</td><td>gives a sub-agent what follows as its message: any directive, or words</td></tr>
 * <tr><td>{@code markdown}</td><td>{@link #MARKDOWN}: headings, lists, a table, code; {@code markdown:5}: a piece of it each
 *     5 ms</td></tr>
 * <tr><td>{@code look}</td><td>says what came with the message: {@code I see: text, image/png}</td></tr>
 * <tr><td>{@code permission}</td><td>runs a harmless command for which OpenCode asks</td></tr>
 * <tr><td>{@code question}</td><td>asks a question with two choices</td></tr>
 * <tr><td>{@code todo}</td><td>writes a list of three things to do</td></tr>
 * <tr><td>{@code fail:429}</td><td>answers with a status; {@code fail:429:2:1}: twice, with {@code Retry-After: 1}, then
 *     the greeting</td></tr>
 * <tr><td>{@code drop:20}</td><td>20 words, then the connection breaks; {@code drop:20:1}: only once</td></tr>
 * <tr><td>{@code hang}</td><td>says nothing</td></tr>
 * </table>
 */
public final class ScriptedModel implements AutoCloseable {
    public static final String PROVIDER = "scripted";
    public static final String MODEL = "scripted";
    public static final String TITLE_MODEL = "scripted-titles";
    public static final String KEY = "scripted-key";
    public static final String GREETING = "Hello from the script.";
    public static final String TITLE = "Scripted title";

    /** What {@code markdown} says. */
    public static final String MARKDOWN =
            """
            # A heading of the first order

            Some words in **bold**, some in *italics*, and `inline code` between them.

            ## A list

            1. First things first.
            2. Then the second thing:
               - with a detail,
               - and another one.

            > A quotation stands apart from the rest.

            ## A table

            | Name | Amount |
            |:-----|-------:|
            | one  |      1 |
            | two  |     22 |

            ### Code

            ```java
            record Point(int x, int y) {} // <b>not bold</b>
            ```

            A link to [a page](https://example.org/page), and the end.
            """;

    private static final Pattern DIRECTIVE = Pattern.compile(
            "^\\s*(words|endless|think|bash|write|edit|task|markdown|look|permission|question|todo|fail|drop|hang)"
                    + "(?::([^\\n]*))?\\s*$",
            Pattern.MULTILINE);
    private static final int KEPT_REQUESTS = 200;

    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> attempts = new ConcurrentHashMap<>();
    private final List<ChatRequest> requests = new CopyOnWriteArrayList<>();
    private final ChatCompletions server;

    /** Starts on any free port. */
    public ScriptedModel() throws IOException {
        this(0);
    }

    public ScriptedModel(int port) throws IOException {
        server = new ChatCompletions(
                port,
                new ChatCompletions.Settings(
                        "nexus-scripted",
                        List.of(MODEL, TITLE_MODEL),
                        KEY,
                        256,
                        64 * 1024 * 1024,
                        Duration.ofSeconds(60)),
                this::answer);
    }

    /** Serves until the process ends: {@code ScriptedModel [port]}. */
    public static void main(String[] arguments) throws Exception {
        try (ScriptedModel model = new ScriptedModel(arguments.length == 0 ? 4199 : Integer.parseInt(arguments[0]))) {
            System.out.println("Scripted model at " + model.baseUrl() + ", key " + KEY);
            System.out.println(model.openCodeConfig());
            Thread.currentThread().join();
        }
    }

    /** The words that {@code words:N:M} and {@code endless:M} say: six characters each, none twice. */
    public static String words(int count) {
        StringBuilder words = new StringBuilder();
        for (int number = 0; number < count; number++) {
            words.append(word(number));
        }
        return words.toString();
    }

    /** From now on, messages that contain {@code keyword} are answered so. */
    public ScriptedModel on(String keyword, Script script) {
        scripts.put(keyword, script);
        return this;
    }

    /** Answers with bytes as they are, one chunk each {@code interval}; they must be whole server-sent events. */
    public static Script raw(List<byte[]> chunks, Duration interval) {
        return (request, reply) -> {
            for (byte[] chunk : chunks) {
                reply.raw(chunk);
                reply.pause(interval);
            }
        };
    }

    /** What came in, oldest first, requests for titles included. */
    public List<ChatRequest> requests() {
        return List.copyOf(requests);
    }

    public URI baseUrl() {
        return server.baseUrl();
    }

    /** The {@code opencode.json} that makes OpenCode use this model and no other. */
    public String openCodeConfig() {
        return """
                {"model":"%1$s/%2$s","small_model":"%1$s/%3$s","share":"disabled","autoupdate":false,
                 "enabled_providers":["%1$s"],
                 "provider":{"%1$s":{"npm":"@ai-sdk/openai-compatible","name":"Scripted",
                   "options":{"baseURL":"%4$s","apiKey":"%5$s"},
                   "models":{
                     "%2$s":{"name":"Scripted","tool_call":true,"reasoning":true,"attachment":true,
                       "modalities":{"input":["text","image"],"output":["text"]},
                       "limit":{"context":200000,"output":8000}},
                     "%3$s":{"name":"Scripted titles","limit":{"context":32000,"output":4000}}}}}}
                """
                .formatted(PROVIDER, MODEL, TITLE_MODEL, baseUrl(), KEY);
    }

    @Override
    public void close() {
        server.close();
    }

    private void answer(ChatRequest request, Reply reply) throws IOException {
        requests.add(request);
        if (requests.size() > KEPT_REQUESTS) {
            requests.remove(0);
        }
        if (request.isTitleRequest() || request.model().equals(TITLE_MODEL)) {
            reply.text(TITLE);
            return;
        }
        if (request.toolResult().isPresent()) {
            if (isFirstOfEdit(request)) {
                reply.toolCall("edit", edit(argument(request.lastUserText())));
                return;
            }
            reply.text("The tool said: " + request.toolResult().get().text());
            return;
        }
        String text = request.lastUserText();
        for (Map.Entry<String, Script> entry : scripts.entrySet()) {
            if (text.contains(entry.getKey())) {
                entry.getValue().answer(request, reply);
                return;
            }
        }
        Matcher directive = DIRECTIVE.matcher(text);
        if (directive.find()) {
            obey(directive.group(1), argument(text), request, reply);
            return;
        }
        reply.text(GREETING);
    }

    private void obey(String directive, String argument, ChatRequest request, Reply reply) throws IOException {
        String text = request.lastUserText();
        switch (directive) {
            case "words" -> say(reply, number(argument, 0, 10), Duration.ofMillis(number(argument, 1, 0)));
            case "endless" -> say(reply, Integer.MAX_VALUE, Duration.ofMillis(number(argument, 0, 20)));
            case "think" -> think(reply, number(argument, 0, 10), Duration.ofMillis(number(argument, 1, 0)));
            case "bash" -> reply.toolCall("bash", Map.of("command", argument, "description", "Scripted command"));
            case "write" -> reply.toolCall("write", Map.of("filePath", argument, "content", "written by a script\n"));
            case "edit" -> reply.toolCall("write", Map.of("filePath", argument, "content", "alpha\nbeta\ngamma\n"));
            case "task" -> reply.toolCall("task", task(argument));
            case "markdown" -> pieces(reply, MARKDOWN, Duration.ofMillis(number(argument, 0, 0)));
            case "look" -> reply.text("I see: " + String.join(", ", seen(request)));
            case "permission" ->
                reply.toolCall(
                        "bash",
                        Map.of("command", "echo allowed", "workdir", "/tmp", "description", "Scripted command"));
            case "question" -> reply.toolCall("question", question());
            case "todo" -> reply.toolCall("todowrite", todos());
            case "fail" ->
                fail(
                        reply,
                        number(argument, 0, 500),
                        attempt(text),
                        number(argument, 1, Integer.MAX_VALUE),
                        number(argument, 2, -1));
            case "drop" -> drop(reply, number(argument, 0, 10), attempt(text), number(argument, 1, Integer.MAX_VALUE));
            default -> reply.hang();
        }
    }

    /** The argument of the directive in a message; empty when there is none. */
    private static String argument(String text) {
        Matcher directive = DIRECTIVE.matcher(text);
        return directive.find() && directive.group(2) != null
                ? directive.group(2).strip()
                : "";
    }

    /** Whether the file is written that is to be changed now. */
    private static boolean isFirstOfEdit(ChatRequest request) {
        Matcher directive = DIRECTIVE.matcher(request.lastUserText());
        return directive.find()
                && directive.group(1).equals("edit")
                && request.toolResult().orElseThrow().tool().equals("write");
    }

    private static Map<String, ?> edit(String file) {
        return Map.of("filePath", file, "oldString", "beta", "newString", "beta, changed\nand one more");
    }

    private static Map<String, ?> task(String prompt) {
        return Map.of("description", "Scripted task", "prompt", prompt, "subagent_type", "general");
    }

    private static void pieces(Reply reply, String text, Duration interval) throws IOException {
        for (String piece : text.split("(?<=\\s)")) {
            reply.text(piece);
            reply.pause(interval);
        }
    }

    /** What the last message of the person consists of: {@code text}, or the kind of a file. */
    private static List<String> seen(ChatRequest request) {
        List<String> seen = new ArrayList<>();
        JsonNode last = request.json().path("messages").path(request.turns().size() - 1);
        if (last.path("content").isTextual()) {
            return List.of("text");
        }
        for (JsonNode part : last.path("content")) {
            String url = part.path("image_url")
                    .path("url")
                    .asText(part.path("file").path("file_data").asText(""));
            seen.add(
                    url.startsWith("data:")
                            ? url.substring(5, url.indexOf(';'))
                            : part.path("type").asText());
        }
        return seen;
    }

    private int attempt(String text) {
        return attempts.computeIfAbsent(text, key -> new AtomicInteger()).incrementAndGet();
    }

    private static void say(Reply reply, int count, Duration interval) throws IOException {
        for (int number = 0; number < count; number++) {
            reply.text(word(number));
            reply.pause(interval);
        }
    }

    private static void think(Reply reply, int count, Duration interval) throws IOException {
        for (int number = 0; number < count; number++) {
            reply.reasoning(word(number));
            reply.pause(interval);
        }
        reply.text(GREETING);
    }

    private static void fail(Reply reply, int status, int attempt, int times, int retryAfter) throws IOException {
        if (attempt > times) {
            reply.text(GREETING);
            return;
        }
        Map<String, String> headers = retryAfter < 0 ? Map.of() : Map.of("Retry-After", String.valueOf(retryAfter));
        reply.fail(status, "scripted failure " + status, headers);
    }

    private static void drop(Reply reply, int words, int attempt, int times) throws IOException {
        say(reply, words, Duration.ZERO);
        if (attempt <= times) {
            reply.drop();
        }
    }

    private static Map<String, ?> question() {
        return Map.of(
                "questions",
                List.of(Map.of(
                        "question",
                        "Which colour?",
                        "header",
                        "Colour",
                        "options",
                        List.of(
                                Map.of("label", "Red", "description", "the red one"),
                                Map.of("label", "Blue", "description", "the blue one")))));
    }

    private static Map<String, ?> todos() {
        return Map.of(
                "todos",
                List.of(
                        Map.of("content", "First", "status", "completed", "priority", "high"),
                        Map.of("content", "Second", "status", "in_progress", "priority", "medium"),
                        Map.of("content", "Third", "status", "pending", "priority", "low")));
    }

    private static String word(int number) {
        return "w%04d ".formatted(number);
    }

    private static int number(String argument, int index, int absent) {
        String[] numbers = argument.split(":");
        return index < numbers.length && numbers[index].strip().matches("[0-9]{1,9}")
                ? Integer.parseInt(numbers[index].strip())
                : absent;
    }
}
