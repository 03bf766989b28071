package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import opencode.nexus.api.stream.BrowserStream.Frame;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.web.Follower.Ending;
import org.junit.jupiter.api.Test;

class SseConnectionTest {
    private static final int PLENTY = 1_000_000;
    private static final String HELLO =
            "retry: 1000\nid: 1-5\nevent: hello\ndata: {\"epoch\":\"1\",\"verdict\":\"ok\",\"cursor\":\"1-5\"}\n\n";

    private final FakeClock clock = new FakeClock();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<SseConnection> gone = new ArrayList<>();
    private final FakeBrowserStream stream = new FakeBrowserStream();

    // ---- the format ----

    @Test
    void aFrameIsThreeLinesAndAnEmptyOne() {
        assertThat(SseConnection.encode(new Frame("5c-42", "text", "{\"part\":\"k\",\"text\":\"abcdef\"}")))
                .isEqualTo("id: 5c-42\nevent: text\ndata: {\"part\":\"k\",\"text\":\"abcdef\"}\n\n")
                .hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void aHeartbeatIsAComment() {
        assertThat(SseConnection.encode(Frame.HEARTBEAT)).isEqualTo(":\n\n");
    }

    @Test
    void aLineBreakInTheDataCannotForgeAnEvent() {
        assertThat(SseConnection.encode(new Frame("1", "a", "x\n\nevent: forged\rdata: y")))
                .isEqualTo("id: 1\nevent: a\ndata: x\ndata: \ndata: event: forged\ndata: data: y\n\n");
    }

    // ---- writing ----

    @Test
    void itBeginsWithTheDelayAndTheFirstFrameInOnePiece() throws Exception {
        FakeWire wire = new FakeWire(0);
        open(wire);

        wire.takesMore(2); // one write, one flush

        assertThat(wire.sent()).isEqualTo(HELLO);
    }

    @Test
    void whatIsThereIsFlushedOnce() throws Exception {
        FakeWire wire = new FakeWire(0);
        open(wire);
        stream.add("1-6", "a", "1").add("1-7", "b", "2");

        wire.takesMore(4); // three writes, one flush

        assertThat(wire.sent()).isEqualTo(HELLO + "id: 1-6\nevent: a\ndata: 1\n\nid: 1-7\nevent: b\ndata: 2\n\n");
    }

    @Test
    void whatComesLaterIsWrittenByAWriter() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);

        stream.add("1-6", "a", "1");
        connection.wake();
        connection.wake();

