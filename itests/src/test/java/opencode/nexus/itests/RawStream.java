package opencode.nexus.itests;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * A stream of events read straight off a socket, with the moment each line arrived: for measuring, without what a client
 * library adds. Understands chunked bodies and nothing else.
 */
final class RawStream implements AutoCloseable {
    private final Socket socket;
    private final Thread reader;

    /** Opens the stream; {@code lines} gets each {@code data:} line and the {@link System#nanoTime} it was read at. */
    RawStream(URI uri, Map<String, String> headers, ObjLongConsumer<String> lines) throws IOException {
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setTcpNoDelay(true);
        StringBuilder request = new StringBuilder("GET " + uri.getRawPath() + " HTTP/1.1\r\n");
        request.append("Host: ").append(uri.getAuthority()).append("\r\n");
        headers.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
        InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        String status = line(in);
        if (!status.contains(" 200 ")) {
            throw new IOException(status);
        }
        while (!line(in).isEmpty()) {
            // The headers tell nothing that is needed here.
        }
        reader = new Thread(() -> read(in, lines), "raw-stream");
        reader.setDaemon(true);
        reader.start();
    }

    private static void read(InputStream in, ObjLongConsumer<String> lines) {
        StringBuilder line = new StringBuilder();
        try {
            while (true) {
                int size = Integer.parseInt(line(in), 16);
                if (size == 0) {
                    return;
                }
                String chunk = new String(in.readNBytes(size), StandardCharsets.UTF_8);
                long now = System.nanoTime();
                line(in);
                for (int i = 0; i < chunk.length(); i++) {
                    char c = chunk.charAt(i);
                    if (c != '\n') {
                        line.append(c);
                        continue;
                    }
                    if (line.length() > 5 && line.charAt(0) == 'd') {
                        lines.accept(line.toString(), now);
                    }
                    line.setLength(0);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Closed by this side or the other: there is no more to measure.
            line.setLength(0);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("ended");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
