package opencode.nexus.tunnel;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Checks regular expressions that Go will compile. Java knows more; what Go lacks is refused. */
final class PathPattern {
    private static final int LONGEST = 1_000;

    /** Escapes that Java has and Go has not; references by number or name among them. */
    private static final String NOT_IN_GO = "123456789kGRXZhHVecNu";

    private static final Pattern COUNT = Pattern.compile("\\{(\\d+)(,(\\d*))?}");
    private static final int MOST_TIMES = 1_000;

    private PathPattern() {}

    /** What is wrong; null when nothing is. */
    static @Nullable String problem(String expression) {
        if (expression.length() > LONGEST) {
            return "is longer than " + LONGEST + " characters";
        }
        String lacking = lacking(expression);
        if (lacking != null) {
            return "uses " + lacking + ", which cloudflared does not know";
        }
        try {
            Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            return "is no regular expression: " + e.getDescription()
                    + (e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1));
        } catch (StackOverflowError e) {
            return "is nested too deeply";
        }
        return null;
    }

    private static @Nullable String lacking(String expression) {
        boolean inClass = false;
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            String rest = expression.substring(i);
            if (c == '\\') {
                if (i + 1 < expression.length() && NOT_IN_GO.indexOf(expression.charAt(i + 1)) >= 0) {
                    char escaped = expression.charAt(i + 1);
                    return Character.isDigit(escaped) || escaped == 'k' ? "a back reference" : "\\" + escaped;
                }
                if (rest.startsWith("\\Q")) {
                    int end = expression.indexOf("\\E", i);
                    i = end < 0 ? expression.length() : end + 1;
                    continue;
                }
                i++;
            } else if (inClass) {
                if (rest.startsWith("&&")) {
                    return "an intersection (&&)";
                }
                inClass = c != ']';
            } else if (c == '[') {
                inClass = true;
                // A bracket that comes first belongs to the class.
                if (rest.startsWith("[^]")) {
                    i += 2;
                } else if (rest.startsWith("[]")) {
                    i++;
                } else if (rest.startsWith("[^")) {
                    i++;
                }
            } else if (rest.startsWith("(?=")
                    || rest.startsWith("(?!")
                    || rest.startsWith("(?<=")
                    || rest.startsWith("(?<!")) {
                return "a look ahead or behind";
            } else if (rest.startsWith("(?>")) {
                return "an atomic group";
            } else if ("*+?}".indexOf(c) >= 0 && rest.length() > 1 && rest.charAt(1) == '+') {
                return "a possessive quantifier (" + c + "+)";
            } else if (c == '{') {
                var count = COUNT.matcher(rest);
                if (count.lookingAt() && (tooMany(count.group(1)) || tooMany(count.group(3)))) {
                    return "more than " + MOST_TIMES + " repetitions";
                }
            }
        }
        return null;
    }

    private static boolean tooMany(@Nullable String number) {
        return number != null && !number.isEmpty() && (number.length() > 5 || Integer.parseInt(number) > MOST_TIMES);
    }
}
