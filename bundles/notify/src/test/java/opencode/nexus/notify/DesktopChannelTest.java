package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.testkit.FakeProcessHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DesktopChannelTest {
    private static final String HOSTILE = "\" & (do shell script \"touch /tmp/x\") & \"; $(touch /tmp/x) `id`";

    @TempDir
    Path programs;

    private final FakeProcessHost processes = new FakeProcessHost();

    @ParameterizedTest
    @ValueSource(strings = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"})
    void onLinuxItWantsAProgramAndAScreen(String variable) throws Exception {
        assertThat(channel("Linux", Map.of(variable, ":0")).isAvailable()).isFalse();

        install("notify-send");

        assertThat(channel("Linux", Map.of(variable, ":0")).isAvailable()).isTrue();
        assertThat(channel("Linux", Map.of(variable, "")).isAvailable()).isFalse();
        assertThat(channel("Linux", Map.of()).isAvailable()).isFalse();
    }

    @Test
    void onMacOsItWantsAProgramOnly() throws Exception {
        assertThat(channel("Mac OS X", Map.of()).isAvailable()).isFalse();

        install("osascript");

        assertThat(channel("Mac OS X", Map.of()).isAvailable()).isTrue();
    }

    @Test
    void onWindowsThereIsNone() throws Exception {
        install("notify-send");
        install("osascript");

        assertThat(channel("Windows 11", Map.of("DISPLAY", ":0")).isAvailable()).isFalse();
    }

    @Test
    void aFileThatCannotBeRunIsNoProgram() throws Exception {
        Files.createFile(programs.resolve("notify-send"));

        assertThat(channel("Linux", Map.of("DISPLAY", ":0")).isAvailable()).isFalse();
    }

    @Test
    void aPathThatIsNoPathHurtsNobody() {
        assertThat(new DesktopChannel(processes, "Linux", Map.of("DISPLAY", ":0", "PATH", "::\u0000:nowhere"))
                        .isAvailable())
                .isFalse();
    }

    @Test
    void textsAreArgumentsAndNeverOptionsOrMarkup() {
        channel("Linux", Map.of()).deliver(notification("--hint=x", "<a href='http://evil'>a & b</a>"));

        assertThat(processes.commands)
                .containsExactly(List.of(
                        "notify-send",
                        "--app-name=OpenCode Nexus",
                        "--",
                        "--hint=x",
                        "&lt;a href='http://evil'&gt;a &amp; b&lt;/a&gt;"));
    }

    @Test
    void nothingOfATextIsPartOfTheScript() {
        channel("Mac OS X", Map.of()).deliver(notification(HOSTILE, HOSTILE));

        List<String> command = processes.commands.get(0);
        assertThat(command.subList(0, command.size() - 2)).noneMatch(argument -> argument.contains("touch"));
        assertThat(command.subList(command.size() - 3, command.size()))
                .containsExactly("OpenCode Nexus", HOSTILE, HOSTILE);
    }

    @Test
    void aProgramThatFailsIsNamed() {
        processes.exitWith(1);

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> channel("Linux", Map.of()).deliver(notification("title", "text")))
                .withMessageContaining("notify-send");
    }

    private DesktopChannel channel(String system, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PATH", "/nowhere:" + programs);
        return new DesktopChannel(processes, system, all);
    }

    private void install(String program) throws Exception {
        Files.createFile(
                programs.resolve(program),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static Notification notification(String title, String text) {
        return new Notification("1", Instant.EPOCH, Kind.FAILED, null, title, text, null, 1, null);
    }
}
