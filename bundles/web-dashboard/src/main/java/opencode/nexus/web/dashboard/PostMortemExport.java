package opencode.nexus.web.dashboard;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Sample;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.web.http.Json;
import org.jspecify.annotations.Nullable;

/** Every post-mortem as one file, newest first, one in memory at a time. */
enum PostMortemExport {
    JSON("application/json", ".json", "[", ",\n", "]\n"),
    TEXT("text/plain;charset=utf-8", ".txt", "", "\n", "");

    private final String type;
    private final String ending;
    private final String before;
    private final String between;
    private final String after;

    PostMortemExport(String type, String ending, String before, String between, String after) {
        this.type = type;
        this.ending = ending;
        this.before = before;
        this.between = between;
        this.after = after;
    }

    static PostMortemExport of(@Nullable String format) {
        return switch (format == null ? "json" : format) {
            case "json" -> JSON;
            case "text" -> TEXT;
            default -> throw NexusException.invalid("format", "must be json or text");
        };
    }

    void write(RestartService restarts, HttpServletResponse response) throws IOException {
        response.setContentType(type);
        response.setHeader("Content-Disposition", "attachment; filename=\"nexus-restarts" + ending + "\"");
        response.setHeader("Cache-Control", "no-store");
        OutputStream out = response.getOutputStream();
        String separator = before;
        for (Attempt attempt : restarts.attempts()) {
            PostMortem found;
            try {
                found = restarts.postMortem(attempt.id());
            } catch (NexusException e) {
                // It became too old meanwhile.
                continue;
            }
            put(out, separator);
            out.write(this == JSON ? Json.mapper().writeValueAsBytes(found) : bytes(text(found)));
            separator = between;
        }
        put(out, separator.equals(before) ? before + after : after);
    }

    private static void put(OutputStream out, String text) throws IOException {
        out.write(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(PostMortem found) {
        Attempt attempt = found.attempt();
        StringBuilder text = new StringBuilder();
        text.append("==== ").append(attempt.at()).append("  ").append(attempt.subject());
        text.append("  ")
                .append(attempt.outcome().name().toLowerCase(Locale.ROOT))
                .append("  ")
                .append(attempt.id());
        text.append('\n').append(attempt.reason()).append('\n');
        line(text, "exit code", attempt.exit());
        line(text, "signal", attempt.signal());
        text.append("delay ").append(attempt.delayMs()).append(" ms\n");
        line(text, "of use again after ms", attempt.tookMs());
        if (!found.decisions().isEmpty()) {
            text.append("\n-- what was seen and decided\n");
            found.decisions().forEach(decision -> text.append(decision).append('\n'));
        }
        if (!found.curve().isEmpty()) {
            text.append("\n-- memory in MB, cores in use\n");
            found.curve().forEach(sample -> text.append(line(sample)));
        }
        for (Evidence evidence : found.evidence()) {
            text.append("\n-- ").append(evidence.title()).append('\n');
            text.append(evidence.text().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String title, @Nullable Object value) {
        if (value != null) {
            text.append(title).append(' ').append(value).append('\n');
        }
    }

    private static String line(Sample sample) {
        return sample.at() + "  " + (sample.rssBytes() == null ? "?" : sample.rssBytes() / 1_048_576) + "  "
                + (sample.cpu() == null ? "?" : String.format(Locale.ROOT, "%.2f", sample.cpu())) + "\n";
    }
}
