package opencode.nexus.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.api.notify.NotificationService.Channel;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.testkit.FakeNotifications;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotificationsServletTest {
    private final FakeNotifications notifications = new FakeNotifications();

    @Test
    void theListAndHowManyAreUnread() throws Exception {
        notifications.tell(Kind.NEEDS_ME, "request:1", "A session needs you", "May I?", "/#inbox");
        notifications.tell(Kind.FINISHED, null, "Answer complete", "", null);
        notifications.read("n1");

        FakeExchange exchange = call("GET", "/api/notifications");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .isEqualTo("{\"notifications\":["
                        + "{\"id\":\"n2\",\"at\":\"2026-01-02T03:04:05Z\",\"kind\":\"finished\","
                        + "\"title\":\"Answer complete\",\"text\":\"\",\"count\":1},"
                        + "{\"id\":\"n1\",\"at\":\"2026-01-02T03:04:05Z\",\"kind\":\"needs-me\","
                        + "\"subject\":\"request:1\",\"title\":\"A session needs you\",\"text\":\"May I?\","
                        + "\"link\":\"/#inbox\",\"count\":1,\"readAt\":\"2026-01-02T03:04:05Z\"}],\"unread\":1}");
    }

    @Test
    void theListCanBeShortAndOfUnreadOnesOnly() throws Exception {
        for (int number = 1; number <= 60; number++) {
            notifications.tell(Kind.FINISHED, null, "title", "", null);
        }
        notifications.read("n60");

        assertThat(call("GET", "/api/notifications").text())
                .contains("\"n60\"", "\"n11\"", "\"unread\":59")
                .doesNotContain("\"n10\"");
        assertThat(call("GET", "/api/notifications?limit=1").text())
                .contains("\"n60\"")
                .doesNotContain("\"n59\"");
        assertThat(call("GET", "/api/notifications?limit=1&unread=true").text())
                .contains("\"n59\"", "\"unread\":59")
                .doesNotContain("\"n60\"");
        assertThat(call("GET", "/api/notifications?limit=500").text()).contains("\"n1\"");
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit",
        "limit=501, limit",
        "limit=-1, limit",
        "limit=, limit",
        "limit=1.5, limit",
        "limit=99999999999, limit",
        "unread=yes, unread",
        "unread=, unread"
    })
    void aWrongParameterIsNamed(String query, String field) throws Exception {
        FakeExchange exchange = call("GET", "/api/notifications?" + query);

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"field\":\"" + field + "\"");
    }

    @Test
    void oneIsReadOrAllAre() throws Exception {
        for (int number = 1; number <= 3; number++) {
            notifications.tell(Kind.FINISHED, null, "title", "", null);
        }

        assertThat(call("POST", "/api/notifications/n2/read").status()).isEqualTo(204);
        assertThat(notifications.unread()).isEqualTo(2);
        assertThat(call("POST", "/api/notifications/read").status()).isEqualTo(204);
        assertThat(notifications.unread()).isZero();
    }

    @Test
    void whatIsNotThereCannotBeRead() throws Exception {
        FakeExchange exchange = call("POST", "/api/notifications/n9/read");

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.text()).contains("\"code\":\"unknown-notification\"");
    }

    @Test
    void aTestIsTold() throws Exception {
        assertThat(call("POST", "/api/notifications/test").status()).isEqualTo(202);

        assertThat(notifications.all()).extracting(Notification::title).containsExactly("This is a test");
    }

    @Test
    void thePreferences() throws Exception {
        notifications.channels.add(new Channel("app", "This list", true, null));
        notifications.channels.add(new Channel("desktop", "This computer", false, "It takes too long."));

        FakeExchange exchange = put("{\"kinds\":{\"needs-me\":[\"desktop\",\"app\",\"app\"],\"gave-up\":[]}}");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(notifications.preferences().kinds())
                .containsEntry(Kind.NEEDS_ME, Set.of("app", "desktop"))
                .containsEntry(Kind.GAVE_UP, Set.of())
                .hasSize(2);
        String all = "{\"kinds\":{\"needs-me\":[\"app\",\"desktop\"],\"finished\":[],\"failed\":[],\"restarted\":[],"
                + "\"gave-up\":[],\"address-changed\":[],\"new-device\":[],\"threshold\":[]},"
                + "\"channels\":[{\"name\":\"app\",\"title\":\"This list\",\"available\":true},"
                + "{\"name\":\"desktop\",\"title\":\"This computer\",\"available\":false,"
                + "\"problem\":\"It takes too long.\"}]}";
        assertThat(exchange.text()).isEqualTo(all);
        assertThat(call("GET", "/api/notifications/preferences").text()).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|kinds",
                "{\"kinds\":null}|kinds",
                "{\"kinds\":7}|kinds",
                "{\"kinds\":{\"needs_me\":[]}}|kinds.needs_me",
                "{\"kinds\":{\"needs-me\":null}}|kinds.needs-me",
                "{\"kinds\":{\"needs-me\":[null]}}|kinds.needs-me",
                "{\"kinds\":{\"needs-me\":\"app\"}}|kinds.needs-me",
                "{\"kinds\":{\"needs-me\":[7]}}|kinds.needs-me[0]"
            })
    void aWrongPreferenceIsNamedAndNothingIsChanged(String body, String field) throws Exception {
        FakeExchange exchange = put(body);

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text()).contains("\"field\":\"" + field + "\"");
        assertThat(notifications.preferences().kinds()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/notifications/n1",
        "GET, /api/notifications/read",
        "GET, /api/notifications/",
        "POST, /api/notifications",
        "POST, /api/notifications/n1",
        "POST, /api/notifications/n1/read/now",
        "POST, /api/notifications/n1/unread",
        "PUT, /api/notifications"
    })
    void thereIsNothingElse(String method, String path) throws Exception {
        notifications.tell(Kind.FINISHED, null, "title", "", null);

        FakeExchange exchange = call(method, path);

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(exchange.answered("Content-Type")).isEqualTo("application/problem+json");
        assertThat(notifications.unread()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/notifications",
                "GET /api/notifications/preferences",
                "POST /api/notifications/read",
                "POST /api/notifications/test"
            })
    void withoutTheServiceItIsUnavailable(String call) throws Exception {
        String[] parts = call.split(" ");
        FakeExchange exchange = new FakeExchange(parts[0], parts[1]).servletPath("/api/notifications");

        new NotificationsServlet(null).service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(exchange.text()).contains("\"code\":\"notifications-unavailable\"");
    }

    private FakeExchange put(String json) throws Exception {
        return service(new FakeExchange("PUT", "/api/notifications/preferences").json(json));
    }

    private FakeExchange call(String method, String path) throws Exception {
        return service(new FakeExchange(method, path));
    }

    private FakeExchange service(FakeExchange exchange) throws Exception {
        exchange.servletPath("/api/notifications");
        new NotificationsServlet(notifications).service(exchange.request(), exchange.response());
        return exchange;
    }
}
