package opencode.nexus.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.event.EventHub.RunningText;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RunningTextsTest {
    @TempDir
    Path directory;

    @Test
    void aTextGrowsAndItsPiecesArePublishedUnderItsKey() throws Exception {
        RingHub hub = hub(Map.of());
        Feed feed = hub.follow(null, Set.of("chat"), () -> {});

        String key = hub.begin("ses", "msg", "prt", "Once ");
        assertThat(hub.append("prt", "upon\n")).isTrue();
        assertThat(hub.append("prt", "a \"time\"")).isTrue();

        assertThat(hub.running("ses").cursor()).isEqualTo("1-2");
        assertThat(hub.running("ses").texts())
                .containsExactly(new RunningText("msg", "prt", key, "Once upon\na \"time\"", false));
        assertThat(feed.next(10))
                .containsExactly(
                        new NexusEvent("1-1", "chat", "text", key, "upon\n"),
                        new NexusEvent("1-2", "chat", "text", key, "a \"time\""));
        assertThat(hub.runningSessions()).containsExactly("ses");
    }

    @Test
    void aPieceOfAPartNobodyBeganIsDropped() {
        RingHub hub = hub(Map.of());

        assertThat(hub.append("prt", "piece")).isFalse();

        assertThat(hub.cursor()).isEqualTo("1-0");
        assertThat(hub.running("ses").texts()).isEmpty();
        assertThat(hub.runningSessions()).isEmpty();
    }

    @Test
    void aFrozenTextStaysButTakesNoMore() {
        RingHub hub = hub(Map.of());
        String key = hub.begin("ses", "msg", "prt", "kept");
        hub.begin("other", "msg2", "prt2", "");

        hub.freeze("ses");

        assertThat(hub.append("prt", " lost")).isFalse();
        assertThat(hub.append("prt2", "goes on")).isTrue();
        assertThat(hub.running("ses").texts()).containsExactly(new RunningText("msg", "prt", key, "kept", true));
        assertThat(hub.runningSessions()).containsExactlyInAnyOrder("ses", "other");
    }

    @Test
    void beginningAgainReplacesTheTextKeepsTheKeyAndThaws() {
        RingHub hub = hub(Map.of());
        String key = hub.begin("ses", "msg", "prt", "half a wo");
        hub.freeze("ses");

        assertThat(hub.begin("ses", "msg", "prt", "half a word")).isEqualTo(key);
        assertThat(hub.append("prt", " more")).isTrue();

        assertThat(hub.running("ses").texts())
                .containsExactly(new RunningText("msg", "prt", key, "half a word more", false));
    }

    @Test
    void anEndedTextIsForgottenButNotItsKey() {
        RingHub hub = hub(Map.of());
        String key = hub.begin("ses", "msg", "prt", "done");
        String other = hub.begin("ses", "msg", "prt2", "goes on");

        hub.end("prt");
        hub.end("never-begun");

        assertThat(hub.append("prt", "more")).isFalse();
        assertThat(hub.running("ses").texts()).extracting(RunningText::key).containsExactly(other);
        assertThat(hub.begin("ses", "msg", "prt", "")).isEqualTo(key).isNotEqualTo(other);
    }

    @Test
    void aForgottenSessionHasNoTexts() {
        RingHub hub = hub(Map.of());
        hub.begin("ses", "msg", "prt", "1");
        hub.begin("ses", "msg", "prt2", "2");
        hub.begin("other", "msg3", "prt3", "3");

        hub.forget("ses");

        assertThat(hub.running("ses").texts()).isEmpty();
        assertThat(hub.runningSessions()).containsExactly("other");
        assertThat(hub.append("prt", "x")).isFalse();
    }

    @Test
    void withTooManyTextsTheOldestFrozenOneGoesFirst() {
        RingHub hub = hub(Map.of("maxTexts", 3));
        hub.begin("live", "msg", "live-old", "");
        hub.begin("frozen", "msg", "frozen-old", "");
        hub.begin("frozen", "msg", "frozen-new", "");
        hub.freeze("frozen");

        hub.begin("live", "msg", "live-new", "");
        assertThat(parts(hub, "frozen")).containsExactly("frozen-new");
        hub.begin("live", "msg", "live-newer", "");
        assertThat(parts(hub, "frozen")).isEmpty();
        hub.begin("live", "msg", "live-newest", "");
        assertThat(parts(hub, "live")).containsExactly("live-new", "live-newer", "live-newest");
        assertThat(hub.append("live-old", "x")).isFalse();
    }

    @Test
    void charactersAreBoundedOverAllTexts() {
        RingHub hub = hub(Map.of("maxTextCharacters", 10L));
        hub.begin("frozen", "msg", "frozen", "12345");
        hub.freeze("frozen");
        hub.begin("live", "msg", "live", "123");

        assertThat(hub.append("live", "45")).isTrue();
        assertThat(parts(hub, "frozen")).containsExactly("frozen");
        assertThat(hub.append("live", "6")).isTrue();
        assertThat(parts(hub, "frozen")).isEmpty();
    }

    @Test
    void aTextThatAloneIsTooLongIsGivenUpWithoutAHole() {
        RingHub hub = hub(Map.of("maxTextCharacters", 10L));
        hub.begin("ses", "msg", "prt", "1234567890");

        assertThat(hub.append("prt", "1")).isFalse();
        assertThat(hub.append("prt", "2")).isFalse();

        assertThat(hub.running("ses").texts()).isEmpty();
        assertThat(hub.cursor()).isEqualTo("1-0");
        hub.begin("ses", "msg", "prt", "fits");
        assertThat(hub.append("prt", " too")).isTrue();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void aMillionPiecesAreAppendedInLinearTime() {
        RingHub hub = hub(Map.of());
        hub.begin("ses", "msg", "prt", "");

        // Copying the text with each piece would move ten terabytes.
        for (int i = 0; i < 1_000_000; i++) {
            hub.append("prt", "seventeen letters");
        }

        assertThat(hub.running("ses").texts().get(0).text()).hasSize(17_000_000);
        assertThat(hub.cursor()).isEqualTo("1-1000000");
    }

    private RingHub hub(Map<String, Object> configuration) {
        return new HubLife(directory).next(configuration);
    }

    private static List<String> parts(RingHub hub, String session) {
        return hub.running(session).texts().stream().map(RunningText::partId).toList();
    }
}
