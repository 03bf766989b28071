package opencode.nexus.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The texts, one Markdown file for each topic. */
final class CannedAnswers {

    enum Topic {
        HELLO,
        CODE,
        TABLE,
        LONG,
        MARKDOWN,
        THINKING,
        THOUGHTS,
        TOOL,
        NO_TOOL,
        QUESTION,
        TODOS
    }

    private final Map<Topic, String> texts = new EnumMap<>(Topic.class);

    CannedAnswers() {
        for (Topic topic : Topic.values()) {
            texts.put(topic, read(topic.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".md"));
        }
    }

    String text(Topic topic) {
        return texts.get(topic);
    }

    private static String read(String file) {
        try (InputStream in = CannedAnswers.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("not in the bundle: " + file);
            }
            return new String(in.readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
