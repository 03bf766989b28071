package opencode.nexus.home;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory {@code state} below the base. While it is open it holds {@code state/lock}, so that no second gateway works
 * on the same files.
 */
final class PrivateHome implements NexusHome, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateHome.class);

    /** The end of what Java says: alone, in brackets, or behind the file. */
    private static final Pattern SYSTEM = Pattern.compile("(?:^|: |\\()([A-Z][a-z]+(?: [a-z/-]+)+)\\)?$");

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?> PRIVATE_DIRECTORY = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
    private static final FileAttribute<?> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path state;
    private final Path etc;
    private final boolean posix;
    private final HomeLock lock;

    /**
     * Opens the home.
     *
     * @throws NexusException CONFLICT {@code home-in-use} when another gateway has it; UNAVAILABLE
     *     {@code home-not-writable}
     */
    PrivateHome(Path base) {
        state = base.toAbsolutePath().normalize().resolve("state");
        etc = state.resolveSibling("etc");
        posix = base.getFileSystem().supportedFileAttributeViews().contains("posix");
        lock = lock(makePrivate(state));
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("The lock of {} is not released: {}", state, e.getMessage());
        }
    }

    @Override
    public Path directory(String name) {
        if (!name.matches("[a-z][a-z0-9-]{0,31}")) {
            throw new IllegalArgumentException("not a directory name: " + name);
        }
        return makePrivate(state.resolve(name));
    }

    // One at a time, so that the file beside has a fixed name and a crash leaves at most one of them, soon replaced.
    @Override
    public synchronized void write(Path file, byte[] content) {
        Path target = file.toAbsolutePath().normalize();
        if (!target.startsWith(state) && !target.startsWith(etc)) {
            throw new IllegalArgumentException("not in the home: " + file);
        }
        Path beside = target.resolveSibling(target.getFileName() + ".new");
        try {
            Files.deleteIfExists(beside);
            Files.createFile(beside, attributes(PRIVATE_FILE));
            fill(beside, content);
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            discard(beside);
            throw notWritable(target, e);
        }
        try {
            force(target.getParent());
        } catch (IOException e) {
            // The new content is there: to say that it is not would be wrong.
            LOG.warn("{} is written, but a power cut could still undo that: {}", target, e.getMessage());
        }
    }

    /** On a full disk even half a file is too much. */
    private static void discard(Path beside) {
        try {
            Files.deleteIfExists(beside);
        } catch (IOException e) {
            LOG.debug("{} stays behind until the next try", beside, e);
        }
    }

    @Override
    public Optional<byte[]> read(Path file) {
        // Not through a channel: an interrupt of the reading thread would close it and look like a broken disk.
        try (InputStream in = new FileInputStream(file.toFile())) {
            return Optional.of(in.readAllBytes());
        } catch (FileNotFoundException e) {
            if (Files.notExists(file)) {
                return Optional.empty();
            }
            throw notReadable(file, e);
        } catch (IOException e) {
            throw notReadable(file, e);
        }
    }

    private HomeLock lock(Path directory) {
        Path file = directory.resolve("lock");
        try {
            if (Files.notExists(file)) {
                createPrivate(file);
            }
            return HomeLock.take(file);
        } catch (IOException e) {
            throw notWritable(file, e);
        } catch (HomeLock.Held e) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "home-in-use",
                    "Another Nexus (pid " + e.pid() + ") uses " + directory.getParent()
                            + ": stop it first, or choose another home.",
                    e);
        }
    }

    private void createPrivate(Path file) throws IOException {
        try {
            Files.createFile(file, attributes(PRIVATE_FILE));
        } catch (FileAlreadyExistsException e) {
            LOG.debug("{} was made by another process meanwhile", file, e);
        }
    }

    private Path makePrivate(Path directory) {
        try {
            Files.createDirectories(directory, attributes(PRIVATE_DIRECTORY));
            if (posix && !Files.getPosixFilePermissions(directory).equals(OWNER_ONLY)) {
                Files.setPosixFilePermissions(directory, OWNER_ONLY);
            }
            return directory;
        } catch (IOException e) {
            throw notWritable(directory, e);
        }
    }

    private FileAttribute<?>[] attributes(FileAttribute<?> permissions) {
        return posix ? new FileAttribute<?>[] {permissions} : new FileAttribute<?>[0];
    }

    private static void fill(Path file, byte[] content) throws IOException {
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            out.write(content);
            out.getFD().sync();
        }
    }

    /** Makes the renaming itself survive a power cut. */
    private void force(Path directory) throws IOException {
        boolean interrupted = false;
        try {
            while (posix && !forced(directory)) {
                interrupted = Thread.interrupted();
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean forced(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
            return true;
        } catch (ClosedByInterruptException e) {
            return false;
        }
    }

    private static NexusException notWritable(Path file, IOException cause) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "home-not-writable",
                "Nexus cannot write " + file + why(cause) + ": check the free space and the permissions there.",
                cause);
    }

    private static NexusException notReadable(Path file, IOException cause) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "home-not-readable",
                "Nexus cannot read " + file + why(cause) + ": check the permissions there.",
                cause);
    }

    /** What the system says, if it does: {@code (No space left on device)}. */
    private static String why(IOException cause) {
        Matcher told = SYSTEM.matcher(String.valueOf(cause.getMessage()));
        return told.find() ? " (" + told.group(1) + ")" : "";
    }
}
