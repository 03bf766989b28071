package opencode.nexus.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.stream.BrowserStream;
import opencode.nexus.api.stream.BrowserStream.Frame;
import opencode.nexus.api.stream.StreamService;
import opencode.nexus.testkit.RecordingHub;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.osgi.util.converter.Converters;

class RingStreamsTest {
    private static final Set<String> CHAT = Set.of("chat");

    private final RecordingHub hub = new RecordingHub();
    private final List<RingStreams> services = new ArrayList<>();
    private final BlockingQueue<Boolean> wakes = new LinkedBlockingQueue<>();

    @AfterEach
    void closeServices() {
        services.forEach(RingStreams::close);
    }

    @Test
    void theFirstFrameSaysWhereTheStreamBegins() {
        hub.publish("chat", "chat.session", "{}");

        BrowserStream stream = open(null);

        assertThat(stream.next())
                .isEqualTo(new Frame("1-1", "hello", "{\"epoch\":\"1\",\"verdict\":\"ok\",\"cursor\":\"1-1\"}"));
        assertThat(stream.next()).isNull();
        assertThat(stream.isOver()).isFalse();
    }

    @Test
    void whatWasMissedIsReplayedInOrder() {
        hub.publish("chat", "chat.session", "{\"n\":1}");
        hub.publish("metrics", "metrics.sample", "{}");
        hub.publish("chat", "chat.session", "{\"n\":2}");
        hub.publish("server", "server.state", "{\"n\":3}");

        BrowserStream stream = service().open("1-1", Set.of("chat", "server"), () -> {});

        assertThat(frames(stream))
                .containsExactly(
                        new Frame("1-1", "hello", "{\"epoch\":\"1\",\"verdict\":\"ok\",\"cursor\":\"1-1\"}"),
                        new Frame("1-3", "chat.session", "{\"n\":2}"),
                        new Frame("1-4", "server.state", "{\"n\":3}"));
    }

    @Test
    void anUnknownPastIsAGapAndTheStreamGoesOnFromNow() {
        hub.publish("chat", "chat.session", "{}");

        BrowserStream stream = open("0-77");

        assertThat(stream.next().data()).isEqualTo("{\"epoch\":\"1\",\"verdict\":\"gap\",\"cursor\":\"1-1\"}");
    }

    @Test
    void piecesThatWaitTogetherBecomeOneFrame() {
        BrowserStream stream = open(null);
        String one = hub.begin("ses_1", "msg_1", "prt_1", "");
        String two = hub.begin("ses_2", "msg_2", "prt_2", "");
        hub.append("prt_1", "a");
        hub.append("prt_1", "\"b\"");
        hub.append("prt_2", "c");
        hub.append("prt_1", "d");
        hub.publish("chat", "chat.session", "{}");
        hub.append("prt_1", "e");
        crowd();

        assertThat(frames(stream).subList(1, 6))
                .containsExactly(
                        text("1-2", one, "a\\\"b\\\""),
                        text("1-3", two, "c"),
                        text("1-4", one, "d"),
                        new Frame("1-5", "chat.session", "{}"),
                        text("1-6", one, "e"));
    }

    @Test
    void aFewPiecesThatWaitAreSentAsTheyCame() {
        BrowserStream stream = open(null);
        String key = hub.begin("ses_1", "msg_1", "prt_1", "");
        hub.append("prt_1", "one ");
        hub.append("prt_1", "two");

        assertThat(frames(stream).subList(1, 3)).containsExactly(text("1-1", key, "one "), text("1-2", key, "two"));
    }

    @Test
    void piecesAreNotMergedAcrossTheCursorOfAPage() {
        BrowserStream stream = open(null);
        String key = hub.begin("ses_1", "msg_1", "prt_1", "");
        hub.append("prt_1", "seen ");
        String cursor = hub.running("ses_1").cursor();
        hub.append("prt_1", "new ");
        hub.append("prt_1", "newer");
        crowd();

        assertThat(cursor).isEqualTo("1-1");
        assertThat(frames(stream).subList(1, 3))
                .containsExactly(text("1-1", key, "seen "), text("1-3", key, "new newer"));
    }

    @Test
    void mergedFramesStayBounded() {
        BrowserStream stream = open(null);
        hub.begin("ses_1", "msg_1", "prt_1", "");
        String piece = "x".repeat(1_000);
        for (int index = 0; index < 100; index++) {
            hub.append("prt_1", piece);
        }

        List<Frame> frames = frames(stream);

        assertThat(frames.subList(1, frames.size()))
                .allSatisfy(frame -> assertThat(frame.data()).hasSizeLessThan(16_384 + 64));
        assertThat(frames).hasSizeBetween(7, 12);
        assertThat(frames.get(frames.size() - 1).id()).isEqualTo("1-100");
    }

    @Test
    void aSinglePieceMayBeLargerThanWhatIsMerged() {
        BrowserStream stream = open(null);
        String key = hub.begin("ses_1", "msg_1", "prt_1", "");
        hub.append("prt_1", "y".repeat(40_000));
        hub.append("prt_1", "z");

        assertThat(frames(stream).subList(1, 3))
                .containsExactly(text("1-1", key, "y".repeat(40_000)), text("1-2", key, "z"));
    }

