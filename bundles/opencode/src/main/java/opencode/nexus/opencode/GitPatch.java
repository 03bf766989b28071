package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.chat.FileChange;
import org.jspecify.annotations.Nullable;

/**
 * What {@code git diff} says about one file.
 *
 * @param before path before, null when there was no such file
 * @param after path after, null when there is no such file any more
 * @param hunks lines from the first {@code @@} on, empty for what is not text
 */
record GitPatch(@Nullable String before, @Nullable String after, List<String> hunks) {
    private static final String FIRST = "diff --git ";
    private static final String NOTHING = "/dev/null";
    private static final Pattern RANGE = Pattern.compile("@@ -(\\S+) \\+(\\S+) @@(.*)", Pattern.DOTALL);

    /** A path of its own in both halves: {@code a/x b/x}. */
    private static final Pattern SAME = Pattern.compile("a/(.*) b/\\1", Pattern.DOTALL);

    GitPatch {
        hunks = List.copyOf(hunks);
    }

    /** Each file of a whole diff. What cannot be understood is left out. */
    static List<GitPatch> all(String diff) {
        List<GitPatch> patches = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (String line : diff.split("\n")) {
            // Lines of a file always begin with a sign of their own, never with this word.
            if (line.startsWith(FIRST)) {
                add(lines, patches);
                lines = new ArrayList<>();
            }
            lines.add(line);
        }
        add(lines, patches);
        return patches;
    }

    /** The patch that undoes this one. */
    GitPatch reversed() {
        List<String> reversed = new ArrayList<>();
        List<String> added = new ArrayList<>();
        boolean inAdded = false;
        for (String line : hunks) {
            char sign = line.isEmpty() ? ' ' : line.charAt(0);
            if (sign == '-' || sign == '\\' && inAdded) {
                // Removed lines come first, as everywhere.
                added.add(sign == '-' ? '+' + line.substring(1) : line);
                inAdded = true;
                continue;
            }
            inAdded = false;
            if (sign == '+') {
                reversed.add('-' + line.substring(1));
                continue;
            }
            if (sign != '\\') {
                reversed.addAll(added);
                added.clear();
            }
            reversed.add(sign == '@' ? RANGE.matcher(line).replaceFirst("@@ -$2 +$1 @@$3") : line);
        }
        reversed.addAll(added);
        return new GitPatch(after, before, reversed);
    }

    FileChange change(UnaryOperator<String> path) {
        String file = path.apply(after == null ? before : after);
        int additions =
                (int) hunks.stream().filter(line -> line.startsWith("+")).count();
        int deletions =
                (int) hunks.stream().filter(line -> line.startsWith("-")).count();
        String status = before == null ? "added" : after == null ? "deleted" : "modified";
        return new FileChange(file, hunks.isEmpty() ? null : text(file), additions, deletions, status);
    }

    private String text(String file) {
        return "--- " + (before == null ? NOTHING : file) + "\n+++ " + (after == null ? NOTHING : file) + "\n"
                + String.join("\n", hunks) + "\n";
    }

    private static void add(List<String> lines, List<GitPatch> patches) {
        if (lines.isEmpty() || !lines.get(0).startsWith(FIRST)) {
            return;
        }
        String before = null;
        String after = null;
        boolean created = false;
        boolean deleted = false;
        int at = 1;
        for (; at < lines.size() && !lines.get(at).startsWith("@@"); at++) {
            String line = lines.get(at);
            created |= line.startsWith("new file mode");
            deleted |= line.startsWith("deleted file mode");
            if (line.startsWith("--- ")) {
                before = name(line.substring("--- ".length()), "a/");
            }
            if (line.startsWith("+++ ")) {
                after = name(line.substring("+++ ".length()), "b/");
            }
            if (line.startsWith("rename from ")) {
                before = unquoted(line.substring("rename from ".length()));
            }
            if (line.startsWith("rename to ")) {
                after = unquoted(line.substring("rename to ".length()));
            }
        }
        if (before == null && after == null) {
            // Nothing but a change of mode, or a file that is not text.
            String both = both(lines.get(0).substring(FIRST.length()));
            before = both;
            after = both;
        }
        if (before != null || after != null) {
            patches.add(new GitPatch(created ? null : before, deleted ? null : after, lines.subList(at, lines.size())));
        }
    }

    /** Git ends a name that holds blanks with a tab. */
    private static @Nullable String name(String written, String prefix) {
        String name = unquoted(written.endsWith("\t") ? written.substring(0, written.length() - 1) : written);
        if (name.equals(NOTHING)) {
            return null;
        }
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    private static @Nullable String both(String names) {
        if (names.startsWith("\"")) {
            int middle = names.length() / 2;
            return name(names.substring(0, middle), "a/");
        }
        Matcher same = SAME.matcher(names);
        return same.matches() ? same.group(1) : null;
    }

    /** Git writes names that are not plain ASCII in quotes, each byte of them in octal. */
    private static String unquoted(String name) {
        if (name.length() < 2 || !name.startsWith("\"") || !name.endsWith("\"")) {
            return name;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 1; at < name.length() - 1; at++) {
            char c = name.charAt(at);
            if (c != '\\') {
                bytes.writeBytes(String.valueOf(c).getBytes(UTF_8));
                continue;
            }
            at++;
            char escaped = name.charAt(at);
            if (escaped >= '0' && escaped <= '3' && at + 2 < name.length() - 1) {
                bytes.write(Integer.parseInt(name.substring(at, at + 3), 8));
                at += 2;
                continue;
            }
            int known = "abtnvfr".indexOf(escaped);
            bytes.write(known < 0 ? escaped : known + 7);
        }
        return bytes.toString(UTF_8);
    }
}
