package opencode.nexus.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.RecordingHub;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A list that the owner emptied is empty, and not the default: as with a kind of notification that goes nowhere. */
class EmptyListsTest {
    private static final String GROUP = "notify";
    private static final String PID = "opencode.nexus.notify";

    @TempDir
    Path base;

    private final MemoryConfigurations admin = new MemoryConfigurations();
    private final RecordingHub hub = new RecordingHub();
    private Path file;
    private FileSettings settings;

    @BeforeEach
    void begin() throws IOException {
        file = Files.createDirectories(base.resolve("etc")).resolve(PID + ".cfg");
        restart();
    }

    @Test
    void whatIsEmptiedStaysEmptyOverRestarts() throws IOException {
        assertThat(told("failed")).containsExactly("app", "desktop");

        assertThat(settings.change(GROUP, Map.of("failed", List.of())).values())
                .containsEntry("failed", List.of())
                .containsEntry("finished", List.of("app"));

        assertThat(told("failed")).isEmpty();
        assertThat(hub.published("settings").get(0).data()).contains("\"failed\":[]");
        assertThat(Files.readString(file)).contains("failed = \n");
        for (int start = 0; start < 3; start++) {
            restart();
            assertThat(settings.group(GROUP).values()).containsEntry("failed", List.of());
            assertThat(settings.group(GROUP).problem()).isNull();
            assertThat(told("failed")).isEmpty();
            assertThat(told("finished")).containsExactly("app");
        }
    }

    @Test
    void whatIsEmptiedCanBeFilledAgainAndSetBackToItsDefault() {
        settings.change(GROUP, Map.of("failed", List.of()));
        settings.change(GROUP, Map.of("failed", List.of("desktop")));
        restart();
        assertThat(told("failed")).containsExactly("desktop");

        settings.change(GROUP, Map.of("failed", List.of()));
        Map<String, Object> standard = new HashMap<>();
        standard.put("failed", null);
        settings.change(GROUP, standard);
        restart();
        assertThat(told("failed")).containsExactly("app", "desktop");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "failed =",
                "failed = ",
                "failed: ",
                "failed = [ ]",
                "failed = []",
                "failed = ,",
                "failed = [ \\\n]"
            })
    void anEditorEmptiesItInEverySpelling(String line) throws IOException {
        Files.writeString(file, line + "\n");

        restart();

        assertThat(settings.group(GROUP).problem()).isNull();
        assertThat(told("failed")).isEmpty();
        assertThat(told("finished")).containsExactly("app");
    }

    /** What the component is given. */
    private List<String> told(String name) {
        return List.of((String[]) admin.value(PID, name));
    }

    private void restart() {
        settings = new FileSettings(file.getParent(), new FakeHome(base), admin, hub, new ArrayList<Runnable>()::add);
        settings.described(
                7,
                Sample.read(
                        Sample.xml(
                                GROUP,
                                """
                                <AD id="finished" type="String" cardinality="2147483647" default="app"/>
                                <AD id="failed" type="String" cardinality="2147483647" default="app,desktop"/>
                                """)));
    }
}