    @Test
    void aBrowserThatFellBehindIsSentAway() {
        BrowserStream stream = open(null);
        stream.next();
        hub.publish("chat", "chat.session", "{}");
        hub.dropPast();

        assertThat(stream.next()).isEqualTo(new Frame("1-0", "bye", "{\"reason\":\"behind\"}"));
        assertThat(stream.isOver()).isTrue();
        assertThat(stream.next()).isNull();
        assertThat(hub.followers()).isZero();
    }

    @Test
    void theLastFrameOfAServiceThatGoesSaysSoAndKeepsThePlace() {
        RingStreams service = service();
        BrowserStream stream = service.open(null, CHAT, () -> wakes.add(true));
        hub.publish("chat", "chat.session", "{}");
        frames(stream);
        wakes.clear();
        hub.publish("chat", "chat.session", "{\"unread\":true}");
        wakes.clear();

        service.close();

        assertThat(wakes).isNotEmpty();
        assertThat(stream.next()).isEqualTo(new Frame("1-1", "bye", "{\"reason\":\"swap\"}"));
        assertThat(stream.isOver()).isTrue();
        assertThat(hub.followers()).isZero();
        assertThatThrownBy(() -> service.open(null, CHAT, () -> {}))
                .isInstanceOfSatisfying(
                        NexusException.class, e -> assertThat(e.kind()).isEqualTo(NexusException.Kind.UNAVAILABLE));
    }

    @Test
    void aQuietStreamBeats() throws Exception {
        BrowserStream stream = service(Map.of("heartbeatMillis", 1)).open(null, CHAT, () -> wakes.add(true));
        stream.next();

        assertThat(wakes.poll(20, TimeUnit.SECONDS)).isTrue();
        assertThat(stream.next()).isSameAs(Frame.HEARTBEAT);
    }

    @Test
    void theHubWakesTheBrowser() throws Exception {
        open(null);

        hub.publish("chat", "chat.session", "{}");

        assertThat(wakes.poll(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void oneStreamTooManyIsRefusedUntilAnotherCloses() {
        RingStreams service = service(Map.of("maxStreams", 2));
        BrowserStream first = service.open(null, CHAT, () -> {});
        service.open(null, CHAT, () -> {});

        assertThatThrownBy(() -> service.open(null, CHAT, () -> {})).isInstanceOfSatisfying(NexusException.class, e -> {
            assertThat(e.kind()).isEqualTo(NexusException.Kind.TOO_MANY);
            assertThat(e.code()).isEqualTo("too-many-streams");
            assertThat(e.retryAfter()).isPresent();
        });
        assertThat(hub.followers()).isEqualTo(2);

        first.close();
        first.close();

        assertThat(first.next()).isNull();
        assertThat(service.open(null, CHAT, () -> {}).next().event()).isEqualTo("hello");
        assertThat(hub.followers()).isEqualTo(2);
    }

    @Test
    void aBrowserWhoseWakingFailsHarmsNobody() {
        RingStreams service = service();
        service.open(null, CHAT, () -> {
            throw new IllegalStateException("gone");
        });
        BrowserStream other = service.open(null, CHAT, () -> {});

        service.close();

        other.next();
        assertThat(other.next().event()).isEqualTo("bye");
    }

    @Test
    void topicsNobodyKnowsAreRefused() {
        assertThatThrownBy(() -> service().open(null, Set.of("chat", "gossip"), () -> {}))
                .isInstanceOfSatisfying(
                        NexusException.class,
                        e -> assertThat(e.fields().get(0).field()).isEqualTo("topics"));
        assertThatThrownBy(() -> service().open(null, Set.of(), () -> {})).isInstanceOf(NexusException.class);
        assertThat(service().open(null, StreamService.TOPICS, () -> {}).next()).isNotNull();
    }

    private BrowserStream open(String after) {
        return service().open(after, CHAT, () -> wakes.add(true));
    }

    private RingStreams service() {
        return service(Map.of());
    }

    private RingStreams service(Map<String, Object> config) {
        RingStreams.Config typed =
                Converters.standardConverter().convert(config).to(RingStreams.Config.class);
        RingStreams service = new RingStreams(typed, hub);
        services.add(service);
        return service;
    }

    private static List<Frame> frames(BrowserStream stream) {
        List<Frame> frames = new ArrayList<>();
        for (Frame frame = stream.next(); frame != null; frame = stream.next()) {
            frames.add(frame);
        }
        return frames;
    }

    private static Frame text(String id, String key, String escaped) {
        return new Frame(id, "text", "{\"part\":\"" + key + "\",\"text\":\"" + escaped + "\"}");
    }

    /** So much else waits that the browser counts as behind. */
    private void crowd() {
        for (int index = 0; index < 32; index++) {
            hub.publish("chat", "chat.session", "{}");
        }
    }
}
