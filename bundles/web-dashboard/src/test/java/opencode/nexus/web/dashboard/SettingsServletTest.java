package opencode.nexus.web.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.api.settings.Settings.Type;
import opencode.nexus.testkit.FakeExchange;
import opencode.nexus.testkit.FakeSettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsServletTest {
    private final FakeSettings settings = new FakeSettings();

    @BeforeEach
    void fill() {
        settings.add(new Group(
                "tunnel",
                "Nexus: tunnel",
                List.of(
                        new Setting("port", "Local port", Type.INTEGER, false, 0, 0.0, 65_535.0, List.of(), false),
                        new Setting("factor", "A factor", Type.DECIMAL, false, 1.5, 0.5, null, List.of(), false),
                        new Setting("hosts", "Names", Type.TEXT, true, List.of(), null, null, List.of("a", "b"), false),
                        new Setting("token", "Secret", Type.TEXT, false, "", null, null, List.of(), true)),
                Map.of("port", 4096, "factor", 2.5, "hosts", List.of("a"), "token", "hunter2"),
                "tunnel.cfg was put aside."));
    }

    @Test
    void everyGroupIsToldWithWhatItsFieldsMean() throws Exception {
        FakeExchange exchange = call("GET", "/api/settings", null);

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text())
                .isEqualTo(
                        "[{\"name\":\"tunnel\",\"title\":\"Nexus: tunnel\",\"problem\":\"tunnel.cfg was put aside.\","
                                + "\"fields\":["
                                + "{\"name\":\"port\",\"description\":\"Local port\",\"type\":\"integer\",\"list\":false,"
                                + "\"standard\":0,\"min\":0,\"max\":65535,\"choices\":[]},"
                                + "{\"name\":\"factor\",\"description\":\"A factor\",\"type\":\"decimal\",\"list\":false,"
                                + "\"standard\":1.5,\"min\":0.5,\"choices\":[]},"
                                + "{\"name\":\"hosts\",\"description\":\"Names\",\"type\":\"text\",\"list\":true,"
                                + "\"standard\":[],\"choices\":[\"a\",\"b\"]},"
                                + "{\"name\":\"token\",\"description\":\"Secret\",\"type\":\"text\",\"list\":false,"
                                + "\"choices\":[],\"secret\":true}],"
                                + "\"values\":{\"port\":4096,\"factor\":2.5,\"hosts\":[\"a\"],\"tokenSet\":true}}]");
    }

    @Test
    void aTextOfSeveralLinesIsToldAsSuch() throws Exception {
        settings.add(new Group(
                "chat",
                "Nexus: conversations",
                List.of(new Setting(
                        "continuePrompt", "Sent", Type.TEXT, false, "Go on.", 1.0, 9.0, List.of(), false, true)),
                Map.of("continuePrompt", "Go\non."),
                null));

        assertThat(call("GET", "/api/settings", null).text())
                .contains("{\"name\":\"continuePrompt\",\"description\":\"Sent\",\"type\":\"text\",\"list\":false,"
                        + "\"standard\":\"Go on.\",\"min\":1,\"max\":9,\"choices\":[],\"lines\":true}")
                .contains("{\"continuePrompt\":\"Go\\non.\"}");
    }

    @Test
    void oneGroupIsItsValues() throws Exception {
        assertThat(call("GET", "/api/settings/tunnel", null).text())
                .isEqualTo("{\"port\":4096,\"factor\":2.5,\"hosts\":[\"a\"],\"tokenSet\":true}");
    }

    @Test
    void whatIsGivenIsChangedAndAllIsAnswered() throws Exception {
        FakeExchange exchange = call("PUT", "/api/settings/tunnel", "{\"port\":1,\"hosts\":[\"b\"],\"factor\":null}");

        assertThat(exchange.status()).isEqualTo(200);
        assertThat(exchange.text()).isEqualTo("{\"port\":1,\"factor\":1.5,\"hosts\":[\"b\"],\"tokenSet\":true}");
        Map<String, @Nullable Object> asked = new HashMap<>(Map.of("port", 1, "hosts", List.of("b")));
        asked.put("factor", null);
        assertThat(settings.changes).containsExactly(asked);
    }

    @Test
    void aPageMaySendBackWhatItGot() throws Exception {
        call(
                "PUT",
                "/api/settings/tunnel",
                call("GET", "/api/settings/tunnel", null).text());

        assertThat(settings.changes).containsExactly(Map.of("port", 4096, "factor", 2.5, "hosts", List.of("a")));
        assertThat(settings.group("tunnel").values()).containsEntry("token", "hunter2");
    }

    @Test
    void aSecretIsTakenAndNotGivenOut() throws Exception {
        FakeExchange exchange = call("PUT", "/api/settings/tunnel", "{\"token\":\"other\"}");

        assertThat(settings.group("tunnel").values()).containsEntry("token", "other");
        assertThat(exchange.text()).doesNotContain("other").contains("\"tokenSet\":true");
        assertThat(call("PUT", "/api/settings/tunnel", "{\"token\":null}").text())
                .contains("\"tokenSet\":false");
    }

    @Test
    void aListOfSecretsIsToldByItsNames() throws Exception {
        settings.add(new Group(
                "server",
                "Nexus: server",
                List.of(new Setting(
                        "environment", "Variables", Type.TEXT, true, List.of(), null, null, List.of(), true)),
                Map.of("environment", List.of("KEY=" + Settings.MASK)),
                null));

        assertThat(call("GET", "/api/settings/server", null).text()).isEqualTo("{\"environment\":[\"KEY=••••\"]}");
        call("PUT", "/api/settings/server", "{\"environment\":[\"KEY=••••\",\"B=1\"]}");
        assertThat(settings.changes).containsExactly(Map.of("environment", List.of("KEY=••••", "B=1")));
    }

    @Test
    void eachWrongFieldIsNamed() throws Exception {
        settings.refuse(NexusException.invalid(List.of(
                new NexusException.Field("port", "must be a whole number"),
                new NexusException.Field("prot", "is none"))));

        FakeExchange exchange = call("PUT", "/api/settings/tunnel", "{\"port\":\"x\",\"prot\":1}");

        assertThat(exchange.status()).isEqualTo(422);
        assertThat(exchange.text())
                .contains("\"errors\":[{\"field\":\"port\",\"message\":\"must be a whole number\"},"
                        + "{\"field\":\"prot\",\"message\":\"is none\"}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "[]", "7", "null", "{\"port\":1,\"port\":2}", "{\"port\":1}x", "{\"token\":\"\\ud83d\"}"})
    void whatIsNoObjectIsRefused(String body) throws Exception {
        FakeExchange exchange = call("PUT", "/api/settings/tunnel", body);

        assertThat(exchange.status()).isIn(400, 422);
        assertThat(settings.changes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/settings/nothing",
        "PUT, /api/settings/nothing",
        "GET, /api/settings/tunnel/port",
        "PUT, /api/settings"
    })
    void thereIsNothingElse(String method, String path) throws Exception {
        FakeExchange exchange = call(method, path, method.equals("PUT") ? "{}" : null);

        assertThat(exchange.status()).isEqualTo(404);
        assertThat(settings.changes).isEmpty();
    }

    @Test
    void withoutTheSettingsItIsUnavailable() throws Exception {
        FakeExchange exchange = new FakeExchange("GET", "/api/settings").servletPath("/api/settings");

        new SettingsServlet(null).service(exchange.request(), exchange.response());

        assertThat(exchange.status()).isEqualTo(503);
        assertThat(exchange.text()).contains("\"code\":\"settings-unavailable\"");
    }

    private FakeExchange call(String method, String path, @Nullable String body) throws Exception {
        FakeExchange exchange = new FakeExchange(method, path).servletPath("/api/settings");
        if (body != null) {
            exchange.json(body);
        }
        new SettingsServlet(settings).service(exchange.request(), exchange.response());
        return exchange;
    }
}
