package opencode.nexus.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Opens and closes listeners of a real server. */
class ListenersTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

    private final Server server = new Server();
    private final HttpConfiguration configuration = new HttpConfiguration();
    private final Listeners listeners = new Listeners(server, configuration);
    private final CountDownLatch hanging = new CountDownLatch(1);
    private ServerConnector first;

    @BeforeEach
    void start() throws Exception {
        configuration.addCustomizer(new SecurityHeaders());
        configuration.setRequestHeaderSize(16_384);
        server.setErrorHandler(new ProblemErrors());
        first = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
        first.setName("tunnel"); // a name alone makes nobody what it says
        first.setHost("127.0.0.1");
        server.addConnector(first);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                if (request.getHttpURI().getPath().equals("/hang")) {
                    hanging.countDown();
                    return true;
                }
                String told = request.getAttribute(Listeners.NAME) + " " + request.isSecure() + " "
                        + request.getHttpURI().getScheme() + " " + Request.getLocalPort(request);
                Content.Sink.write(response, true, told, callback);
                return true;
            }
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void aRequestTellsTheListenerItCameInAt() throws Exception {
        ServerSocketChannel channel = loopback();
        int port = port(channel);

        AutoCloseable listener = listeners.apply("tunnel", channel);

        assertThat(ask(port, GET)).endsWith("tunnel true https " + port);
        assertThat(ask(first.getLocalPort(), GET)).endsWith("null false http " + first.getLocalPort());
        listener.close();
    }

    @Test
    void onlyThereBrowsersAreToldToUseHttps() throws Exception {
        ServerSocketChannel channel = loopback();
        AutoCloseable listener = listeners.apply("tunnel", channel);

        assertThat(ask(port(channel), GET)).contains("Strict-Transport-Security: max-age=31536000\r\n");
        assertThat(ask(port(channel), "GET / HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("Strict-Transport-Security: max-age=31536000\r\n");
        assertThat(ask(first.getLocalPort(), GET)).doesNotContain("Strict-Transport-Security");
        listener.close();
    }

    @Test
    void theLimitsOfTheFirstListenerHoldThere() throws Exception {
        ServerSocketChannel channel = loopback();
        AutoCloseable listener = listeners.apply("tunnel", channel);

        assertThat(ask(port(channel), GET.replace("Connection", "X-Long: " + "x".repeat(20_000) + "\r\nConnection")))
                .startsWith("HTTP/1.1 431 ");
        assertThat(ask(
                        port(channel),
                        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
                                + "\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .containsOnlyOnce("HTTP/1.1");
        listener.close();
    }

    @Test
    void aClosedListenerTakesNobodyInAndCutsWhatStaysWhileOthersGoOn() throws Exception {
        ServerSocketChannel channel = loopback();
        int port = port(channel);
        AutoCloseable listener = listeners.apply("tunnel", channel);
        try (Socket open = send(port, "GET /hang HTTP/1.1\r\nHost: a.example\r\n\r\n");
                Socket other = send(first.getLocalPort(), "")) {
            assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();

            listener.close();

            assertThatThrownBy(() -> ask(port, GET)).isInstanceOf(IOException.class);
            assertThat(read(open)).isEmpty();
            assertThat(server.getConnectors()).containsExactly(first);
            other.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
            assertThat(read(other)).startsWith("HTTP/1.1 200");
        }
        listener.close(); // twice is once
    }

    @Test
    void thePortOfAClosedListenerMayBeOpenedAgain() throws Exception {
        ServerSocketChannel channel = loopback();
        int port = port(channel);
        listeners.apply("tunnel", channel).close();

        ServerSocketChannel again = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", port));
        AutoCloseable listener = listeners.apply("tunnel", again);

        assertThat(ask(port, GET)).startsWith("HTTP/1.1 200");
        listener.close();
    }

    @Test
    void onlyLoopbackIsListenedAt() throws Exception {
        ServerSocketChannel everywhere = ServerSocketChannel.open().bind(new InetSocketAddress(0));

        assertThatThrownBy(() -> listeners.apply("tunnel", everywhere)).isInstanceOf(IllegalArgumentException.class);
        assertThat(everywhere.isOpen()).isFalse();
        assertThatThrownBy(() -> listeners.apply("tunnel", ServerSocketChannel.open()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(server.getConnectors()).containsExactly(first);
    }

    private static ServerSocketChannel loopback() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private static int port(ServerSocketChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    private static String ask(int port, String request) throws IOException {
        try (Socket socket = send(port, request)) {
            return read(socket);
        }
    }

    private static Socket send(int port, String request) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String read(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
}
