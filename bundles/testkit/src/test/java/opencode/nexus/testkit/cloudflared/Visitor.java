package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Somebody at the public address: sends what he is told and reads line by line. */
final class Visitor implements AutoCloseable {
    private final int port;
    private final String host;
    private Socket socket = new Socket();

    /** An answer that was read to its end. */
    record Answer(int statusCode, List<String> headers, String body) {}

    private Visitor(int port, String host) {
        this.port = port;
        this.host = host;
    }

    static Visitor of(StandInCloudflared cloudflared, String host) throws IOException {
        return new Visitor(cloudflared.publicPort().orElseThrow(), host);
    }

    Answer get(String path, String... headers) throws IOException {
        try (BufferedReader lines = send("GET " + path, "", headers)) {
            return read(lines);
        }
    }

    Answer post(String path, String body) throws IOException {
        try (BufferedReader lines = send("POST " + path, body)) {
            return read(lines);
        }
    }

    /** Sends a request; what comes back is read by the test, as it comes. */
    BufferedReader send(String start, String body, String... headers) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        StringBuilder text = new StringBuilder(start + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        text.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
        socket.getOutputStream().write(text.toString().getBytes(UTF_8));
        socket.getOutputStream().flush();
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    /** Whether a request gets its answer within so many milliseconds. */
    boolean answersWithin(int millis, String... headers) throws IOException {
        try (BufferedReader lines = send("GET /", "", headers)) {
            socket.setSoTimeout(millis);
            return !head(lines).isEmpty();
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** How long a read may wait from now on. */
    void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    static List<String> head(BufferedReader lines) throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
            head.add(line);
        }
        return head;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static Answer read(BufferedReader lines) throws IOException {
        List<String> head = head(lines);
        StringBuilder body = new StringBuilder();
        for (int c = lines.read(); c >= 0; c = lines.read()) {
            body.append((char) c);
        }
        int status = head.isEmpty() ? 0 : Integer.parseInt(head.get(0).split(" ")[1]);
        return new Answer(status, head.subList(Math.min(1, head.size()), head.size()), body.toString());
    }
}
