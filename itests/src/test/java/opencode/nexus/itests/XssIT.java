package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static opencode.nexus.itests.HostileModel.ASCII;
import static opencode.nexus.itests.HostileModel.BATCHES;
import static opencode.nexus.itests.HostileModel.limited;
import static opencode.nexus.itests.HostileModel.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.options.AriaRole;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whatever a model, a tool, a file or a title says: it stays text. The corpus goes through the real OpenCode and the
 * gateway into a real Chromium, to every place where a page shows what Nexus did not write. {@link Visit} complains when
 * anything runs, is fetched or is made of it; {@link WatchIT} proves that it does.
 */
class XssIT {
    private static final List<String> WHOLE = Corpus.whole();
    private static final List<String> ALL = Corpus.all();
    private static final List<String> SHORT =
            WHOLE.stream().filter(payload -> payload.length() <= 300).toList();
    /** So many answers are written at the same time. */
    private static final int CARDS = 5;

    @RegisterExtension
    static final Stage STAGE = Stage.real(HostileModel::prepare);

    /** The renderer itself, with each payload alone: whole, sign by sign, and cut in two at every place. */
    @Test
    void alone() throws Exception {
        Visit page = STAGE.desktop().open("/");
        page.see(page.page().getByRole(AriaRole.MAIN));
        JsonNode whole = drive(page, WHOLE, "whole");
        System.out.printf(
                Locale.ROOT,
                "%d payloads; slowest write %.0f ms: %s%n",
                WHOLE.size(),
                whole.path("slowest").path("ms").asDouble(),
                whole.path("slowest").path("text"));
        sameAs(page, whole, SHORT, "signs");
        List<String> halved = new ArrayList<>();
        for (int i = 0; halved.size() < 60; i += 11) {
            String payload = SHORT.get(i % SHORT.size());
            if (payload.length() > 10 && payload.length() < 120 && !halved.contains(payload)) {
                halved.add(payload);
            }
        }
        sameAs(page, whole, halved, "halves");
    }

    private static void sameAs(Visit page, JsonNode whole, List<String> payloads, String how) throws Exception {
        JsonNode cut = drive(page, payloads, how).path("results");
        for (int i = 0; i < payloads.size(); i++) {
            String expected = whole.path("results")
                    .path(WHOLE.indexOf(payloads.get(i)))
                    .path(0)
                    .asText();
            for (JsonNode result : cut.path(i)) {
                // Where a table ends may depend on the cut, but no word does.
                assertThat(words(result.asText()))
                        .as(how + ": " + payloads.get(i))
                        .isEqualTo(words(expected));
            }
        }
    }

    private static String words(String shape) {
        return shape.replaceAll("<[^>]*>", "").replaceAll("[^\\p{L}\\p{N}]", "");
    }

    private static JsonNode drive(Visit page, List<String> texts, String how) throws JsonProcessingException {
        String result = (String) page.js(
                "json => (" + Visit.resource("drive.js") + ")(JSON.parse(json)).then(JSON.stringify)",
                ASCII.writeValueAsString(Map.of("texts", texts, "how", how)));
        return ASCII.readTree(result);
    }

    /** In an open card and in closed ones, as answers and as thoughts; then once more as history. */
    @Test
    void asAnswers() throws Exception {
        List<String> sessions = sessions("answers");
        Visit page = STAGE.desktop().open("/");
        page.card("answers 0");
        wave(sessions, "pieces");
        judge(page);
        wave(sessions, "thoughts");
        for (int i = 0; i < 3; i++) {
            answered(Map.of(sessions.get(i), STAGE.owner().say(sessions.get(i), "corpus signs " + (7 + i * 9))));
        }
        for (int i = 0; i < CARDS; i++) {
            page.card("answers " + i);
            page.page().locator("nx-thought summary").all().forEach(summary -> summary.evaluate("one => one.click()"));
            judge(page);
        }
        page.page().reload();
        assertThat(page.log("answers 4").getByText("END4").last()).isAttached();
        judge(page);
    }

