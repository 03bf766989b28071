package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
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
        private static final int MAX_LIMIT = 200;
        private static final Comparator<Session> NEWEST_FIRST =
                Comparator.comparing(Session::updatedAt).reversed().thenComparing(Session::id);

        private final transient ChatService chat;

        All(ChatService chat) {
            this.chat = chat;
        }

        private record Creation(
                @Nullable String title, @Nullable String workspace, @Nullable String model, @Nullable String agent) {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Boolean active = active(request.getParameter("active"));
            Integer limit = Parameters.number(request, "limit");
            if (limit != null && (limit < 1 || limit > MAX_LIMIT)) {
                throw NexusException.invalid("limit", "must be a whole number from 1 to " + MAX_LIMIT);
            }
            List<Session> all = chat.sessions(active, request.getParameter("q"));
            Stream<Session> rest = all.stream();
            if (request.getParameter("before") != null) {
                Session last = last(request.getParameter("before"));
                rest = rest.filter(session -> NEWEST_FIRST.compare(session, last) > 0);
            }
            response.setHeader("X-Total-Count", Integer.toString(all.size()));
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    limit == null ? rest.toList() : rest.limit(limit).toList());
        }

        /** The last session of the page before; it counts as it stands now, even if it belongs into this list no more. */
        private Session last(String id) {
            try {
                return chat.session(id);
            } catch (NexusException e) {
                if (e.kind() != NexusException.Kind.NOT_FOUND) {
                    throw e;
                }
                throw NexusException.invalid("before", "is not the id of a session");
            }
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
