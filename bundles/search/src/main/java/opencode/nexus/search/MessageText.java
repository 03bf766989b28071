package opencode.nexus.search;

import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import org.jspecify.annotations.Nullable;

/**
 * What a person may look for in a message: its text, its files, and what its tools were told. Of what tools printed only
 * the start, and nothing of what the model thought.
 */
final class MessageText {
    static final int LONGEST = 200_000;

    private static final int LONGEST_INPUT = 4_000;
    private static final int LONGEST_OUTPUT = 2_000;
    private static final int DEEPEST = 8;

    private final StringBuilder text = new StringBuilder();

    private MessageText() {}

    /** Empty when there is nothing to find. */
    static String of(Message message) {
        MessageText made = new MessageText();
        List<Part> parts = message.parts() == null ? List.of() : message.parts();
        // What was said comes first: it must not be cut off because of what was done.
        for (Part part : parts) {
            if (part instanceof Part.Text said && said.type().equals("text") && !Boolean.TRUE.equals(said.hidden())) {
                made.line(said.text(), LONGEST);
            }
        }
        parts.forEach(made::done);
        return made.text.toString().strip();
    }

    private void done(Part part) {
        if (part instanceof Part.Tool tool) {
            tool(tool);
        } else if (part instanceof Part.File file) {
            line(file.path() == null ? file.name() : file.path(), LONGEST_OUTPUT);
        } else if (part instanceof Part.Subtask task) {
            line(task.agent() + " " + task.description(), LONGEST_INPUT);
        } else if (part instanceof Part.Patch patch) {
            line(String.join(" ", patch.files()), LONGEST_OUTPUT);
        }
    }

    private void tool(Part.Tool tool) {
        StringBuilder told = new StringBuilder(tool.tool());
        if (tool.input() != null) {
            tool.input().values().forEach(value -> values(told, value, DEEPEST));
        }
        line(told.toString(), LONGEST_INPUT);
        line(tool.output(), LONGEST_OUTPUT);
        line(tool.error(), LONGEST_OUTPUT);
    }

    private static void values(StringBuilder told, @Nullable Object value, int deeper) {
        if (value == null || deeper == 0 || told.length() > LONGEST_INPUT) {
            return;
        }
        if (value instanceof Map<?, ?> map) {
            map.values().forEach(inner -> values(told, inner, deeper - 1));
        } else if (value instanceof Iterable<?> list) {
            list.forEach(inner -> values(told, inner, deeper - 1));
        } else {
            told.append(' ').append(Characters.start(value.toString(), LONGEST_INPUT));
        }
    }

    private void line(@Nullable String more, int most) {
        int room = Math.min(most, LONGEST - text.length() - 1);
        if (more == null || more.isBlank() || room <= 0) {
            return;
        }
        if (text.length() > 0) {
            text.append('\n');
        }
        text.append(Characters.start(more, room));
    }
}
