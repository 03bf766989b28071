package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Upload;
import opencode.nexus.web.http.ApiServlet;
import org.jspecify.annotations.Nullable;

/** {@code uploads} and {@code uploads/{id}}: files that wait to be attached. */
final class UploadResources {

    private UploadResources() {}

    /** {@code POST}: keeps the file in the part named {@code file}. */
    static final class All extends ApiServlet {
        private static final long serialVersionUID = 1;
        private static final String FILE = "file";

        /** The largest file, and what stands around it. */
        private static final int MAX_BYTES = ChatService.MAX_ATTACHMENT_BYTES + 64 * 1024;

        private final transient ChatService chat;

        All(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            try {
                Multipart parts = new Multipart(request.getContentType(), stream(request, MAX_BYTES));
                Multipart.Part part = file(parts)
                        .orElseThrow(
                                () -> NexusException.invalid(FILE, "is required, as a file in a part of this name"));
                Upload upload = chat.upload(name(part.fileName()), mime(part.contentType()), part.content());
                if (file(parts).isPresent()) {
                    chat.discard(upload.id());
                    throw NexusException.invalid(FILE, "must be one file");
                }
                json(response, HttpServletResponse.SC_CREATED, upload);
            } catch (NexusException e) {
                throw named(e);
            }
        }

        private static Optional<Multipart.Part> file(Multipart parts) throws IOException {
            Optional<Multipart.Part> part = parts.next();
            while (part.isPresent()
                    && !(FILE.equals(part.get().name()) && part.get().fileName() != null)) {
                part = parts.next();
            }
            return part;
        }

        /** Without directories, and as it was before the browser made it fit between quotes. */
        private static String name(@Nullable String sent) {
            String whole = String.valueOf(sent)
                    .replace("%22", "\"")
                    .replace("%0D", "\r")
                    .replace("%0A", "\n");
            return whole.substring(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1);
        }

        private static String mime(@Nullable String sent) {
            String type = sent == null ? "" : sent.split(";", 2)[0].strip();
            return type.isEmpty() ? "application/octet-stream" : type;
        }

        /** Whatever is wrong is wrong with the part, or with its body because it is too large. */
        private static NexusException named(NexusException e) {
            if (e.code().equals("body-too-large")) {
                return new NexusException(
                        NexusException.Kind.TOO_LARGE,
                        "attachment-too-large",
                        "The file is larger than 10 MB. Send a smaller one.");
            }
            return e.fields().isEmpty()
                    ? e
                    : NexusException.invalid(FILE, e.fields().get(0).message());
        }
    }

    /** {@code DELETE}: forgets one that no message took along. */
    static final class One extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        One(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doDelete(HttpServletRequest request, HttpServletResponse response) throws IOException {
            chat.discard(path(request).get(1));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }
    }
}
