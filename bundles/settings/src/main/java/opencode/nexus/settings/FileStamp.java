package opencode.nexus.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** What a file looked like at one moment. */
record FileStamp(Form form, @Nullable FileTime modified, long size, @Nullable Object key) {

    enum Form {
        ABSENT,
        FILE,
        /** A directory, a pipe, or something that cannot be looked at. */
        OTHER
    }

    static FileStamp of(Path file) {
        try {
            BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(
                    seen.isRegularFile() ? Form.FILE : Form.OTHER,
                    seen.lastModifiedTime(),
                    seen.size(),
                    seen.fileKey());
        } catch (NoSuchFileException e) {
            return new FileStamp(Form.ABSENT, null, 0, null);
        } catch (IOException e) {
            return new FileStamp(Form.OTHER, null, 0, null);
        }
    }
}
