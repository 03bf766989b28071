package opencode.nexus.streaming;

import java.util.List;
import java.util.function.Consumer;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.stream.BrowserStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One browser's view of the hub. It holds nothing but the batch it is working on; what waits, waits in the hub. */
final class RingStream implements BrowserStream {
    private static final Logger LOG = LoggerFactory.getLogger(RingStream.class);
    private static final int BATCH = 512;
    private static final int MAX_MERGED = 16_384;

    private final Feed feed;
    private final String epoch;
    /** So many events wait at once when a browser is behind. Fewer are sent as they came, one frame each. */
    private static final int CROWD = 32;

    private final Runnable wake;
    private final Consumer<RingStream> onClose;
    private List<NexusEvent> batch = List.of();
    private int position;
    private String lastId;
    private boolean greeted;
    private volatile boolean heartbeatDue;
    private volatile boolean swapped;
    private volatile boolean over;

    RingStream(Feed feed, String epoch, Runnable wake, Consumer<RingStream> onClose) {
        this.feed = feed;
        this.epoch = epoch;
        this.wake = wake;
        this.onClose = onClose;
        this.lastId = feed.start();
    }

    @Override
    public @Nullable Frame next() {
        if (over) {
            return null;
        }
        if (!greeted) {
            greeted = true;
            return hello();
        }
        if (swapped) {
            return bye("swap");
        }
        if (heartbeatDue) {
            heartbeatDue = false;
            return Frame.HEARTBEAT;
        }
        if (position == batch.size()) {
            try {
                batch = feed.next(BATCH);
            } catch (Feed.FellBehind e) {
                return bye("behind");
            }
            position = 0;
        }
        return batch.isEmpty() ? null : frame();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        over = true;
        feed.close();
        onClose.accept(this);
    }

    /** A heartbeat is due. Called by any thread. */
    void beat() {
        heartbeatDue = true;
        wake();
    }

    /** The service goes away: the next frame is the last. Called by any thread. */
    void swap() {
        swapped = true;
        feed.close();
        wake();
    }

    private void wake() {
        try {
            wake.run();
        } catch (RuntimeException | LinkageError e) {
            LOG.debug("A browser's stream could not be woken", e);
        }
    }

    private Frame hello() {
        String verdict = feed.verdict() == Feed.Verdict.OK ? "ok" : "gap";
        String cursor = feed.start();
        return new Frame(
                cursor,
                "hello",
                "{\"epoch\":\"" + epoch + "\",\"verdict\":\"" + verdict + "\",\"cursor\":\"" + cursor + "\"}");
    }

    /** Carries the id of the frame before, so that the browser comes back to where it was. */
    private Frame bye(String reason) {
        close();
        return new Frame(lastId, "bye", "{\"reason\":\"" + reason + "\"}");
    }

    private Frame frame() {
        NexusEvent event = batch.get(position++);
        lastId = event.id();
        String key = event.part();
        if (key == null) {
            return new Frame(lastId, event.type(), event.data());
        }
        String text = event.data();
        StringBuilder json = TextFrames.begin(key, text.length());
        TextFrames.escape(text, json);
        // Only what waits in the same batch is merged: the hub ends a batch where a page's cursor may fall.
        int merged = text.length();
        while (batch.size() >= CROWD && position < batch.size()) {
            NexusEvent more = batch.get(position);
            merged += more.data().length();
            if (!key.equals(more.part()) || merged > MAX_MERGED) {
                break;
            }
            TextFrames.escape(more.data(), json);
            lastId = more.id();
            position++;
        }
        return new Frame(lastId, NexusEvent.TEXT, TextFrames.end(json));
    }
}
