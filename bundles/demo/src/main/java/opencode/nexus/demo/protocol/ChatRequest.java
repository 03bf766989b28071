package opencode.nexus.demo.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * One request to a model.
 *
 * @param streamed whether the client wants pieces
 * @param usageWanted whether the stream should end with token counts
 * @param turns the conversation so far, oldest first; never empty
 * @param tools what the client would run
 * @param json all of it, as it came
 */
public record ChatRequest(
        String model, boolean streamed, boolean usageWanted, List<Turn> turns, List<Tool> tools, JsonNode json) {

    // OpenCode adds remarks of its own to what the person wrote.
    private static final Pattern REMINDER =
            Pattern.compile("<system-reminder>.*?</system-reminder>", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    /** One message; {@code role} is {@code system}, {@code user}, {@code assistant} or {@code tool}. */
    public record Turn(String role, String text, List<String> calledTools) {
        public Turn {
            calledTools = List.copyOf(calledTools);
        }
    }

    /** A tool on offer, with the names of its parameters. */
    public record Tool(String name, Set<String> parameters) {
        public Tool {
            parameters = Set.copyOf(parameters);
        }
    }

    /** What a tool answered; {@code tool} is the name it was called by. */
    public record ToolResult(String tool, String text) {}

    public ChatRequest {
        turns = List.copyOf(turns);
        tools = List.copyOf(tools);
    }

    /**
     * Reads a request.
     *
     * @throws IllegalArgumentException with a sentence for the client when something is missing or of a wrong type
     */
    static ChatRequest of(JsonNode json) {
        require(json.isObject(), "the body must be a JSON object");
        require(json.path("model").isTextual(), "model must be a string");
        require(json.path("messages").isArray() && !json.path("messages").isEmpty(), "messages must be a list");
        List<Turn> turns = new ArrayList<>();
        json.path("messages").forEach(message -> turns.add(turn(message)));
        List<Tool> tools = new ArrayList<>();
        json.path("tools").forEach(tool -> tools.add(tool(tool.path("function"))));
        return new ChatRequest(
                json.path("model").textValue(),
                json.path("stream").asBoolean(false),
                json.path("stream_options").path("include_usage").asBoolean(false),
                turns,
                tools,
                json);
    }

    /** What the person wrote last, without what OpenCode added; empty when there is nothing. */
    public String lastUserText() {
        for (int at = turns.size() - 1; at >= 0; at--) {
            if (turns.get(at).role().equals("user")) {
                return REMINDER.matcher(turns.get(at).text()).replaceAll("").strip();
            }
        }
        return "";
    }

    /** The result of the newest tool call, when the conversation ends with one. */
    public Optional<ToolResult> toolResult() {
        Turn last = turns.get(turns.size() - 1);
        if (!last.role().equals("tool")) {
            return Optional.empty();
        }
        int results = 0;
        for (int at = turns.size() - 1; at >= 0 && turns.get(at).role().equals("tool"); at--) {
            results++;
        }
        int caller = turns.size() - 1 - results;
        List<String> called = caller < 0 ? List.of() : turns.get(caller).calledTools();
        String tool = called.size() < results ? "" : called.get(results - 1);
        return Optional.of(new ToolResult(tool, last.text()));
    }

    /** Whether the client wants a title for the conversation, not an answer. */
    public boolean isTitleRequest() {
        return tools.isEmpty()
                && turns.stream()
                        .anyMatch(turn ->
                                turn.role().equals("system") && turn.text().contains("You are a title generator"));
    }

    public Optional<Tool> tool(String name) {
        return tools.stream().filter(tool -> tool.name().equals(name)).findFirst();
    }

    /** A rough count of tokens, as a real model would bill them: four characters each. */
    int tokens() {
        return turns.stream().mapToInt(turn -> turn.text().length() / 4 + 4).sum();
    }

    private static Turn turn(JsonNode message) {
        require(message.path("role").isTextual(), "each message needs a role");
        List<String> called = new ArrayList<>();
        message.path("tool_calls")
                .forEach(call -> called.add(call.path("function").path("name").asText("")));
        return new Turn(message.path("role").textValue(), text(message.path("content")), called);
    }

    private static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.asText("");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode part : content) {
            if (part.path("type").asText("").equals("text")) {
                texts.add(part.path("text").asText(""));
            }
        }
        return String.join("\n", texts);
    }

    private static Tool tool(JsonNode function) {
        Set<String> parameters = new TreeSet<>();
        function.path("parameters").path("properties").fieldNames().forEachRemaining(parameters::add);
        return new Tool(function.path("name").asText(""), parameters);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
