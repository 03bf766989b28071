package opencode.nexus.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Todo;
import opencode.nexus.api.event.EventHub.RunningText;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.opencode.OpenCodeEvent;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeOpenCodeClient;
import opencode.nexus.testkit.RecordingHub;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PumpTest {
    private static final SessionStatus RETRY = new SessionStatus(SessionStatus.Type.RETRY, "dropped", Instant.EPOCH);

    private final RecordingHub hub = new RecordingHub();
    private final FakeOpenCodeClient opencode = new FakeOpenCodeClient();
    private final FakeClock clock = new FakeClock(Instant.parse("2026-01-01T00:00:00Z"));
    private final HeldTimer timer = new HeldTimer();
    private final ObjectMapper json = new ObjectMapper();
    private final Pump pump = pump();

    @BeforeEach
    void connect() {
        opencode.listen(pump);
        opencode.addSession("ses_1", "One");
        opencode.connect();
    }

    @AfterEach
    void close() {
        pump.close();
    }

    @Test
    void aTextIsAnnouncedThenGrowsThenComesWhole() throws Exception {
        String message = opencode.beginAnswer("ses_1");
        String part = opencode.beginText(message, "text");
        opencode.addText(part, "Hello ");
        opencode.addText(part, "world");
        opencode.endText(part);
        opencode.deliver();

        List<NexusEvent> events = hub.published();
        assertThat(events)
                .extracting(NexusEvent::type)
                .containsExactly("chat.message", "chat.part", "text", "text", "chat.part");
        JsonNode announced = json.readTree(events.get(1).data());
        String key = announced.at("/part/key").textValue();
        assertThat(announced.get("sessionId").textValue()).isEqualTo("ses_1");
        assertThat(announced.get("messageId").textValue()).isEqualTo(message);
        assertThat(announced.at("/part/text").textValue()).isEmpty();
        assertThat(announced.at("/part").has("endedAt")).isFalse();
        assertThat(events.get(2).part()).isEqualTo(key);
        assertThat(events.get(2).data()).isEqualTo("Hello ");
        JsonNode whole = json.readTree(events.get(4).data());
        assertThat(whole.at("/part/key").textValue()).isEqualTo(key);
        assertThat(whole.at("/part/text").textValue()).isEqualTo("Hello world");
        assertThat(whole.at("/part/endedAt").textValue()).startsWith("2026-01-01T");
        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void theHubForgetsATextBeforeItsEndIsTold() {
        String part = growing("ses_1", "text", "Hello");
        List<Integer> textsWhenToldOfTheEnd = new ArrayList<>();
        hub.follow(null, Set.of("chat"), () -> {
            if (last("chat.part").data().contains("endedAt")) {
                textsWhenToldOfTheEnd.add(hub.running("ses_1").texts().size());
            }
        });

        opencode.endText(part);
        opencode.deliver();

        // A page that joined in between would take the text for one that still grows, and nothing would correct it.
        assertThat(textsWhenToldOfTheEnd).containsExactly(0);
    }

    @Test
    void aMessageIsToldWithoutPartsAndOnlyOnce() throws Exception {
        Message message = opencode.addUserMessage("ses_1", "Hi");
        opencode.tell(new OpenCodeEvent.MessageChanged(message.with(null)));
        opencode.tell(new OpenCodeEvent.MessageChanged(message.with(null)));
        opencode.deliver();

        assertThat(hub.published("chat.message")).hasSize(1);
        JsonNode data = json.readTree(hub.published("chat.message").get(0).data());
        assertThat(data.at("/message/role").textValue()).isEqualTo("user");
        assertThat(data.at("/message").has("parts")).isFalse();
        assertThat(data.at("/message").has("error")).isFalse();
    }

    @Test
    void theOwnersTextNeverGrows() {
        opencode.addUserMessage("ses_1", "Hi");
        opencode.deliver();

        assertThat(hub.published("chat.part")).hasSize(1);
        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void anAnnouncementThatIsRepeatedResetsNothing() {
        String part = growing("ses_1", "text", "Hello");
        opencode.tell(announcement(part));
        opencode.addText(part, " again");
        opencode.deliver();

        assertThat(running("ses_1").text()).isEqualTo("Hello again");
        assertThat(hub.published("chat.part")).hasSize(1);
    }

    @Test
    void anAnnouncementWithMoreTextReplaces() {
        String part = growing("ses_1", "text", "Hello");
        Instant start = Instant.EPOCH;
        opencode.tell(new OpenCodeEvent.PartChanged(
                "ses_1", "msg_000001", new Part.Text(part, part, "text", "Hello world", start, null, null)));
        opencode.deliver();

        assertThat(running("ses_1").text()).isEqualTo("Hello world");
        assertThat(hub.published("chat.part")).hasSize(2);
    }

    @Test
    void piecesOfATextWhoseBeginningWasMissedAreDropped() {
        opencode.tell(new OpenCodeEvent.TextAdded("ses_1", "msg_1", "prt_unknown", "tail"));
        opencode.deliver();

        assertThat(hub.published()).isEmpty();
    }

    @Test
    void halfACharacterWaitsForItsOtherHalf() {
        String part = growing("ses_1", "text", "a\ud83d");
        assertThat(running("ses_1").text()).isEqualTo("a");

        opencode.addText(part, "\ude00b");
        opencode.deliver();

        assertThat(running("ses_1").text()).isEqualTo("a\ud83d\ude00b");
    }

    @Test
    void aSecondTryReplacesWhatTheFirstLeftUnfinished() throws Exception {
        String message = opencode.beginAnswer("ses_1");
        String thinking = opencode.beginText(message, "reasoning");
        String first = opencode.beginText(message, "text");
        opencode.addText(first, "half");
        opencode.status("ses_1", RETRY);
        opencode.status("ses_1", SessionStatus.BUSY);
        String second = opencode.beginText(message, "text");
        opencode.addText(second, "whole");
        opencode.deliver();

        assertThat(hub.published("chat.part.removed")).hasSize(1);
        JsonNode removed =
                json.readTree(hub.published("chat.part.removed").get(0).data());
        assertThat(removed.get("partId").textValue()).isEqualTo(first);
        assertThat(removed.get("sessionId").textValue()).isEqualTo("ses_1");
        assertThat(removed.get("messageId").textValue()).isEqualTo(message);
        assertThat(hub.running("ses_1").texts()).extracting(RunningText::partId).containsExactly(thinking, second);
    }

    @Test
    void withoutARetryTwoTextsOfAMessageMayGrowAtOnce() {
        String message = opencode.beginAnswer("ses_1");
        opencode.beginText(message, "text");
        opencode.beginText(message, "text");
        opencode.deliver();

        assertThat(hub.published("chat.part.removed")).isEmpty();
        assertThat(hub.running("ses_1").texts()).hasSize(2);
    }

    @Test
    void whatASecondTryMadeNeedlessGoesWhenTheAnswerIsComplete() {
        String message = opencode.beginAnswer("ses_1");
        String part = opencode.beginText(message, "text");
        opencode.addText(part, "half");
        opencode.status("ses_1", RETRY);
        opencode.endAnswer(message);
        opencode.deliver();

        assertThat(hub.published("chat.part.removed")).hasSize(1);
        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void whatWasReadBeforeAnAbortedRetryStaysVisible() {
        String message = opencode.beginAnswer("ses_1");
        String part = opencode.beginText(message, "text");
        opencode.addText(part, "half an answer");
        opencode.status("ses_1", RETRY);
        opencode.endMessage(message, Message.State.ABORTED, null);
        opencode.deliver();

        assertThat(hub.published("chat.part.removed")).isEmpty();
        assertThat(running("ses_1").text()).isEqualTo("half an answer");
    }

    @Test
    void theEndOfATextThatOnlyTheHubKnowsIsTold() {
        // As after a swap: this pump never saw the beginning.
        hub.begin("ses_1", "msg_old", "prt_old", "left by a predecessor");
        opencode.tell(new OpenCodeEvent.PartChanged(
                "ses_1",
                "msg_old",
                new Part.Text("prt_old", "prt_old", "text", "whole", clock.instant(), clock.instant(), null)));
        opencode.deliver();

        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void aFloodOfToolOutputIsThinnedOutAndItsLastStateIsNeverLost() throws Exception {
        String message = opencode.beginAnswer("ses_1");
        opencode.deliver();
        for (int line = 1; line <= 1_000; line++) {
            opencode.tell(tool(message, "running", "line " + line, null));
        }
        opencode.deliver();
        assertThat(outputs()).containsExactly("line 1");

        timer.pass();
        assertThat(outputs()).containsExactly("line 1", "line 1000");

        timer.pass();
        timer.pass();
        assertThat(outputs()).hasSize(2);
        assertThat(timer.planned()).isZero();
    }

    @Test
    void theEndOfAToolNeverWaitsAndNothingOlderFollows() throws Exception {
        String message = opencode.beginAnswer("ses_1");
        opencode.tell(tool(message, "pending", "", null));
        opencode.tell(tool(message, "running", "1", null));
        opencode.tell(tool(message, "running", "12", null));
        opencode.tell(tool(message, "completed", "123", clock.instant()));
        opencode.deliver();
        assertThat(outputs()).containsExactly("", "1", "123");

        timer.pass();

        assertThat(outputs()).hasSize(3);
    }

    @Test
    void todosAndRemovalsAreTold() throws Exception {
        String part = growing("ses_1", "text", "gone soon");
        opencode.setTodos("ses_1", List.of(new Todo("Test", "pending", "high")));
        opencode.tell(new OpenCodeEvent.PartRemoved("ses_1", "msg_000001", part));
        opencode.tell(new OpenCodeEvent.MessageRemoved("ses_1", "msg_000001"));
        opencode.deliver();

        assertThat(json.readTree(hub.published("chat.todos").get(0).data()))
                .isEqualTo(
                        json.readTree(
                                "{\"sessionId\":\"ses_1\",\"todos\":[{\"content\":\"Test\",\"status\":\"pending\",\"priority\":\"high\"}]}"));
        assertThat(hub.published("chat.part.removed")).hasSize(1);
        assertThat(hub.published("chat.message.removed").get(0).data())
                .isEqualTo("{\"sessionId\":\"ses_1\",\"messageId\":\"msg_000001\"}");
        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void aDeletedSessionIsForgotten() {
        String part = growing("ses_1", "text", "Hello");
        opencode.delete("ses_1");
        opencode.tell(new OpenCodeEvent.TextAdded("ses_1", "msg_000001", part, " late"));
        opencode.deliver();

        assertThat(hub.runningSessions()).isEmpty();
        assertThat(hub.published("text")).hasSize(1);
    }

    @Test
    void aBrokenConnectionFreezesAndTheWholeTextComesWithTheEnd() throws Exception {
        String part = growing("ses_1", "text", "Hello ");
        opencode.disconnect(false);
        opencode.addText(part, "world");
        opencode.connect();
        opencode.addText(part, "!");
        opencode.deliver();
        assertThat(running("ses_1").frozen()).isTrue();
        assertThat(running("ses_1").text()).isEqualTo("Hello ");

        opencode.endText(part);
        opencode.deliver();

        JsonNode end = json.readTree(last("chat.part").data());
        assertThat(end.at("/part/text").textValue()).isEqualTo("Hello world!");
        assertThat(hub.running("ses_1").texts()).isEmpty();
    }

    @Test
    void whatEndedWhileNobodyListenedIsToldOnReturn() throws Exception {
        String part = growing("ses_1", "text", "Hello ");
        String message = "msg_000001";
        opencode.disconnect(false);
        opencode.addText(part, "world");
        opencode.endText(part);
        opencode.endAnswer(message);
        int before = hub.published().size();
        opencode.connect();

        List<NexusEvent> told = hub.published().subList(before, hub.published().size());
        assertThat(told).extracting(NexusEvent::type).containsExactly("chat.message", "chat.part");
        assertThat(json.readTree(told.get(0).data()).at("/message/state").textValue())
                .isEqualTo("complete");
        JsonNode end = json.readTree(told.get(1).data());
        assertThat(end.at("/part/text").textValue()).isEqualTo("Hello world");
        assertThat(end.at("/part/key").textValue())
                .isEqualTo(hub.published("text").get(0).part());
    }

    @Test
    void aTextThatBeganWhileNobodyListenedDoesNotGrowFromItsMiddle() {
        String message = opencode.beginAnswer("ses_1");
        opencode.deliver();
        opencode.disconnect(false);
        String part = opencode.beginText(message, "text");
        opencode.addText(part, "missed ");
        opencode.connect();
        opencode.addText(part, "tail");
        opencode.deliver();

        assertThat(hub.published("text")).isEmpty();
        assertThat(last("chat.part").data()).contains(part);
        assertThat(running("ses_1").frozen()).isTrue();
    }

    @Test
    void aTextThatBeganAfterTheConnectionGrowsAlthoughItWasSeenBefore() {
        String message = opencode.beginAnswer("ses_1");
        opencode.deliver();
        opencode.disconnect(false);
        String part = opencode.beginText(message, "text");
        opencode.connect();
        // Its announcement was still on the way when the state was asked for.
        opencode.tell(announcement(part, message));
        opencode.addText(part, "from its start");
        opencode.deliver();

        assertThat(running("ses_1").text()).isEqualTo("from its start");
    }

    @Test
    void anAnswerThatIsOverWhenAPumpJoinsIsTold() {
        String message = opencode.beginAnswer("ses_1");
        opencode.putPart(message, ((OpenCodeEvent.PartChanged) tool(message, "running", "1", null)).part());
        opencode.deliver();
        opencode.disconnect(false);
        opencode.endAnswer(message);
        opencode.connect();

        assertThat(last("chat.message").data()).contains("\"state\":\"complete\"");
    }

    @Test
    void theTimeThatNobodyListenedBeginsWithTheEndOfTheStreamNotOfTheServer() {
        opencode.disconnect(false);
        opencode.addSession("ses_2", "Meanwhile");
        opencode.addUserMessage("ses_2", "sent while nobody listened");
        clock.advance(Duration.ofDays(1));
        opencode.disconnect(true);

        opencode.connect();

        assertThat(last("chat.message").data()).contains("ses_2");
    }

    @Test
    void aClientThatComesAMomentAfterItsEventsIsWaitedFor() throws Exception {
        hub.begin("ses_gone", "msg_1", "prt_1", "text of a session that is gone");
        Pump late = new Pump(hub, clock, timer);
        Thread greeter = new Thread(late::onConnected, "test-greeter");
        greeter.start();
        late.setClient(opencode);
        greeter.join(20_000);

        assertThat(hub.runningSessions()).isEmpty();
        late.close();
    }

    @Test
    void messagesNobodyTouchedAreNotToldAgain() {
        opencode.addSession("ses_2", "Old");
        opencode.addUserMessage("ses_2", "long ago");
        opencode.deliver();
        clock.advance(Duration.ofDays(1));
        opencode.disconnect(false);
        int before = hub.published().size();

        opencode.connect();

        assertThat(hub.published()).hasSize(before);
    }

    @Test
    void aLostServerInterruptsWhatRanAndKeepsItsText() throws Exception {
        growing("ses_1", "text", "half an ans");
        opencode.disconnect(true);

        assertThat(last("chat.message").data()).contains("\"state\":\"interrupted\"");
        assertThat(running("ses_1").text()).isEqualTo("half an ans");
        assertThat(running("ses_1").frozen()).isTrue();
        int before = hub.published().size();

        opencode.connect();

        assertThat(hub.published()).hasSize(before);
        assertThat(running("ses_1").text()).isEqualTo("half an ans");
    }

    @Test
    void aPumpThatJoinsAfterACrashTellsThatTheAnswerIsInterrupted() {
        growing("ses_1", "text", "half an ans");
        opencode.disconnect(true);
        Pump successor = pump();
        FakeOpenCodeClient again = opencode;
        again.connect();
        int before = hub.published().size();

        successor.onConnected();

        assertThat(hub.published().subList(before, hub.published().size()))
                .extracting(NexusEvent::type)
                .containsExactly("chat.message");
        assertThat(last("chat.message").data()).contains("\"state\":\"interrupted\"");
        successor.close();
    }

    @Test
    void aSessionThatIsGoneWhenThePumpReturnsIsForgotten() {
        growing("ses_1", "text", "Hello");
        opencode.disconnect(false);
        opencode.loseSession("ses_1");

        opencode.connect();

        assertThat(hub.runningSessions()).isEmpty();
    }

    @Test
    void aFailureWhileCatchingUpDoesNotStopThePump() {
        growing("ses_1", "text", "Hello");
        opencode.disconnect(false);
        opencode.failNext(new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", "OpenCode failed."));
        opencode.connect();

        String message = opencode.beginAnswer("ses_1");
        String part = opencode.beginText(message, "text");
        opencode.addText(part, "next");
        opencode.deliver();

        assertThat(hub.running("ses_1").texts()).extracting(RunningText::text).contains("next");
    }

    private Pump pump() {
        Pump created = new Pump(hub, clock, timer);
        created.setClient(opencode);
        return created;
    }

    /** An answer of the session in which one text has grown so far. */
    private String growing(String sessionId, String type, String text) {
        String message = opencode.beginAnswer(sessionId);
        String part = opencode.beginText(message, type);
        opencode.addText(part, text);
        opencode.deliver();
        return part;
    }

    private static OpenCodeEvent announcement(String part) {
        return announcement(part, "msg_000001");
    }

    private static OpenCodeEvent announcement(String part, String message) {
        return new OpenCodeEvent.PartChanged(
                "ses_1", message, new Part.Text(part, part, "text", "", Instant.EPOCH, null, null));
    }

    private static OpenCodeEvent tool(String message, String state, String output, Instant ended) {
        Instant started = Instant.EPOCH;
        return new OpenCodeEvent.PartChanged(
                "ses_1",
                message,
                new Part.Tool(
                        "prt_tool",
                        "prt_tool",
                        "tool",
                        "bash",
                        "call_1",
                        state,
                        null,
                        Map.of(),
                        output,
                        null,
                        null,
                        null,
                        null,
                        started,
                        ended));
    }

    private List<String> outputs() throws Exception {
        List<String> outputs = new ArrayList<>();
        for (NexusEvent event : hub.published("chat.part")) {
            outputs.add(json.readTree(event.data()).at("/part/output").textValue());
        }
        return outputs;
    }

    private RunningText running(String sessionId) {
        List<RunningText> texts = hub.running(sessionId).texts();
        assertThat(texts).hasSize(1);
        return texts.get(0);
    }

    private NexusEvent last(String type) {
        List<NexusEvent> events = hub.published(type);
        return events.get(events.size() - 1);
    }
}
