package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Agent;
import opencode.nexus.api.chat.Command;

/** What can be chosen in a workspace: agents, commands, files. */
final class Choices {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$(ARGUMENTS|\\d)");

    /** OpenCode dies as a whole when it is asked for a name of more than 4,679 bytes. */
    private static final int LONGEST_QUERY = 200;

    private static final int MOST_FILES = 200;

    private final OpenCodeCalls calls;

    Choices(OpenCodeCalls calls) {
        this.calls = calls;
    }

    /**
     * Agents that are not hidden, the default first. OpenCode takes the one it is configured to take, else the first of
     * its own that is not only for sub-tasks.
     */
    List<Agent> agents(String workspace, String configured) {
        List<JsonNode> visible = new ArrayList<>();
        for (JsonNode node : calls.get("/agent" + in(workspace))) {
            if (!Wire.flag(node, "hidden", false) && Wire.text(node, "name") != null) {
                visible.add(node);
            }
        }
        String standard = visible.stream()
                .filter(node -> !"subagent".equals(Wire.text(node, "mode")))
                .min(Comparator.comparing((JsonNode node) -> !configured.equals(Wire.text(node, "name")))
                        .thenComparing(node -> !Wire.flag(node, "native", false)))
                .map(node -> Wire.text(node, "name", ""))
                .orElse("");
        List<Agent> agents = new ArrayList<>();
        for (JsonNode node : visible) {
            String name = Wire.text(node, "name", "");
            boolean isDefault = name.equals(standard);
            agents.add(
                    isDefault ? 0 : agents.size(),
                    new Agent(name, Wire.text(node, "description"), Wire.text(node, "mode", "all"), isDefault));
        }
        return agents;
    }

    List<Command> commands(String workspace) {
        List<Command> commands = new ArrayList<>();
        for (JsonNode node : calls.get("/command" + in(workspace))) {
            String name = Wire.text(node, "name");
            if (name != null) {
                boolean takesArguments = !node.path("hints").isEmpty()
                        || PLACEHOLDER.matcher(Wire.text(node, "template", "")).find();
                commands.add(new Command(name, Wire.text(node, "description"), takesArguments));
            }
        }
        commands.sort(Comparator.comparing(Command::name));
        return commands;
    }

    /** OpenCode's own search: no program is needed for it, and what Git ignores is left out. */
    List<String> files(String workspace, String query, int limit) {
        if (query.length() > LONGEST_QUERY) {
            throw NexusException.invalid("q", "at most " + LONGEST_QUERY + " characters");
        }
        if (!Files.isDirectory(Path.of(workspace))) {
            throw NexusException.invalid("workspace", "this directory is not there any more");
        }
        // One more, because the workspace itself may be among them.
        int wanted = Math.min(Math.max(limit, 1) + 1, MOST_FILES);
        List<String> files = new ArrayList<>();
        for (JsonNode node :
                calls.get("/find/file" + in(workspace) + "&limit=" + wanted + "&query=" + OpenCodeHttp.encode(query))) {
            String path = node.asText("");
            if (!path.isEmpty() && !path.startsWith("/") && files.size() < limit) {
                files.add(path);
            }
        }
        return files;
    }

    private static String in(String directory) {
        return "?directory=" + OpenCodeHttp.encode(directory);
    }
}
