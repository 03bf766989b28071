package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import opencode.nexus.testkit.ScriptedModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From a question to a streamed answer: the launcher, the distribution, the real OpenCode and a scripted model. */
class MainPathIT {
    private static TestBed bed;
    private static Nexus nexus;
    private static Owner owner;

    @BeforeAll
    static void start() throws Exception {
        bed = TestBed.real();
        nexus = Nexus.run(bed.setup(bed.directory("nexus-home")));
        owner = Owner.setUp(nexus);
        owner.awaitServer();
    }

    @AfterAll
    static void stop() throws Exception {
        if (nexus != null) {
            nexus.close();
        }
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void twoHundredWordsArriveAsManyFramesAndEqualTheStoredMessageForTwoBrowsersOneOfThemLate() throws Exception {
        // The model says the next word only when the early browser has the one before, however busy this machine is.
        Semaphore next = new Semaphore(1);
        bed.model().on("one by one", (request, reply) -> {
            for (String word : ScriptedModel.words(200).split("(?<= )")) {
                next.acquireUninterruptibly();
                reply.text(word);
            }
        });
        String session = owner.newSession("Two browsers");
        try (EventReader first = owner.events()) {
            Transcript early = new Transcript(session);
            owner.say(session, "one by one");
            while (early.pieces() < 60) {
                applyAndAskForMore(early, first, next);
            }
            // The second browser: what is there so far, then what comes after exactly that.
            JsonNode page = owner.messages(session);
            Transcript late = new Transcript(session);
            late.load(page);
            assertThat(late.text()).isNotEmpty();
            try (EventReader second = owner.events("GET", page.path("cursor").asText())) {
                while (!early.isComplete()) {
                    applyAndAskForMore(early, first, next);
                }
                while (!late.isComplete()) {
                    late.apply(second.next().orElseThrow());
                }
            }

            String wanted = ScriptedModel.words(200);
            assertThat(early.appended()).isEqualTo(wanted);
            assertThat(early.text()).isEqualTo(wanted);
            assertThat(late.text()).isEqualTo(wanted);
            assertThat(late.appendedAfterLoad())
                    .as("pieces alone complete what was loaded")
                    .isEqualTo(wanted);
            assertThat(early.pieces()).isEqualTo(200);
            assertThat(early.largestFrame())
                    .as("bytes of a frame with one piece")
                    .isLessThanOrEqualTo(64);
        }
        JsonNode stored = owner.messages(session);
        Transcript after = new Transcript(session);
        after.load(stored);
        assertThat(after.text()).isEqualTo(ScriptedModel.words(200));
    }

    private static void applyAndAskForMore(Transcript transcript, EventReader reader, Semaphore next) throws Exception {
        int before = transcript.text().length();
        transcript.apply(reader.next().orElseThrow());
        if (transcript.text().length() > before) {
            next.release();
        }
    }

    @Test
    void aStreamCutTwentyTimesAtRandomBytesShowsEveryCharacterOnce() throws Exception {
        String session = owner.newSession("Cut");
        Random random = new Random(42);
        Transcript transcript = new Transcript(session);
        EventReader reader = owner.cutEvents("GET", null, 500);
        String last = reader.next().orElseThrow().id();
        owner.say(session, "words:400:5");
        int cuts = 0;
        while (!transcript.isComplete()) {
            EventReader.Frame frame = reader.next().orElse(null);
            if (frame != null) {
                if (frame.event().equals("hello")) {
                    assertThat(frame.json().path("verdict").asText()).isEqualTo("ok");
                }
                transcript.apply(frame);
                last = reader.lastId();
                continue;
            }
            reader.close();
            cuts++;
            String method = cuts % 2 == 0 ? "GET" : "POST";
            reader = cuts < 20 ? owner.cutEvents(method, last, 300 + random.nextInt(900)) : owner.events(method, last);
        }
        reader.close();
        assertThat(cuts).isGreaterThanOrEqualTo(20);
        assertThat(transcript.appended()).isEqualTo(ScriptedModel.words(400));
    }

    @Test
    void tenSessionsStreamAtOnceAndNothingIsMixedUp() throws Exception {
        List<String> before = new ArrayList<>();
        owner.get("/api/chat/sessions?active=true")
                .json()
                .forEach(session -> before.add(session.path("id").asText()));
        for (String id : before) {
            owner.call("PATCH", "/api/chat/sessions/" + id, Map.of("active", false));
        }
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sessions.add(owner.newSession("Card " + i));
        }
        assertThat(owner.post("/api/chat/sessions", Map.of("title", "Eleventh")).code())
                .isEqualTo("too-many-active");
        try (EventReader reader = owner.events()) {
            List<Transcript> transcripts =
                    sessions.stream().map(Transcript::new).toList();
            for (int i = 0; i < 10; i++) {
                owner.say(sessions.get(i), bed.tokens((char) ('a' + i), 60, 10));
            }
            while (!transcripts.stream().allMatch(Transcript::isComplete)) {
                EventReader.Frame frame = reader.next().orElseThrow();
                transcripts.forEach(transcript -> transcript.apply(frame));
            }
            for (int i = 0; i < 10; i++) {
                StringBuilder wanted = new StringBuilder();
                for (int word = 1; word <= 60; word++) {
                    wanted.append("%c%04d ".formatted((char) ('a' + i), word));
                }
                assertThat(transcripts.get(i).appended()).isEqualTo(wanted.toString());
            }
        }
        for (String id : sessions) {
            assertThat(owner.call("DELETE", "/api/chat/sessions/" + id, null).status())
                    .isEqualTo(204);
        }
    }

