package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.web.http.ApiServlet;

/** {@code models} and {@code workspaces}: what the owner can choose from. */
final class ChoiceResources {

    private ChoiceResources() {}

    /** {@code GET}: the default first. */
    static final class Models extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Models(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.models());
        }
    }

    /** {@code GET}: the default first. */
    static final class Workspaces extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Workspaces(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.workspaces());
        }
    }
}
