package opencode.nexus.testkit.cloudflared;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** A connection with somebody, over TCP or a Unix socket. */
record Line(InputStream in, OutputStream out, Closeable connection) {

    static Line of(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        return new Line(socket.getInputStream(), socket.getOutputStream(), socket);
    }

    static Line unix(String path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new Line(Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
    }

    /** Ends it in both directions; whoever reads or writes gets an error. */
    void hangUp() {
        try {
            connection.close();
        } catch (IOException e) {
            // It is gone either way.
            return;
        }
    }
}
