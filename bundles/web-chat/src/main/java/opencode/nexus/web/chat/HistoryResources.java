package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;
import opencode.nexus.web.http.ApiServlet;
import org.jspecify.annotations.Nullable;

/** What hangs on {@code sessions/{id}} and concerns what was said in it: forks, what is taken back, changes, exports. */
final class HistoryResources {

    private HistoryResources() {}

    /** What a body names. */
    private record Place(@Nullable String messageId) {}

    /** {@code POST}: a session of its own out of the beginning of this one. */
    static final class Fork extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Fork(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String id = path(request).get(1);
            Place place = body(request, Place.class);
            json(response, HttpServletResponse.SC_OK, chat.fork(id, place.messageId()));
        }
    }

    /** {@code GET}: what would be taken back. {@code POST}: takes it back. */
    static final class Revert extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Revert(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String messageId = Parameters.required(request, "messageId");
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    chat.revertPreview(path(request).get(1), messageId));
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String id = path(request).get(1);
            Place place = body(request, Place.class);
            json(response, HttpServletResponse.SC_OK, chat.revert(id, required(place.messageId(), "messageId")));
        }
    }

    /** {@code POST}: brings back what was taken back. */
    static final class Unrevert extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Unrevert(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    chat.unrevert(path(request).get(1)));
        }
    }

    /** {@code GET}: what was changed in files, by one turn or by all. */
    static final class Diff extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Diff(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String messageId = request.getParameter("messageId");
            json(response, HttpServletResponse.SC_OK, chat.changes(path(request).get(1), messageId));
        }
    }

    /** {@code GET}: the whole conversation as a file. */
    static final class Export extends ApiServlet {
        private static final long serialVersionUID = 1;
        private static final String DISPOSITION = "Content-Disposition";
        private final transient ChatService chat;

        Export(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String given = request.getParameter("format");
            String format = given == null ? "markdown" : given;
            Session session = chat.session(path(request).get(1));
            boolean json = format.equals("json");
            try {
                response.setContentType(json ? "application/json" : "text/markdown;charset=utf-8");
                response.setHeader(
                        DISPOSITION,
                        FileNames.header("attachment", FileNames.of(session.title(), json ? ".json" : ".md")));
                chat.export(session.id(), format, response.getOutputStream());
            } catch (NexusException e) {
                if (!response.isCommitted()) {
                    response.setHeader(DISPOSITION, null);
                }
                throw e;
            }
        }
    }

    /** {@code GET}: a picture that was attached. */
    static final class Attachment extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Attachment(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String messageId = Parameters.required(request, "messageId");
            ChatService.Picture picture =
                    chat.picture(path(request).get(1), messageId, path(request).get(3));
            response.setContentType(picture.mime());
            response.setHeader("Content-Disposition", FileNames.header("inline", picture.name()));
            response.setHeader("Cache-Control", "private, max-age=3600");
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setContentLength(picture.content().length);
            try (OutputStream out = response.getOutputStream()) {
                out.write(picture.content());
            }
        }
    }
}
