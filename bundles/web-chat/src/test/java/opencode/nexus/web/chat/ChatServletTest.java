package opencode.nexus.web.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.testkit.FakeExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatServletTest {
    private static final String SESSION =
            "{'id':'ses_1','title':'One','workspace':'/home/dev/demo','status':'busy','active':true,"
                    + "'createdAt':'2026-01-01T00:00:00.123Z','updatedAt':'2026-01-01T00:00:00.123Z',"
                    + "'cost':0.5,'tokens':12,'number':3,'model':'mock/mock','agent':'build'}";

    private final RecordingChat chat = new RecordingChat();
    private final ObjectMapper json = new ObjectMapper();

    // ---- sessions ----

    @Test
    void sessionsAreListed() {
        assertAnswer(get("sessions"), 200, "[" + SESSION + "]");
        get("sessions?active=true&q=fix");
        get("sessions?active=false");

        assertThat(chat.calls).containsExactly("sessions null null", "sessions true fix", "sessions false null");
    }

    @Test
    void activeIsTrueOrFalse() {
        assertInvalid(get("sessions?active=yes"), "active");
        assertThat(chat.calls).isEmpty();
    }

    @Test
    void aSessionIsCreated() {
        assertAnswer(post("sessions", "{'title':'One','workspace':'/home/dev/demo'}"), 201, SESSION);
        post("sessions", "{}");

        assertThat(chat.calls).containsExactly("create One /home/dev/demo null null", "create null null null null");
    }

    @Test
    void oneSessionIsShownChangedAndDeleted() {
        assertAnswer(get("sessions/ses_1"), 200, SESSION);
        assertAnswer(send("PATCH", "sessions/ses_1", "{'title':'Two','active':false}"), 200, SESSION);
        assertAnswer(send("PATCH", "sessions/ses_1", "{'active':true}"), 200, SESSION);
        assertNothing(send("DELETE", "sessions/ses_1", null));

        assertThat(chat.calls)
                .containsExactly(
                        "session ses_1",
                        "update ses_1 Two false null null null",
                        "update ses_1 null true null null null",
                        "delete ses_1");
    }

    @Test
    void anAnswerIsStoppedAndItsTodosAreShown() {
        assertNothing(send("POST", "sessions/ses_1/abort", null));
        assertAnswer(get("sessions/ses_1/todos"), 200, "[{'content':'Test','status':'in_progress','priority':'high'}]");

        assertThat(chat.calls).containsExactly("abort ses_1", "todos ses_1");
    }

    // ---- messages ----

    @Test
    void messagesComeWithTheirCursors() throws Exception {
        JsonNode page = json.readTree(get("sessions/ses_1/messages").text());

        assertThat(page.get("cursor").textValue()).isEqualTo("5c-42");
        assertThat(page.has("before")).isTrue();
        assertThat(page.get("before").isNull()).isTrue();
        assertThat(page.at("/messages/0"))
                .isEqualTo(
                        json.readTree(
                                """
                        {"id":"msg_1","sessionId":"ses_1","role":"assistant","createdAt":"2026-01-01T00:00:00.123Z",
                         "state":"running","model":"mock/mock","agent":"build","parentId":"msg_0","parts":[
                          {"id":"prt_1","key":"a1","type":"text","text":"Hel","startedAt":"2026-01-01T00:00:00.123Z"},
                          {"id":"prt_2","key":"prt_2","type":"tool","tool":"bash","callId":"call_1","state":"running",
                           "title":"List","input":{"command":"ls"},"output":"a\\n",
                           "startedAt":"2026-01-01T00:00:00.123Z"}]}
                        """));
        chat.hasMore();
        assertThat(get("sessions/ses_1/messages?limit=2&before=abc").text()).contains("\"before\":\"older\"");
        assertThat(chat.calls).containsExactly("messages ses_1 50 null", "messages ses_1 2 abc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ten", "1.5", "99999999999", "0x10"})
    void theLimitIsANumber(String limit) {
        assertInvalid(get("sessions/ses_1/messages?limit=" + limit), "limit");
    }

    @Test
    void aMessageIsSent() {
        FakeExchange answer = post(
                "sessions/ses_1/messages",
                "{'text':'Hi','attachments':[{'name':'a.png','mime':'image/png','upload':'0123'},{'url':'file:///x'}],"
                        + "'model':'mock/mock','agent':'build','clientId':'c-1','nobodyKnows':1}");

        assertAnswer(answer, 202, "{'messageId':'msg_9'}");
        assertThat(chat.prompt)
                .isEqualTo(new Prompt(
                        "Hi",
                        List.of(
                                new Prompt.Attachment("a.png", "image/png", "0123", null),
                                new Prompt.Attachment(null, null, null, "file:///x")),
                        "mock/mock",
                        "build",
                        "c-1",
                        null));
    }

    @Test
    void aMessageMayBeFarLargerThanOtherBodies() {
        String data = "A".repeat(13_981_016);

        FakeExchange answer = post(
                "sessions/ses_1/messages",
                "{'text':'Look','attachments':[{'name':'a','mime':'image/png','data':'" + data + "'}]}");

        assertThat(answer.status()).isEqualTo(202);
        assertProblem(post("sessions", "{'title':'" + "x".repeat(1_100_000) + "'}"), 413, "body-too-large");
    }

    @Test
    void halfAnAttachmentIsNamed() {
        assertInvalid(post("sessions/ses_1/messages", "{'text':'x','attachments':[null]}"), "attachments[0]");
        assertInvalid(
                post("sessions/ses_1/messages", "{'text':'x','attachments':[{'name':1}]}"), "attachments[0].name");
        assertInvalid(post("sessions/ses_1/messages", "{'text':'x','attachments':'none'}"), "attachments");
        assertThat(chat.calls).isEmpty();
    }

    // ---- requests ----

    @Test
    void requestsAreListed() {
        assertAnswer(
                get("requests"),
                200,
                "[{'id':'per_1','sessionId':'ses_1','rootSessionId':'ses_1','type':'permission','createdAt':'2026-01-01T00:00:00.123Z',"
                        + "'permission':'bash','patterns':['ls'],'messageId':'msg_1','callId':'call_1'}]");
    }

    @Test
    void requestsAreAnswered() {
        assertNothing(post("permissions/per_1", "{'reply':'once'}"));
        assertNothing(post("permissions/per_1", "{'reply':'reject','message':'no'}"));
        assertNothing(post("questions/que_1", "{'answers':[['Red'],[]]}"));
        assertNothing(post("questions/que_1", "{'reject':true}"));

        assertThat(chat.calls)
                .containsExactly(
                        "permission per_1 once null",
                        "permission per_1 reject no",
                        "question que_1 [[Red], []]",
                        "question que_1 null");
    }

    @Test
    void halfAnAnswerIsRefused() {
        assertInvalid(post("permissions/per_1", "{}"), "reply");
        assertInvalid(post("questions/que_1", "{}"), "answers");
        assertInvalid(post("questions/que_1", "{'reject':false}"), "answers");
        assertInvalid(post("questions/que_1", "{'reject':true,'answers':[]}"), "answers");
        assertInvalid(post("questions/que_1", "{'answers':[null]}"), "answers");
        assertInvalid(post("questions/que_1", "{'answers':[[null]]}"), "answers");
        assertThat(chat.calls).isEmpty();
    }

    @Test
    void choicesAreListed() {
        assertAnswer(
                get("models"),
                200,
                "[{'id':'mock/mock','name':'Mock','provider':'Scripted','isDefault':true,'demo':false,'inputs':['text']}]");
        assertAnswer(get("workspaces"), 200, "['/home/dev/demo']");
    }

    // ---- bad input ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "nothing",
                "sessions/",
                "sessions//messages",
                "sessions/ses_1/fork",
                "sessions/ses_1/revert",
                "sessions/ses_1/diff",
                "sessions/ses_1/export",
                "sessions/ses_1/messages/msg_1",
                "sessions/../models",
                "sessions/%2e%2e/todos",
                "sessions/%zz",
                "search",
                "files",
                "agents",
                "commands",
                "models/x",
                "requests/per_1",
                "permissions",
                "questions",
                "sessions/ses_2",
                "sessions/a%2Fb"
            })
    void whereNothingIsNothingIsFound(String path) {
        FakeExchange answer = get(path);

        assertThat(answer.status()).as(path).isEqualTo(404);
        assertThat(answer.answered("Content-Type")).startsWith("application/problem+json");
    }

    @Test
    void anIdWithASlashIsOneId() {
        get("sessions/a%2Fmessages");

        assertThat(chat.calls).containsExactly("session a/messages");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "\"text\"",
                "{\"text\":\"a\"}{}",
                "{\"text\":\"a\",\"text\":\"b\"}",
                "{'a':1}"
            })
    void malformedJsonIsRefused(String body) {
        for (String path :
                new String[] {"sessions", "sessions/ses_1/messages", "permissions/per_1", "questions/que_1"}) {
            assertProblem(raw("POST", path, "application/json", body), 400, "malformed-json");
        }
        assertProblem(raw("PATCH", "sessions/ses_1", "application/json", body), 400, "malformed-json");
        assertThat(chat.calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            delimiter = ' ',
            value = {
                "sessions {'title':1} title",
                "sessions {'title':{}} title",
                "sessions {'workspace':[]} workspace",
                "sessions/ses_1/messages {'text':1} text",
                "sessions/ses_1/messages {'clientId':true} clientId",
                "permissions/per_1 {'reply':true} reply",
                "questions/que_1 {'answers':'Red'} answers",
                "questions/que_1 {'answers':['Red']} answers[0]",
            })
    void aValueOfTheWrongTypeIsNamed(String path, String body, String field) {
        assertInvalid(post(path, body), field);
    }

    @Test
    void activeInABodyIsTrueOrFalse() {
        assertInvalid(send("PATCH", "sessions/ses_1", "{'active':'yes'}"), "active");
        assertInvalid(send("PATCH", "sessions/ses_1", "{'active':1}"), "active");
    }

    @Test
    void otherContentTypesAreRefused() {
        assertProblem(raw("POST", "sessions", "text/plain", "{}"), 415, "not-json");
        assertProblem(raw("POST", "sessions", null, "{}"), 415, "not-json");
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, sessions, 'GET, HEAD, POST'",
        "DELETE, sessions, 'GET, HEAD, POST'",
        "POST, sessions/ses_1, 'DELETE, GET, HEAD, PATCH'",
        "PUT, sessions/ses_1/messages, 'GET, HEAD, POST'",
        "GET, sessions/ses_1/abort, POST",
        "POST, sessions/ses_1/todos, 'GET, HEAD'",
        "POST, requests, 'GET, HEAD'",
        "GET, permissions/per_1, POST",
        "GET, questions/que_1, POST",
        "DELETE, models, 'GET, HEAD'",
        "PATCH, workspaces, 'GET, HEAD'",
    })
    void theWrongMethodIsToldTheRightOnes(String method, String path, String allowed) {
        FakeExchange answer = send(method, path, "{}");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.answered("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.answered("Allow").split(", ")).containsExactlyInAnyOrder(allowed.split(", "));
        assertThat(chat.calls).isEmpty();
    }

    @Test
    void aFailureOfTheChatIsAProblem() {
        assertProblem(get("sessions/ses_2"), 404, "unknown-session");
        assertProblem(send("DELETE", "sessions/ses_2", null), 404, "unknown-session");
        assertProblem(send("POST", "sessions/ses_2/abort", null), 404, "unknown-session");
    }

    private FakeExchange get(String path) {
        return send("GET", path, null);
    }

    private FakeExchange post(String path, String body) {
        return send("POST", path, body);
    }

    /** With single quotes for double ones. */
    private FakeExchange send(String method, String path, String body) {
        return raw(method, path, "application/json", body == null ? "" : body.replace('\'', '"'));
    }

    private FakeExchange raw(String method, String path, String contentType, String body) {
        FakeExchange exchange = new FakeExchange(method, "/api/chat/" + path)
                .servletPath("/api/chat")
                .body(contentType, body.getBytes(StandardCharsets.UTF_8));
        try {
            new ChatServlet(chat).service(exchange.request(), exchange.response());
        } catch (Exception e) {
            throw new AssertionError(method + " " + path, e);
        }
        return exchange;
    }

    private void assertAnswer(FakeExchange answer, int status, String body) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.answered("Content-Type")).startsWith("application/json");
        assertThat(tree(answer.text())).isEqualTo(tree(body.replace('\'', '"')));
    }

    private static void assertNothing(FakeExchange answer) {
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.text()).isEmpty();
    }

    private void assertInvalid(FakeExchange answer, String field) {
        assertThat(answer.status()).isEqualTo(422);
        assertThat(tree(answer.text()).at("/errors/0/field").textValue()).isEqualTo(field);
    }

    private void assertProblem(FakeExchange answer, int status, String code) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.answered("Content-Type")).startsWith("application/problem+json");
        assertThat(tree(answer.text()).get("code").textValue()).isEqualTo(code);
    }

    private JsonNode tree(String text) {
        try {
            return json.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
