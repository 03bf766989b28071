package opencode.nexus.web.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.search.SearchService;
import opencode.nexus.testkit.FakeExchange;
import org.jspecify.annotations.Nullable;
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
    private final RecordingSearch found = new RecordingSearch();
    private @Nullable SearchService search = found;

    // ---- sessions ----

    @Test
    void sessionsAreListed() {
        assertAnswer(get("sessions"), 200, "[" + SESSION + "]");
        get("sessions?active=true&q=fix");
        get("sessions?active=false");

        assertThat(chat.calls).containsExactly("sessions null null", "sessions true fix", "sessions false null");
    }

    @Test
    void sessionsComeInPages() {
        chat.sessions = 250;

        FakeExchange first = get("sessions?limit=100");
        assertThat(tree(first.text())).hasSize(100);
        assertThat(first.answered("X-Total-Count")).isEqualTo("250");
        assertThat(tree(first.text()).get(99).get("id").textValue()).isEqualTo("ses_099");
        FakeExchange second = get("sessions?limit=200&before=ses_099");
        assertThat(tree(second.text())).hasSize(150);
        assertThat(tree(second.text()).get(0).get("id").textValue()).isEqualTo("ses_100");
        assertThat(second.answered("X-Total-Count")).isEqualTo("250");
        assertAnswer(get("sessions?limit=1&before=ses_249"), 200, "[]");
        assertThat(tree(get("sessions").text())).hasSize(250);
        assertThat(tree(get("sessions?before=ses_248").text())).hasSize(1);
        for (String limit : List.of("0", "201", "-1", "x", "")) {
            assertInvalid(get("sessions?limit=" + limit), "limit");
        }
        assertInvalid(get("sessions?limit=1&before=nope"), "before");
        assertInvalid(get("sessions?before="), "before");
    }

    @Test
    void activeIsTrueOrFalse() {
        assertInvalid(get("sessions?active=yes"), "active");
        assertThat(chat.calls).isEmpty();
    }

    @Test
    void aSessionIsCreated() {
        assertAnswer(
                post("sessions", "{'title':'One','workspace':'/home/dev/demo','model':'a/b','agent':'c'}"),
                201,
                SESSION);
        post("sessions", "{}");

        assertThat(chat.calls).containsExactly("create One /home/dev/demo a/b c", "create null null null null");
    }

    @Test
    void oneSessionIsShownChangedAndDeleted() {
        assertAnswer(get("sessions/ses_1"), 200, SESSION);
        assertAnswer(
                send("PATCH", "sessions/ses_1", "{'title':'Two','active':false,'model':'a/b','agent':'c','number':4}"),
                200,
                SESSION);
        assertAnswer(send("PATCH", "sessions/ses_1", "{'active':true}"), 200, SESSION);
        assertNothing(send("DELETE", "sessions/ses_1", null));

        assertThat(chat.calls)
                .containsExactly(
                        "session ses_1",
                        "update ses_1 Two false a/b c 4",
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
    void contentInTheBodyIsUploadedFirst() {
        FakeExchange answer = post(
                "sessions/ses_1/messages",
                "{'attachments':[{'data':'aGk=','mime':'image/png','name':'a.png'},{'upload':'0123'}],'text':'Look'}");

        assertAnswer(answer, 202, "{'messageId':'msg_9'}");
        assertThat(chat.calls)
                .containsExactly("upload a.png image/png hi", "send ses_1", "discard 0123456789abcdef0123456789abcdef");
        assertThat(chat.prompt.attachments())
                .containsExactly(
                        new Prompt.Attachment("a.png", "image/png", "0123456789abcdef0123456789abcdef", null),
                        new Prompt.Attachment(null, null, "0123", null));
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void tenLargeFilesFitIntoOneMessageAndOtherBodiesStaySmall() {
        String data = "A".repeat(13_981_012) + "AA==";
        StringBuilder attachments = new StringBuilder();
        for (int number = 0; number < 10; number++) {
            attachments.append(number == 0 ? "" : ",").append("{'name':'a','mime':'image/png','data':'DATA'}");
        }
        byte[] body = ("{'text':'Look','attachments':[" + attachments + "]}")
                .replace('\'', '"')
                .replace("DATA", data)
                .getBytes(StandardCharsets.UTF_8);

        FakeExchange answer = raw("POST", "sessions/ses_1/messages", "application/json", body);

        assertThat(answer.text()).contains("msg_9");
        assertThat(chat.calls.stream().filter(call -> call.startsWith("upload")))
                .hasSize(10);
        assertThat(leftovers()).isEmpty();
        assertProblem(post("sessions", "{'title':'" + "x".repeat(1_100_000) + "'}"), 413, "body-too-large");
    }

    @Test
    void wrongContentIsNamed() {
        for (String data :
                new String[] {"'not base64!'", "'aGk'", "'" + "A".repeat(13_981_020) + "'", "7", "{}", "[]"}) {
            assertInvalid(attaching("{'name':'a','mime':'b/c','data':" + data + "}"), "attachments[0].data");
        }
        assertInvalid(attaching("{'mime':'b/c','data':'aGk='}"), "attachments[0].name");
        assertInvalid(attaching("{'name':'a','data':'aGk='}"), "attachments[0].mime");
        assertInvalid(attaching("{'name':'a','mime':'b/c','upload':'1','data':'aGk='}"), "attachments[0].data");
        assertInvalid(attaching("{'name':'wrong','mime':'b/c','data':'aGk='}"), "attachments[0].data");
        assertInvalid(attaching("{'upload':'1'},{'name':'wrong','mime':'b/c','data':'aGk='}"), "attachments[1].data");
        String eleven = "{'name':'a','mime':'b/c','data':'aGk='},".repeat(11);
        assertInvalid(attaching(eleven.substring(0, eleven.length() - 1)), "attachments");
        String cut = "{'text':'x','attachments':[{'name':'a','mime':'b/c','data':'aGk=";
        assertProblem(post("sessions/ses_1/messages", cut), 400, "malformed-json");
        assertThat(chat.calls).noneMatch(call -> call.startsWith("send"));
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void whatWasUploadedForARefusedMessageIsForgotten() {
        attaching("{'name':'a','mime':'b/c','data':'aGk='},{'name':'wrong','mime':'b/c','data':'aGk='}");

        assertThat(chat.calls)
                .containsExactly("upload a b/c hi", "upload wrong b/c hi", "discard 0123456789abcdef0123456789abcdef");
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

    // ---- history ----

    @Test
    void conversationsAreForkedAndTakenBack() {
        assertAnswer(post("sessions/ses_1/fork", "{'messageId':'msg_1'}"), 200, SESSION);
        assertAnswer(post("sessions/ses_1/fork", "{}"), 200, SESSION);
        assertAnswer(
                get("sessions/ses_1/revert?messageId=msg_1"),
                200,
                "{'messageId':'msg_1','files':[{'file':'a.txt','patch':'@@ -1 +1 @@\\n','additions':1,'deletions':1,"
                        + "'status':'modified'}]}");
        assertAnswer(post("sessions/ses_1/revert", "{'messageId':'msg_1'}"), 200, SESSION);
        assertAnswer(send("POST", "sessions/ses_1/unrevert", null), 200, SESSION);
        assertThat(get("sessions/ses_1/diff").text()).contains("a.txt");
        get("sessions/ses_1/diff?messageId=msg_1");

        assertThat(chat.calls)
                .containsExactly(
                        "fork ses_1 msg_1",
                        "fork ses_1 null",
                        "preview ses_1 msg_1",
                        "revert ses_1 msg_1",
                        "unrevert ses_1",
                        "changes ses_1 null",
                        "changes ses_1 msg_1");
        assertInvalid(get("sessions/ses_1/revert"), "messageId");
        assertInvalid(post("sessions/ses_1/revert", "{}"), "messageId");
        assertInvalid(get("sessions/ses_1/attachments/prt_1"), "messageId");
    }

    @Test
    void anExportIsAFile() {
        FakeExchange markdown = get("sessions/ses_1/export");
        FakeExchange asJson = get("sessions/ses_1/export?format=json");

        assertThat(markdown.answered("Content-Type")).isEqualTo("text/markdown;charset=utf-8");
        assertThat(markdown.answered("Content-Disposition"))
                .isEqualTo("attachment; filename=\"One.md\"; filename*=UTF-8''One.md");
        assertThat(markdown.text()).isEqualTo("all of it");
        assertThat(asJson.answered("Content-Type")).isEqualTo("application/json");
        assertThat(asJson.answered("Content-Disposition")).contains("One.json");
        FakeExchange refused = get("sessions/ses_1/export?format=pdf");
        assertInvalid(refused, "format");
        assertThat(refused.answered("Content-Disposition")).isNull();
        assertProblem(get("sessions/ses_2/export"), 404, "unknown-session");
    }

    @Test
    void namesOfFilesCannotBreakOutOfTheirHeader() {
        assertThat(FileNames.header("inline", FileNames.of("a/b\\c\"d\r\nX: y\u202e ä\ud83d", ".md")))
                .isEqualTo("inline; filename=\"a-b-c-d-X- y- --.md\"; "
                        + "filename*=UTF-8''a-b-c-d-X-%20y%E2%80%AE%20%C3%A4-.md");
        assertThat(FileNames.of("", ".md")).isEqualTo("file.md");
        assertThat(FileNames.of("..", ".md")).isEqualTo("file...md");
        assertThat(FileNames.of("x".repeat(500), ".md")).hasSize(103);
    }

    @Test
    void aPictureIsShown() {
        FakeExchange picture = get("sessions/ses_1/attachments/prt_1?messageId=msg_1");

        assertThat(picture.bytes()).containsExactly(1, 2, 3);
        assertThat(picture.answered("Content-Type")).isEqualTo("image/png");
        assertThat(picture.answered("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(picture.answered("Cache-Control")).isEqualTo("private, max-age=3600");
        assertThat(picture.answered("Content-Disposition")).startsWith("inline; filename=\"Bild ---.png\"");
        assertThat(chat.calls).containsExactly("picture ses_1 msg_1 prt_1");
    }

    // ---- what waits ----

    @Test
    void whatWaitsIsShownTakenBackAndGoesOn() {
        String waiting = "{'messageId':'msg_9','createdAt':'2026-01-01T00:00:00.123Z','text':'Next',"
                + "'attachments':[{'name':'a.png','mime':'image/png'}],'clientId':'c-1'}";
        assertAnswer(
                get("sessions/ses_1/queue"), 200, "{'sessionId':'ses_1','paused':true,'messages':[" + waiting + "]}");
        assertAnswer(send("DELETE", "sessions/ses_1/queue/msg_9", null), 200, waiting);
        assertNothing(send("POST", "sessions/ses_1/queue/resume", null));

        assertThat(chat.calls).containsExactly("queue ses_1", "takeBack ses_1 msg_9", "resume ses_1");
    }

    // ---- uploads ----

    @Test
    void aFileIsUploadedAndForgotten() {
        FakeExchange answer = upload(part("file", "a.png", "image/png", "hello\r\n--other\r\n--"));

        assertAnswer(
                answer, 201, "{'id':'0123456789abcdef0123456789abcdef','name':'a.png','mime':'image/png','size':18}");
        assertNothing(send("DELETE", "uploads/0123456789abcdef0123456789abcdef", null));
        assertThat(chat.calls)
                .containsExactly(
                        "upload a.png image/png hello\r\n--other\r\n--", "discard 0123456789abcdef0123456789abcdef");
    }

    @Test
    void otherPartsArePassedOver() {
        upload(part("note", null, null, "hi")
                + part("file", "C:\\x\\a%22b.txt", "text/plain; charset=utf-8", "")
                + part("more", "b.txt", null, "x"));

        assertThat(chat.calls).containsExactly("upload a\"b.txt text/plain ");
    }

    @Test
    void contentOfEveryLengthArrivesWhole() {
        for (int length = 65_400; length < 65_700; length++) {
            String content = "x".repeat(length) + "\r\n--limi";
            chat.calls.clear();
            upload(part("file", "a", null, content));
            assertThat(chat.calls.get(0)).hasSize(content.length() + "upload a application/octet-stream ".length());
        }
    }

    @Test
    void oneFileIsUploadedAtATime() {
        assertInvalid(upload(part("file", "a", null, "1") + part("file", "b", null, "2")), "file");
        assertThat(chat.calls).last().isEqualTo("discard 0123456789abcdef0123456789abcdef");
        assertInvalid(upload(part("other", "a", null, "1")), "file");
        assertInvalid(upload(part("file", null, null, "1")), "file");
        assertInvalid(upload(part("file", "wrong", null, "1")), "file");
    }

    @Test
    void aFileThatIsTooLargeIsRefused() {
        assertProblem(
                upload(part("file", "a", null, "x".repeat(10 * 1024 * 1024 + 70_000))), 413, "attachment-too-large");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--",
                "--limit",
                "--limit--x",
                "--limit\r\n",
                "--limit\r\nno header\r\n\r\n\r\n--limit--",
                "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nnever ends",
                "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--limi",
                "--limit junk\r\n\r\n"
            })
    void aFormThatIsNotWholeIsRefused(String body) {
        assertProblem(raw("POST", "uploads", "multipart/form-data; boundary=limit", body), 400, "malformed-multipart");
    }

    @Test
    void aFormWithoutABoundaryIsRefused() {
        for (String type : new String[] {null, "text/plain", "multipart/form-data", "multipart/form-data; boundary="}) {
            assertProblem(raw("POST", "uploads", type, "--limit--"), 400, "malformed-multipart");
        }
        String hundred = part("x", null, null, "1").repeat(100);
        assertProblem(upload(hundred), 400, "malformed-multipart");
        assertProblem(
                raw(
                        "POST",
                        "uploads",
                        "multipart/form-data; boundary=limit",
                        "--limit\r\n" + "a: b\r\n".repeat(10_000)),
                400,
                "malformed-multipart");
    }

    // ---- search ----

    @Test
    void everythingSaidIsFound() {
        assertAnswer(
                get("search?q=word&limit=5&offset=2&sessionId=ses_1"),
                200,
                "{'hits':[{'sessionId':'ses_1','sessionTitle':'One','messageId':'msg_1','role':'user',"
                        + "'createdAt':'2026-01-01T00:00:00.123Z','snippet':'a word','marks':[{'start':2,'end':6}]}],"
                        + "'total':2,'complete':false}");
        get("search?q=word");
        assertThat(send("POST", "search/rebuild", null).status()).isEqualTo(202);

        assertThat(found.calls).containsExactly("word ses_1 5 2", "word null 20 0", "rebuild");
        assertInvalid(get("search"), "q");
        assertInvalid(get("search?q=x&limit=many"), "limit");
        assertInvalid(get("search?q=x&offset="), "offset");
    }

    @Test
    void withoutTheSearchItIsUnavailable() {
        search = null;

        assertProblem(get("search?q=x"), 503, "search-unavailable");
        assertProblem(send("POST", "search/rebuild", null), 503, "search-unavailable");
    }

    // ---- choices ----

    @Test
    void choicesDependOnTheWorkspace() {
        assertAnswer(get("agents"), 200, "[{'name':'build','mode':'primary','isDefault':true}]");
        assertAnswer(
                get("commands?workspace=/x"), 200, "[{'name':'init','description':'Begins','takesArguments':true}]");
        assertAnswer(get("files?sessionId=ses_1&q=a&limit=7"), 200, "['src/a.ts','src/']");
        get("files");

        assertThat(chat.calls)
                .containsExactly(
                        "agents null", "commands /x", "session ses_1", "files /home/dev/demo a 7", "files null  20");
        assertInvalid(get("agents?workspace=/x&sessionId=ses_1"), "workspace");
        assertProblem(get("commands?sessionId=ses_2"), 404, "unknown-session");
        assertInvalid(get("files?limit=x"), "limit");
    }

    @Test
    void choicesAreListed() {
        assertAnswer(
                get("models"),
                200,
                "[{'id':'mock/mock','name':'Mock','provider':'Scripted','isDefault':true,'demo':false,'inputs':['text']}]");
        assertAnswer(get("workspaces"), 200, "['/home/dev/demo']");
        assertAnswer(get("preferences"), 200, "{'continuePrompt':'Go on.\\nFrom where you stopped.'}");
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
                "sessions/ses_1/messages/msg_1",
                "sessions/../models",
                "sessions/%2e%2e/todos",
                "sessions/%zz",
                "models/x",
                "search/x",
                "uploads/x/y",
                "sessions/ses_1/queue/msg_1/x",
                "sessions/ses_1/attachments",
                "sessions/ses_1/nothing",
                "sessions/ses_1/fork/msg_1",
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
        "PUT, preferences, 'GET, HEAD'",
        "GET, sessions/ses_1/fork, POST",
        "DELETE, sessions/ses_1/revert, 'GET, HEAD, POST'",
        "GET, sessions/ses_1/unrevert, POST",
        "POST, sessions/ses_1/diff, 'GET, HEAD'",
        "POST, sessions/ses_1/export, 'GET, HEAD'",
        "POST, sessions/ses_1/queue, 'GET, HEAD'",
        "GET, sessions/ses_1/queue/msg_1, DELETE",
        "GET, sessions/ses_1/queue/resume, POST",
        "GET, uploads, POST",
        "GET, uploads/x, DELETE",
        "POST, agents, 'GET, HEAD'",
        "POST, commands, 'GET, HEAD'",
        "POST, files, 'GET, HEAD'",
        "POST, search, 'GET, HEAD'",
        "GET, search/rebuild, POST",
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

    private FakeExchange upload(String parts) {
        return raw("POST", "uploads", "multipart/form-data; boundary=limit", parts + "--limit--\r\n");
    }

    private static String part(String name, @Nullable String fileName, @Nullable String type, String content) {
        return "--limit\r\nContent-Disposition: form-data; name=\"" + name + "\""
                + (fileName == null ? "" : "; filename=\"" + fileName + "\"")
                + (type == null ? "" : "\r\nContent-Type: " + type) + "\r\n\r\n" + content + "\r\n";
    }

    private FakeExchange attaching(String attachments) {
        return post("sessions/ses_1/messages", "{'text':'x','attachments':[" + attachments + "]}");
    }

    /** Files that went through the disk. */
    private static List<Path> leftovers() {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("nexus-attachment-"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        return raw(method, path, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    private FakeExchange raw(String method, String path, String contentType, byte[] body) {
        FakeExchange exchange = new FakeExchange(method, "/api/chat/" + path)
                .servletPath("/api/chat")
                .body(contentType, body);
        try {
            servlet().service(exchange.request(), exchange.response());
        } catch (Exception e) {
            throw new AssertionError(method + " " + path, e);
        }
        return exchange;
    }

    private ChatServlet servlet() {
        ChatServlet servlet = new ChatServlet(chat);
        servlet.search = search;
        return servlet;
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
