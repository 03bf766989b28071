package opencode.nexus.home;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to use a home. The system takes it back when the process ends, however it ends, so nothing is left behind
 * after a crash. The file itself stays, and holds the pid of whoever locked it last.
 */
final class HomeLock implements AutoCloseable {
    private static final int LONGEST_PID = 20;

    private final FileChannel channel;

    private HomeLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws Held when another gateway has it
     */
    static HomeLock take(Path file) throws IOException, Held {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!isFree(channel)) {
                throw new Held(content(channel));
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return new HomeLock(channel);
        } catch (IOException | Held e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static boolean isFree(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static String content(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(LONGEST_PID);
        channel.read(buffer, 0);
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    }

    /** Somebody else has the lock. */
    static final class Held extends Exception {
        private static final long serialVersionUID = 1;

        private Held(String pid) {
            super(pid);
        }

        /** The pid of the holder as the lock file tells it; empty when it does not. */
        String pid() {
            return getMessage();
        }
    }
}
