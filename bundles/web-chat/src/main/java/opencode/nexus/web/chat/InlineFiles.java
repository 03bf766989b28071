package opencode.nexus.web.chat;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files whose content stands in the body of a request. It goes to disk while the body is read: ten of them fill no memory. */
final class InlineFiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InlineFiles.class);

    private final List<Path> files = new ArrayList<>();

    /** Turns a text in base64 into a file of the {@link InlineFiles} that the reader carries as an attribute. */
    static final class Reader extends JsonDeserializer<Path> {
        @Override
        public Path deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                return (Path) context.handleUnexpectedToken(String.class, parser);
            }
            InlineFiles files = (InlineFiles) context.getAttribute(InlineFiles.class);
            return files.read(parser, field(parser.getParsingContext()));
        }

        /** As in {@code attachments[0].data}. */
        private static String field(JsonStreamContext context) {
            JsonStreamContext parent = context.getParent();
            if (parent == null || parent.inRoot()) {
                return context.getCurrentName();
            }
            return parent.inArray()
                    ? field(parent.getParent()) + "[" + parent.getCurrentIndex() + "]." + context.getCurrentName()
                    : field(parent) + "." + context.getCurrentName();
        }
    }

    @Override
    public void close() {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("{} could not be removed: {}", file, e.getMessage());
            }
        }
    }

    private Path read(JsonParser parser, String field) throws IOException {
        if (files.size() >= ChatService.MAX_ATTACHMENTS) {
            throw NexusException.invalid("attachments", "must be at most " + ChatService.MAX_ATTACHMENTS);
        }
        try (OutputStream out = new Bounded(create(), field)) {
            parser.readBinaryValue(out);
        } catch (JsonEOFException e) {
            throw e;
        } catch (JsonParseException e) {
            throw NexusException.invalid(field, "must be base64");
        }
        return files.get(files.size() - 1);
    }

    private OutputStream create() {
        try {
            // Readable by its owner alone, as every such file.
            Path file = Files.createTempFile("nexus-attachment-", null);
            files.add(file);
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw full(e);
        }
    }

    private static NexusException full(IOException cause) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "home-not-writable",
                "Nexus cannot keep the attachments: check the free space.",
                cause);
    }

    private static final class Bounded extends OutputStream {
        private final OutputStream out;
        private final String field;
        private long size;

        private Bounded(OutputStream out, String field) {
            this.out = out;
            this.field = field;
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            size += length;
            if (size > ChatService.MAX_ATTACHMENT_BYTES) {
                throw NexusException.invalid(field, "must be at most 10 MB");
            }
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw full(e);
            }
        }

        @Override
        public void close() {
            try {
                out.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
