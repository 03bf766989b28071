package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.web.http.ApiServlet;

/** {@code models}, {@code workspaces}, {@code agents}, {@code commands} and {@code files}: what the owner can choose from. */
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

    /** {@code GET}: what the owner has set for conversations. */
    static final class Preferences extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Preferences(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.preferences());
        }
    }

    /** {@code GET}: the agents of a workspace, or of the workspace of a session; the default first. */
    static final class Agents extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Agents(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.agents(Parameters.workspace(request, chat)));
        }
    }

    /** {@code GET}: the commands of a workspace, by name. */
    static final class Commands extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Commands(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.commands(Parameters.workspace(request, chat)));
        }
    }

    /** {@code GET}: files and directories of a workspace that fit a query. */
    static final class Files extends ApiServlet {
        private static final long serialVersionUID = 1;
        private static final int DEFAULT_LIMIT = 20;
        private final transient ChatService chat;

        Files(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String query = request.getParameter("q");
            int limit = Parameters.number(request, "limit", DEFAULT_LIMIT);
            String workspace = Parameters.workspace(request, chat);
            json(response, HttpServletResponse.SC_OK, chat.files(workspace, query == null ? "" : query, limit));
        }
    }
}