        assertThat(wire.sent()).isEqualTo(HELLO); // wake returned at once
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(wire.sent()).endsWith("data: 1\n\n");
    }

    @Test
    void nothingIsTakenFromTheStreamThatTheConnectionDoesNotTake() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        IntStream.range(0, 100).forEach(number -> stream.add("1-" + number, "a", "x"));

        wire.takesMore(10);
        connection.wake();

        assertThat(tasks).isEmpty();
        assertThat(stream.left()).isEqualTo(91);
        wire.takesMore(PLENTY);
        assertThat(stream.left()).isZero();
        assertThat(wire.sent()).endsWith("id: 1-99\nevent: a\ndata: x\n\n");
    }

    @Test
    void aWakeBeforeTheContainerIsReadyIsNotLost() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        stream.add("1-6", "a", "1");

        connection.wake();
        assertThat(tasks).isEmpty();
        wire.takesMore(PLENTY);

        assertThat(wire.sent()).endsWith("data: 1\n\n");
    }

    @Test
    void underAnyInterleavingEveryFrameIsWrittenOnceAndInOrder() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        ExecutorService others = Executors.newFixedThreadPool(2);
        try {
            FakeWire wire = new FakeWire(3);
            SseConnection connection = new SseConnection("d", "t", pool, clock, gone::add);
            connection.start(wire.exchange(), wire, stream);
            wire.takesMore(1);
            int count = 20_000;
            CountDownLatch published = new CountDownLatch(1);
            Future<?> publisher = others.submit(() -> {
                for (int number = 0; number < count; number++) {
                    stream.add("1-" + number, "a", "x");
                    connection.wake();
                }
                stream.goesAway();
                connection.wake();
                published.countDown();
            });
            Future<?> network = others.submit(() -> {
                while (!wire.isCompleted()) {
                    if (wire.isWaitedFor()) {
                        wire.takesMore(7);
                    }
                    Thread.onSpinWait();
                }
                return null;
            });
            publisher.get(60, TimeUnit.SECONDS);
            network.get(60, TimeUnit.SECONDS);
            wire.awaitCompleted();

            assertThat(wire.sent()
                            .lines()
                            .filter(line -> line.startsWith("id: "))
                            .skip(1)
                            .limit(count))
                    .isEqualTo(IntStream.range(0, count)
                            .mapToObj(number -> "id: 1-" + number)
                            .collect(Collectors.toList()));
            assertThat(wire.sent()).endsWith("event: bye\ndata: {\"reason\":\"swap\"}\n\n");
        } finally {
            pool.shutdownNow();
            others.shutdownNow();
        }
    }

    // ---- ending ----

    @Test
    void aStreamThatIsOverIsCompletedAfterItsLastFrame() throws Exception {
        FakeWire wire = new FakeWire(PLENTY);
        open(wire);
        stream.goesAway();

        wire.takesMore(0);

        assertThat(wire.sent()).endsWith("event: bye\ndata: {\"reason\":\"swap\"}\n\n");
        assertEnded(wire);
    }

    @Test
    void anEndedLoginEndsTheStreamAndNothingFollowsTheFarewell() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);
        stream.add("1-6", "a", "not for you any more");

        connection.end(Ending.LOGGED_OUT);
        runTasks();

        assertThat(wire.sent()).isEqualTo(HELLO + "event: bye\ndata: {\"reason\":\"logged-out\"}\n\n");
        assertEnded(wire);
    }

    @Test
    void aBrowserThatDoesNotReadIsCutWhenItsLoginEnds() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(1);

        connection.end(Ending.LOGGED_OUT);

        assertEnded(wire);
    }

    @Test
    void aBrowserThatDoesNotReadIsCutAfterHalfAMinute() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(1);

        clock.advance(SseConnection.PATIENCE);
        connection.tick();
        assertThat(wire.isCompleted()).isFalse();
        clock.advance(Duration.ofSeconds(1));
        connection.tick();

        assertEnded(wire);
    }

    @Test
    void aBrowserThatHasNothingToReadIsNotCut() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);

        clock.advance(Duration.ofMinutes(59));
        connection.tick();
        runTasks();

        assertThat(wire.isCompleted()).isFalse();
    }

    @Test
    void afterAnHourItIsRenewed() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);

        clock.advance(SseConnection.LIFE.plusSeconds(1));
        connection.tick();
        runTasks();

        assertThat(wire.sent()).endsWith("event: bye\ndata: {\"reason\":\"renew\"}\n\n");
        assertEnded(wire);
    }

    @Test
    void anEarlierEndIsKeptAndALaterOneIsNot() throws Exception {
        SseConnection late = new SseConnection("device", "token", tasks::add, clock, gone::add);
        late.renewBy(clock.instant().plus(SseConnection.LIFE).plusSeconds(10));
        late.renewBy(clock.instant().plusSeconds(20));
        late.renewBy(clock.instant().plusSeconds(30));
        FakeWire wire = new FakeWire(0);
        late.start(wire.exchange(), wire, stream);
        wire.takesMore(PLENTY);

        clock.advance(Duration.ofSeconds(20));
        late.tick();
        runTasks();
        assertThat(wire.isCompleted()).isFalse();
        clock.advance(Duration.ofSeconds(1));
        late.tick();
        runTasks();
        assertEnded(wire);
    }

    @Test
    void aBrokenConnectionIsCleanedUp() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);
        wire.breaks();
        stream.add("1-6", "a", "1");

        connection.wake();
        runTasks();

        assertEnded(wire);
    }

    @Test
    void aDeadConnectionIsFoundByWritingToIt() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);
        wire.takesMore(PLENTY);
        connection.probe();
        runTasks();
        assertThat(wire.sent()).isEqualTo(HELLO + ":\n\n");
        wire.breaks();

        connection.probe();
        runTasks();

        assertEnded(wire);
    }

    @Test
    void itIsCleanedUpOnceHoweverOftenItEnds() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = open(wire);

        connection.cut();
        connection.cut();
        connection.end(Ending.RESTART);
        connection.wake();
        wire.takesMore(PLENTY);

        assertThat(wire.sent()).isEmpty();
        assertEnded(wire);
    }

    @Test
    void withoutWritersItIsCut() throws Exception {
        FakeWire wire = new FakeWire(0);
        SseConnection connection = new SseConnection(
                "d",
                "t",
                task -> {
                    throw new RejectedExecutionException();
                },
                clock,
                gone::add);
        connection.start(wire.exchange(), wire, stream);
        wire.takesMore(PLENTY);

        connection.wake();

        assertEnded(wire);
    }

    private SseConnection open(FakeWire wire) {
        SseConnection connection = new SseConnection("device", "token", tasks::add, clock, gone::add);
        connection.start(wire.exchange(), wire, stream);
        return connection;
    }

    private void runTasks() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private void assertEnded(FakeWire wire) throws Exception {
        wire.awaitCompleted();
        assertThat(stream.isClosed()).isTrue();
        assertThat(gone).hasSize(1);
    }
}
