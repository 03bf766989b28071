package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.search.SearchService;
import opencode.nexus.web.http.ApiServlet;

/** {@code search} and {@code search/rebuild}: everything that was ever said. */
final class SearchResources {

    private SearchResources() {}

    private static SearchService present(Supplier<Optional<SearchService>> search) {
        return search.get()
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.UNAVAILABLE,
                        "search-unavailable",
                        "The search is not there right now. Try again in a moment."));
    }

    /** {@code GET}: messages that hold the words. */
    static final class Find extends ApiServlet {
        private static final long serialVersionUID = 1;
        private static final int DEFAULT_LIMIT = 20;
        private final transient ChatService chat;
        private final transient Supplier<Optional<SearchService>> search;

        Find(ChatService chat, Supplier<Optional<SearchService>> search) {
            this.chat = chat;
            this.search = search;
        }

        private record Found(List<Hit> hits, long total, boolean complete) {}

        private record Hit(
                String sessionId,
                String sessionTitle,
                String messageId,
                Message.Role role,
                Instant createdAt,
                String snippet,
                List<SearchService.Mark> marks) {}

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            SearchService.Result result = present(search)
                    .search(
                            Parameters.required(request, "q"),
                            request.getParameter("sessionId"),
                            Parameters.number(request, "limit", DEFAULT_LIMIT),
                            Parameters.number(request, "offset", 0));
            json(response, HttpServletResponse.SC_OK, new Found(hits(result), result.total(), result.complete()));
        }

        private List<Hit> hits(SearchService.Result result) {
            Map<String, Optional<String>> titles = new HashMap<>();
            List<Hit> hits = new ArrayList<>();
            for (SearchService.Hit hit : result.hits()) {
                titles.computeIfAbsent(hit.sessionId(), this::title)
                        .ifPresent(title -> hits.add(new Hit(
                                hit.sessionId(),
                                title,
                                hit.messageId(),
                                hit.role(),
                                hit.createdAt(),
                                hit.snippet(),
                                hit.marks())));
            }
            return hits;
        }

        /** Nothing when the session was deleted and the index does not know yet. */
        private Optional<String> title(String sessionId) {
            try {
                return Optional.of(chat.session(sessionId).title());
            } catch (NexusException e) {
                if (e.kind() != NexusException.Kind.NOT_FOUND) {
                    throw e;
                }
                return Optional.empty();
            }
        }
    }

    /** {@code POST}: throws the index away and fills it anew. */
    static final class Rebuild extends ApiServlet {
        private static final long serialVersionUID = 1;
        private final transient Supplier<Optional<SearchService>> search;

        Rebuild(Supplier<Optional<SearchService>> search) {
            this.search = search;
        }

        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            present(search).rebuild();
            empty(response, HttpServletResponse.SC_ACCEPTED);
        }
    }
}
