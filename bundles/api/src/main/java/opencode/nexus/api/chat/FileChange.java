package opencode.nexus.api.chat;

import org.jspecify.annotations.Nullable;

/**
 * What was changed in one file.
 *
 * @param file path inside the workspace
 * @param patch unified diff; null when it is not known, or the file is not text
 * @param additions lines that were added
 * @param deletions lines that were removed
 * @param status {@code added}, {@code modified} or {@code deleted}
 */
public record FileChange(String file, @Nullable String patch, int additions, int deletions, String status) {}
