package opencode.nexus.web.chat;

import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.search.SearchService;
import org.jspecify.annotations.Nullable;

/** Writes down how it was called and finds a word in {@code ses_1}, and one in a session that is gone. */
final class RecordingSearch implements SearchService {
    final List<String> calls = new ArrayList<>();

    @Override
    public Result search(String query, @Nullable String sessionId, int limit, int offset) {
        calls.add(query + " " + sessionId + " " + limit + " " + offset);
        return new Result(List.of(hit("ses_1"), hit("ses_gone")), 2, false);
    }

    @Override
    public void rebuild() {
        calls.add("rebuild");
    }

    private static Hit hit(String session) {
        return new Hit(session, "msg_1", Message.Role.USER, RecordingChat.AT, "a word", List.of(new Mark(2, 6)));
    }
}
