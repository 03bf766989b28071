package opencode.nexus.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.demo.CannedAnswers.Topic;
import opencode.nexus.demo.protocol.ChatRequest;
import opencode.nexus.demo.protocol.ChatRequest.Tool;
import opencode.nexus.demo.protocol.ChatRequest.ToolResult;
import opencode.nexus.demo.protocol.Reply;
import opencode.nexus.demo.protocol.Script;

/** Chooses a canned answer by the first word it knows, and says it at the pace of a person reading. */
final class DemoScript implements Script {
    private static final String LABEL = "*Canned answer from the demo – no AI at work.*\n\n";
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final Pattern PIECE = Pattern.compile("\\S+\\s*|\\s+");
    private static final int TITLE_LENGTH = 50;
    private static final int QUOTED_LINES = 12;
    private static final int QUOTED_LENGTH = 800;

    private static final Map<String, Topic> TOPICS = Map.ofEntries(
            Map.entry("code", Topic.CODE),
            Map.entry("program", Topic.CODE),
            Map.entry("table", Topic.TABLE),
            Map.entry("long", Topic.LONG),
            Map.entry("story", Topic.LONG),
            Map.entry("markdown", Topic.MARKDOWN),
            Map.entry("format", Topic.MARKDOWN),
            Map.entry("think", Topic.THINKING),
            Map.entry("reason", Topic.THINKING),
            Map.entry("tool", Topic.TOOL),
            Map.entry("run", Topic.TOOL),
            Map.entry("list", Topic.TOOL),
            Map.entry("permission", Topic.TOOL),
            Map.entry("question", Topic.QUESTION),
            Map.entry("ask", Topic.QUESTION),
            Map.entry("todo", Topic.TODOS),
            Map.entry("todos", Topic.TODOS));

    private final CannedAnswers answers;
    private final Duration pace;
    private final String titleModel;

    /** @param pace time between two words */
    DemoScript(CannedAnswers answers, Duration pace, String titleModel) {
        this.answers = answers;
        this.pace = pace;
        this.titleModel = titleModel;
    }

    @Override
    public void answer(ChatRequest request, Reply reply) throws IOException {
        if (request.isTitleRequest() || request.model().equals(titleModel)) {
            reply.text(title(request.lastUserText()));
            return;
        }
        Optional<ToolResult> result = request.toolResult();
        if (result.isPresent()) {
            say(reply, afterTool(result.get()));
            return;
        }
        Topic topic = topic(request.lastUserText());
        switch (topic) {
            case THINKING -> think(reply);
            case TOOL -> run(request, reply);
            case QUESTION -> ask(request, reply);
            case TODOS -> plan(request, reply);
            default -> say(reply, answers.text(topic));
        }
    }

    private static Topic topic(String text) {
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (words.find()) {
            Topic topic = TOPICS.get(words.group());
            if (topic != null) {
                return topic;
            }
        }
        return Topic.HELLO;
    }

    private void think(Reply reply) throws IOException {
        for (String piece : pieces(answers.text(Topic.THOUGHTS))) {
            reply.reasoning(piece);
            reply.pause(pace);
        }
        say(reply, answers.text(Topic.THINKING));
    }

    // OpenCode runs commands in the project without asking, but asks before it leaves the project's directory. So a
    // command that does nothing, in a directory that exists everywhere, is enough to show how a permission looks.
    private void run(ChatRequest request, Reply reply) throws IOException {
        Optional<Tool> shell =
                request.tool("bash").filter(tool -> tool.parameters().contains("command"));
        if (shell.isEmpty()) {
            say(reply, answers.text(Topic.NO_TOOL));
            return;
        }
        say(reply, answers.text(Topic.TOOL));
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("command", "echo \"Hello from a real shell\" && date");
        Map<String, String> extras = Map.of("workdir", elsewhere(), "description", "Say hello and print the date");
        extras.forEach((name, value) -> {
            if (shell.get().parameters().contains(name)) {
                arguments.put(name, value);
            }
        });
        reply.toolCall("bash", arguments);
    }

    private static String elsewhere() {
        return Files.isDirectory(Path.of("/tmp")) ? "/tmp" : System.getProperty("java.io.tmpdir");
    }

    private void ask(ChatRequest request, Reply reply) throws IOException {
        if (request.tool("question").isEmpty()) {
            say(reply, answers.text(Topic.NO_TOOL));
            return;
        }
        say(reply, answers.text(Topic.QUESTION));
        reply.toolCall(
                "question",
                Map.of(
                        "questions",
                        List.of(Map.of(
                                "question",
                                "Which colour should the demo like best?",
                                "header",
                                "Colour",
                                "options",
                                List.of(
                                        Map.of("label", "Green", "description", "Like a passing test"),
                                        Map.of("label", "Blue", "description", "Like a link not yet visited"),
                                        Map.of("label", "None", "description", "The demo has no taste"))))));
    }

    private void plan(ChatRequest request, Reply reply) throws IOException {
        if (request.tool("todowrite").isEmpty()) {
            say(reply, answers.text(Topic.NO_TOOL));
            return;
        }
        say(reply, answers.text(Topic.TODOS));
        reply.toolCall(
                "todowrite",
                Map.of(
                        "todos",
                        List.of(
                                todo("Look at the demo", "completed", "high"),
                                todo("Open Nexus on the phone", "in_progress", "medium"),
                                todo("Connect a real model", "pending", "high"))));
    }

    private static Map<String, String> todo(String content, String status, String priority) {
        return Map.of("content", content, "status", status, "priority", priority);
    }

    private static String afterTool(ToolResult result) {
        if (result.tool().equals("todowrite")) {
            return "The list of things to do is written. Nobody is going to do them: this is the demo.";
        }
        String quoted = result.text().strip().lines().limit(QUOTED_LINES).reduce("", (all, line) -> all + line + "\n");
        if (quoted.length() > QUOTED_LENGTH) {
            int cut = Character.isHighSurrogate(quoted.charAt(QUOTED_LENGTH - 1)) ? QUOTED_LENGTH - 1 : QUOTED_LENGTH;
            quoted = quoted.substring(0, cut) + "…\n";
        }
        return "The answer came back from the tool:\n\n````text\n" + quoted.replace("````", "'```")
                + "````\n\nA real model would now read this and go on. The demo only quotes it.";
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        Matcher words = Pattern.compile("\\S+").matcher(text.replaceAll("[`*_#<>\"]", " "));
        for (int count = 0; count < 6 && words.find(); count++) {
            if (title.length() + words.group().length() + 1 > TITLE_LENGTH) {
                break;
            }
            title.append(title.isEmpty() ? "" : " ").append(words.group());
        }
        return title.isEmpty() ? "Demo conversation" : Character.toUpperCase(title.charAt(0)) + title.substring(1);
    }

    private void say(Reply reply, String text) throws IOException {
        for (String piece : pieces(LABEL + text)) {
            reply.text(piece);
            reply.pause(pace);
        }
    }

    private static List<String> pieces(String text) {
        return PIECE.matcher(text).results().map(found -> found.group()).toList();
    }
}
