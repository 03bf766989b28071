package opencode.nexus.chat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.opencode.Outgoing;
import org.jspecify.annotations.Nullable;

/**
 * Files of a session's workspace that a message mentions. OpenCode reads whatever a {@code file://} address names, without
 * asking: so nothing may get through here that does not really lie inside the workspace, whatever links lead to it.
 */
final class WorkspaceFiles {
    private static final String OUTSIDE = "must be a file inside the session's workspace";
    private static final String DIRECTORY = "application/x-directory";
    private static final int LONGEST = 4_096;
    private static final int HEAD = 8 * 1024;

    private final Path workspace;

    WorkspaceFiles(String workspace) {
        this.workspace = Path.of(workspace);
    }

    /** A file or directory that may go along, or why it may not: exactly one of them is set. */
    record Found(Outgoing.@Nullable File file, @Nullable String problem) {
        private static Found not(String problem) {
            return new Found(null, problem);
        }
    }

    Found find(Prompt.Attachment attachment) {
        try {
            Path named = path(String.valueOf(attachment.url()));
            Path root = workspace.toRealPath();
            Path wanted = named.normalize();
            if (!wanted.startsWith(workspace.normalize()) && !wanted.startsWith(root)) {
                return Found.not(OUTSIDE);
            }
            if (Files.notExists(wanted)) {
                return Found.not("is not there any more");
            }
            Path real = named.toRealPath();
            if (!real.startsWith(root)) {
                return Found.not(OUTSIDE);
            }
            return look(attachment.name(), root.relativize(real), real);
        } catch (IllegalArgumentException | URISyntaxException e) {
            return Found.not(OUTSIDE + ", as in file:///home/me/project/readme.md");
        } catch (IOException e) {
            return Found.not("cannot be read");
        }
    }

    private static Path path(String url) throws URISyntaxException {
        URI address = new URI(url);
        if (url.length() > LONGEST
                || !"file".equalsIgnoreCase(address.getScheme())
                || (address.getAuthority() != null && !address.getAuthority().isEmpty())) {
            throw new IllegalArgumentException(url);
        }
        // Refuses queries and fragments too.
        return Path.of(address);
    }

    private Found look(@Nullable String name, Path inside, Path real) throws IOException {
        // Through the workspace as OpenCode names it, but without any link that might be turned round meanwhile.
        Path file = workspace.resolve(inside);
        String shown = name == null ? inside.toString() : name;
        if (Files.isDirectory(real)) {
            return new Found(
                    new Outgoing.File(shown.isEmpty() ? workspace.toString() : shown, DIRECTORY, file, true), null);
        }
        if (!Files.isRegularFile(real)) {
            return Found.not("must be a file or a directory");
        }
        MediaCheck check = new MediaCheck();
        try (InputStream in = Files.newInputStream(real)) {
            byte[] head = in.readNBytes(HEAD);
            check.add(head, head.length);
        }
        MediaCheck.Verdict verdict = check.verdict(shown, null, Files.size(real) <= HEAD);
        String mime = check.size() == 0 ? MediaCheck.TEXT : verdict.mime();
        if (mime == null) {
            return Found.not(String.valueOf(verdict.problem()));
        }
        if (!mime.equals(MediaCheck.TEXT) && Files.size(real) > ChatService.MAX_ATTACHMENT_BYTES) {
            return Found.not(shown + " is larger than 10 MB");
        }
        return new Found(new Outgoing.File(shown, mime, file, true), null);
    }
}
