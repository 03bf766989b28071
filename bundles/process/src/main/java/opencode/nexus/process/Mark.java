package opencode.nexus.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A word in the environment of a child, which everything inherits that the child starts. By it those are found that a dead
 * child left behind, when the system does not know any more where they came from. Its first half stands for the home, its
 * second is drawn anew at each start, so a stranger never bears it. Only where there is a {@code /proc}; elsewhere nobody
 * is found.
 */
record Mark(String value) {
    private static final Logger LOG = LoggerFactory.getLogger(Mark.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Path PROC = Path.of("/proc");
    private static final int HALF_BYTES = 8;

    static final String VARIABLE = "NEXUS_CHILD";

    private static final Pattern BORNE = Pattern.compile("(?:^|\\u0000)" + VARIABLE + "=([0-9a-f]{32})(?:\\u0000|$)");

    Mark {
        if (!value.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("not a mark");
        }
    }

    /** Of no home. */
    static Mark fresh() {
        return new Mark(random() + random());
    }

    /** Of the home that has this directory. */
    static Mark fresh(Path directory) {
        return new Mark(half(directory) + random());
    }

    /** Whether this machine tells who bears a mark. */
    static boolean isFound() {
        return Files.isReadable(PROC.resolve("self/environ"));
    }

    /**
     * The living processes that bear it, but this very one.
     *
     * @throws IOException when it cannot be told
     */
    List<ProcessHandle> bearers() throws IOException {
        return bearers(this::equals);
    }

    /**
     * The living processes that bear a mark of a home, but not one of those that are wanted.
     *
     * @throws IOException when it cannot be told
     */
    static List<ProcessHandle> strays(Path directory, Predicate<Mark> wanted) throws IOException {
        String half = half(directory);
        return bearers(mark -> mark.value().startsWith(half) && !wanted.test(mark));
    }

    private static List<ProcessHandle> bearers(Predicate<Mark> meant) throws IOException {
        List<Long> pids;
        try (Stream<Path> all = Files.list(PROC)) {
            pids = all.map(directory -> directory.getFileName().toString())
                    .filter(name -> name.matches("[1-9][0-9]{0,9}"))
                    .map(Long::valueOf)
                    .filter(pid -> pid != ProcessHandle.current().pid())
                    .toList();
        } catch (NoSuchFileException e) {
            LOG.debug("This machine does not tell who bears a mark", e);
            return List.of();
        }
        List<ProcessHandle> found = new ArrayList<>();
        for (Long pid : pids) {
            // The handle first: it is bound to the process that is looked at.
            Optional<ProcessHandle> handle = ProcessHandle.of(pid);
            if (handle.isPresent() && of(pid).filter(meant).isPresent() && ProcessTree.isAlive(handle.get())) {
                found.add(handle.get());
            }
        }
        return found;
    }

    /** The mark that a process bears. */
    private static Optional<Mark> of(long pid) throws IOException {
        try {
            String environment =
                    Files.readString(PROC.resolve(Long.toString(pid)).resolve("environ"), StandardCharsets.ISO_8859_1);
            Matcher borne = BORNE.matcher(environment);
            return borne.find() ? Optional.of(new Mark(borne.group(1))) : Optional.empty();
        } catch (AccessDeniedException | NoSuchFileException e) {
            LOG.trace("Process {} belongs to somebody else, or has ended", pid);
            return Optional.empty();
        } catch (IOException e) {
            mustBeReadable();
            LOG.trace("Process {} is one of the system, or has ended while it was looked at", pid);
            return Optional.empty();
        }
    }

    /** It is not, for want of a free descriptor for instance. */
    private static void mustBeReadable() throws IOException {
        Files.newInputStream(PROC.resolve("self/environ")).close();
    }

    private static String random() {
        byte[] bytes = new byte[HALF_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String half(Path directory) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(directory.toAbsolutePath().normalize().toString().getBytes(UTF_8));
            return HexFormat.of().formatHex(digest, 0, HALF_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
