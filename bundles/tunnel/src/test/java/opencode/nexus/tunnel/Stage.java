package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.process.RealHost;
import opencode.nexus.testkit.FakeAuthService;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeNotifications;
import opencode.nexus.testkit.RecordingHub;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;
import org.jspecify.annotations.Nullable;

/** The tunnel with a stand-in of cloudflared under the process host of the product, in a hurry. */
final class Stage implements AutoCloseable {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long PATIENCE_SECONDS = 90;
    static final Patience HURRY = new Patience(
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60),
            SECOND,
            SECOND,
            Duration.ofMillis(300),
            Duration.ofMillis(20),
            Duration.ofMillis(200),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(60));

    final FakeHome home;
    final RecordingHub hub = new RecordingHub();
    final FakeNotifications notifications = new FakeNotifications();
    final FakeClock clock = new FakeClock();
    final StandInCloudflared cloudflared;
    final RealHost host;
    final Door door;
    private @Nullable CloudflaredTunnel tunnel;
    private @Nullable String testEdge;

    Stage(Path directory) throws IOException {
        home = new FakeHome(directory.resolve("home"));
        cloudflared = StandInCloudflared.in(directory.resolve("bin")).timeScale(0.02);
        host = new RealHost(home, Map.of("maxOutputBytes", 65_536, "outputCheckMillis", 20));
        door = new Door();
    }

    /** What the property of a test says, from now on. */
    void testEdge(String property) {
        testEdge = property;
    }

    /** A tunnel for which everything is there. */
    CloudflaredTunnel tunnel(TunnelConfig config) {
        new ConfigFile(home).store(config);
        CloudflaredTunnel made = bare(cloudflared.program().toString());
        made.setLogin(FakeAuthService.owned());
        made.setListener(door);
        made.setNotifications(notifications);
        made.begin();
        return made;
    }

    /** A tunnel for which nothing is there yet. */
    CloudflaredTunnel bare(String program) {
        CloudflaredTunnel made = new CloudflaredTunnel(
                program, name -> null, host.host(), hub, home, clock, HURRY, this::visit, testEdge, () -> false);
        tunnel = made;
        return made;
    }

    TunnelStatus await(Predicate<TunnelStatus> wanted) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        CloudflaredTunnel watched = Objects.requireNonNull(tunnel);
        while (System.nanoTime() < end) {
            TunnelStatus now = watched.tunnelStatus();
            if (wanted.test(now)) {
                return now;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new AssertionError(watched.tunnelStatus() + "\n" + watched.lastLines(30));
    }

    TunnelStatus awaitReady() {
        return await(status -> status.ready() && status.state() == TunnelStatus.State.OPEN);
    }

    TunnelStatus awaitFailed() {
        return await(status -> status.state() == TunnelStatus.State.FAILED);
    }

    /** The public address of the stand-in is a port of this machine; the name goes along in the Host header. */
    private InputStream visit(URI url) throws IOException {
        int port = cloudflared.publicPort().orElseThrow(() -> new IOException("no address"));
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(10_000);
        socket.getOutputStream()
                .write(("GET " + url.getPath() + " HTTP/1.1\r\nHost: " + url.getHost()
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(UTF_8));
        InputStream in = socket.getInputStream();
        String head = line(in);
        if (!head.contains(" 200 ")) {
            socket.close();
            throw new IOException("the answer has status " + head);
        }
        boolean chunked = false;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            chunked |= line.equalsIgnoreCase("Transfer-Encoding: chunked");
        }
        return chunked ? new Chunks(in) : in;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(UTF_8);
    }

    /** Reads pieces that each tell their length before. */
    private static final class Chunks extends FilterInputStream {
        private int left;

        Chunks(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] buffer, int from, int count) throws IOException {
            if (count == 0) {
                return 0;
            }
            int c = read();
            if (c < 0) {
                return -1;
            }
            buffer[from] = (byte) c;
            return 1;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                String length = line(in);
                String told = length.isEmpty() ? line(in) : length;
                if (told.isEmpty()) {
                    throw new IOException("the answer breaks off");
                }
                left = Integer.parseInt(told, 16);
            }
            if (left <= 0) {
                left = -1;
                return -1;
            }
            left--;
            return in.read();
        }
    }

    @Override
    public void close() {
        if (tunnel != null) {
            tunnel.close();
        }
        host.close();
        door.end();
    }
}
