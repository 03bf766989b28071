package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.OpenCodeClient.Attachment;
import org.jspecify.annotations.Nullable;

/** Fetches the content of attached files, of few at a time: each is in memory as a whole, several times over. */
final class Attachments {
    private static final int AT_ONCE = 2;
    private static final String BASE64 = ";base64,";

    private final OpenCodeCalls calls;
    private final Semaphore places = new Semaphore(AT_ONCE);

    Attachments(OpenCodeCalls calls) {
        this.calls = calls;
    }

    /** @param path of the message */
    Attachment fetch(String path, String partId) {
        AtomicReference<@Nullable Attachment> found = new AtomicReference<>();
        places.acquireUninterruptibly();
        try {
            calls.read(path, content -> read(content, partId).ifPresent(found::set));
        } finally {
            places.release();
        }
        Attachment attachment = found.get();
        if (attachment == null) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-attachment", "There is no such file in this message.");
        }
        return attachment;
    }

    private static Optional<Attachment> read(InputStream content, String partId) throws IOException {
        try (JsonParser json = Wire.MAPPER.createParser(content)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean parts = "parts".equals(json.currentName());
                if (json.nextToken() != JsonToken.START_ARRAY || !parts) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    Optional<Attachment> part = part(json, partId);
                    if (part.isPresent()) {
                        return part;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** The id comes first, so that the content of other parts is passed over unread. */
    private static Optional<Attachment> part(JsonParser json, String partId) throws IOException {
        boolean wanted = true;
        String url = null;
        String name = "file";
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING || !wanted) {
                json.skipChildren();
                continue;
            }
            switch (field) {
                case "id" -> wanted = json.getText().equals(partId);
                case "type" -> wanted = json.getText().equals("file");
                case "filename" -> name = json.getText();
                case "url" -> url = json.getText();
                default -> {}
            }
        }
        return wanted && url != null ? decoded(name, url) : Optional.empty();
    }

    private static Optional<Attachment> decoded(String name, String url) {
        int header = url.indexOf(BASE64);
        if (!url.startsWith("data:") || header < 0) {
            return Optional.empty();
        }
        String mime = url.substring("data:".length(), header);
        try {
            byte[] content = Base64.getDecoder().decode(url.substring(header + BASE64.length()));
            return Optional.of(new Attachment(name, mime, content));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