    @Test
    void asMessagesOfTheOwner() throws Exception {
        List<String> sessions = sessions("said");
        Visit page = STAGE.desktop().open("/");
        page.card("said 0");
        // Longer ones would soon fill what the model can remember.
        List<List<String>> batches = Corpus.batches(
                ALL.stream()
                        .filter(XssIT::wellFormed)
                        .map(payload -> limited(payload, 1_500))
                        .toList(),
                HostileModel.EACH);
        for (List<List<String>> wave : Corpus.batches(batches, CARDS)) {
            Map<String, String> sent = new LinkedHashMap<>();
            for (int i = 0; i < wave.size(); i++) {
                sent.put(sessions.get(i), STAGE.owner().say(sessions.get(i), text(wave.get(i))));
            }
            answered(sent);
        }
        for (int i = 0; i < CARDS; i++) {
            page.card("said " + i);
            judge(page);
        }
        // As a draft, which waits for the next visit.
        String draft = limited(text(Corpus.of("html", "clobber")), 9_000);
        page.page().getByPlaceholder("Ask, or give the next task").last().fill(draft);
        page.until("kept", "() => Object.values(localStorage).join().includes('onfocus=__xss() autofocus')", null);
        page.page().reload();
        page.see(page.log("said 4"));
        judge(page);
    }

    @Test
    void asTitles() throws Exception {
        List<String> sessions = sessions("title");
        STAGE.owner().call("PATCH", "/api/chat/sessions/" + sessions.get(3), Map.of("active", false));
        Visit page = STAGE.desktop().open("/");
        page.card("title 0");
        int taken = 0;
        for (int i = 0; i < WHOLE.size(); i++) {
            String path = "/api/chat/sessions/" + sessions.get(i % CARDS);
            Owner.Answer answer = STAGE.owner().call("PATCH", path, ascii(Map.of("title", WHOLE.get(i))));
            assertThat(answer.status()).as(answer.text()).isIn(200, 422);
            taken += answer.status() == 200 ? 1 : 0;
        }
        assertThat(taken).isGreaterThan(300);
        STAGE.owner().call("PATCH", "/api/chat/sessions/" + sessions.get(0), Map.of("title", "the last one"));
        page.see("the last one");
        judge(page);
    }

    @Test
    void asNamesAndOutputOfTools() throws Exception {
        Visit page = STAGE.desktop().open("/");
        for (int i = 0; i < BATCHES.size(); i++) {
            String title = "tools " + i;
            String session = STAGE.owner().newSession(title);
            page.card(title);
            answered(Map.of(session, STAGE.owner().say(session, "corpus tools " + i)));
            page.js(
                    "() => document.querySelectorAll('nx-tool details:not([open]) > summary')"
                            + ".forEach((one) => one.click())",
                    null);
            judge(page);
            STAGE.owner().call("PATCH", "/api/chat/sessions/" + session, Map.of("active", false));
        }
    }

    /** What is asked for, in the card and in the inbox. Every request is rejected. */
    @Test
    void asRequests() throws Exception {
        List<String> sessions = sessions("asks");
        Visit page = STAGE.desktop().open("/");
        page.card("asks 0");
        for (String kind : List.of("permissions", "questions")) {
            for (int first = 0; first < BATCHES.size(); first += CARDS) {
                int count = Math.min(CARDS, BATCHES.size() - first);
                Map<String, String> sent = new LinkedHashMap<>();
                for (int i = 0; i < count; i++) {
                    sent.put(sessions.get(i), STAGE.owner().say(sessions.get(i), "corpus " + kind + " " + (first + i)));
                }
                STAGE.owner()
                        .await(
                                "/api/chat/requests",
                                answer -> waiting(answer, sent).size() == count);
                if (page.page().locator("nx-inbox").count() == 0) {
                    page.button(Pattern.compile("need")).first().click();
                }
                page.see(page.page().locator("nx-inbox nx-request"));
                judge(page);
                for (JsonNode request :
                        waiting(STAGE.owner().get("/api/chat/requests"), sent).values()) {
                    reject(request);
                }
                answered(sent);
            }
        }
    }

    /** One request of each session. */
    private static Map<String, JsonNode> waiting(Owner.Answer answer, Map<String, String> sent) {
        Map<String, JsonNode> first = new LinkedHashMap<>();
        answer.json()
                .forEach(request -> first.putIfAbsent(request.path("sessionId").asText(), request));
        first.keySet().retainAll(sent.keySet());
        return first;
    }

    private static void reject(JsonNode request) throws Exception {
        String id = request.path("id").asText();
        if (request.path("type").asText().equals("question")) {
            STAGE.owner().post("/api/chat/questions/" + id, Map.of("reject", true));
        } else {
            STAGE.owner().post("/api/chat/permissions/" + id, Map.of("reply", "reject"));
        }
    }

