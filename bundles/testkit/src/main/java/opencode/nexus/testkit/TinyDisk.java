package opencode.nexus.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A disk of one megabyte that a test can fill. Only root can mount one, and only on Linux. */
public final class TinyDisk implements AutoCloseable {
    private static final int PIECE = 4_096;
    private static final int SECONDS = 30;

    private final Path directory;
    private final Path filler;

    private TinyDisk(Path directory) {
        this.directory = directory;
        filler = directory.resolve("filler");
    }

    /**
     * Mounts a new one.
     *
     * @param directory an empty one, which becomes its root
     * @throws IOException when it cannot be mounted here: the test cannot be made
     */
    public static TinyDisk mount(Path directory) throws IOException {
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory.toString());
        return new TinyDisk(directory);
    }

    /** From now on there is no room for a single byte in a new file. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[PIECE]);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("No space left")) {
                throw e;
            }
        }
    }

    /** Makes room again. */
    public void free() throws IOException {
        Files.deleteIfExists(filler);
    }

    /** Whoever still has a file open there may keep it. */
    @Override
    public void close() throws IOException {
        run("umount", "-l", directory.toString());
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command[0] + " is not allowed here");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
