package opencode.nexus.demo.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request and one answer over HTTP/1.1; the connection closes afterwards. The JDK's own server is not used because
 * Karaf does not export its package, and because it can neither time out a slow client nor notice one that left.
 */
final class Connection implements Closeable {
    private static final int MAX_HEAD = 16 * 1024;
    private static final Duration LINGER = Duration.ofSeconds(1);

    /** The request cannot be served. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Map<String, String> headers = new HashMap<>();
    private long deadline;
    private long beat = Long.MIN_VALUE;
    private String method = "";
    private String path = "";
    private boolean unread = true;
    private boolean streaming;

    /** @param patience how long the whole request may take to arrive */
    Connection(Socket socket, Duration patience) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
        this.deadline = System.nanoTime() + patience.toNanos();
    }

    /** Reads request line and headers. Whoever is too slow gets an IOException. */
    void readHead() throws IOException, Refused {
        int left = MAX_HEAD;
        String line = line(left);
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            throw new Refused(400, "not an HTTP/1.1 request");
        }
        method = words[0];
        path = words[1].split("\\?", 2)[0];
        while (true) {
            left -= line.length() + 2;
            line = line(left);
            if (line.isEmpty()) {
                break;
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new Refused(400, "malformed header");
            }
            String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
            if (headers.put(name, line.substring(colon + 1).strip()) != null
                    && (name.equals("host") || name.equals("content-length"))) {
                throw new Refused(400, "header sent twice: " + name);
            }
        }
        unread = headers.containsKey("content-length") || headers.containsKey("transfer-encoding");
    }

    String method() {
        return method;
    }

    /** The path as it was sent, without its query. */
    String path() {
        return path;
    }

    /** A header by its lower-case name; empty when it was not sent. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    byte[] body(int limit) throws IOException, Refused {
        String length = header("content-length");
        if (!length.matches("[0-9]{1,18}")) {
            throw new Refused(411, "send a Content-Length");
        }
        long size = Long.parseLong(length);
        if (size > limit) {
            throw new Refused(413, "at most " + limit + " bytes");
        }
        if (header("expect").equalsIgnoreCase("100-continue")) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
        }
        // Grows as bytes arrive, so that a mere promise of much data costs nothing.
        byte[] body = new Timed().readNBytes((int) size);
        if (body.length < size) {
            throw new EOFException("the client went away");
        }
        unread = false;
        return body;
    }

    void answer(int status, Map<String, String> extra, byte[] json) throws IOException {
        head(status, "application/json", "Content-Length: " + json.length, extra);
        out.write(json);
        out.flush();
    }

    /** Sends the next bytes of a streamed answer, the head before the first. */
    void stream(byte[] bytes) throws IOException {
        if (!streaming) {
            head(200, "text/event-stream", "Transfer-Encoding: chunked", Map.of("Cache-Control", "no-cache"));
            streaming = true;
        }
        byte[] size = (Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1);
        byte[] chunk = new byte[size.length + bytes.length + 2];
        System.arraycopy(size, 0, chunk, 0, size.length);
        System.arraycopy(bytes, 0, chunk, size.length, bytes.length);
        chunk[chunk.length - 2] = '\r';
        chunk[chunk.length - 1] = '\n';
        out.write(chunk);
        out.flush();
    }

    boolean isStreaming() {
        return streaming;
    }

    void endStream() throws IOException {
        out.write("0\r\n\r\n".getBytes(ISO_8859_1));
        out.flush();
    }

    /** Waits until {@code length} after the end of the pause before, listening whether the client is still there. */
    void pause(Duration length) throws IOException {
        long now = System.nanoTime();
        beat = beat == Long.MIN_VALUE || beat - now < -length.toNanos() ? now : beat;
        beat += length.toNanos();
        listen(beat);
    }

    /** Waits until the client goes away. */
    void hang() throws IOException {
        listen(null);
    }

    /** Resets the connection, so that the client sees a failure and no end. */
    void drop() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
        throw new IOException("dropped on purpose");
    }

    /** Ends politely: what was not read is drained for a moment, else the client may lose the answer to a reset. */
    @Override
    public void close() throws IOException {
        try (socket) {
            if (!socket.isClosed() && unread) {
                socket.shutdownOutput();
                deadline = System.nanoTime() + LINGER.toNanos();
                new Timed().transferTo(OutputStream.nullOutputStream());
            }
        } catch (SocketTimeoutException e) {
            // It had its moment.
        }
    }

    /** Cuts the connection from any thread. */
    void abort() {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed is closed.
        }
    }

    private void head(int status, String type, String framing, Map<String, String> extra) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" \r\nContent-Type: ");
        head.append(type).append("\r\n").append(framing).append("\r\nConnection: close\r\n");
        extra.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        out.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
    }

    private String line(int limit) throws IOException, Refused {
        Timed timed = new Timed();
        StringBuilder line = new StringBuilder();
        for (int next = timed.read(); next != '\n'; next = timed.read()) {
            if (next < 0) {
                throw new EOFException("the client went away");
            }
            if (line.length() >= limit) {
                throw new Refused(431, "the head of the request is too long");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    private void listen(@Nullable Long until) throws IOException {
        while (true) {
            long left = until == null ? Long.MAX_VALUE : until - System.nanoTime();
            if (left <= 0) {
                return;
            }
            try {
                socket.setSoTimeout((int) Math.min(60_000, Math.max(1, left / 1_000_000)));
                if (in.read() < 0) {
                    throw new EOFException("the client went away");
                }
            } catch (SocketTimeoutException e) {
                // Silence is what a client should keep.
            }
        }
    }

    /** The request's bytes, as long as they come in time. */
    private final class Timed extends InputStream {
        @Override
        public int read() throws IOException {
            if (in.available() == 0) {
                limit();
            }
            return in.read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            limit();
            return in.read(bytes, from, length);
        }

        private void limit() throws IOException {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException("the client is too slow");
            }
            socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
        }
    }
}
