package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeNotifications;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatWatchTest {
    private static final String SESSION =
            "{\"id\":\"ses_1\",\"title\":\"Fix the login\",\"workspace\":\"/w\",\"status\":\"%s\",\"active\":true%s}";

    private final FakeClock clock = new FakeClock();
    private final RecordingHub hub = new RecordingHub();
    private final FakeNotifications notifications = new FakeNotifications();
    private final List<Request> waiting = new ArrayList<>();
    private @Nullable NexusException refusal;
    private final ChatWatch watch = new ChatWatch(hub, clock, () -> {});

    @Test
    void aLongAnswerAndItsEnd() {
        watch.setNotifications(notifications);
        session("busy", "");
        pass(40);
        session("idle", "");
        pass(1);
        pass(2);

        assertThat(notifications.all()).extracting(Notification::kind).containsExactly(Kind.FINISHED);
    }

    @Test
    void aFailureWithItsReason() {
        watch.setNotifications(notifications);
        session("busy", "");
        session("failed", ",\"problem\":\"No key.\"");
        pass(1);
        pass(2);

        assertThat(notifications.all()).extracting(Notification::text).containsExactly("Fix the login: No key.");
    }

    @Test
    void anAnswerThatWasStopped() {
        watch.setNotifications(notifications);
        session("busy", "");
        pass(40);
        session("idle", "");
        publish("chat.message", "{\"sessionId\":\"ses_1\",\"message\":{\"id\":\"m\",\"state\":\"aborted\"}}");
        pass(1);
        pass(2);

        assertThat(notifications.all()).isEmpty();
    }

    @Test
    void aHelperAndAQueueAreNoEnds() {
        watch.setNotifications(notifications);
        session("busy", ",\"parentId\":\"ses_0\"");
        pass(40);
        session("idle", ",\"parentId\":\"ses_0\"");
        pass(10);
        session("busy", "");
        pass(40);
        session("idle", ",\"queued\":2");
        pass(10);

        assertThat(notifications.all()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'permission':'bash','metadata':{'command':'npm test'},'patterns':['npm *']}|May I run this? npm test",
                "{'permission':'bash','patterns':['npm *']}|May I run this? npm *",
                "{'permission':'edit','metadata':{'filepath':'a.txt'}}|May I change this file? a.txt",
                "{'permission':'webfetch','metadata':{'url':'http://x'}}|May I fetch this address? http://x",
                "{'permission':'magic'}|May I use magic?",
                "{}|May I use a tool?",
                "{'metadata':[],'patterns':{},'permission':7}|May I use 7?",
                "{'type':'question','questions':[{'question':'Which one?','header':'Choice'}]}|Which one?",
                "{'type':'question','questions':[{'header':'Choice'}]}|Choice",
                "{'type':'question'}|A question waits"
            })
    void aRequestSaysWhatIsWanted(String fields, String text) {
        watch.setNotifications(notifications);
        request("per_1", fields.substring(1));
        pass(1);
        pass(10);

        assertThat(notifications.all()).extracting(Notification::text).containsExactly(text);
    }

    @Test
    void aRequestThatIsSettledLater() {
        watch.setNotifications(notifications);
        request("per_1", "}");
        pass(10);
        publish("chat.request.settled", "{\"id\":\"per_1\"}");
        pass(1);

        assertThat(notifications.settled).containsExactly("NEEDS_ME request:per_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "7", "{\"id\":", "{\"id\":null}"})
    void whatIsNoEventHurtsNobody(String data) {
        watch.setNotifications(notifications);
        for (String type : List.of(
                "chat.session", "chat.session.removed", "chat.message", "chat.request", "chat.request.settled")) {
            publish(type, data);
        }
        request("per_1", "}");
        pass(10);

        assertThat(notifications.all()).extracting(Notification::subject).contains("request:per_1");
    }

    @Test
    void whatWaitedBeforeIsAskedFor() {
        waiting.add(permission("per_1", clock.instant().minusSeconds(3600)));
        watch.setNotifications(notifications);
        pass(1);
        assertThat(notifications.all()).isEmpty();

        watch.setChat(chat());
        pass(1);

        assertThat(notifications.all())
                .extracting(Notification::text)
                .containsExactly("Title of ses_1: May I run this? npm test");
    }

    @Test
    void itIsAskedAgainUntilThereIsAnAnswer() {
        waiting.add(permission("per_1", clock.instant().minusSeconds(3600)));
        watch.setNotifications(notifications);
        watch.setChat(chat());
        refusal = new NexusException(NexusException.Kind.UNAVAILABLE, "server-not-running", "Not yet.");
        pass(1);
        assertThat(notifications.all()).isEmpty();

        refusal = null;
        pass(1);

        assertThat(notifications.all()).hasSize(1);
    }

    @Test
    void whoFallsBehindAsksAgain() {
        watch.setNotifications(notifications);
        watch.setChat(chat());
        request("per_1", "}");
        pass(1);
        request("per_2", "}");
        hub.dropPast();
        waiting.add(permission("per_2", clock.instant()));
        pass(10);

        assertThat(notifications.all()).extracting(Notification::subject).containsExactly("request:per_2");
        assertThat(hub.followers()).isEqualTo(1);
    }

    @Test
    void itReadsOnWhileThereIsNobodyToTell() {
        request("per_1", "}");
        pass(60);
        request("per_2", "}");
        publish("chat.request.settled", "{\"id\":\"per_1\"}");
        pass(10);

        watch.setNotifications(notifications);
        pass(1);

        assertThat(notifications.all()).extracting(Notification::subject).containsExactly("request:per_2");
    }

    @Test
    void inTheEndItFollowsNoMore() {
        watch.close();

        assertThat(hub.followers()).isZero();
    }

    private void session(String status, String more) {
        publish("chat.session", SESSION.formatted(status, more));
        watch.look();
    }

    /** @param more the end of the JSON, with {@code '} for quotes */
    private void request(String id, String more) {
        String comma = more.startsWith("}") ? "" : ",";
        String fields =
                "'id':'" + id + "','sessionId':'ses_2','rootSessionId':'ses_1','createdAt':'" + clock.instant() + "'";
        publish("chat.request", ("{" + fields + comma + more).replace('\'', '"'));
    }

    private void publish(String type, String data) {
        hub.publish("chat", type, data);
    }

    private void pass(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
        watch.look();
    }

    private static Request permission(String id, Instant createdAt) {
        return new Request(
                id,
                "ses_1",
                "ses_1",
                "permission",
                createdAt,
                "bash",
                List.of("npm *"),
                null,
                Map.of("command", "npm test"),
                null,
                null,
                null);
    }

    /** Knows what waits, and a title for every session. */
    private ChatService chat() {
        return (ChatService) Proxy.newProxyInstance(
                ChatService.class.getClassLoader(), new Class<?>[] {ChatService.class}, (proxy, method, arguments) -> {
                    if (refusal != null) {
                        throw refusal;
                    }
                    return switch (method.getName()) {
                        case "requests" -> List.copyOf(waiting);
                        case "session" -> session((String) arguments[0]);
                        default -> throw new UnsupportedOperationException(method.getName());
                    };
                });
    }

    private static Session session(String id) {
        return new Session(
                id,
                "Title of " + id,
                "/w",
                Session.Status.WAITING,
                true,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                null,
                null,
                null,
                null,
                1,
                null,
                null,
                null,
                null,
                null);
    }
}
