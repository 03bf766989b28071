package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns what OpenCode says about a failure into one short sentence: no stack trace, no SQL, no key. */
final class Failures {
    private static final int MAX_LENGTH = 300;
    private static final Pattern CLASS_PREFIX = Pattern.compile("^(?:[A-Za-z]*Error: )+");
    private static final Pattern KEY =
            Pattern.compile("\\b(?:sk|pk|rk|key|token|ghp|gho|xox[abp])[-_][A-Za-z0-9_-]{12,}");
    private static final Pattern CREDENTIALS = Pattern.compile("(?i)\\b(bearer|basic)\\s+[A-Za-z0-9+/=._-]{8,}");
    private static final String NAMELESS = "OpenCode failed without saying why; its log knows more.";

    private Failures() {}

    /** The message of {@code {"name", "data": {"message"}}}, or of {@code {"_tag", "message"}}. */
    static String message(@Nullable JsonNode error) {
        if (error == null) {
            return NAMELESS;
        }
        String text = error.path("data").path("message").asText("");
        if (text.isEmpty()) {
            text = error.path("message").asText("");
        }
        if (text.isEmpty()) {
            text = error.path("name").asText(error.path("_tag").asText(""));
        }
        return shorten(text);
    }

    /** Whether it only repeats, without any reason, a failure that was told with its reason just before. */
    static boolean isEcho(@Nullable JsonNode error) {
        return error != null
                && error.path("data").path("message").asText("").startsWith("UnknownError: UnknownError\n");
    }

    /** Whether it only says that somebody stopped the run. */
    static boolean isAbort(@Nullable JsonNode error) {
        return error != null && "MessageAbortedError".equals(error.path("name").asText());
    }

    /** One line of outside text, fit to be shown. */
    static String shorten(String text) {
        if (text.contains("Failed query:")) {
            return "OpenCode could not store what it did; the session may have been deleted.";
        }
        String line = CLASS_PREFIX.matcher(firstLine(unwrapped(text))).replaceFirst("");
        if (line.isEmpty() || line.matches("[A-Za-z]*Error")) {
            return NAMELESS;
        }
        line = KEY.matcher(line).replaceAll("…");
        line = CREDENTIALS.matcher(line).replaceAll(found -> Matcher.quoteReplacement(found.group(1) + " …"));
        return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH - 1) + "…";
    }

    /** Some providers' failures come as the JSON they were sent as. */
    private static String unwrapped(String text) {
        if (!text.startsWith("{")) {
            return text;
        }
        try {
            JsonNode json = Wire.MAPPER.readTree(text);
            String message = json.path("error")
                    .path("message")
                    .asText(json.path("message").asText(""));
            return message.isEmpty() ? text : message;
        } catch (JsonProcessingException e) {
            return text;
        }
    }

    private static String firstLine(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
    }
}
