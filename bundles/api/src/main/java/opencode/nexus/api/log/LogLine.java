package opencode.nexus.api.log;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of the log, without secrets. Its JSON is one entry of {@code GET /api/logs}.
 *
 * @param seq its number; grows with each line and is never given twice, also after a restart
 * @param at when it was written, as far as its source tells, else when it was read
 * @param source who said it: {@code nexus.chat} for the bundles, {@code opencode}, {@code opencode.output},
 *     {@code cloudflared}, {@code audit}
 * @param thread null when the source does not tell
 * @param message one line, at most 16 KiB; control characters are written as {@code \\u001b}
 * @param error a stack trace or what else belongs to it, with line breaks, at most 64 KiB
 * @param fields what the source told in fields of its own, at most 32
 */
public record LogLine(
        long seq,
        Instant at,
        LogLevel level,
        String source,
        @Nullable String thread,
        String message,
        @Nullable String error,
        Map<String, String> fields) {
    public LogLine {
        fields = Map.copyOf(fields);
    }
}
