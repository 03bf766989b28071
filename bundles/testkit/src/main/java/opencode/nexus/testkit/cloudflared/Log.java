package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The log in the two forms recorded from cloudflared 2026.8.2: text with {@code error} first and the other fields in
 * alphabetical order, or JSON. All of it goes to stderr, stdout is left alone. Every line waits for its reader: when
 * nobody reads, whoever logs stands still. When the reader is gone the program ends like one killed by SIGPIPE.
 */
final class Log {
    static final int BROKEN_PIPE = 141;

    private static final int AT_ONCE = 100;

    private static final Map<String, Integer> LEVELS =
            Map.of("debug", 0, "info", 1, "warn", 2, "error", 3, "fatal", 4, "panic", 5);
    private static final String[] SHORT = {"DBG", "INF", "WRN", "ERR"};
    private static final String[] LONG = {"debug", "info", "warn", "error"};

    private final OutputStream out;
    private final boolean json;
    private final int lowest;
    private final @Nullable Path file;

    private Log(OutputStream out, boolean json, int lowest, @Nullable Path file) {
        this.out = out;
        this.json = json;
        this.lowest = lowest;
        this.file = file;
    }

    /** @param silent whether nothing at all is said, whatever happens */
    static Log of(Options options, boolean silent) {
        String wanted = options.value("loglevel", "info");
        int level = LEVELS.getOrDefault(wanted, 1);
        String file = options.value("logfile", "");
        OutputStream out = silent ? OutputStream.nullOutputStream() : new FileOutputStream(FileDescriptor.err);
        Log log = new Log(
                out, options.value("output", "default").equals("json"), level, file.isEmpty() ? null : Path.of(file));
        if (!LEVELS.containsKey(wanted)) {
            log.error("Failed to parse log level \"" + wanted + "\", using \"info\" instead");
        }
        return log;
    }

    boolean debugs() {
        return lowest == 0;
    }

    /** @param fields name, value, name, value, … */
    void debug(String message, Object... fields) {
        line(0, message, fields);
    }

    void info(String message, Object... fields) {
        line(1, message, fields);
    }

    void warn(String message, Object... fields) {
        line(2, message, fields);
    }

    void error(String message, Object... fields) {
        line(3, message, fields);
    }

    /** The final error: bare text in either form. */
    void bare(String text) {
        write(text + "\n");
    }

    /** The same error very many times; one after the other for whoever reads, and faster than by {@link #error}. */
    void errors(long count, String message, Object... fields) {
        for (long left = count; left > 0; left -= AT_ONCE) {
            line(3, (int) Math.min(left, AT_ONCE), message, fields);
        }
    }

    private void line(int level, String message, Object... fields) {
        line(level, 1, message, fields);
    }

    private void line(int level, int times, String message, Object... fields) {
        if (level < lowest) {
            return;
        }
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            named.put((String) fields[i], fields[i + 1]);
        }
        String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String asJson = json || file != null ? json(level, message, time, named) : "";
        if (file != null) {
            append(file, asJson.repeat(times));
        }
        write((json ? asJson : text(level, message, time, named)).repeat(times));
    }

    private static String text(int level, String message, String time, Map<String, Object> fields) {
        StringBuilder line = new StringBuilder(time + " " + SHORT[level] + " " + message);
        Map<String, Object> sorted = new TreeMap<>(fields);
        if (sorted.containsKey("error")) {
            line.append(" error=").append(quoted(String.valueOf(sorted.remove("error"))));
        }
        sorted.forEach(
                (name, value) -> line.append(' ').append(name).append('=').append(quoted(String.valueOf(value))));
        return line.append('\n').toString();
    }

    private static String quoted(String value) {
        boolean plain = value.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\');
        return plain ? value : Json.quoted(value);
    }

    private static String json(int level, String message, String time, Map<String, Object> fields) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("level", LONG[level]);
        line.putAll(fields);
        line.put("time", time);
        if (!message.isEmpty()) {
            line.put("message", message);
        }
        return Json.of(line) + "\n";
    }

    private synchronized void write(String text) {
        try {
            out.write(text.getBytes(UTF_8));
            out.flush();
        } catch (IOException e) {
            Runtime.getRuntime().halt(BROKEN_PIPE);
        }
    }

    private static synchronized void append(Path file, String line) {
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IllegalStateException("cannot write " + file, e);
        }
    }
}
