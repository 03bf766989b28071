package opencode.nexus.api.home;

import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The owner's private directory. Every file of Nexus that must outlive an upgrade lies below {@link #directory}; nothing
 * of it lies in the framework's cache. Directories are made 0700, files 0600. Safe for use by several threads.
 */
@ProviderType
public interface NexusHome {

    /** The directory of one owner of files, for instance {@code auth}; made if it is not there. */
    Path directory(String name);

    /**
     * Replaces a file as a whole: written beside it, forced to disk, renamed, directory forced. After a crash either the
     * old or the new content is there, never a mixture. The file is below {@link #directory}, or in {@code etc} of the home.
     *
     * @throws opencode.nexus.api.NexusException UNAVAILABLE {@code home-not-writable} when the disk refuses; the old
     *     content is still there
     */
    void write(Path file, byte[] content);

    /**
     * The content of a file, or nothing when it does not exist.
     *
     * @throws opencode.nexus.api.NexusException UNAVAILABLE {@code home-not-readable} when the disk refuses
     */
    Optional<byte[]> read(Path file);
}
