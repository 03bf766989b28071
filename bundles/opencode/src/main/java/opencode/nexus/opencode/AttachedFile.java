package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.Outgoing;
import org.jspecify.annotations.Nullable;

/**
 * A file as OpenCode wants it in a prompt. What was measured with OpenCode 1.18.33:
 *
 * <ul>
 *   <li>A {@code file://} address is read at once, without asking anybody. The path is told to the model and stays in the
 *       conversation; so it is only for what lies in the workspace.
 *   <li>Only {@code text/plain} and directories are read as text. Any other kind goes to the model as it is. One that the
 *       model's provider does not take, {@code application/json} for example, makes this answer fail and every later one of
 *       the session too.
 *   <li>{@code text/plain} in a {@code data:} address is decoded as UTF-8, whatever is in it.
 *   <li>A PNG, JPEG, GIF or WebP that cannot be decoded is refused; other kinds of images are not looked at or never work.
 * </ul>
 *
 * @param mime what it is sent as
 * @param mention path in the workspace; null for a file whose content is sent
 */
record AttachedFile(Outgoing.File file, String mime, @Nullable String mention) {
    private static final String TEXT = "text/plain";
    private static final String DIRECTORY = "application/x-directory";
    private static final String PDF = "application/pdf";
    private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/gif", "image/webp");
    private static final int HEAD = 8 * 1024;
    private static final String KINDS = "only text, PDF, and images as PNG, JPEG, GIF or WebP can be attached";

    /** The file cannot be read any more. */
    static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1;
        private final String name;

        Unreadable(String name, IOException cause) {
            super("an attached file cannot be read", cause);
            this.name = name;
        }

        NexusException failure() {
            return NexusException.invalid("attachments", name + " cannot be read any more; attach it again");
        }
    }

    /**
     * Looks at a file and decides how it goes.
     *
     * @param field what a failure calls it
     * @param workspace where mentioned files are
     */
    static AttachedFile of(Outgoing.File file, String field, String workspace) {
        if (file.mentioned()) {
            String mention = inside(file.path(), workspace);
            if (mention == null) {
                throw NexusException.invalid(field, "has to be in the workspace of the session");
            }
            return new AttachedFile(
                    file, Files.isDirectory(file.path()) ? DIRECTORY : kind(file, field, true), mention);
        }
        return new AttachedFile(file, kind(file, field, false), null);
    }

    /** The path of a file below a directory; null when it is elsewhere. Works with either of them behind a link. */
    static @Nullable String inside(Path file, String directory) {
        try {
            Path base = Path.of(directory);
            Path path = file.normalize();
            if (path.startsWith(base)) {
                return base.relativize(path).toString();
            }
            Path real = base.toRealPath();
            return path.startsWith(real) ? real.relativize(path).toString() : null;
        } catch (InvalidPathException | IOException e) {
            return null;
        }
    }

    /** Writes the part of the prompt; the content goes through in pieces. */
    void write(JsonGenerator json, OutputStream out, String text) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "file");
        json.writeStringField("mime", mime);
        json.writeStringField("filename", file.name());
        if (mention == null) {
            json.writeFieldName("url");
            json.writeRawValue("\"data:" + mime + ";base64,");
            json.flush();
            content(out);
            json.writeRaw('"');
        } else {
            json.writeStringField("url", address());
            source(json, mention, text);
        }
        json.writeEndObject();
    }

    private String address() {
        String url = file.path().toUri().toASCIIString();
        return url.endsWith("/") && url.length() > "file:///".length() ? url.substring(0, url.length() - 1) : url;
    }

    /** Where the text speaks of it. OpenCode keeps this with the part, also when it replaces the address by the content. */
    private static void source(JsonGenerator json, String path, String text) throws IOException {
        String said = "@" + path;
        int start = text.indexOf(said);
        json.writeObjectFieldStart("source");
        json.writeStringField("type", "file");
        json.writeStringField("path", path);
        json.writeObjectFieldStart("text");
        json.writeStringField("value", start < 0 ? "" : said);
        json.writeNumberField("start", Math.max(start, 0));
        json.writeNumberField("end", start < 0 ? 0 : start + said.length());
        json.writeEndObject();
        json.writeEndObject();
    }

    private void content(OutputStream out) throws IOException {
        OutputStream kept = new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() {
                // Only the end of the content, not of the body.
            }
        };
        try (InputStream in = open();
                OutputStream encoded = Base64.getEncoder().wrap(kept)) {
            byte[] piece = new byte[HEAD];
            for (int count = read(in, piece); count >= 0; count = read(in, piece)) {
                encoded.write(piece, 0, count);
            }
        }
    }

    private InputStream open() throws IOException {
        try {
            return Files.newInputStream(file.path());
        } catch (IOException e) {
            throw new Unreadable(file.name(), e);
        }
    }

    private int read(InputStream in, byte[] piece) throws IOException {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw new Unreadable(file.name(), e);
        }
    }

    /** What the content is. What was said about it counts where the content leaves it open. */
    private static String kind(Outgoing.File file, String field, boolean mentioned) {
        byte[] head;
        try (InputStream in = Files.newInputStream(file.path())) {
            head = in.readNBytes(HEAD);
        } catch (IOException e) {
            throw NexusException.invalid(field, file.name() + " cannot be read; attach it again");
        }
        String said = file.mime();
        String seen = seen(head);
        if (seen != null) {
            return seen;
        }
        // A broken image: OpenCode says so when it tries to decode it.
        if (IMAGES.contains(said) && !mentioned) {
            return said;
        }
        if (said.matches("(audio|video)/[a-z0-9.+-]{1,40}")) {
            return said;
        }
        for (byte one : head) {
            if (one == 0) {
                throw NexusException.invalid(field, file.name() + ": " + KINDS);
            }
        }
        if (said.equals(PDF)) {
            throw NexusException.invalid(field, file.name() + " is no PDF");
        }
        return TEXT;
    }

    private static @Nullable String seen(byte[] head) {
        if (begins(head, 0, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
            return "image/png";
        }
        if (begins(head, 0, 0xff, 0xd8, 0xff)) {
            return "image/jpeg";
        }
        if (begins(head, 0, 'G', 'I', 'F', '8')) {
            return "image/gif";
        }
        if (begins(head, 0, 'R', 'I', 'F', 'F') && begins(head, 8, 'W', 'E', 'B', 'P')) {
            return "image/webp";
        }
        return begins(head, 0, '%', 'P', 'D', 'F', '-') ? PDF : null;
    }

    private static boolean begins(byte[] head, int at, int... expected) {
        for (int i = 0; i < expected.length; i++) {
            if (at + i >= head.length || (head[at + i] & 0xff) != expected[i]) {
                return false;
            }
        }
        return true;
    }
}
