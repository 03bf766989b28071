package opencode.nexus.opencode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/** What a file looked like at one moment; a file that is not there looks like nothing. */
record FileStamp(String file, Instant modified, long size) {

    static FileStamp of(String file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(Path.of(file), BasicFileAttributes.class);
            return new FileStamp(file, attributes.lastModifiedTime().toInstant(), attributes.size());
        } catch (IOException | InvalidPathException e) {
            return new FileStamp(file, Instant.EPOCH, -1);
        }
    }

    boolean isOutdated() {
        return !equals(of(file));
    }
}
