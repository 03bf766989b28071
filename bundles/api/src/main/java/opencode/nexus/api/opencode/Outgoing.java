package opencode.nexus.api.opencode;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way to OpenCode; everything in it was checked.
 *
 * @param text the arguments when {@code command} is set
 * @param model {@code provider/model}, null for what OpenCode or Nexus chooses
 * @param command name of a command, null for a plain message
 */
public record Outgoing(
        String text, List<File> files, @Nullable String model, @Nullable String agent, @Nullable String command) {

    public Outgoing {
        files = List.copyOf(files);
    }

    /**
     * A file that goes along.
     *
     * @param path absolute; must be readable until {@link OpenCodeClient#prompt} returns
     * @param mentioned true for a file or directory of the workspace, which OpenCode reads where it is; false for one whose
     *     content is sent
     */
    public record File(String name, String mime, Path path, boolean mentioned) {}
}