    @Test
    void theSameClientIdIsSentOnceAlsoWhenTwoTriesOverlap() throws Exception {
        String session = owner.newSession("Once");
        Map<String, String> message = Map.of("text", "words:3:0", "clientId", "try-1");
        List<CompletableFuture<String>> tries = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tries.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return owner.post("/api/chat/sessions/" + session + "/messages", message)
                            .json()
                            .path("messageId")
                            .asText();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        List<String> ids =
                tries.stream().map(CompletableFuture::join).distinct().toList();
        assertThat(ids).hasSize(1);
        owner.await("/api/chat/sessions/" + session + "/messages", answer -> answer.text()
                .contains(ScriptedModel.words(3)));
        long users = 0;
        for (JsonNode each : owner.messages(session).path("messages")) {
            users += each.path("role").asText().equals("user") ? 1 : 0;
        }
        assertThat(users).isEqualTo(1);
    }

    @Test
    void stopEndsTheAnswerAndKeepsWhatWasWritten() throws Exception {
        String session = owner.newSession("Stop");
        try (EventReader reader = owner.events()) {
            Transcript transcript = new Transcript(session);
            owner.say(session, "endless:10");
            while (transcript.pieces() < 20) {
                transcript.apply(reader.next().orElseThrow());
            }
            assertThat(owner.post("/api/chat/sessions/" + session + "/abort", null)
                            .status())
                    .isEqualTo(204);
            while (!transcript.isOver()) {
                transcript.apply(reader.next().orElseThrow());
            }
            assertThat(transcript.state()).isEqualTo("aborted");
            assertThat(transcript.text()).startsWith(ScriptedModel.words(20));
        }
        Transcript stored = new Transcript(session);
        stored.load(owner.messages(session));
        assertThat(stored.state()).isEqualTo("aborted");
        assertThat(stored.text()).startsWith(ScriptedModel.words(20));
    }

    @Test
    void aPermissionIsAskedForShownAndAnswered() throws Exception {
        String session = owner.newSession("Permission");
        owner.say(session, "permission");
        JsonNode request = owner.await(
                        "/api/chat/requests",
                        answer -> !answer.json().isEmpty()
                                && answer.json()
                                        .get(0)
                                        .path("sessionId")
                                        .asText()
                                        .equals(session))
                .json()
                .get(0);
        assertThat(request.path("type").asText()).isEqualTo("permission");
        assertThat(owner.get("/api/chat/sessions/" + session)
                        .json()
                        .path("status")
                        .asText())
                .isEqualTo("waiting");
        String path = "/api/chat/permissions/" + request.path("id").asText();
        assertThat(owner.post(path, Map.of("reply", "perhaps")).status()).isEqualTo(422);
        assertThat(owner.post(path, Map.of("reply", "once")).status()).isEqualTo(204);
        assertThat(owner.post(path, Map.of("reply", "once")).status()).isEqualTo(404);
        owner.await("/api/chat/sessions/" + session + "/messages", answer -> answer.text()
                .contains("The tool said:"));
        assertThat(owner.messages(session).toString()).contains("allowed");
    }

    @Test
    void aSessionDeletedUnderItsStreamIsGoneForBrowsersAndForOpenCode() throws Exception {
        String session = owner.newSession("Doomed");
        try (EventReader reader = owner.events()) {
            owner.say(session, "endless:20");
            reader.await(frame -> frame.event().equals("text"));
            assertThat(owner.call("DELETE", "/api/chat/sessions/" + session, null)
                            .status())
                    .isEqualTo(204);
            EventReader.Frame removed = reader.await(frame -> frame.event().equals("chat.session.removed"));
            assertThat(removed.json().path("sessionId").asText()).isEqualTo(session);
        }
        assertThat(owner.get("/api/chat/sessions/" + session).status()).isEqualTo(404);
        assertThat(owner.get("/api/chat/sessions/" + session + "/messages").status())
                .isEqualTo(404);
    }

    @Test
    void longPollingCarriesTheSameEvents() throws Exception {
        String session = owner.newSession("Poll");
        String cursor = owner.get("/api/events?mode=poll").json().path("cursor").asText();
        assertThat(cursor).matches("[0-9a-z]+-[0-9]+");
        owner.say(session, "words:50:5");
        Transcript transcript = new Transcript(session);
        while (!transcript.isComplete()) {
            JsonNode answer = owner.get("/api/events?mode=poll&after=" + cursor).json();
            for (JsonNode event : answer.path("events")) {
                transcript.apply(new EventReader.Frame(
                        event.path("id").asText(),
                        event.path("event").asText(),
                        event.path("data").toString(),
                        0));
            }
            cursor = answer.path("cursor").asText();
        }
        assertThat(transcript.appended()).isEqualTo(ScriptedModel.words(50));
    }

    @Test
    void aBrowserThatStopsReadingHarmsNobody() throws Exception {
        String session = owner.newSession("Deaf");
        try (InputStream deaf = owner.deafEvents();
                EventReader reader = owner.events()) {
            Transcript transcript = new Transcript(session);
            owner.say(session, "words:2000:0");
            while (!transcript.isComplete()) {
                transcript.apply(reader.next().orElseThrow());
            }
            assertThat(transcript.text()).isEqualTo(ScriptedModel.words(2000));
            assertThat(deaf.available()).as("waits for the deaf one").isPositive();
        }
    }
}
