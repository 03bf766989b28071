package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.web.http.ApiServlet;
import org.jspecify.annotations.Nullable;

/** {@code requests}, {@code permissions/{id}} and {@code questions/{id}}: what waits for the owner, and the answers. */
final class RequestResources {

    private RequestResources() {}

    /** {@code GET}: what waits, oldest first. */
    static final class All extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        All(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.requests());
        }
    }

    /** {@code POST}: grants or refuses. */
    static final class Permission extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Permission(ChatService chat) {
            this.chat = chat;
        }

        private record Reply(@Nullable String reply, @Nullable String message) {}

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String id = path(request).get(1);
            Reply reply = body(request, Reply.class);
            chat.replyPermission(id, required(reply.reply(), "reply"), reply.message());
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }
    }

    /** {@code POST}: answers or declines. */
    static final class Question extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Question(ChatService chat) {
            this.chat = chat;
        }

        private record Reply(@Nullable List<@Nullable List<@Nullable String>> answers, @Nullable Boolean reject) {}

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String id = path(request).get(1);
            Reply reply = body(request, Reply.class);
            boolean reject = Boolean.TRUE.equals(reply.reject());
            if (reject == (reply.answers() != null)) {
                throw NexusException.invalid("answers", "send either answers or \"reject\": true");
            }
            chat.replyQuestion(id, reject ? null : answers(reply.answers()));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }

        private List<List<String>> answers(@Nullable List<@Nullable List<@Nullable String>> answers) {
            return required(answers, "answers").stream()
                    .map(answer -> required(answer, "answers").stream()
                            .map(one -> required(one, "answers"))
                            .toList())
                    .toList();
        }
    }
}
