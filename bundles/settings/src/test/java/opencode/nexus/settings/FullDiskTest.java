package opencode.nexus.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.RecordingHub;
import opencode.nexus.testkit.TinyDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is really full. */
class FullDiskTest {
    @TempDir
    Path base;

    private final MemoryConfigurations admin = new MemoryConfigurations();
    private TinyDisk disk;
    private Path etc;
    private Path file;
    private FileSettings settings;

    @BeforeEach
    void mount() throws IOException {
        try {
            disk = TinyDisk.mount(base);
        } catch (IOException e) {
            abort("no disk can be mounted here: " + e.getMessage());
        }
        etc = Files.createDirectories(base.resolve("etc"));
        file = etc.resolve("opencode.nexus.opencode.cfg");
        settings = new FileSettings(etc, new FakeHome(base), admin, new RecordingHub(), Runnable::run);
        settings.described(1, List.of(Sample.description()));
        settings.change("opencode", Map.of("port", 1));
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    @Test
    void aChangeIsRefusedAndTheOldValuesStayInForceAndOnTheDisk() throws Exception {
        byte[] before = Files.readAllBytes(file);
        disk.fill();

        NexusException failure = catchThrowableOfType(
                NexusException.class, () -> settings.change("opencode", Map.of("port", 2, "command", "c".repeat(100))));

        assertThat(failure.code()).isEqualTo("not-saved");
        assertThat(failure.kind()).isEqualTo(NexusException.Kind.UNAVAILABLE);
        assertThat(settings.group("opencode").values()).containsEntry("port", 1).containsEntry("command", "opencode");
        assertThat(admin.value(Sample.PID, "port")).isEqualTo(1);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(names()).allMatch(name -> !name.endsWith(".new"));
    }

    @Test
    void looksAndARestartKeepTheValues() throws Exception {
        disk.fill();
        for (int look = 0; look < 5; look++) {
            settings.look();
        }
        FileSettings next = new FileSettings(etc, new FakeHome(base), admin, new RecordingHub(), Runnable::run);
        next.described(1, List.of(Sample.description()));
        next.look();

        assertThat(next.group("opencode").values()).containsEntry("port", 1);
        assertThat(next.group("opencode").problem()).isNull();
    }

    @Test
    void aChangeThatTheComponentCannotBeToldOfIsTakenBackWithoutRoom() throws Exception {
        settings.change("opencode", Map.of("command", "old"));
        byte[] before = Files.readAllBytes(file);
        // As when the file was the last that the disk could take.
        admin.onUpdate(() -> {
            disk.fill();
            throw new IOException("No space left on device");
        });

        NexusException failure =
                catchThrowableOfType(NexusException.class, () -> settings.change("opencode", Map.of("command", "new")));

        assertThat(failure.code()).isEqualTo("not-saved");
        assertThat(settings.group("opencode").values()).containsEntry("command", "old");
        assertThat(admin.value(Sample.PID, "command")).isEqualTo("old");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void withRoomItGoesOn() throws Exception {
        disk.fill();
        catchThrowableOfType(NexusException.class, () -> settings.change("opencode", Map.of("port", 2)));

        disk.free();
        settings.change("opencode", Map.of("port", 3));

        assertThat(admin.value(Sample.PID, "port")).isEqualTo(3);
        assertThat(Files.readString(file)).contains("port = 3");
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> all = Files.walk(base)) {
            return all.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
