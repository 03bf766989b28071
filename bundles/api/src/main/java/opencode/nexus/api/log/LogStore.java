package opencode.nexus.api.log;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Keeps the log: lines in files of the home, rotated by size and thrown away by age and by size in all, with secrets taken
 * out before anything is stored or shown. What comes is published in the hub as {@code log.line} on topic {@code logs}, and
 * {@code log.dropped} with {@code {"count"}} when there was more than could be told. Safe for use by several threads.
 */
@ProviderType
public interface LogStore {

    /**
     * Lines that match, oldest first. Blocks on the disk, at most five seconds.
     *
     * @param place which of the matching ones
     * @param limit the largest number wanted, 1 to 1000
     * @throws opencode.nexus.api.NexusException INVALID naming the field, for instance {@code q} for a pattern that does not
     *     compile; INVALID {@code pattern-too-slow} for one that takes too long on some line
     */
    Page find(Query query, Place place, int limit);

    /**
     * Hands over everything that matches, oldest first, as it was when this was called, one by one. Needs no more memory
     * for more lines.
     *
     * @throws IOException what {@code sink} threw; nothing is handed over after that
     * @throws opencode.nexus.api.NexusException as {@link #find}
     */
    void export(Query query, Sink sink) throws IOException;

    /** What there is. Never blocks on the disk. */
    Summary summary();

    /** The sources that said something or whose level may be set, with their present levels, by name. */
    List<Source> sources();

    /**
     * From now on, what matters less than {@code level} is not kept from this source. Goes back by itself.
     *
     * @param source as in {@link #sources}, or {@code nexus} for all bundles
     * @param duration at most a day; null to go back now
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-source}; INVALID naming the field
     */
    void level(String source, LogLevel level, @Nullable Duration duration);

    /**
     * What matches.
     *
     * @param levels empty for all
     * @param sources empty for all; {@code nexus} stands for every {@code nexus.…}
     * @param since null for the beginning
     * @param until null for the end
     * @param text what stands in message, error or fields; empty for all. Upper and lower case are the same unless
     *     {@code exact}
     * @param pattern whether {@code text} is a regular expression
     */
    record Query(
            Set<LogLevel> levels,
            Set<String> sources,
            @Nullable Instant since,
            @Nullable Instant until,
            String text,
            boolean pattern,
            boolean exact) {
        public static final Query ALL = new Query(Set.of(), Set.of(), null, null, "", false, false);

        public Query {
            levels = Set.copyOf(levels);
            sources = Set.copyOf(sources);
        }
    }

    /**
     * Which of the matching lines.
     *
     * @param from how {@code number} is meant
     */
    record Place(From from, long number) {
        public static final Place NEWEST = new Place(From.BEFORE, Long.MAX_VALUE);
    }

    enum From {
        /** The last ones with a smaller {@code seq} than the number. */
        BEFORE,
        /** The first ones with a larger {@code seq} than the number. */
        AFTER,
        /** Half of them before, half of them from the {@code seq} on. */
        AROUND,
        /** From the match with that index on, the oldest one being 0. */
        INDEX
    }

    /**
     * @param first index of the first line among all matching ones; meaningless when there are none
     * @param total how many match; so many at least while not {@code complete}
     * @param complete false when the search did not come to an end in time: ask again
     */
    record Page(List<LogLine> lines, long first, long total, boolean complete) {
        public Page {
            lines = List.copyOf(lines);
        }
    }

    /** @param dropped how many lines could not be kept since the start */
    record Summary(
            long lines,
            long bytes,
            @Nullable Instant oldest,
            Map<LogLevel, Long> levels,
            long dropped,
            @Nullable String problem) {
        public Summary {
            levels = Map.copyOf(levels);
        }
    }

    /**
     * @param settable whether {@link LogStore#level} has more of it written, not only less of it kept
     * @param until when the level goes back by itself; null while it is the usual one
     */
    record Source(String name, long lines, LogLevel level, boolean settable, @Nullable Instant until) {}

    /** Takes lines of an export. */
    @FunctionalInterface
    interface Sink {
        void take(LogLine line) throws IOException;
    }
}
