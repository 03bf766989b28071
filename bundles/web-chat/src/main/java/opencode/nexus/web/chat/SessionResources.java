package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;
import opencode.nexus.web.http.ApiServlet;
import org.jspecify.annotations.Nullable;

/** {@code sessions}, {@code sessions/{id}} and what hangs on it, messages left out. */
final class SessionResources {

    private SessionResources() {}

    /** {@code GET}: sessions, newest first. {@code POST}: creates one. */
    static final class All extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        All(ChatService chat) {
            this.chat = chat;
        }

        private record Creation(
                @Nullable String title, @Nullable String workspace, @Nullable String model, @Nullable String agent) {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Boolean active = active(request.getParameter("active"));
            json(response, HttpServletResponse.SC_OK, chat.sessions(active, request.getParameter("q")));
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Creation wanted = body(request, Creation.class);
            Session created = chat.create(
                    new ChatService.NewSession(wanted.title(), wanted.workspace(), wanted.model(), wanted.agent()));
            json(response, HttpServletResponse.SC_CREATED, created);
        }

        private static @Nullable Boolean active(@Nullable String value) {
            if (value == null) {
                return null;
            }
            if (!value.equals("true") && !value.equals("false")) {
                throw NexusException.invalid("active", "must be true or false");
            }
            return value.equals("true");
        }
    }

    /** {@code GET}, {@code PATCH} and {@code DELETE} of one session. */
    static final class One extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        One(ChatService chat) {
            this.chat = chat;
        }

        private record Change(
                @Nullable String title,
                @Nullable Boolean active,
                @Nullable String model,
                @Nullable String agent,
                @Nullable Integer number) {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.session(path(request).get(1)));
        }

        @Override
        protected void doPatch(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String id = path(request).get(1);
            Change change = body(request, Change.class);
            Session changed = chat.update(
                    id,
                    new ChatService.SessionChange(
                            change.title(), change.active(), change.model(), change.agent(), change.number()));
            json(response, HttpServletResponse.SC_OK, changed);
        }

        @Override
        protected void doDelete(HttpServletRequest request, HttpServletResponse response) throws IOException {
            chat.delete(path(request).get(1));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }
    }

    /** {@code POST}: stops the running answer. */
    static final class Abort extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Abort(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            chat.abort(path(request).get(1));
            empty(response, HttpServletResponse.SC_NO_CONTENT);
        }
    }

    /** {@code GET}: the to-do list of the running answer. */
    static final class Todos extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient ChatService chat;

        Todos(ChatService chat) {
            this.chat = chat;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            json(response, HttpServletResponse.SC_OK, chat.todos(path(request).get(1)));
        }
    }
}
