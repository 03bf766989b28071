package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.OpenCodeListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final String CONNECTED = "{\"payload\":{\"type\":\"server.connected\",\"properties\":{}}}";
    private static final Duration PATIENT = Duration.ofSeconds(30);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final FakeOpenCode openCode = closing(new FakeOpenCode());
    private final FixedServer server = new FixedServer(openCode.endpoint(), "/w");

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void listenersAreGreetedThenToldEveryEvent() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream events = events();

        events.send(CONNECTED);
        events.send("{\"payload\":{\"type\":\"server.heartbeat\",\"properties\":{}}}");
        events.send(delta("a"));
        events.send("{\"payload\":{\"type\":\"sync\",\"syncEvent\":{\"type\":\"session.deleted.1\"}}}");
        events.send(delta("b"));

        recorder.expect("connected", "text a", "text b");
    }

    @Test
    void theStreamIsAskedForOncePlainlyAndWithThePassword() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        events().send(CONNECTED);
        recorder.expect("connected");

        assertThat(openCode.calls("GET", "/global/event")).singleElement().satisfies(call -> assertThat(call.headers())
                .containsKey("Authorization")
                .doesNotContainKeys("Upgrade", "Accept-encoding"));
    }

    @Test
    void aListenerThatJoinsLaterIsGreetedAtOnceAndFirst() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder early = join(stream, 0);
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        early.expect("connected");

        Recorder late = join(stream, 0);
        late.expect("connected");
        events.send(delta("a"));

        late.expect("text a");
        early.expect("text a");
    }

    @Test
    void higherRankedListenersAreToldFirst() throws Exception {
        EventStream stream = stream(PATIENT);
        BlockingQueue<String> order = new LinkedBlockingQueue<>();
        stream.addListener(new Recorder("low ", order), Map.of("service.ranking", 1, "service.id", 5L));
        stream.addListener(new Recorder("high ", order), Map.of("service.ranking", 7, "service.id", 9L));
        stream.addListener(new Recorder("older ", order), Map.of("service.ranking", 1, "service.id", 2L));
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        events.send(delta("a"));

        expect(
                order,
                "high connected",
                "older connected",
                "low connected",
                "high text a",
                "older text a",
                "low text a");
    }

    @Test
    void aBrokenStreamIsOpenedAgain() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream first = events();
        first.send(CONNECTED);
        first.send(delta("a"));
        recorder.expect("connected", "text a");

        first.cut();
        FakeOpenCode.Stream second = events();
        second.send(CONNECTED);
        second.send(delta("b"));

        recorder.expect("disconnected", "connected", "text b");
    }

    @Test
    void silenceBreaksTheStream() throws Exception {
        EventStream stream = stream(Duration.ofMillis(200));
        Recorder recorder = join(stream, 0);
        events().send(CONNECTED);

        recorder.expect("connected", "disconnected");
        events().send(CONNECTED);
        recorder.expect("connected");
    }

    @Test
    void theEndOfOpenCodeIsToldApart() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        recorder.expect("connected");

        server.move(Optional.empty());
        events.cut();

        recorder.expect("server lost");
    }

    @Test
    void theEndOfOpenCodeIsToldEvenWhenTheStreamBrokeBefore() throws Exception {
        FakeOpenCode.Handler events = openCode.handler("GET /global/event");
        openCode.handle("GET /global/event", exchange -> {
            openCode.answer("GET /global/event", 500, "text/plain", "no");
            events.handle(exchange);
        });
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream only = events();
        only.send(CONNECTED);
        recorder.expect("connected");
        only.cut();
        recorder.expect("disconnected");

        server.move(Optional.empty());

        recorder.expect("server lost");
    }

    @Test
    void anotherStartOfOpenCodeIsFollowed() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        recorder.expect("connected");
        FakeOpenCode next = closing(new FakeOpenCode(0, "another secret"));

        server.move(Optional.of(next.endpoint()));
        events.cut();
        recorder.expect("server lost");
        next.streams.poll(20, TimeUnit.SECONDS).send(CONNECTED);

        recorder.expect("connected");
    }

    @Test
    void whatIsNoStreamIsTriedAgain() throws Exception {
        FakeOpenCode.Handler events = openCode.handler("GET /global/event");
        openCode.answer("GET /global/event", 200, "text/html", "<html>");
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        while (openCode.calls("GET", "/global/event").size() < 2) {
            Thread.onSpinWait();
        }
        openCode.handle("GET /global/event", events);

        events().send(CONNECTED);
        recorder.expect("connected");
    }

    @Test
    void aFailingListenerHarmsNobody() throws Exception {
        EventStream stream = stream(PATIENT);
        stream.addListener(
                new OpenCodeListener() {
                    @Override
                    public void onConnected() {
                        throw new IllegalStateException("meant to fail");
                    }

                    @Override
                    public void onEvent(OpenCodeEvent event) {
                        throw new NoClassDefFoundError("meant to fail");
                    }

                    @Override
                    public void onDisconnected(boolean serverLost) {}
                },
                Map.of("service.ranking", 100));
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        events.send(delta("a"));

        recorder.expect("connected", "text a");
    }

    @Test
    void aListenerThatLeavesHearsNoMore() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder leaving = join(stream, 0);
        Recorder staying = join(stream, 0);
        FakeOpenCode.Stream events = events();
        events.send(CONNECTED);
        leaving.expect("connected");
        staying.expect("connected");

        stream.removeListener(leaving);
        events.send(delta("a"));

        staying.expect("text a");
        assertThat(leaving.heard).isEmpty();
    }

    @Test
    void theEndOfTheReaderIsTold() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        events().send(CONNECTED);
        recorder.expect("connected");

        stream.close();

        recorder.expect("disconnected");
    }

    @Test
    void eventsCutAnywhereAndHugeOnesArrive() throws Exception {
        EventStream stream = stream(PATIENT);
        Recorder recorder = join(stream, 0);
        FakeOpenCode.Stream events = events();
        String huge = "é".repeat(2_000_000);
        byte[] all = ("data: " + CONNECTED + "\r\n\r\ndata:" + delta(huge) + "\n\n: comment\n\ndata: " + delta("z")
                        + "\n\n")
                .getBytes(UTF_8);
        for (int from = 0; from < all.length; from += 700_001) {
            events.raw(Arrays.copyOfRange(all, from, Math.min(all.length, from + 700_001)));
        }

        recorder.expect("connected", "text " + huge, "text z");
    }

    private EventStream stream(Duration silence) {
        EventStream stream = new EventStream(server, Clock.systemUTC(), silence);
        open.add(stream::close);
        return stream;
    }

    private FakeOpenCode closing(FakeOpenCode fake) {
        open.add(fake);
        return fake;
    }

    private static Recorder join(EventStream stream, int ranking) {
        Recorder recorder = new Recorder("", new LinkedBlockingQueue<>());
        stream.addListener(recorder, Map.of("service.ranking", ranking));
        return recorder;
    }

    private FakeOpenCode.Stream events() throws InterruptedException {
        FakeOpenCode.Stream stream = openCode.streams.poll(20, TimeUnit.SECONDS);
        assertThat(stream).as("a stream of events").isNotNull();
        return stream;
    }

    private static String delta(String text) {
        return "{\"directory\":\"/w\",\"payload\":{\"id\":\"evt_1\",\"type\":\"message.part.delta\",\"properties\":"
                + "{\"sessionID\":\"ses_1\",\"messageID\":\"msg_1\",\"partID\":\"prt_1\",\"field\":\"text\",\"delta\":\""
                + text + "\"}}}";
    }

    private static void expect(BlockingQueue<String> heard, String... wanted) throws InterruptedException {
        for (String next : wanted) {
            assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(next);
        }
    }

    private record Recorder(String name, BlockingQueue<String> heard) implements OpenCodeListener {

        void expect(String... wanted) throws InterruptedException {
            EventStreamTest.expect(heard, wanted);
        }

        @Override
        public void onConnected() {
            heard.add(name + "connected");
        }

        @Override
        public void onEvent(OpenCodeEvent event) {
            heard.add(name + "text " + ((OpenCodeEvent.TextAdded) event).text());
        }

        @Override
        public void onDisconnected(boolean serverLost) {
            heard.add(name + (serverLost ? "server lost" : "disconnected"));
        }
    }
}
