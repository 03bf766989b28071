package opencode.nexus.api.search;

import java.time.Instant;
import java.util.List;
import opencode.nexus.api.chat.Message;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Finds words in everything that was ever said. It keeps an index that is filled from OpenCode in the background and may be
 * thrown away at any time. Safe for use by several threads.
 */
@ProviderType
public interface SearchService {

    /**
     * Messages that hold every word of the query, without regard to case and accents; the last word may be the beginning of
     * one. Signs are no operators: they separate words. Best first, the newer of two that are as good.
     *
     * @param query 1 to 200 characters; signs alone find nothing
     * @param sessionId only in this session; null for all
     * @param limit 1 to 100
     * @param offset how many to leave out, 0 to 1,000
     * @throws opencode.nexus.api.NexusException INVALID naming the field; UNAVAILABLE {@code search-unavailable}
     */
    Result search(String query, @Nullable String sessionId, int limit, int offset);

    /** Throws the index away and fills it anew. Returns at once. */
    void rebuild();

    /**
     * What was found.
     *
     * @param total how many messages match in all
     * @param complete false while older messages are still being read into the index
     */
    record Result(List<Hit> hits, long total, boolean complete) {
        public Result {
            hits = List.copyOf(hits);
        }
    }

    /**
     * One message that was found.
     *
     * @param snippet text around the place where most of the words stand together, at most 240 characters, without line
     *     breaks; begins or ends with an ellipsis where it was cut
     * @param marks where the words stand in the snippet
     */
    record Hit(
            String sessionId,
            String messageId,
            Message.Role role,
            Instant createdAt,
            String snippet,
            List<Mark> marks) {
        public Hit {
            marks = List.copyOf(marks);
        }
    }

    /** From {@code start} up to {@code end}, in characters (UTF-16 units). */
    record Mark(int start, int end) {}
}
