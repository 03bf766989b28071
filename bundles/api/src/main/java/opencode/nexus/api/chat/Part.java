package opencode.nexus.api.chat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One piece of a message. Its JSON is the {@code Part} of the HTTP API. */
public sealed interface Part {

    String id();

    /** What {@code text} events name this part by; the id itself for a part that no longer grows. */
    String key();

    /** {@code text}, {@code reasoning}, {@code tool}, {@code file}, {@code patch}, {@code subtask}, … */
    String type();

    /** When it was finished; null while it grows or runs. */
    default @Nullable Instant endedAt() {
        return null;
    }

    /**
     * Text of the answer, or of the model's thinking.
     *
     * @param type {@code text} or {@code reasoning}
     * @param hidden true for text that OpenCode added for the model only
     */
    record Text(
            String id,
            String key,
            String type,
            String text,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Boolean hidden)
            implements Part {

        /** The same part with another key and text. */
        public Text as(String nextKey, String nextText) {
            return new Text(id, nextKey, type, nextText, startedAt, endedAt, hidden);
        }

        /** The same part, still growing. */
        public Text growing(String nextKey, String nextText) {
            return new Text(id, nextKey, type, nextText, startedAt, null, hidden);
        }
    }

    /**
     * A call of a tool.
     *
     * @param callId what a permission request names this call by
     * @param state {@code pending}, {@code running}, {@code completed} or {@code error}
     * @param input the arguments, as the model gave them
     * @param output what it printed so far, or in the end
     * @param exit exit code of a command, when there is one
     * @param diff unified diff of a file it changed
     * @param childId the session of a sub-agent
     */
    record Tool(
            String id,
            String key,
            String type,
            String tool,
            String callId,
            String state,
            @Nullable String title,
            @Nullable Map<String, Object> input,
            @Nullable String output,
            @Nullable String error,
            @Nullable Integer exit,
            @Nullable String diff,
            @Nullable String childId,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt)
            implements Part {}

    /**
     * A file that was attached. Its content is not given, only what it is.
     *
     * @param size in bytes, null when it is not known
     * @param path inside the workspace, for a file that was mentioned; null for one that was uploaded
     */
    record File(
            String id, String key, String type, String name, String mime, @Nullable Long size, @Nullable String path)
            implements Part {}

    /** Files that a step changed. */
    record Patch(String id, String key, String type, List<String> files) implements Part {
        public Patch {
            files = List.copyOf(files);
        }
    }

    /** A task given to a sub-agent by the owner. */
    record Subtask(String id, String key, String type, String agent, String description) implements Part {}

    /** Anything else worth a line: {@code compaction}, {@code retry}, {@code agent}. */
    record Note(String id, String key, String type, @Nullable String text) implements Part {}
}
