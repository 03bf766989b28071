package opencode.nexus.testkit.cloudflared;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the part of YAML that a generated {@code config.yml} uses: maps and lists by indentation, plain and quoted
 * scalars, comments, and the JSON-like forms. A whole JSON document is read as well, as the real program does.
 */
final class Yaml {
    private static final int DEPTH = 20;

    private final List<Line> lines = new ArrayList<>();
    private int next;

    /** A value and where it stands. Exactly one of the three is there; an absent value is a scalar without text. */
    record Node(
            int line,
            @Nullable Map<String, Node> map,
            @Nullable List<Node> list,
            @Nullable String text,
            boolean isQuoted) {

        boolean isEmpty() {
            return map == null && list == null && (text == null || (!isQuoted && text.isEmpty()));
        }

        Node at(String key) {
            Node found = map == null ? null : map.get(key);
            return found == null ? plain(line, "", false) : found;
        }

        String scalar() {
            return text == null ? "" : text;
        }
    }

    private record Line(int number, int indent, String text) {}

    private Yaml(String text) throws Failure {
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String content = withoutComment(line.stripTrailing());
            String stripped = content.strip();
            if (stripped.isEmpty() || stripped.equals("---")) {
                continue;
            }
            int indent = content.length() - content.stripLeading().length();
            if (content.substring(0, indent).contains("\t")) {
                throw wrong(number, "found character that cannot start any token");
            }
            lines.add(new Line(number, indent, stripped));
        }
    }

    /** @throws Failure with what the real reader says, {@code yaml: line 3: …} */
    static Node read(String text) throws Failure {
        String stripped = text.strip();
        if (stripped.startsWith("{") || stripped.startsWith("[")) {
            return new Flow(stripped, 1).document();
        }
        Yaml yaml = new Yaml(text);
        if (yaml.lines.isEmpty()) {
            return plain(1, "", false);
        }
        Node root = yaml.block(yaml.lines.get(0).indent(), 0);
        if (yaml.next < yaml.lines.size()) {
            throw wrong(yaml.lines.get(yaml.next).number(), "did not find expected key");
        }
        return root;
    }

    static Node plain(int line, String text, boolean isQuoted) {
        return new Node(line, null, null, text, isQuoted);
    }

    static Failure wrong(int line, String what) {
        return new Failure("yaml: line " + line + ": " + what);
    }

    private Node block(int indent, int depth) throws Failure {
        Line first = lines.get(next);
        if (depth > DEPTH) {
            throw wrong(first.number(), "exceeded max depth of " + DEPTH);
        }
        return isItem(first) ? list(indent, depth) : map(indent, depth);
    }

    private Node list(int indent, int depth) throws Failure {
        List<Node> items = new ArrayList<>();
        int at = lines.get(next).number();
        while (next < lines.size() && lines.get(next).indent() == indent && isItem(lines.get(next))) {
            Line line = lines.get(next);
            String rest = line.text().substring(1).strip();
            if (rest.isEmpty()) {
                next++;
                items.add(below(indent, line.number(), depth));
            } else if (keyEnd(rest) < 0) {
                next++;
                items.add(new Flow(rest, line.number()).document());
            } else {
                // The map of an item begins on the item's own line.
                int inner = indent + line.text().length() - rest.length();
                lines.set(next, new Line(line.number(), inner, rest));
                items.add(map(inner, depth + 1));
            }
        }
        return new Node(at, null, items, null, false);
    }

    private Node map(int indent, int depth) throws Failure {
        Map<String, Node> entries = new LinkedHashMap<>();
        int at = lines.get(next).number();
        while (next < lines.size() && lines.get(next).indent() == indent) {
            Line line = lines.get(next);
            int end = keyEnd(line.text());
            if (end < 0) {
                throw wrong(line.number(), "could not find expected ':'");
            }
            String key = new Flow(line.text().substring(0, end), line.number())
                    .document()
                    .scalar();
            String rest = line.text().substring(end + 1).strip();
            next++;
            Node value =
                    rest.isEmpty() ? below(indent, line.number(), depth) : new Flow(rest, line.number()).document();
            if (entries.put(key, value) != null) {
                throw wrong(line.number(), "mapping key \"" + key + "\" already defined");
            }
        }
        if (next < lines.size() && lines.get(next).indent() > indent) {
            throw wrong(lines.get(next).number(), "did not find expected key");
        }
        return new Node(at, entries, null, null, false);
    }

    private Node below(int indent, int line, int depth) throws Failure {
        boolean deeper = next < lines.size()
                && (lines.get(next).indent() > indent || lines.get(next).indent() == indent && isItem(lines.get(next)));
        return deeper ? block(lines.get(next).indent(), depth + 1) : plain(line, "", false);
    }

    private static boolean isItem(Line line) {
        return line.text().equals("-") || line.text().startsWith("- ");
    }

    /** Where the colon after a key is, or -1 where the text is no entry of a map. */
    private static int keyEnd(String text) {
        if (text.startsWith("{") || text.startsWith("[")) {
            return -1;
        }
        int from = 0;
        if (text.startsWith("\"") || text.startsWith("'")) {
            from = text.indexOf(text.charAt(0), 1) + 1;
        }
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == ':' && (i + 1 == text.length() || text.charAt(i + 1) == ' ')) {
                return i;
            }
        }
        return -1;
    }

    private static String withoutComment(String line) {
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if ((c == '"' || c == '\'') && (i == 0 || " [{,:".indexOf(line.charAt(i - 1)) >= 0)) {
                quote = c;
            } else if (c == '#' && (i == 0 || line.charAt(i - 1) == ' ')) {
                return line.substring(0, i).stripTrailing();
            }
        }
        return line;
    }
}
