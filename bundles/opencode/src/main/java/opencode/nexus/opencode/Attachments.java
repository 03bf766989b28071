package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Semaphore;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.OpenCodeClient.Attachment;

/**
 * Fetches the content of attached files, of few at a time. OpenCode gives a message only as a whole, all its files
 * included; so it is read twice, first to see which file is meant, then for the content of that one.
 */
final class Attachments {
    private static final int AT_ONCE = 2;
    private static final int LARGEST = 64 * 1024 * 1024;

    private final OpenCodeCalls calls;
    private final Semaphore places = new Semaphore(AT_ONCE);

    Attachments(OpenCodeCalls calls) {
        this.calls = calls;
    }

    /** @param path of the message */
    Attachment fetch(String path, String partId) {
        JsonNode message = calls.get(path);
        for (JsonNode part : message.path("parts")) {
            int size = part.path(DataUrls.SIZE).asInt();
            if (partId.equals(Wire.text(part, "id")) && part.has(DataUrls.SIZE) && size <= LARGEST) {
                List<JsonNode> files = new ArrayList<>();
                collectFiles(message, files);
                byte[] content = content(path, positionOf(part, files), size);
                return new Attachment(Wire.text(part, "filename", "file"), mime(part), content);
            }
        }
        throw unknown();
    }

    private static void collectFiles(JsonNode node, List<JsonNode> files) {
        if (node.has(DataUrls.SIZE)) {
            files.add(node);
        }
        node.forEach(child -> collectFiles(child, files));
    }

    private static int positionOf(JsonNode part, List<JsonNode> files) {
        int position = 0;
        while (files.get(position) != part) {
            position++;
        }
        return position;
    }

    private byte[] content(String path, int number, int size) {
        places.acquireUninterruptibly();
        try {
            Decoded decoded = new Decoded(number, size);
            calls.read(path, decoded::readFrom);
            return decoded.whole();
        } catch (IllegalArgumentException e) {
            throw unknown();
        } finally {
            places.release();
        }
    }

    /** What it is stored as: OpenCode may have made a large image smaller, and another kind of it. */
    private static String mime(JsonNode part) {
        String url = Wire.text(part, "url", "data:;");
        return url.substring("data:".length(), url.indexOf(';'));
    }

    private static NexusException unknown() {
        return new NexusException(
                NexusException.Kind.NOT_FOUND, "unknown-attachment", "There is no such file in this message.");
    }

    /** The content of one file, decoded piece by piece. */
    private static final class Decoded implements DataUrls.Content {
        private final int wanted;
        private final byte[] content;
        private final byte[] piece = new byte[4 * 1024];
        private int filled;
        private int written;

        Decoded(int wanted, int size) {
            this.wanted = wanted;
            content = new byte[size];
        }

        void readFrom(InputStream in) throws IOException {
            try (InputStream rest = new DataUrls(in, this)) {
                rest.skip(Long.MAX_VALUE);
            }
        }

        @Override
        public void take(int number, byte next) {
            if (number == wanted) {
                piece[filled++] = next;
                if (filled == piece.length) {
                    decode();
                }
            }
        }

        byte[] whole() {
            decode();
            if (written != content.length) {
                throw new IllegalArgumentException("another size than before");
            }
            return content;
        }

        private void decode() {
            byte[] decoded = Base64.getDecoder().decode(Arrays.copyOf(piece, filled));
            if (written + decoded.length > content.length) {
                throw new IllegalArgumentException("another size than before");
            }
            System.arraycopy(decoded, 0, content, written, decoded.length);
            written += decoded.length;
            filled = 0;
        }
    }
}