    @Test
    void asErrors() throws Exception {
        List<String> sessions = sessions("fails");
        Visit page = STAGE.desktop().open("/");
        page.card("fails 0");
        wave(sessions, "failures");
        for (int i = 0; i < CARDS; i++) {
            page.card("fails " + i);
            judge(page);
        }
        for (int first = 0; first < BATCHES.size(); first += CARDS) {
            for (int i = 0; i < CARDS; i++) {
                STAGE.owner().say(sessions.get(i), "corpus retries " + (first + i));
            }
            STAGE.owner().await("/api/chat/sessions", answer -> statuses(answer, sessions, "retry"));
            page.see("Trying again");
            judge(page);
            for (String session : sessions) {
                STAGE.owner().post("/api/chat/sessions/" + session + "/abort", Map.of());
            }
            STAGE.owner().await("/api/chat/sessions", answer -> !statuses(answer, sessions.subList(0, 1), "retry"));
        }
    }

    @Test
    void asNamesOfAttachments() throws Exception {
        List<String> sessions = sessions("files");
        Visit page = STAGE.desktop().open("/");
        page.card("files 0");
        List<List<String>> batches = Corpus.batches(
                ALL.stream().filter(payload -> payload.length() <= 300).toList(), 10);
        for (List<List<String>> wave : Corpus.batches(batches, CARDS)) {
            Map<String, String> sent = new LinkedHashMap<>();
            for (int i = 0; i < wave.size(); i++) {
                List<?> files = wave.get(i).stream()
                        .map(name -> Map.of("name", name, "mime", "text/plain", "data", "eA=="))
                        .toList();
                Owner.Answer answer = STAGE.owner()
                        .post(
                                "/api/chat/sessions/" + sessions.get(i) + "/messages",
                                ascii(Map.of("text", "look", "attachments", files)));
                assertThat(answer.status()).as(answer.text()).isIn(202, 422);
                if (answer.status() == 202) {
                    sent.put(sessions.get(i), answer.json().path("messageId").asText());
                }
            }
            answered(sent);
        }
        for (int i = 0; i < CARDS; i++) {
            page.card("files " + i);
            judge(page);
        }
    }

    // ---- what all of them need ----

    /** Makes room, and a card for each of a few sessions. */
    private static List<String> sessions(String title) throws Exception {
        for (JsonNode session :
                STAGE.owner().get("/api/chat/sessions?active=true").json()) {
            STAGE.owner()
                    .call("PATCH", "/api/chat/sessions/" + session.path("id").asText(), Map.of("active", false));
        }
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < CARDS; i++) {
            sessions.add(STAGE.owner().newSession(title + " " + i));
        }
        return sessions;
    }

    /** Lets the model use every batch of the corpus, several at the same time. */
    private static void wave(List<String> sessions, String what) throws Exception {
        for (int first = 0; first < BATCHES.size(); first += CARDS) {
            Map<String, String> sent = new LinkedHashMap<>();
            for (int i = 0; i < CARDS; i++) {
                sent.put(sessions.get(i), STAGE.owner().say(sessions.get(i), "corpus " + what + " " + (first + i)));
            }
            answered(sent);
        }
    }

    /** Waits until each of these messages has its whole answer, by session. */
    private static void answered(Map<String, String> messages) throws Exception {
        for (Map.Entry<String, String> message : messages.entrySet()) {
            STAGE.owner().await("/api/chat/sessions/" + message.getKey() + "/messages?limit=1", answer -> {
                JsonNode last = answer.json().path("messages").path(0);
                return last.path("parentId").asText().equals(message.getValue())
                        && !last.path("state").asText().equals("running");
            });
        }
        STAGE.owner().await("/api/chat/sessions", answer -> {
            List<String> sessions = List.copyOf(messages.keySet());
            return !statuses(answer, sessions, "busy") && !statuses(answer, sessions, "waiting");
        });
    }

    /** Whether any of these sessions has this status. */
    private static boolean statuses(Owner.Answer answer, List<String> sessions, String status) {
        for (JsonNode one : answer.json()) {
            if (sessions.contains(one.path("id").asText())
                    && one.path("status").asText().equals(status)) {
                return true;
            }
        }
        return false;
    }

    private static void judge(Visit page) {
        page.js("() => window.__judgeAll()", null);
        assertThat(page.complaints()).isEmpty();
    }

    private static boolean wellFormed(String payload) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(payload);
    }

    private static String ascii(Object body) throws JsonProcessingException {
        return ASCII.writeValueAsString(body);
    }
}
