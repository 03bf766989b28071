package opencode.nexus.restart;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.supervise.Supervised.Evidence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Post-mortems, one file each, for 90 days and at most 500. In memory is only what a list shows, which is why each file
 * begins with it. The list goes by the date as it is; a file is removed for its age only while the date can be trusted, so
 * that a clock that jumps forward and back takes nothing away. Safe for use by several threads.
 */
final class History {
    static final int MOST = 500;

    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    private static final Duration KEPT = Duration.ofDays(90);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);
    private static final Pattern ID = Pattern.compile("[0-9]{8}-[0-9]{6}-[0-9]{3}-[a-z][a-z0-9-]{0,40}");
    private static final String SUFFIX = ".json";
    private static final String HEAD = "attempt";
    private static final long MOST_BYTES = 2 * 1_024 * 1_024;
    private static final int MOST_EVIDENCE = 10;
    private static final int MOST_CHARACTERS = 64 * 1_024;

    /** How many that the disk refused are kept in memory. */
    private static final int MOST_UNWRITTEN = 20;

    private final NexusHome home;
    private final Path directory;
    private final Supplier<Instant> clock;
    private final LongSupplier millis;
    private final SteadyClock steady;
    private final ObjectMapper json = RestartJson.mapper();
    private final TreeMap<String, Attempt> attempts = new TreeMap<>();
    private final Map<String, PostMortem> unwritten = new HashMap<>();

    /** Whether it was said that the disk refuses. Used by the thread for files. */
    private boolean told;

    /** @param millis a clock that knows no date and never jumps */
    History(NexusHome home, Supplier<Instant> clock, LongSupplier millis) {
        this.home = home;
        this.clock = clock;
        this.millis = millis;
        steady = new SteadyClock(clock.get(), millis.getAsLong());
        directory = home.directory("restart");
        readAll();
        prune();
    }

    /** Of the last 90 days, newest first. */
    List<Attempt> attempts() {
        Instant oldest = clock.get().minus(KEPT);
        return all().stream().filter(attempt -> !attempt.at().isBefore(oldest)).toList();
    }

    private synchronized List<Attempt> all() {
        return attempts.values().stream()
                .sorted(Comparator.comparing(Attempt::at)
                        .thenComparing(Attempt::id)
                        .reversed())
                .toList();
    }

    /** The newest of one subject. */
    Optional<Attempt> newest(String subject) {
        return attempts().stream()
                .filter(attempt -> attempt.subject().equals(subject))
                .findFirst();
    }

    /** An id that no attempt has yet; kept free from then on. */
    synchronized String newId(String subject, Instant at) {
        String base = TIME.format(at) + "-" + subject;
        String id = base;
        for (int number = 2; attempts.containsKey(id); number++) {
            id = base + "-" + number;
        }
        return id;
    }

    /** From now on it is in the list; {@link #write} puts it on the disk. */
    synchronized void show(Attempt attempt) {
        attempts.put(attempt.id(), attempt);
    }

    /** Blocks on the disk. What the disk refuses is kept in memory for as long as this lives. */
    void write(PostMortem found) {
        PostMortem postMortem = shorten(found);
        String id = postMortem.attempt().id();
        synchronized (this) {
            unwritten.put(id, postMortem);
        }
        try {
            home.write(file(id), json.writeValueAsBytes(postMortem));
            told = false;
            synchronized (this) {
                unwritten.remove(id, postMortem);
            }
        } catch (NexusException | IOException e) {
            if (!told) {
                told = true;
                LOG.warn("Post-mortems are kept in memory until they can be stored: {}", e.getMessage());
            }
            synchronized (this) {
                unwritten.keySet().stream()
                        .sorted()
                        .limit(Math.max(0, unwritten.size() - MOST_UNWRITTEN))
                        .toList()
                        .forEach(unwritten::remove);
            }
        }
        prune();
    }

    /** @throws NexusException NOT_FOUND {@code unknown-attempt} */
    PostMortem find(String id) {
        Attempt attempt;
        synchronized (this) {
            attempt = attempts.get(id);
            PostMortem known = unwritten.get(id);
            if (known != null) {
                return known;
            }
        }
        if (attempt == null) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-attempt", "There is no such attempt, or no more.");
        }
        try {
            Path file = file(id);
            if (Files.size(file) <= MOST_BYTES) {
                Optional<byte[]> content = home.read(file);
                if (content.isPresent()) {
                    return json.readValue(content.get(), PostMortem.class);
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("The post-mortem {} cannot be read: {}", id, e.getMessage());
        }
        return new PostMortem(
                attempt, null, List.of(), List.of("What was known of it beyond this cannot be read."), List.of());
    }

    private void readAll() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                read(file, name.substring(0, name.length() - SUFFIX.length()));
            }
        } catch (IOException e) {
            LOG.warn("What was restarted before is not known any more: {} cannot be read", directory);
        }
    }

    /** Only the head: the rest may be long. */
    private void read(Path file, String id) {
        try (InputStream in = Files.newInputStream(file);
                JsonParser parser = json.createParser(in)) {
            Attempt attempt = null;
            if (parser.nextToken() == JsonToken.START_OBJECT && HEAD.equals(parser.nextFieldName())) {
                parser.nextToken();
                attempt = json.readValue(parser, Attempt.class);
            }
            if (attempt == null
                    || !isWhole(attempt)
                    || !attempt.id().equals(id)
                    || !ID.matcher(id).matches()) {
                LOG.warn("{} is no post-mortem and is passed over", file);
                return;
            }
            attempts.put(id, attempt);
        } catch (IOException | RuntimeException e) {
            LOG.warn("{} is damaged and is passed over", file);
        }
    }

    private static boolean isWhole(Attempt attempt) {
        return !Objects.isNull(attempt.id())
                && !Objects.isNull(attempt.at())
                && !Objects.isNull(attempt.subject())
                && !Objects.isNull(attempt.outcome());
    }

    private void prune() {
        Instant now = clock.get();
        Instant oldest = steady.isSteady(now, millis.getAsLong()) ? now.minus(KEPT) : Instant.MIN;
        List<String> old = new ArrayList<>();
        synchronized (this) {
            List<Attempt> all = all();
            for (int index = 0; index < all.size(); index++) {
                if (index >= MOST || all.get(index).at().isBefore(oldest)) {
                    old.add(all.get(index).id());
                }
            }
            old.forEach(attempts::remove);
            old.forEach(unwritten::remove);
        }
        for (String id : old) {
            try {
                Files.deleteIfExists(file(id));
            } catch (IOException e) {
                LOG.warn("An old post-mortem could not be removed: {}", e.getMessage());
            }
        }
    }

    private Path file(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("not an id: " + id);
        }
        return directory.resolve(id + SUFFIX);
    }

    /** Whoever gives evidence promises to be brief; a file is bounded even when the promise is broken. */
    private static PostMortem shorten(PostMortem found) {
        List<Evidence> evidence = found.evidence().stream()
                .limit(MOST_EVIDENCE)
                .map(one -> one.text().length() <= MOST_CHARACTERS
                        ? one
                        : new Evidence(
                                one.name(),
                                one.title(),
                                one.text().substring(one.text().length() - MOST_CHARACTERS)))
                .collect(Collectors.toList());
        return new PostMortem(found.attempt(), found.exit(), found.curve(), found.decisions(), evidence);
    }
}
