package opencode.nexus.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import opencode.nexus.api.search.SearchService;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Searches an index of Lucene. Nothing of Lucene is loaded before the first search, or before OpenCode has been connected
 * for a while: neither this class nor those it begins with may name Lucene's in their code.
 */
@Component(
        service = {SearchService.class, OpenCodeListener.class},
        immediate = true)
public final class LuceneSearch implements SearchService, OpenCodeListener {
    private static final Logger LOG = LoggerFactory.getLogger(LuceneSearch.class);
    private static final int LONGEST_QUERY = 200;
    private static final int MOST_HITS = 100;
    private static final int LAST_OFFSET = 1_000;
    private static final long END_MILLIS = 2_000;

    private final Backlog backlog = new Backlog();
    private final Hidden hidden = new Hidden();
    private final Shelf shelf;
    private final Filler filler;
    private final Thread thread;

    @Activate
    public LuceneSearch(@Reference NexusHome home) {
        this(new Shelf(() -> home.directory("search")), Pace.GENTLE);
        start();
    }

    /** Nobody fills the index until it is started, or {@link #filler} is made to work. */
    LuceneSearch(Shelf shelf, Pace pace) {
        this.shelf = shelf;
        filler = new Filler(shelf, backlog, hidden, pace);
        thread = new Thread(filler, "nexus-search");
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.setDaemon(true);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    public void setClient(OpenCodeClient added) {
        filler.use(added);
    }

    void unsetClient(OpenCodeClient removed) {
        filler.letGo(removed);
    }

    @Deactivate
    public void close() {
        backlog.close();
        shelf.close();
        // Only now: an interrupt closes files under Lucene's hands.
        thread.interrupt();
        try {
            thread.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Thread start() {
        thread.start();
        return thread;
    }

    Filler filler() {
        return filler;
    }

    // ---- what OpenCode tells ----

    @Override
    public void onConnected() {
        filler.connected();
    }

    @Override
    public void onDisconnected(boolean serverLost) {
        backlog.disconnected();
    }

    @Override
    public void onEvent(OpenCodeEvent event) {
        // The first is by far the most frequent, and must stay cheap.
        if (event instanceof OpenCodeEvent.TextAdded) {
            backlog.text();
        } else if (event instanceof OpenCodeEvent.PartChanged changed) {
            if (changed.part().endedAt() != null) {
                backlog.touch(changed.sessionId(), changed.messageId());
            }
        } else if (event instanceof OpenCodeEvent.MessageChanged changed) {
            if (changed.message().state() != Message.State.RUNNING) {
                backlog.touch(changed.sessionId(), changed.message().id());
            }
        } else if (event instanceof OpenCodeEvent.SessionChanged changed) {
            hidden.changed(changed.session());
        } else {
            removed(event);
        }
    }

    private void removed(OpenCodeEvent event) {
        if (event instanceof OpenCodeEvent.SessionRemoved removed) {
            hidden.deleted(removed.sessionId());
            backlog.forget(removed.sessionId());
        } else if (event instanceof OpenCodeEvent.MessageRemoved removed) {
            backlog.touch(removed.sessionId(), removed.messageId());
        } else if (event instanceof OpenCodeEvent.PartRemoved removed) {
            backlog.touch(removed.sessionId(), removed.messageId());
        }
    }

    // ---- what the owner asks ----

    @Override
    public Result search(String query, @Nullable String sessionId, int limit, int offset) {
        Wanted wanted = check(query, limit, offset);
        backlog.hurry();
        boolean complete = filler.isComplete();
        if (wanted.isEmpty()) {
            // Signs alone are in no index.
            return new Result(List.of(), 0, complete);
        }
        MessageIndex.Found found = find(wanted, sessionId, limit, offset);
        List<Hit> hits = new ArrayList<>(found.entries().size());
        for (Documents.Entry entry : found.entries()) {
            Snippet snippet = Snippet.of(entry.text(), wanted);
            hits.add(new Hit(
                    entry.sessionId(),
                    entry.messageId(),
                    entry.role(),
                    entry.createdAt(),
                    snippet.text(),
                    snippet.marks()));
        }
        return new Result(hits, found.total(), complete && filler.isComplete());
    }

    @Override
    public void rebuild() {
        backlog.rebuild();
    }

    private static Wanted check(String query, int limit, int offset) {
        List<Field> wrong = new ArrayList<>();
        Wanted wanted = query.length() > LONGEST_QUERY ? new Wanted(List.of()) : Wanted.parse(query);
        if (query.length() > LONGEST_QUERY) {
            wrong.add(new Field("q", "at most " + LONGEST_QUERY + " characters, not " + query.length()));
        } else if (query.isBlank()) {
            wrong.add(new Field("q", "give a word: letters or digits"));
        }
        if (limit < 1 || limit > MOST_HITS) {
            wrong.add(new Field("limit", "from 1 to " + MOST_HITS));
        }
        if (offset < 0 || offset > LAST_OFFSET) {
            wrong.add(new Field("offset", "from 0 to " + LAST_OFFSET));
        }
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        return wanted;
    }

    private MessageIndex.Found find(Wanted wanted, @Nullable String sessionId, int limit, int offset) {
        try {
            return tryToFind(wanted, sessionId, limit, offset);
        } catch (IOException e) {
            LOG.debug("The index is looked at again", e);
        }
        try {
            return tryToFind(wanted, sessionId, limit, offset);
        } catch (IOException e) {
            LOG.warn("The search failed: {}", e.toString());
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "search-unavailable",
                    "The search is not available now. Try again in a moment.",
                    e);
        }
    }

    private MessageIndex.Found tryToFind(Wanted wanted, @Nullable String sessionId, int limit, int offset)
            throws IOException {
        MessageIndex index = shelf.toRead();
        try {
            return index.search(wanted, sessionId, hidden.now(), limit, offset);
        } catch (IOException | RuntimeException e) {
            if (shelf.failed(index, e)) {
                backlog.compare();
            }
            throw new IOException(e);
        }
    }
}
