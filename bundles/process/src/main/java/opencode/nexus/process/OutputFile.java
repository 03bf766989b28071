package opencode.nexus.process;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that one name's output goes to, life after life. The processes append to it on their own; when it has grown
 * past its cap its last part is moved into a second file. Positions count every byte since this object was made, also
 * those that are gone. Safe for use by several threads.
 *
 * <p>A move may come in the middle of a line, and what is written at that very moment is lost. So what was moved always
 * ends in a line end, if need be in one that was added: a line that was cut reads as two, and two halves that do not
 * belong together are never read as one.
 */
final class OutputFile {
    private static final Logger LOG = LoggerFactory.getLogger(OutputFile.class);
    private static final int MOST_READ = 256 * 1024;
    private static final int LOOKS = 8;

    private final NexusHome home;
    private final Path file;
    private final Path older;
    private final int cap;
    private long moved;

    // Said once, until it can be done again.
    private boolean uncut;

    private boolean unreadable;

    OutputFile(NexusHome home, Path file, int cap) {
        this.home = home;
        this.file = file;
        this.older = file.resolveSibling(file.getFileName() + ".1");
        this.cap = cap;
    }

    Path path() {
        return file;
    }

    /**
     * Makes the file private and ready to be appended to, and tells at which position that is.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable}
     */
    synchronized long prepare() {
        if (Files.notExists(file)) {
            home.write(file, new byte[0]);
        }
        moveWhenTooLong();
        if (!Files.isWritable(file)) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE, "home-not-writable", "Nexus cannot write " + file + ".");
        }
        return end();
    }

    /** The position behind what is there. */
    synchronized long end() {
        return moved + size();
    }

    /** The position that is so many bytes into the file as it is now; its beginning when it is shorter than that. */
    synchronized long position(long bytes) {
        return moved + (bytes <= size() ? bytes : 0);
    }

    /** How many bytes into the file as it is now a position lies. */
    synchronized long offset(long position) {
        return Math.max(0, position - moved);
    }

    synchronized void moveWhenTooLong() {
        if (size() <= cap) {
            return;
        }
        try {
            home.write(older, cut());
            uncut = false;
        } catch (IOException e) {
            if (!uncut) {
                uncut = true;
                LOG.warn("{} grows without bounds until it can be cut: {}", file, e.getMessage());
            }
        } catch (NexusException e) {
            LOG.warn("Older output is lost. {}", e.getMessage());
            deleteOlder();
        }
    }

    /** What is there comes from an earlier move: it would be read as what went just before. */
    private void deleteOlder() {
        try {
            Files.deleteIfExists(older);
        } catch (IOException e) {
            LOG.warn("{} is out of date and cannot be deleted: {}", older, e.getMessage());
        }
    }

    /**
     * Empties the file and gives its last part, which ends in a line end. What the process writes between the last look
     * and the cut, microseconds later, is lost: the price of not holding a pipe to it.
     */
    private byte[] cut() throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            ByteArrayOutputStream last = new ByteArrayOutputStream(cap);
            long reached = 0;
            // Each look takes in what was written during the one before, which is less and less.
            for (int look = 0; look < LOOKS && open.length() > reached; look++) {
                long length = open.length();
                byte[] more = new byte[(int) Math.min(cap, length - reached)];
                open.seek(length - more.length);
                open.readFully(more);
                if (more.length == cap) {
                    last.reset();
                }
                last.writeBytes(more);
                reached = length;
            }
            open.setLength(0);
            moved += reached;
            if (!endsInLineEnd(last.toByteArray())) {
                last.write('\n');
                moved++;
            }
            byte[] bytes = last.toByteArray();
            return Arrays.copyOfRange(bytes, Math.max(0, bytes.length - cap), bytes.length);
        }
    }

    private static boolean endsInLineEnd(byte[] bytes) {
        return bytes.length > 0 && (bytes[bytes.length - 1] == '\n' || bytes[bytes.length - 1] == '\r');
    }

    /**
     * The last lines from a position on, oldest first. Looks at no more than the last 256 KiB. A line that a move cut is
     * two lines here.
     */
    synchronized List<String> lastLines(long from, int count) {
        if (count <= 0) {
            return List.of();
        }
        try {
            List<String> lines = lines(from, count);
            unreadable = false;
            return lines;
        } catch (IOException e) {
            if (!unreadable) {
                unreadable = true;
                LOG.warn("{} cannot be read: {}", file, e.getMessage());
            }
            return List.of();
        }
    }

    private List<String> lines(long from, int count) throws IOException {
        long end = end();
        long begin = Math.max(from, end - MOST_READ);
        StringBuilder text = new StringBuilder();
        if (begin < moved && Files.exists(older)) {
            int wanted = (int) (moved - begin);
            text.append(text(read(older, Math.max(0, Files.size(older) - wanted), wanted)));
        }
        text.append(text(read(file, Math.max(0, begin - moved), MOST_READ)));
        List<String> lines = text.toString().lines().toList();
        // The first is only the end of a line then.
        int first = begin > from && lines.size() > 1 ? 1 : 0;
        return lines.subList(Math.max(first, lines.size() - count), lines.size());
    }

    private long size() {
        return file.toFile().length();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] read(Path from, long offset, int length) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(from.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.max(0, Math.min(length, open.length() - offset))];
            open.seek(offset);
            open.readFully(bytes);
            return bytes;
        } catch (EOFException e) {
            throw new IOException(from + " was cut while it was read", e);
        }
    }
}
