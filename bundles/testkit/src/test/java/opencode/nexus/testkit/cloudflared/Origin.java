package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** What the tunnel leads to: takes one request after the other and answers what the test says, when it says so. */
final class Origin implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 300, InetAddress.getLoopbackAddress());

    Origin() throws IOException {
        listener.setSoTimeout(60_000);
    }

    /** A request, whose connection stays open until the test ends it. */
    record Asked(Head request, Socket socket) {

        void say(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
            socket.getOutputStream().flush();
        }

        String body(int length) throws IOException {
            return new String(socket.getInputStream().readNBytes(length), UTF_8);
        }

        /** Waits until the other side is gone. */
        boolean ends() throws IOException {
            socket.setSoTimeout(60_000);
            return socket.getInputStream().read() < 0;
        }

        void close() throws IOException {
            socket.close();
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    Asked take() throws IOException {
        Socket socket = listener.accept();
        return new Asked(Head.read(socket.getInputStream()).orElseThrow(), socket);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
