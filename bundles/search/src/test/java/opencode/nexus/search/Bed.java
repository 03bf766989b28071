package opencode.nexus.search;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.search.SearchService.Hit;
import opencode.nexus.api.search.SearchService.Result;

/** A search over a made-up history. It works when the test says so, without a thread. */
final class Bed implements AutoCloseable {
    static final Pace AT_ONCE = new Pace(
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofHours(1),
            Duration.ofHours(1),
            Duration.ZERO);

    /** Every change is forced to disk at the next step. */
    static final Pace FORCED = new Pace(
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofHours(1),
            Duration.ZERO,
            Duration.ZERO);

    final FakeHistory history;
    final LuceneSearch search;

    Bed(Path place) {
        this(place, new FakeHistory());
    }

    Bed(Path place, FakeHistory history) {
        this(history, new Shelf(() -> place), AT_ONCE);
    }

    Bed(FakeHistory history, Shelf shelf, Pace pace) {
        this.history = history;
        search = new LuceneSearch(shelf, pace);
        search.setClient(history);
    }

    Bed connected() {
        search.onConnected();
        work();
        return this;
    }

    /** Until nothing is left to do. */
    void work() {
        while (search.filler().step().isZero()) {
            // on
        }
    }

    void changed(Message message) {
        search.onEvent(new OpenCodeEvent.MessageChanged(message.with(null)));
    }

    List<String> found(String query) {
        return search.search(query, null, 100, 0).hits().stream()
                .map(Hit::messageId)
                .toList();
    }

    Result result(String query) {
        return search.search(query, null, 20, 0);
    }

    @Override
    public void close() {
        search.close();
    }
}
