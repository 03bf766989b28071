package opencode.nexus.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import opencode.nexus.testkit.FakeExchange;
import org.junit.jupiter.api.Test;

class RemainderTest {
    private static final int MIB = 1024 * 1024;

    @Test
    void whatWasRefusedIsReadToItsEnd() {
        FakeExchange exchange = new FakeExchange("POST", "/api/x").body("text/plain", new byte[20 * MIB]);

        Remainder.discard(exchange.request());

        assertThat(exchange.unread()).isZero();
    }

    @Test
    void whoSendsWithoutEndIsNotReadToIt() {
        FakeExchange exchange = new FakeExchange("POST", "/api/x")
                .body("text/plain", new byte[40 * MIB])
                .chunked();

        Remainder.discard(exchange.request());

        assertThat(exchange.unread()).isBetween(1, 8 * MIB);
    }

    @Test
    void whoAnnouncesTooMuchIsNotReadAtAll() {
        FakeExchange exchange = new FakeExchange("POST", "/api/x").body("text/plain", new byte[33 * MIB]);

        Remainder.discard(exchange.request());

        assertThat(exchange.unread()).isEqualTo(33 * MIB);
    }

    @Test
    void whoWaitsToBeAskedIsNotAsked() {
        FakeExchange exchange = new FakeExchange("POST", "/api/x")
                .body("text/plain", new byte[100])
                .header("Expect", "100-continue");

        Remainder.discard(exchange.request());

        assertThat(exchange.unread()).isEqualTo(100);
    }

    @Test
    void whoDripsIsLeftAfterSomeSeconds() {
        FakeExchange exchange = new FakeExchange("POST", "/api/x").body("text/plain", new byte[20 * MIB]);
        AtomicLong now = new AtomicLong();

        Remainder.discard(exchange.request(), () -> now.getAndAdd(1_000_000_000));

        assertThat(exchange.unread()).isPositive();
    }
}
