package opencode.nexus.testkit.cloudflared;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.testkit.cloudflared.Yaml.Node;

/** One value of YAML written in a line, or a JSON document: {@code {a: 1}}, {@code [a, b]}, quoted or plain. */
final class Flow {
    private static final int DEPTH = 20;

    private final String text;
    private int line;
    private int at;

    Flow(String text, int line) {
        this.text = text;
        this.line = line;
    }

    Node document() throws Failure {
        Node value = value(false, 0);
        blanks();
        if (at < text.length()) {
            throw Yaml.wrong(line, "did not find expected <document start>");
        }
        return value;
    }

    private Node value(boolean inside, int depth) throws Failure {
        if (depth > DEPTH) {
            throw Yaml.wrong(line, "exceeded max depth of " + DEPTH);
        }
        blanks();
        if (at == text.length()) {
            return Yaml.plain(line, "", false);
        }
        return switch (text.charAt(at)) {
            case '{' -> map(depth);
            case '[' -> list(depth);
            case '"', '\'' -> quoted();
            case '@', '`', '%' -> throw Yaml.wrong(line, "found character that cannot start any token");
            case '&', '*', '!', '|', '>' -> throw Yaml.wrong(line, "not understood by the stand-in");
            default -> plain(inside);
        };
    }

    private Node map(int depth) throws Failure {
        int start = line;
        Map<String, Node> entries = new LinkedHashMap<>();
        at++;
        blanks();
        while (!ends('}')) {
            String key = value(true, depth + 1).scalar();
            blanks();
            expect(':', "did not find expected ',' or '}'");
            entries.put(key, value(true, depth + 1));
            blanks();
            if (!ends('}')) {
                expect(',', "did not find expected ',' or '}'");
                blanks();
            }
        }
        at++;
        return new Node(start, entries, null, null, false);
    }

    private Node list(int depth) throws Failure {
        int start = line;
        List<Node> items = new ArrayList<>();
        at++;
        blanks();
        while (!ends(']')) {
            items.add(value(true, depth + 1));
            blanks();
            if (!ends(']')) {
                expect(',', "did not find expected ',' or ']'");
                blanks();
            }
        }
        at++;
        return new Node(start, null, items, null, false);
    }

    private Node quoted() throws Failure {
        char quote = text.charAt(at++);
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote && quote == '\'' && at < text.length() && text.charAt(at) == '\'') {
                value.append('\'');
                at++;
            } else if (c == quote) {
                return Yaml.plain(line, value.toString(), true);
            } else if (c == '\\' && quote == '"' && at < text.length()) {
                value.append(escaped(text.charAt(at++)));
            } else {
                value.append(c);
            }
        }
        throw Yaml.wrong(line, "found unexpected end of stream");
    }

    private String escaped(char c) throws Failure {
        return switch (c) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '"', '\\', '/' -> String.valueOf(c);
            case 'u' -> {
                if (at + 4 > text.length()) {
                    throw Yaml.wrong(line, "did not find expected hexdecimal number");
                }
                at += 4;
                yield String.valueOf((char) Integer.parseInt(text.substring(at - 4, at), 16));
            }
            default -> throw Yaml.wrong(line, "found unknown escape character");
        };
    }

    private Node plain(boolean inside) throws Failure {
        int start = at;
        while (at < text.length() && !(inside && isEnd())) {
            if (!inside && text.startsWith(": ", at)) {
                throw Yaml.wrong(line, "mapping values are not allowed in this context");
            }
            at++;
        }
        return Yaml.plain(line, text.substring(start, at).strip(), false);
    }

    private boolean isEnd() {
        char c = text.charAt(at);
        return ",]}\n".indexOf(c) >= 0
                || c == ':' && (at + 1 == text.length() || " \n".indexOf(text.charAt(at + 1)) >= 0);
    }

    private boolean ends(char bracket) throws Failure {
        if (at == text.length()) {
            throw Yaml.wrong(line, "did not find expected ',' or '" + bracket + "'");
        }
        return text.charAt(at) == bracket;
    }

    private void expect(char c, String otherwise) throws Failure {
        if (at == text.length() || text.charAt(at) != c) {
            throw Yaml.wrong(line, otherwise);
        }
        at++;
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            if (text.charAt(at++) == '\n') {
                line++;
            }
        }
    }
}
