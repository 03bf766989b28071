package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.web.http.ApiServlet;

/** {@code sessions/{id}/queue} and below: messages that wait for the end of the running answer. */
final class QueueResources {

    private QueueResources() {}

    /** {@code GET}: what waits, oldest first. */
    static final class All extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        All(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.queue(path(request).get(1)));
        }
    }

    /** {@code DELETE}: takes one back. */
    static final class One extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        One(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doDelete(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String messageId = path(request).get(3);
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    chat.takeBack(path(request).get(1), messageId));
        }
    }

    /** {@code POST}: what was paused goes on. */
    static final class Resume extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Resume(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            chat.resume(path(request).get(1));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }
    }
}
