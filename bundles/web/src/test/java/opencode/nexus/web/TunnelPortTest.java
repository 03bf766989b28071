package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import opencode.nexus.api.NexusException;
import opencode.nexus.testkit.FakeClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelPortTest {
    private final FakeClock clock = new FakeClock();
    private final TunnelAccess access = new TunnelAccess(clock);
    private final EventsServlet events = new EventsServlet(clock, null);
    private final TunnelPort tunnel = new TunnelPort(access, events);
    private final List<ServerSocketChannel> open = new ArrayList<>();
    private final BiFunction<String, ServerSocketChannel, AutoCloseable> server = (name, channel) -> {
        open.add(channel);
        return () -> {
            open.remove(channel);
            channel.close();
        };
    };

    @AfterEach
    void close() throws Exception {
        tunnel.close();
        events.close();
    }

    @Test
    void itListensOnLoopbackAtAFreePort() throws Exception {
        tunnel.setListeners(server);

        int port = tunnel.open(0);

        assertThat(open).singleElement().satisfies(channel -> assertThat(channel.getLocalAddress())
                .isEqualTo(new InetSocketAddress("127.0.0.1", port)));
        assertThat(port).isPositive();
    }

    @Test
    void openedTwiceItIsOneAndNamesAreReplaced() {
        tunnel.setListeners(server);
        int port = tunnel.open(0);
        assertThat(tunnel.open(1)).isEqualTo(port);
        assertThat(open).hasSize(1);

        tunnel.admit(Set.of("A.example.org"));
        tunnel.admit(Set.of("B.example.org"));

        assertThat(access.isAllowed("a.example.org")).isFalse();
        assertThat(access.isAllowed("b.example.org")).isTrue();
    }

    @Test
    void aPortThatARunningTunnelLeadsToIsTakenAgain() {
        tunnel.setListeners(server);
        int port = tunnel.open(0);
        tunnel.close();

        assertThat(tunnel.open(port)).isEqualTo(port);
    }

    @Test
    void insteadOfAPortThatIsTakenItHasAnother() throws Exception {
        tunnel.setListeners(server);
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(tunnel.open(other.getLocalPort())).isPositive().isNotEqualTo(other.getLocalPort());
        }
    }

    @Test
    void closedNobodyIsAnsweredAndTwiceIsOnce() {
        tunnel.setListeners(server);
        tunnel.open(0);
        tunnel.admit(Set.of("a.example.org"));
        String path = tunnel.probe().path();

        tunnel.close();
        tunnel.close();

        assertThat(open).isEmpty();
        assertThat(access.isAllowed("a.example.org")).isFalse();
        assertThat(access.isProbed(path)).isFalse();
    }

    @Test
    void withoutAServerThereIsNoPort() {
        assertThatThrownBy(() -> tunnel.open(0)).isInstanceOfSatisfying(NexusException.class, e -> assertThat(e.code())
                .isEqualTo("listener-unavailable"));
        assertThat(access.isAllowed("a.example.org")).isFalse();
    }

    @Test
    void aServerThatGoesAwayTakesThePortWithIt() {
        tunnel.setListeners(server);
        tunnel.open(0);
        tunnel.admit(Set.of("a.example.org"));

        tunnel.unsetListeners(server);

        assertThat(open).isEmpty();
        assertThat(access.isAllowed("a.example.org")).isFalse();
    }

    @Test
    void aServerThatRefusesLeavesItClosed() throws Exception {
        tunnel.setListeners((name, channel) -> {
            throw new java.io.UncheckedIOException(new IOException("no"));
        });

        assertThatThrownBy(() -> tunnel.open(0)).isInstanceOf(NexusException.class);
        tunnel.setListeners(server);
        assertThat(tunnel.open(0)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "127.0.0.1",
                "[::1]",
                "::1",
                "10.0.0.1",
                "https://a.example.org",
                "a.example.org:443",
                "a.example.org/x",
                "a..example.org",
                "-a.example.org",
                "*.example.org",
                "a_b.example.org",
                "example",
                "nexus.localhost",
                "printer.local",
                "a.example.org\r\nX: y",
                "",
                " "
            })
    void onlyPublicNamesAreAdmitted(String host) {
        tunnel.admit(Set.of(host, "a.example.org"));

        assertThat(access.isAllowed(host)).isFalse();
        assertThat(access.isAllowed(host.strip().toLowerCase(Locale.ROOT))).isFalse();
        assertThat(access.isAllowed("a.example.org")).isTrue();
    }
}
