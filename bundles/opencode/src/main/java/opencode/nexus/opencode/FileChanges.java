package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.chat.FileChange;
import org.jspecify.annotations.Nullable;

/** OpenCode's lists of changed files as those of the API. */
final class FileChanges {
    private static final String HEADER = "Index: ";

    private FileChanges() {}

    /**
     * What one answer changed.
     *
     * @param nodes answer of {@code GET /session/{id}/diff}
     * @param workspace where the session works, below the root of the repository; {@code path} of the session
     */
    static List<FileChange> changes(JsonNode nodes, String workspace) {
        List<FileChange> changes = new ArrayList<>();
        for (JsonNode node : nodes) {
            String file = Wire.text(node, "file");
            if (file != null) {
                String patch = Wire.text(node, "patch", "");
                changes.add(new FileChange(
                        inWorkspace(file, workspace),
                        patch.isEmpty() ? null : withoutHeader(patch),
                        Math.max(0, node.path("additions").asInt()),
                        Math.max(0, node.path("deletions").asInt()),
                        Wire.text(node, "status", "modified")));
            }
        }
        return changes;
    }

    /**
     * What was taken back. OpenCode tells what doing so changed; here, as everywhere, a change is what the answers did.
     *
     * @param diff what {@code git diff} printed
     */
    static List<FileChange> takenBack(@Nullable String diff, String workspace) {
        List<FileChange> changes = new ArrayList<>();
        if (diff != null) {
            for (GitPatch patch : GitPatch.all(diff)) {
                changes.add(patch.reversed().change(file -> inWorkspace(file, workspace)));
            }
        }
        return changes;
    }

    /** Paths in diffs begin at the root of the repository, which may be above the workspace. */
    private static String inWorkspace(String file, String workspace) {
        if (workspace.isEmpty()) {
            return file;
        }
        try {
            return Path.of(workspace).relativize(Path.of(file)).toString();
        } catch (IllegalArgumentException e) {
            return file;
        }
    }

    /** Without the two lines in front of it that only name the file. */
    private static String withoutHeader(String patch) {
        if (!patch.startsWith(HEADER)) {
            return patch;
        }
        int names = patch.indexOf("\n--- ");
        return names < 0 ? patch : patch.substring(names + 1);
    }
}
