package opencode.nexus.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection under an asynchronous answer, as strict as a container: it takes so many writes, then is not ready until the
 * test lets it take more, and objects to being written to when it is not ready or by two threads.
 */
final class FakeWire extends ServletOutputStream {
    final CompletableFuture<Void> completed = new CompletableFuture<>();

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream buffered = new ByteArrayOutputStream();
    private @Nullable WriteListener listener;
    private @Nullable ServletResponse response;
    private boolean broken;
    private boolean askedInVain;
    private boolean ready;
    private int room;
    private @Nullable Thread writer;

    FakeWire(int room) {
        this.room = room;
    }

    /** The asynchronous exchange on top of it. */
    AsyncContext exchange() {
        return (AsyncContext) Proxy.newProxyInstance(
                FakeWire.class.getClassLoader(), new Class<?>[] {AsyncContext.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "setTimeout" -> {}
                        case "addListener" -> assertListener(arguments[0]);
                        case "complete" -> complete();
                        case "start" -> ((Runnable) arguments[0]).run();
                        case "getResponse" -> {
                            return response;
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    }
                    return null;
                });
    }

    FakeWire answering(ServletResponse written) {
        response = written;
        return this;
    }

    /** As the container does when the servlet has returned, and whenever there is room again. */
    void takesMore(int writes) throws IOException {
        WriteListener told;
        synchronized (this) {
            room += writes;
            askedInVain = false;
            told = listener;
        }
        told.onWritePossible();
    }

    /** True when somebody waits to be told that there is room. */
    synchronized boolean isWaitedFor() {
        return askedInVain;
    }

    synchronized void breaks() {
        broken = true;
    }

    synchronized String sent() {
        return sent.toString(StandardCharsets.UTF_8);
    }

    void awaitCompleted() throws Exception {
        completed.get(20, TimeUnit.SECONDS);
    }

    boolean isCompleted() {
        return completed.isDone();
    }

    @Override
    public synchronized boolean isReady() {
        ready = room > 0;
        askedInVain |= !ready;
        return ready;
    }

    @Override
    public void setWriteListener(WriteListener writeListener) {
        listener = writeListener;
    }

    @Override
    public void write(int value) {
        throw new UnsupportedOperationException("byte by byte");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        enter();
        synchronized (this) {
            buffered.write(bytes, offset, length);
        }
        leave();
    }

    @Override
    public void flush() throws IOException {
        enter();
        synchronized (this) {
            sent.writeBytes(buffered.toByteArray());
            buffered.reset();
        }
        leave();
    }

    private synchronized void enter() throws IOException {
        if (broken) {
            throw new EOFException("gone");
        }
        if (!ready || writer != null || completed.isDone()) {
            completed.completeExceptionally(new AssertionError("written to out of turn"));
            throw new IllegalStateException("written to out of turn");
        }
        writer = Thread.currentThread();
        ready = false;
        room--;
    }

    private synchronized void leave() {
        writer = null;
    }

    private void complete() {
        if (!completed.complete(null)) {
            throw new IllegalStateException("completed already");
        }
    }

    private static void assertListener(Object listener) {
        if (!(listener instanceof AsyncListener)) {
            throw new AssertionError("not a listener");
        }
    }
}
