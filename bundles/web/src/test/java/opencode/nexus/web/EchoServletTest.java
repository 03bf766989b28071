package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.tunnel.TunnelListener.Probe;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EchoServletTest {
    private final FakeClock clock = new FakeClock();
    private final TunnelAccess access = new TunnelAccess(clock);
    private final EchoServlet servlet = new EchoServlet(access);

    @AfterEach
    void close() {
        servlet.close();
    }

    @Test
    void theAnswerIsWhatOnlyTheOneWhoAskedKnowsAndComesInTwoHalves() throws Exception {
        Probe probe = access.ask();
        FakeExchange exchange = through(probe.path());
        FakeWire wire = new FakeWire(0);
        exchange.async(wire.exchange());

        servlet.service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.answered("Content-Type")).isEqualTo("text/event-stream");
        assertThat(exchange.answered("Content-Length")).isNull();
        assertThat(exchange.answered("Cache-Control")).isEqualTo("no-store, no-transform");
        assertThat(exchange.isCommitted()).isTrue();
        assertThat(exchange.text()).isEqualTo(probe.first());
        wire.completed.get(30, TimeUnit.SECONDS);
        assertThat(exchange.text()).isEqualTo(probe.first() + probe.second());
        assertThat(probe.path()).matches("/api/tunnel/echo/[0-9a-f]{48}");
        assertThat(probe.first() + probe.second()).matches("[0-9a-f]{96}").doesNotContain(probe.path());
    }

    @Test
    void aQuestionIsAnsweredOnceAndForAMinute() throws Exception {
        Probe once = access.ask();
        assertThat(access.take(once.path())).hasValue(once);
        assertThat(access.isProbed(once.path())).isFalse();
        assertThat(ask(through(once.path()))).isEqualTo(404);

        Probe late = access.ask();
        clock.advance(Duration.ofMinutes(1));
        assertThat(access.isProbed(late.path())).isFalse();
    }

    @Test
    void onlyTheLatestQuestionsAreRemembered() {
        Probe first = access.ask();
        Set<String> paths = new HashSet<>();
        for (int number = 0; number < 32; number++) {
            paths.add(access.ask().path());
        }

        assertThat(paths).hasSize(32).allMatch(access::isProbed);
        assertThat(access.isProbed(first.path())).isFalse();
    }

    @Test
    void elsewhereAndUnaskedThereIsNothing() throws Exception {
        Probe probe = access.ask();
        assertThat(ask(new FakeExchange("GET", probe.path()))).isEqualTo(404);
        assertThat(access.isProbed(probe.path())).isTrue();
        assertThat(ask(through("/api/tunnel/echo/x"))).isEqualTo(404);
    }

    private static FakeExchange through(String path) {
        return new FakeExchange("GET", path).attribute(Visitor.LISTENER, "tunnel");
    }

    private int ask(FakeExchange exchange) throws Exception {
        servlet.service(exchange.request(), exchange.response());
        return exchange.status();
    }
}
