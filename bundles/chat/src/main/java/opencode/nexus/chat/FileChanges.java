package opencode.nexus.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.FileChange;
import org.jspecify.annotations.Nullable;

/** Changes of several answers, put together by file. */
final class FileChanges {
    private static final String ADDED = "added";
    private static final String MODIFIED = "modified";
    private static final String DELETED = "deleted";

    private final Map<String, FileChange> byFile = new LinkedHashMap<>();

    /** Adds what came after everything so far. */
    void add(List<FileChange> later) {
        later.forEach(change -> byFile.merge(change.file(), change, FileChanges::merge));
    }

    /** In the order in which the files were touched first. */
    List<FileChange> all() {
        return new ArrayList<>(byFile.values());
    }

    private static FileChange merge(FileChange before, FileChange after) {
        return new FileChange(
                before.file(),
                join(before.patch(), after.patch()),
                before.additions() + after.additions(),
                before.deletions() + after.deletions(),
                status(before.status(), after.status()));
    }

    private static String status(String before, String after) {
        if (after.equals(DELETED)) {
            return DELETED;
        }
        // A file that was deleted and is there again counts as changed.
        return before.equals(DELETED) ? MODIFIED : before.equals(ADDED) ? ADDED : after;
    }

    private static @Nullable String join(@Nullable String before, @Nullable String after) {
        if (before == null || after == null) {
            return before == null ? after : before;
        }
        return before.endsWith("\n") ? before + after : before + "\n" + after;
    }
}
