package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.api.settings.Settings.Type;
import opencode.nexus.testkit.FakeSettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SettingsCommandsTest {
    private final FakeSettings settings = new FakeSettings();

    @BeforeEach
    void fill() {
        settings.add(new Group(
                "web",
                "Nexus: web",
                List.of(
                        new Setting("hosts", "Host names", Type.TEXT, true, List.of(), null, null, List.of(), false),
                        new Setting("port", "The port", Type.INTEGER, false, 0, 0.0, 65_535.0, List.of(), false),
                        new Setting("open", "Whether", Type.BOOLEAN, false, true, null, null, List.of(), false),
                        new Setting("token", "Secret", Type.TEXT, false, "", null, null, List.of(), true)),
                Map.of("hosts", List.of("a", "b"), "port", 1, "open", true, "token", "hunter2"),
                "web.cfg was put aside."));
    }

    @Test
    void allGroupsAreShownWithTheirProblems() {
        assertThat(settings(null))
                .isEqualTo(
                        """
                web - Nexus: web
                  ! web.cfg was put aside.
                  hosts = a, b
                  port = 1
                  open = true
                  token = (set)
                """);
    }

    @Test
    void oneGroupIsShownWithWhatItMeans() {
        assertThat(settings("web"))
                .contains("      Host names (list of text)\n")
                .contains("      The port (integer, from 0 to 65535, else 0)\n")
                .contains("      Secret (text)\n")
                .doesNotContain("hunter2");
        assertThat(settings("wbe")).contains("There are no such settings.");
    }

    @Test
    void aListOfSecretsIsShownByItsNames() {
        settings.add(new Group(
                "server",
                "Nexus: server",
                List.of(new Setting(
                        "environment", "Variables", Type.TEXT, true, List.of(), null, null, List.of(), true)),
                Map.of("environment", List.of("KEY=" + Settings.MASK, "B=" + Settings.MASK)),
                null));

        assertThat(settings("server")).contains("  environment = KEY=••••, B=••••\n");
        set("server", "environment", "KEY=••••", "C=1");
        assertThat(settings.changes).containsExactly(Map.of("environment", List.of("KEY=••••", "C=1")));
    }

    @Test
    void wordsBecomeWhatTheSettingWants() {
        set("web", "port", "8080");
        set("web", "open", "false");
        set("web", "hosts", "a", "b c");
        set("web", "token", "two", "words");
        set("web", "port", "many");
        set("web", "none", "1");

        assertThat(settings.changes)
                .containsExactly(
                        Map.of("port", new BigDecimal(8080)),
                        Map.of("open", false),
                        Map.of("hosts", List.of("a", "b c")),
                        Map.of("token", "two words"),
                        Map.of("port", "many"),
                        Map.of("none", "1"));
    }

    @Test
    void withoutAValueItIsTheDefault() {
        assertThat(set("web", "port")).contains("port = 0");
        assertThat(settings.changes).containsExactly(Collections.singletonMap("port", null));
    }

    @Test
    void severalThatBelongTogetherAreChangedAtOnce() {
        set("web", "port=8080", "open=true", "token=a=b", "hosts=");

        assertThat(settings.changes).singleElement().satisfies(change -> assertThat(change)
                .containsEntry("port", new BigDecimal(8080))
                .containsEntry("open", true)
                .containsEntry("token", "a=b")
                .containsEntry("hosts", null)
                .hasSize(4));
        assertThat(set("web", "port=8080", "open"))
                .isEqualTo("Nothing was changed.\nopen: must be name=value, as the first one is\n");
        assertThat(settings.changes).hasSize(1);
    }

    @Test
    void whatIsWrongIsNamed() {
        settings.refuse(NexusException.invalid("port", "must be a whole number"));

        assertThat(set("web", "port", "many")).isEqualTo("Nothing was changed.\nport: must be a whole number\n");
        assertThat(set("wbe", "port", "1")).contains("There are no such settings.");
    }

    @Test
    void withoutTheSettingsItSaysSo() {
        assertThat(printed(out -> new SettingsCommand().print(out))).contains("feature:install nexus-settings");
        assertThat(printed(out -> new SetCommand().print(out))).contains("feature:install nexus-settings");
    }

    private String settings(String group) {
        SettingsCommand command = new SettingsCommand();
        command.settings = settings;
        command.group = group;
        return printed(command::print);
    }

    private String set(String group, String name, String... words) {
        SetCommand command = new SetCommand();
        command.settings = settings;
        command.group = group;
        command.name = name;
        command.words = List.of(words);
        return printed(command::print);
    }

    private static String printed(Consumer<PrintStream> command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        command.accept(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
