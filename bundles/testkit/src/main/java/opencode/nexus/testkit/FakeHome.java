package opencode.nexus.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;

/**
 * A home in a directory of the test, usually a {@code @TempDir}. Writes are whole, but not forced to disk. A test can
 * make the disk fail.
 */
public final class FakeHome implements NexusHome {
    private final Path base;
    private volatile boolean readOnly;
    private volatile boolean unreadable;

    public FakeHome(Path base) {
        this.base = base;
    }

    /** From now on every write is refused, as by a full disk. */
    public void refuseWrites(boolean refuse) {
        readOnly = refuse;
    }

    /** From now on every read is refused, as by a broken disk. */
    public void refuseReads(boolean refuse) {
        unreadable = refuse;
    }

    @Override
    public Path directory(String name) {
        try {
            return Files.createDirectories(base.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void write(Path file, byte[] content) {
        if (!file.toAbsolutePath().normalize().startsWith(base.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException("not in the home: " + file);
        }
        if (readOnly) {
            throw new NexusException(NexusException.Kind.UNAVAILABLE, "home-not-writable", "The disk is full.");
        }
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(beside, content);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            beside.toFile().delete();
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE, "home-not-writable", "The disk refuses: " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<byte[]> read(Path file) {
        if (unreadable) {
            throw new NexusException(NexusException.Kind.UNAVAILABLE, "home-not-readable", "The disk is broken.");
        }
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
