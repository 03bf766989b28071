package opencode.nexus.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.Feed.FellBehind;
import opencode.nexus.api.event.NexusEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class RingHubTest {
    private static final Set<String> CHAT = Set.of("chat");
    private static final Runnable ASLEEP = () -> {};

    @TempDir
    Path directory;

    private HubLife life;

    @BeforeEach
    void makeHome() {
        life = new HubLife(directory);
    }

    // ---- numbers ----

    @Test
    void eventsAreNumberedFromOne() {
        RingHub hub = hub();

        assertThat(hub.cursor()).isEqualTo("1-0");
        assertThat(hub.publish("chat", "chat.session", "{}")).isEqualTo("1-1");
        assertThat(hub.publish("server", "server.state", "{}")).isEqualTo("1-2");
        assertThat(hub.cursor()).isEqualTo("1-2");
    }

    @Test
    void everyLifeHasAnEpochOfItsOwn() {
        assertThat(hub().epoch()).isEqualTo("1");
        assertThat(hub().epoch()).isEqualTo("2");
    }

    @Test
    void epochsAreCountedInBase36() throws Exception {
        writeEpoch("5z");
        assertThat(hub().epoch()).isEqualTo("60");

        writeEpoch("zzz");
        assertThat(hub().epoch()).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage!", "-1", "1234567"})
    void anEpochFileThatIsDamagedMakesAnEpochThatWasNeverCountedTo(String damaged) throws Exception {
        writeEpoch(damaged);

        assertThat(hub().epoch()).matches("[0-9a-z]{3}");
    }

    @Test
    void aDiskThatRefusesDoesNotStopTheHub() {
        life.home().refuseWrites(true);

        assertThat(hub().epoch()).matches("[0-9a-z]{3}");
    }

    @Test
    void aFrameOfTextIsShort() throws Exception {
        writeEpoch("5b");
        RingHub hub = hub();
        for (int i = 0; i < 123_455; i++) {
            hub.publish("tunnel", "tunnel.state", "{}");
        }
        for (int part = 1; part < 36 * 10 + 1; part++) {
            hub.begin("ses", "msg", "prt" + part, "");
        }
        Feed feed = hub.follow(null, CHAT, ASLEEP);
        hub.begin("ses", "msg", "prt", "");
        hub.append("prt", "word0 ");

        NexusEvent event = feed.next(1).get(0);
        String frame = "id: " + event.id() + "\nevent: text\ndata: {\"part\":\"" + event.part() + "\",\"text\":\""
                + event.data() + "\"}\n\n";
        assertThat(frame).startsWith("id: 5c-123456\n").contains("\"a1\"");
        assertThat(frame.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void thousandsOfPartsHaveShortKeys() {
        RingHub hub = hub();

        for (int part = 1; part < 46_655; part++) {
            hub.begin("ses", "msg", "prt" + part, "");
        }

        assertThat(hub.begin("ses", "msg", "last", "")).isEqualTo("zzz");
    }

    // ---- following ----

    @Test
    void whoAsksForNothingSeesOnlyWhatComesLater() throws Exception {
        RingHub hub = hub();
        hub.publish("chat", "chat.session", "1");

        Feed feed = hub.follow(null, CHAT, ASLEEP);
        hub.publish("chat", "chat.session", "2");

        assertThat(feed.verdict()).isEqualTo(Feed.Verdict.OK);
        assertThat(feed.start()).isEqualTo("1-1");
        assertThat(feed.next(10)).containsExactly(new NexusEvent("1-2", "chat", "chat.session", null, "2"));
        assertThat(feed.next(10)).isEmpty();
    }

    @Test
    void whoComesBackSeesWhatWasMissedAndThenWhatComes() throws Exception {
        RingHub hub = hub();
        String seen = hub.publish("chat", "chat.session", "1");
        hub.publish("chat", "chat.session", "2");

        Feed feed = hub.follow(seen, CHAT, ASLEEP);
        hub.publish("chat", "chat.session", "3");

        assertThat(feed.verdict()).isEqualTo(Feed.Verdict.OK);
        assertThat(feed.start()).isEqualTo(seen);
        assertThat(data(feed.next(10))).containsExactly("2", "3");
    }

    @Test
    void noMoreThanTheLimitComesAtOnceAndNothingIsLostByIt() throws Exception {
        RingHub hub = hub();
        Feed feed = hub.follow(null, CHAT, ASLEEP);
        for (int i = 1; i <= 5; i++) {
            hub.publish("chat", "chat.session", Integer.toString(i));
        }

        assertThat(data(feed.next(2))).containsExactly("1", "2");
        assertThat(feed.next(0)).isEmpty();
        assertThat(data(feed.next(2))).containsExactly("3", "4");
        assertThat(data(feed.next(2))).containsExactly("5");
    }

    @Test
    void otherTopicsAreLeftOut() throws Exception {
        RingHub hub = hub();
        Feed feed = hub.follow(null, Set.of("chat", "server"), ASLEEP);
        hub.publish("tunnel", "tunnel.state", "1");
        hub.publish("server", "server.state", "2");
        hub.publish("metrics", "metrics.sample", "3");
        hub.publish("chat", "chat.session", "4");

        assertThat(data(feed.next(10))).containsExactly("2", "4");
    }

    @Test
    void theEdgesOfWhatIsKeptAreKnownAndWhatLiesBeyondIsAGap() {
        RingHub hub = hub(Map.of("maxEvents", 3));
        for (int i = 1; i <= 5; i++) {
            hub.publish("chat", "chat.session", Integer.toString(i));
        }

        assertThat(hub.follow("1-5", CHAT, ASLEEP).verdict()).isEqualTo(Feed.Verdict.OK);
        assertThat(hub.follow("1-2", CHAT, ASLEEP).verdict()).isEqualTo(Feed.Verdict.OK);
        assertThat(hub.follow("1-1", CHAT, ASLEEP).verdict()).isEqualTo(Feed.Verdict.GAP);
        assertThat(hub.follow("1-6", CHAT, ASLEEP).verdict()).isEqualTo(Feed.Verdict.GAP);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " ",
                "-",
                "2",
                "2-",
                "2--1",
                "2-+1",
                "2-1 ",
                "2-x",
                "2-١",
                "1-1",
                "22-1",
                "02-1",
                "2-99999999999999999999999",
                "2-1\n",
                "../../etc/passwd"
            })
    @NullAndEmptySource
    void anIdThatIsNotOursIsAGapThatContinuesNow(String id) throws Exception {
        hub();
        RingHub hub = hub();
        hub.publish("chat", "chat.session", "before");

        Feed feed = hub.follow(id, CHAT, ASLEEP);
        hub.publish("chat", "chat.session", "after");

        assertThat(feed.verdict()).isEqualTo(id == null ? Feed.Verdict.OK : Feed.Verdict.GAP);
        assertThat(feed.start()).isEqualTo("2-1");
        assertThat(data(feed.next(10))).containsExactly("after");
    }

    @Test
    void whoIsLappedByTheRingIsTold() throws Exception {
        RingHub hub = hub(Map.of("maxEvents", 3));
        Feed slow = hub.follow(null, CHAT, ASLEEP);
        Feed justInTime = hub.follow(null, CHAT, ASLEEP);
        for (int i = 1; i <= 3; i++) {
            hub.publish("chat", "chat.session", Integer.toString(i));
        }
        assertThat(data(justInTime.next(1))).containsExactly("1");
        hub.publish("chat", "chat.session", "4");

        assertThatExceptionOfType(FellBehind.class).isThrownBy(() -> slow.next(10));
        assertThat(data(justInTime.next(10))).containsExactly("2", "3", "4");
    }

    @Test
    void theRingIsBoundedBySizeToo() throws Exception {
        RingHub hub = hub(Map.of("maxBytes", 10_000L));
        Feed feed = hub.follow(null, CHAT, ASLEEP);
        hub.publish("chat", "chat.part", "x".repeat(3_000));
        hub.publish("chat", "chat.part", "y".repeat(3_000));

        assertThatExceptionOfType(FellBehind.class).isThrownBy(() -> feed.next(10));
        assertThat(data(hub.follow("1-1", CHAT, ASLEEP).next(10))).containsExactly("y".repeat(3_000));
    }

    @Test
    void oneEventMayBeLargerThanTheRing() throws Exception {
        RingHub hub = hub(Map.of("maxBytes", 100L));
        Feed feed = hub.follow(null, CHAT, ASLEEP);

        hub.publish("chat", "chat.part", "x".repeat(3_000));

        assertThat(feed.next(10)).hasSize(1);
    }

    @Test
    void nonsenseInTheConfigurationDoesNotStopTheHub() throws Exception {
        RingHub hub = hub(Map.of("maxEvents", -5, "maxBytes", -5L, "maxTexts", 0, "maxTextCharacters", 0L));
        Feed feed = hub.follow(null, CHAT, ASLEEP);

        hub.publish("chat", "chat.session", "1");

        assertThat(data(feed.next(10))).containsExactly("1");
    }

    @Test
    void dataOfSeveralLinesIsRefused() {
        RingHub hub = hub();

        assertThatIllegalArgumentException().isThrownBy(() -> hub.publish("chat", "chat.session", "{\n}"));
        assertThatIllegalArgumentException().isThrownBy(() -> hub.publish("chat", "chat.session", "{\r}"));
        assertThat(hub.cursor()).isEqualTo("1-0");
    }

    // ---- waking ----

    @Test
    void aFollowerIsWokenByItsTopicsOnlyAndNotAfterItClosed() {
        RingHub hub = hub();
        AtomicInteger woken = new AtomicInteger();
        Feed feed = hub.follow(null, CHAT, woken::incrementAndGet);

        hub.publish("chat", "chat.session", "{}");
        assertThat(woken).hasValue(1);
        hub.begin("ses", "msg", "prt", "");
        hub.append("prt", "x");
        assertThat(woken).hasValue(2);

        feed.close();
        hub.publish("chat", "chat.session", "{}");
        assertThat(woken).hasValue(2);
    }

    @Test
    void aFollowerOfAQuietTopicIsWokenBeforeOthersMakeItFallBehind() throws Exception {
        RingHub hub = hub(Map.of("maxEvents", 8));
        AtomicInteger woken = new AtomicInteger();
        Feed quiet = hub.follow(null, Set.of("tunnel"), woken::incrementAndGet);

        for (int i = 0; i < 100; i++) {
            int before = woken.get();
            hub.publish("chat", "chat.session", "{}");
            if (woken.get() > before) {
                assertThat(quiet.next(10)).isEmpty();
            }
        }
        hub.publish("tunnel", "tunnel.state", "here");

        assertThat(data(quiet.next(10))).containsExactly("here");
        assertThat(woken.get()).isBetween(5, 50);
    }

    @Test
    void aFollowerThatFailsHarmsNobody() throws Exception {
        RingHub hub = hub();
        AtomicInteger woken = new AtomicInteger();
        hub.follow(null, CHAT, () -> {
            throw new IllegalStateException("gone");
        });
        hub.follow(null, CHAT, () -> {
            throw new NoClassDefFoundError("gone");
        });
        Feed healthy = hub.follow(null, CHAT, woken::incrementAndGet);

        hub.publish("chat", "chat.session", "1");
        hub.publish("chat", "chat.session", "2");

        assertThat(data(healthy.next(10))).containsExactly("1", "2");
        assertThat(woken).hasValue(2);
    }

    @Test
    void oneReadNeverReachesAcrossACursorGivenToAPage() throws Exception {
        RingHub hub = hub();
        Feed feed = hub.follow(null, CHAT, ASLEEP);
        hub.begin("ses_1", "msg_1", "prt_1", "");
        hub.append("prt_1", "a");
        hub.append("prt_1", "b");
        hub.publish("server", "server.state", "{}");
        hub.running("ses_1");
        hub.append("prt_1", "c");
        hub.running("ses_1");
        hub.append("prt_1", "d");
        hub.append("prt_1", "e");

        assertThat(data(feed.next(10))).containsExactly("a", "b");
        assertThat(data(feed.next(10))).containsExactly("c");
        assertThat(data(feed.next(10))).containsExactly("d", "e");
    }

    // ---- what passes ----

    @Test
    void passingEventsTakeNoNumberAndCarryTheOneBeforeThem() throws Exception {
        RingHub hub = hub();
        Feed feed = hub.follow(null, Set.of("chat", "logs"), ASLEEP);

        assertThat(hub.publish("logs", "log.line", "0")).isEqualTo("1-0");
        hub.publish("chat", "chat.session", "1");
        hub.publish("logs", "log.line", "2");
        hub.publish("metrics", "metrics.sample", "3");

        List<NexusEvent> events = feed.next(10);
        assertThat(data(events)).containsExactly("1", "0", "2");
        assertThat(events).extracting(NexusEvent::id).containsOnly("1-1");
        assertThat(feed.next(10)).isEmpty();
        assertThat(hub.cursor()).isEqualTo("1-1");
    }

    @Test
    void aBrowserThatComesBackIsToldOfWhatPassesFromThenOn() throws Exception {
        RingHub hub = hub();
        hub.publish("logs", "log.line", "old");
        hub.publish("chat", "chat.session", "1");
        Feed feed = hub.follow("1-0", Set.of("chat", "logs"), ASLEEP);
        hub.publish("logs", "log.line", "new");

        assertThat(data(feed.next(10))).containsExactly("1", "new");
    }

    @Test
    void aFloodOfPassingEventsDisplacesNobodyAndTheSlowMissSome() throws Exception {
        RingHub hub = hub(Map.of("maxEvents", 3));
        Feed feed = hub.follow(null, Set.of("chat", "logs"), ASLEEP);
        hub.publish("chat", "chat.session", "kept");
        for (int i = 1; i <= 100_000; i++) {
            hub.publish("logs", "log.line", Integer.toString(i));
        }

        assertThat(data(feed.next(1))).containsExactly("kept");
        List<String> lines = data(feed.next(100_000));
        assertThat(lines).hasSizeBetween(2, 99_999).last().isEqualTo("100000");
        assertThat(lines).isSortedAccordingTo(Comparator.comparingInt(Integer::parseInt));
    }

    @Test
    void aReadOfWhatPassesIsLimitedToo() throws Exception {
        RingHub hub = hub();
        Feed feed = hub.follow(null, Set.of("chat", "logs"), ASLEEP);
        hub.publish("chat", "chat.session", "1");
        hub.publish("logs", "log.line", "2");
        hub.publish("logs", "log.line", "3");

        assertThat(data(feed.next(2))).containsExactly("1", "2");
        assertThat(data(feed.next(2))).containsExactly("3");
    }

    @Test
    void followersOfATopicAreCounted() {
        RingHub hub = hub();
        hub.follow(null, CHAT, ASLEEP);
        Feed feed = hub.follow(null, Set.of("chat", "metrics"), ASLEEP);

        assertThat(hub.followers("chat")).isEqualTo(2);
        assertThat(hub.followers("metrics")).isEqualTo(1);
        feed.close();
        assertThat(hub.followers("metrics")).isZero();
    }

    private RingHub hub() {
        return hub(Map.of());
    }

    private RingHub hub(Map<String, Object> configuration) {
        return life.next(configuration);
    }

    private void writeEpoch(String content) throws Exception {
        Files.writeString(life.home().directory("hub").resolve("epoch"), content);
    }

    private static List<String> data(List<NexusEvent> events) {
        return events.stream().map(NexusEvent::data).toList();
    }
}
