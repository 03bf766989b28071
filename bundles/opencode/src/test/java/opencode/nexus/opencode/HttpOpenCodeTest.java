package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.chat.Request;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.api.opencode.SessionStatus;
import opencode.nexus.testkit.FakeClock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpOpenCodeTest {
    private static final String SESSION = "ses_1";
    private static final String MESSAGE = "msg_202b89781001udRvqRpn6g6RYz";

    private final FakeOpenCode openCode = new FakeOpenCode();
    private final FixedServer server = new FixedServer(openCode.endpoint(), "/w one", "/w/two");
    private final FakeClock clock = new FakeClock();
    private final HttpOpenCode client = new HttpOpenCode(server, clock, Duration.ofSeconds(20));

    @AfterEach
    void close() {
        client.close();
        openCode.close();
    }

    @Test
    void sessionsOfAllWorkspacesComeNewestFirst() {
        openCode.handle("GET /session", exchange -> {
            boolean first = exchange.getRequestURI().getRawQuery().contains("directory=%2Fw%20one");
            String body = first
                    ? "[" + session("ses_a", "/w one", 5) + "," + session("ses_b", "/w one", 3) + ",{\"id\":7}]"
                    : "[" + session("ses_c", "/w/two", 4) + "]";
            FakeOpenCode.send(exchange, 200, "application/json", body.getBytes(UTF_8));
        });

        assertThat(client.sessions()).extracting(OpenCodeSession::id).containsExactly("ses_a", "ses_c", "ses_b");
        assertThat(openCode.calls("GET", "/session"))
                .allSatisfy(call -> assertThat(call.query()).contains("limit=10000"));
    }

    @Test
    void aWorkspaceThatFailsDoesNotHideTheOthers() {
        openCode.handle("GET /session", exchange -> {
            boolean first = exchange.getRequestURI().getRawQuery().contains("one");
            FakeOpenCode.send(
                    exchange,
                    first ? 500 : 200,
                    "application/json",
                    (first ? "{}" : "[" + session("ses_c", "/w/two", 4) + "]").getBytes(UTF_8));
        });

        assertThat(client.sessions()).extracting(OpenCodeSession::id).containsExactly("ses_c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bogus",
                "msg_1",
                "ses_",
                "ses_1/../../config",
                "ses_ä",
                "ses_1?x=1",
                "ses_1%2Fabort",
                "SES_1"
            })
    void idsThatCannotBeSessionsNeverGetIntoAUrl(String id) {
        if (id.equals("ses_")) {
            openCode.answer("GET /session/ses_", 404, "application/json", "{\"name\":\"NotFoundError\"}");
        }
        assertFailure(() -> client.session(id), NexusException.Kind.NOT_FOUND, "unknown-session");
        assertThat(openCode.received).allSatisfy(call -> assertThat(call.path()).isEqualTo("/session/ses_"));
    }

    @Test
    void aSessionThatOpenCodeDoesNotKnowIsNotFound() {
        openCode.answer(
                "GET /session/ses_1",
                404,
                "application/json",
                "{\"name\":\"NotFoundError\",\"data\":{\"message\":\"Session not found: ses_1\"}}");

        assertFailure(() -> client.session(SESSION), NexusException.Kind.NOT_FOUND, "unknown-session");
    }

    @Test
    void aBusySessionIsAConflict() {
        openCode.answer("DELETE /session/ses_1", 409, "application/json", "{\"_tag\":\"SessionBusyError\"}");

        assertFailure(() -> client.delete(SESSION), NexusException.Kind.CONFLICT, "session-busy");
    }

    @Test
    void htmlInPlaceOfJsonIsAFailureOfOpenCode() {
        assertFailure(() -> client.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
        openCode.answer("GET /session/ses_1", 200, "application/json", "<html>");
        assertFailure(() -> client.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
        openCode.answer("GET /session/ses_1", 200, "application/json", "{\"id\":\"ses_1\"}");
        assertFailure(() -> client.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
        openCode.answer("GET /session/ses_1/message", 200, "application/json", "{\"no\":\"list\"}");
        assertFailure(() -> client.messages(SESSION, 5, null), NexusException.Kind.UPSTREAM, "opencode-failed");
    }

    @Test
    void aFailureOfOpenCodeIsToldShortly() {
        openCode.answer(
                "GET /session/ses_1",
                500,
                "application/json",
                "{\"name\":\"UnknownError\",\"data\":{\"message\":\"Error: it broke\\n    at x (y.js:1)\"}}");

        assertThatThrownBy(() -> client.session(SESSION)).hasMessage("OpenCode failed: it broke");
    }

    @Test
    void aConnectionThatBreaksIsAFailureOfOpenCode() {
        openCode.handle("GET /session/ses_1", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 1_000);
            exchange.getResponseBody().write("{\"id\"".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            throw new java.io.IOException("cut");
        });

        assertFailure(() -> client.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
    }

    @Test
    void whoDoesNotAnswerInTimeFails() {
        openCode.hang("GET /session/ses_1");
        HttpOpenCode hasty = new HttpOpenCode(server, clock, Duration.ofMillis(200));
        try {
            assertFailure(() -> hasty.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
        } finally {
            hasty.close();
        }
    }

    @Test
    void whoAnswersDropByDropFailsToo() {
        openCode.handle("GET /session/ses_1", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(' ');
                exchange.getResponseBody().flush();
            }
        });
        HttpOpenCode hasty = new HttpOpenCode(server, clock, Duration.ofMillis(300));
        try {
            assertFailure(() -> hasty.session(SESSION), NexusException.Kind.UPSTREAM, "opencode-failed");
        } finally {
            hasty.close();
        }
    }

    @Test
    void withoutAServerCallsAreRefusedAtOnce() {
        server.move(Optional.empty());
        assertFailure(client::sessions, NexusException.Kind.UNAVAILABLE, "server-not-running");

        server.move(Optional.of(openCode.endpoint()));
        openCode.close();
        assertFailure(client::sessions, NexusException.Kind.UNAVAILABLE, "server-not-running");
    }

    @Test
    void aSessionIsCreatedInItsWorkspace() {
        openCode.json("POST /session", session("ses_a", "/w/two", 1));

        assertThat(client.create("/w/two", "Mine", "prov/mo/del", "plan").workspace())
                .isEqualTo("/w/two");
        assertThat(openCode.calls("POST", "/session")).singleElement().satisfies(call -> {
            assertThat(call.query()).isEqualTo("directory=%2Fw%2Ftwo");
            assertThat(call.body())
                    .isEqualTo(
                            "{\"title\":\"Mine\",\"model\":{\"id\":\"mo/del\",\"providerID\":\"prov\"},\"agent\":\"plan\"}");
            assertThat(call.headers()).doesNotContainKey("Upgrade");
        });
        assertFailure(() -> client.create("/etc", null, null, null), NexusException.Kind.INVALID, "invalid-field");
    }

    @Test
    void aSessionIsRenamedAndDeletedAndStopped() {
        openCode.json("PATCH /session/ses_1", session("ses_1", "/w", 1));
        openCode.json("DELETE /session/ses_1", "true");
        openCode.json("POST /session/ses_1/abort", "true");

        client.rename(SESSION, "A \"new\" name");
        client.abort(SESSION);
        client.delete(SESSION);

        assertThat(openCode.calls("PATCH", "/session/ses_1")
                        .get(0)
                        .json()
                        .path("title")
                        .asText())
                .isEqualTo("A \"new\" name");
        assertThat(openCode.calls("POST", "/session/ses_1/abort")).hasSize(1);
        assertThat(openCode.calls("DELETE", "/session/ses_1")).hasSize(1);
    }

    @Test
    void aPageOfMessagesLeadsToTheOneBefore() {
        openCode.handle("GET /session/ses_1/message", exchange -> {
            exchange.getResponseHeaders().set("X-Next-Cursor", "abc==");
            String body =
                    "[{\"info\":{\"id\":\"msg_1\",\"sessionID\":\"ses_1\",\"role\":\"user\",\"time\":{\"created\":7}},"
                            + "\"parts\":[{\"id\":\"prt_1\",\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"text\"}]},{\"info\":{}}]";
            FakeOpenCode.send(exchange, 200, "application/json", body.getBytes(UTF_8));
        });

        var page = client.messages(SESSION, 20, "xyz+/=");

        assertThat(page.before()).isEqualTo("abc==");
        assertThat(page.messages()).singleElement().satisfies(message -> {
            assertThat(message.role()).isEqualTo(Message.Role.USER);
            assertThat(message.parts())
                    .containsExactly(
                            new Part.Text("prt_1", "prt_1", "text", "Hi", null, Instant.ofEpochMilli(7), null));
        });
        assertThat(openCode.calls("GET", "/session/ses_1/message").get(0).query())
                .isEqualTo("limit=20&before=xyz%2B%2F%3D");
        assertFailure(() -> client.messages(SESSION, 20, "a&b"), NexusException.Kind.INVALID, "invalid-field");
    }

    @Test
    void aPageThatIsTooLargeIsAskedForInSmallerPieces() {
        openCode.handle("GET /session/ses_1/message", exchange -> {
            boolean small = exchange.getRequestURI().getQuery().startsWith("limit=2");
            if (small) {
                FakeOpenCode.send(exchange, 200, "application/json", "[]".getBytes(UTF_8));
                return;
            }
            FakeOpenCode.send(exchange, 200, "application/json", new byte[OpenCodeHttp.MAX_BODY + 1]);
        });

        assertThat(client.messages(SESSION, 10, null).messages()).isEmpty();
        assertThat(openCode.calls("GET", "/session/ses_1/message"))
                .extracting(FakeOpenCode.Received::query)
                .containsExactly("limit=10", "limit=5", "limit=2");
    }

    @Test
    void statusesAndRequestsOfAllWorkspacesAreGathered() {
        openCode.json(
                "GET /session/status", "{\"ses_1\":{\"type\":\"busy\"},\"ses_2\":{\"type\":\"retry\",\"next\":5}}");
        openCode.json(
                "GET /permission", "[{\"id\":\"per_1\",\"sessionID\":\"ses_1\",\"permission\":\"bash\"},{\"id\":1}]");
        openCode.json("GET /question", "[{\"id\":\"que_1\",\"sessionID\":\"ses_1\",\"questions\":[]}]");

        assertThat(client.statuses())
                .containsEntry("ses_1", SessionStatus.BUSY)
                .hasEntrySatisfying(
                        "ses_2", status -> assertThat(status.retryAt()).isEqualTo(Instant.ofEpochMilli(5)));
        assertThat(client.requests())
                .extracting(Request::id, Request::createdAt)
                .contains(
                        org.assertj.core.groups.Tuple.tuple("per_1", clock.instant()),
                        org.assertj.core.groups.Tuple.tuple("que_1", clock.instant()));
    }

    @Test
    void answersReachTheDirectoryOfTheSession() {
        openCode.json("GET /session/ses_1", session(SESSION, "/w/two", 1));
        openCode.json("POST /permission/per_1/reply", "true");
        openCode.json("POST /question/que_1/reply", "true");
        openCode.json("POST /question/que_1/reject", "true");

        client.replyPermission(request("per_1"), "reject", "not now");
        client.replyQuestion(request("que_1"), List.of(List.of("Blue", "Red"), List.of()));
        client.replyQuestion(request("que_1"), null);

        FakeOpenCode.Received reply =
                openCode.calls("POST", "/permission/per_1/reply").get(0);
        assertThat(reply.query()).isEqualTo("directory=%2Fw%2Ftwo");
        assertThat(reply.body()).isEqualTo("{\"reply\":\"reject\",\"message\":\"not now\"}");
        assertThat(openCode.calls("POST", "/question/que_1/reply").get(0).body())
                .isEqualTo("{\"answers\":[[\"Blue\",\"Red\"],[]]}");
        assertThat(openCode.calls("POST", "/question/que_1/reject")).hasSize(1);
    }

    @Test
    void whatWasAnsweredAlreadyIsNotFound() {
        openCode.json("GET /session/ses_1", session(SESSION, "/w/two", 1));
        openCode.answer(
                "POST /permission/per_1/reply", 404, "application/json", "{\"_tag\":\"PermissionNotFoundError\"}");

        assertFailure(
                () -> client.replyPermission(request("per_1"), "once", null),
                NexusException.Kind.NOT_FOUND,
                "unknown-request");
        assertFailure(
                () -> client.replyPermission(request("per_1/x"), "once", null),
                NexusException.Kind.NOT_FOUND,
                "unknown-request");
        assertFailure(
                () -> client.replyPermission(request("per_1"), "perhaps", null),
                NexusException.Kind.INVALID,
                "invalid-field");
    }

    @Test
    void todosAreRead() {
        openCode.json("GET /session/ses_1/todo", "[{\"content\":\"a\",\"status\":\"pending\",\"priority\":\"high\"}]");

        assertThat(client.todos(SESSION)).singleElement().extracting("content").isEqualTo("a");
    }

    @Test
    void messageIdsLookLikeOpenCodesOwnAndGrow() {
        Ids ids = new Ids(Clock.fixed(Instant.ofEpochMilli(1795341981569L), ZoneOffset.UTC));
        String first = ids.nextMessage();

        // OpenCode made msg_202b89781001udRvqRpn6g6RYz in that very millisecond.
        assertThat(first).startsWith("msg_202b89781001").matches("msg_[0-9a-f]{12}[0-9A-Za-z]{14}");
        String last = first;
        for (int i = 0; i < 10_000; i++) {
            String next = ids.nextMessage();
            assertThat(next).isGreaterThan(last);
            last = next;
        }
    }

    private static String session(String id, String directory, long updated) {
        return "{\"id\":\"" + id + "\",\"directory\":\"" + directory
                + "\",\"title\":\"New session - 2026-11-22T10:06:21.511Z\"," + "\"time\":{\"created\":1,\"updated\":"
                + updated + "}}";
    }

    private static Request request(String id) {
        return new Request(id, SESSION, SESSION, "permission", Instant.EPOCH, null, null, null, null, null, null, null);
    }

    private static void assertFailure(ThrowingCallable call, NexusException.Kind kind, String code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(NexusException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure.code()).isEqualTo(code);
            assertThat(failure.getMessage()).doesNotContain(FakeOpenCode.PASSWORD);
        });
    }
}
