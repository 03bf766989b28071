package opencode.nexus.web;

import java.util.ArrayDeque;
import java.util.Deque;
import opencode.nexus.api.stream.BrowserStream;
import org.jspecify.annotations.Nullable;

/** A stream that a test fills. */
final class FakeBrowserStream implements BrowserStream {
    private final Deque<Frame> frames = new ArrayDeque<>();
    private boolean over;
    private boolean closed;

    FakeBrowserStream() {
        this("ok");
    }

    FakeBrowserStream(String verdict) {
        add(new Frame("1-5", "hello", "{\"epoch\":\"1\",\"verdict\":\"" + verdict + "\",\"cursor\":\"1-5\"}"));
    }

    synchronized FakeBrowserStream add(Frame frame) {
        frames.add(frame);
        return this;
    }

    FakeBrowserStream add(String id, String event, String data) {
        return add(new Frame(id, event, data));
    }

    /** Says farewell, and that nothing follows. */
    synchronized void goesAway() {
        frames.add(new Frame("1-9", "bye", "{\"reason\":\"swap\"}"));
        over = true;
    }

    synchronized int left() {
        return frames.size();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized @Nullable Frame next() {
        return frames.poll();
    }

    @Override
    public synchronized boolean isOver() {
        return over && frames.isEmpty();
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}
