package opencode.nexus.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Session;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to read: a heading for each turn, tools with what went in and came out. Texts are left as they were
 * written; everything else stands in fences longer than any inside.
 */
final class MarkdownExport implements Export.Format {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private static final Pattern FENCE = Pattern.compile(" {0,3}(`{3,}|~{3,})(.*)");

    private final Writer out;
    private final Instant now;
    private final ObjectWriter json = ChatJson.mapper().writerWithDefaultPrettyPrinter();
    /** The message of the owner that the answer above belongs to. */
    private @Nullable String turn;

    MarkdownExport(Writer out, Instant now) {
        this.out = out;
        this.now = now;
    }

    @Override
    public void begin(Session session) throws IOException {
        block("# " + oneLine(session.title()));
        block("- Workspace: " + code(session.workspace()) + "\n- Begun: " + TIME.format(session.createdAt())
                + "\n- Exported: " + TIME.format(now));
    }

    @Override
    public void message(Message message) throws IOException {
        heading(message);
        for (Part part : message.parts() == null ? List.<Part>of() : message.parts()) {
            part(part);
        }
        switch (message.state()) {
            case RUNNING -> block("*Still being written.*");
            case ABORTED -> block("*Stopped.*");
            case INTERRUPTED -> block("*Interrupted: OpenCode went away before it was complete.*");
            case FAILED -> {
                block("*Failed:*");
                fence("", message.error() == null ? "The answer failed." : message.error());
            }
            case COMPLETE -> {}
        }
    }

    @Override
    public void end() {
        // A reader needs no sign of the end.
    }

    /** Each step of an answer is a message of its own; to a reader they are one turn. */
    private void heading(Message message) throws IOException {
        boolean answer = message.role() == Message.Role.ASSISTANT;
        if (answer && message.parentId() != null && message.parentId().equals(turn)) {
            return;
        }
        turn = answer ? message.parentId() : null;
        String who = answer ? "OpenCode" : "You";
        String model = answer && message.model() != null ? " · " + code(message.model()) : "";
        block("## " + who + " · " + TIME.format(message.createdAt()) + model);
    }

    private void part(Part part) throws IOException {
        if (part instanceof Part.Text text) {
            text(text);
        } else if (part instanceof Part.Tool tool) {
            tool(tool);
        } else if (part instanceof Part.File file) {
            block("Attached: " + code(file.name()) + " (" + oneLine(file.mime()) + ")");
        } else if (part instanceof Part.Patch patch) {
            block("Files changed: "
                    + patch.files().stream().map(MarkdownExport::code).collect(Collectors.joining(", ")));
        } else if (part instanceof Part.Subtask task) {
            block("Task for the sub-agent " + code(task.agent()) + ":");
            fence("", task.description());
        } else if (part instanceof Part.Note note && note.text() != null) {
            block("*" + oneLine(note.type()) + "*");
            fence("", note.text());
        }
    }

    private void text(Part.Text text) throws IOException {
        if (Boolean.TRUE.equals(text.hidden()) || text.text().isBlank()) {
            return;
        }
        if (text.type().equals("reasoning")) {
            block("> **Thinking**\n>\n"
                    + text.text().strip().lines().map(line -> "> " + line).collect(Collectors.joining("\n")));
            return;
        }
        block(closed(text.text().strip()));
    }

    /** A block of code that was never closed, as when the answer was stopped, would swallow all that follows. */
    private static String closed(String text) {
        String open = null;
        for (String line : text.lines().toList()) {
            Matcher fence = FENCE.matcher(line);
            if (!fence.matches()) {
                continue;
            }
            String marks = fence.group(1);
            if (open == null) {
                open = marks;
            } else if (marks.startsWith(open) && fence.group(2).isBlank()) {
                open = null;
            }
        }
        return open == null ? text : text + "\n" + open;
    }

    private void tool(Part.Tool tool) throws IOException {
        String title = tool.title() == null || tool.title().isBlank() ? "" : ": " + oneLine(tool.title());
        String exit = tool.exit() == null ? "" : ", exit code " + tool.exit();
        block("**Tool " + code(tool.tool()) + "**" + title + " (" + oneLine(tool.state()) + exit + ")");
        if (tool.input() != null && !tool.input().isEmpty()) {
            input(tool.input());
        }
        if (tool.output() != null && !tool.output().isEmpty()) {
            block("Output:");
            fence("", tool.output());
        }
        if (tool.error() != null) {
            block("Error:");
            fence("", tool.error());
        }
        if (tool.diff() != null && !tool.diff().isEmpty()) {
            block("Change:");
            fence("diff", tool.diff());
        }
    }

    private void input(Map<String, Object> input) throws IOException {
        block("Input:");
        if (input.get("command") instanceof String command) {
            fence("sh", command);
            return;
        }
        try {
            fence("json", json.writeValueAsString(input));
        } catch (JsonProcessingException e) {
            fence("", Objects.toString(input));
        }
    }

    private void fence(String language, String content) throws IOException {
        String fence = "`".repeat(Math.max(3, longestRun(content) + 1));
        block(fence + language + "\n" + content.stripTrailing() + "\n" + fence);
    }

    private void block(String text) throws IOException {
        out.write(text);
        out.write("\n\n");
    }

    /** Between as many backticks as it takes. */
    private static String code(String text) {
        String line = oneLine(text);
        String fence = "`".repeat(longestRun(line) + 1);
        String space = line.startsWith("`") || line.endsWith("`") ? " " : "";
        return fence + space + line + space + fence;
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    private static int longestRun(String text) {
        int longest = 0;
        int run = 0;
        for (int index = 0; index < text.length(); index++) {
            run = text.charAt(index) == '`' ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }
}
