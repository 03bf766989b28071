package opencode.nexus.opencode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeEvent.MessageChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.MessageRemoved;
import opencode.nexus.api.opencode.OpenCodeEvent.PartChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.PartRemoved;
import opencode.nexus.api.opencode.OpenCodeEvent.RequestAsked;
import opencode.nexus.api.opencode.OpenCodeEvent.RequestSettled;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionFailed;
import opencode.nexus.api.opencode.OpenCodeEvent.SessionRemoved;
import opencode.nexus.api.opencode.OpenCodeEvent.StatusChanged;
import opencode.nexus.api.opencode.OpenCodeEvent.TextAdded;
import opencode.nexus.api.opencode.OpenCodeEvent.TodosChanged;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import org.jspecify.annotations.Nullable;

/**
 * What a person would tell of a stream of events: one line for each, with short names in place of ids, and nothing twice in
 * a row. Pieces of text that follow each other are one line.
 */
final class Storyline {
    private static final int LONGEST = 70;

    private final Map<String, String> names = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private final List<String> lines = new ArrayList<>();
    private final StringBuilder added = new StringBuilder();
    private String growing = "";
    private int pieces;

    static List<String> of(List<OpenCodeEvent> events) {
        Storyline story = new Storyline();
        events.forEach(story::tell);
        story.endPieces();
        return story.lines;
    }

    private void tell(OpenCodeEvent event) {
        if (event instanceof TextAdded text) {
            if (!growing.equals(text.partId())) {
                endPieces();
                growing = text.partId();
            }
            pieces++;
            added.append(text.text());
            return;
        }
        endPieces();
        String line = line(event);
        if (lines.isEmpty() || !lines.get(lines.size() - 1).equals(line)) {
            lines.add(line);
        }
    }

    private void endPieces() {
        if (pieces > 0) {
            lines.add(name(growing) + " grows by " + quoted(added.toString()) + " in " + pieces);
        }
        pieces = 0;
        growing = "";
        added.setLength(0);
    }

    private String line(OpenCodeEvent event) {
        if (event instanceof SessionChanged changed) {
            return session(changed.session());
        }
        if (event instanceof SessionRemoved removed) {
            return name(removed.sessionId()) + " is gone";
        }
        if (event instanceof StatusChanged changed) {
            return name(changed.sessionId()) + " is " + status(changed.status());
        }
        if (event instanceof SessionFailed failed) {
            return (failed.sessionId() == null ? "something" : name(failed.sessionId()))
                    + (failed.aborted() ? " was stopped: " : " failed: ")
                    + quoted(failed.message());
        }
        if (event instanceof MessageChanged changed) {
            return message(changed.message());
        }
        if (event instanceof MessageRemoved removed) {
            return name(removed.messageId()) + " of " + name(removed.sessionId()) + " is gone";
        }
        if (event instanceof PartChanged changed) {
            return name(changed.part().id()) + " of " + name(changed.messageId()) + ": " + part(changed.part());
        }
        if (event instanceof PartRemoved removed) {
            return name(removed.partId()) + " of " + name(removed.messageId()) + " is gone";
        }
        if (event instanceof RequestAsked asked) {
            return request(asked.request());
        }
        if (event instanceof RequestSettled settled) {
            return name(settled.requestId()) + " is settled";
        }
        TodosChanged changed = (TodosChanged) event;
        return name(changed.sessionId()) + " has to do: "
                + changed.todos().stream()
                        .map(todo -> todo.content() + " (" + todo.status() + ")")
                        .toList();
    }

    private String session(OpenCodeSession session) {
        String title = session.title().replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "NOW");
        return name(session.id()) + " " + quoted(title)
                + (session.parentId() == null ? "" : " below " + name(session.parentId()))
                + (session.model() == null ? "" : " with " + session.model() + " as " + session.agent())
                + (session.revert() == null
                        ? ""
                        : " back to " + name(session.revert().messageId()));
    }

    private static String status(SessionStatus status) {
        return switch (status.type()) {
            case IDLE -> "idle";
            case BUSY -> "busy";
            case RETRY -> "waiting to try again: " + quoted(String.valueOf(status.message()));
        };
    }

    private String message(Message message) {
        return name(message.id()) + " of " + name(message.sessionId()) + " by " + message.role() + " is "
                + message.state() + (message.error() == null ? "" : ": " + quoted(message.error()))
                + (message.parentId() == null ? "" : ", answers " + name(message.parentId()));
    }

    private String part(Part part) {
        if (part instanceof Part.Text text) {
            return text.type()
                    + (Boolean.TRUE.equals(text.hidden()) ? " (hidden) " : " ")
                    + quoted(text.text())
                    + (text.endedAt() == null ? " …" : "");
        }
        if (part instanceof Part.Tool tool) {
            return "tool " + tool.tool() + " is " + tool.state()
                    + said(
                            "input",
                            tool.input() == null ? null : tool.input().keySet().toString())
                    + said("title", tool.title())
                    + said("output", tool.output())
                    + said("error", tool.error())
                    + said("exit", tool.exit() == null ? null : tool.exit().toString())
                    + said("diff", tool.diff() == null ? null : "yes")
                    + said("child", tool.childId() == null ? null : name(tool.childId()))
                    + (tool.endedAt() == null ? " …" : "");
        }
        if (part instanceof Part.File file) {
            return "file " + file.name() + " " + file.mime() + " " + file.size() + " " + file.path();
        }
        if (part instanceof Part.Patch patch) {
            return "patch of " + patch.files();
        }
        if (part instanceof Part.Subtask subtask) {
            return "subtask for " + subtask.agent() + ": " + quoted(subtask.description());
        }
        Part.Note note = (Part.Note) part;
        return "note " + note.type() + said("text", note.text());
    }

    private String request(Request request) {
        String what = request.questions() == null
                ? request.permission() + " for " + request.patterns() + ", always " + request.always()
                : request.questions().stream()
                        .map(question -> question.question() + " "
                                + question.options().stream()
                                        .map(Request.Option::label)
                                        .toList())
                        .toList()
                        .toString();
        return name(request.id()) + " of " + name(request.sessionId()) + " asks: " + request.type() + " " + what;
    }

    private static String said(String what, @Nullable String value) {
        return value == null ? "" : ", " + what + " " + quoted(value);
    }

    private static String quoted(String text) {
        String line = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
        return line.length() <= LONGEST
                ? "“" + line + "”"
                : "“" + line.substring(0, LONGEST / 2) + "…" + line.substring(line.length() - LONGEST / 2) + "” ("
                        + text.length() + ")";
    }

    /** {@code ses_…} is S1, S2, … */
    private String name(String id) {
        return names.computeIfAbsent(id, unknown -> {
            String kind = id.substring(0, 1).toUpperCase(java.util.Locale.ROOT);
            return kind + counts.merge(kind, 1, Integer::sum);
        });
    }
}
