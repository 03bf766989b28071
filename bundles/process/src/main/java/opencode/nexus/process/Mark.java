package opencode.nexus.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A word in the environment of a child, which everything inherits that the child starts. By it those are found that a dead
 * child left behind, when the system does not know any more where they came from. It is drawn anew at each start, so a
 * stranger never bears it. Only where there is a {@code /proc}; elsewhere nobody is found.
 */
record Mark(String value) {
    private static final Logger LOG = LoggerFactory.getLogger(Mark.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Path PROC = Path.of("/proc");

    static final String VARIABLE = "NEXUS_CHILD";

    Mark {
        if (!value.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException("not a mark");
        }
    }

    static Mark fresh() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return new Mark(HexFormat.of().formatHex(bytes));
    }

    /** The living processes that bear it, but this very one. */
    List<ProcessHandle> bearers() {
        byte[] wanted = (VARIABLE + "=" + value).getBytes(StandardCharsets.US_ASCII);
        try (Stream<Path> all = Files.list(PROC)) {
            return all.map(directory -> directory.getFileName().toString())
                    .filter(name -> name.matches("[1-9][0-9]{0,9}"))
                    .map(Long::valueOf)
                    .filter(pid -> pid != ProcessHandle.current().pid())
                    // The handle first: it is bound to the process that is looked at.
                    .map(ProcessHandle::of)
                    .flatMap(Optional::stream)
                    .filter(handle -> isBorneBy(handle.pid(), wanted))
                    .filter(ProcessTree::isAlive)
                    .toList();
        } catch (IOException e) {
            LOG.debug("The processes of this machine cannot be listed", e);
            return List.of();
        }
    }

    private static boolean isBorneBy(long pid, byte[] wanted) {
        try {
            byte[] environment =
                    Files.readAllBytes(PROC.resolve(Long.toString(pid)).resolve("environ"));
            int begin = 0;
            for (int place = 0; place <= environment.length; place++) {
                if (place == environment.length || environment[place] == 0) {
                    if (Arrays.equals(environment, begin, place, wanted, 0, wanted.length)) {
                        return true;
                    }
                    begin = place + 1;
                }
            }
        } catch (IOException e) {
            LOG.trace("Process {} belongs to somebody else, or has ended", pid);
        }
        return false;
    }
}
