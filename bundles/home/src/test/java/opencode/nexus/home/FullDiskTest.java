package opencode.nexus.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import opencode.nexus.api.NexusException;
import opencode.nexus.testkit.TinyDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is really full. */
class FullDiskTest {
    @TempDir
    Path base;

    private TinyDisk disk;
    private PrivateHome home;
    private Path file;

    @BeforeEach
    void mount() {
        try {
            disk = TinyDisk.mount(base);
        } catch (IOException e) {
            abort("no disk can be mounted here: " + e.getMessage());
        }
        home = new PrivateHome(base);
        file = home.directory("auth").resolve("owner.json");
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) {
            home.close();
            disk.close();
        }
    }

    @Test
    void theOldContentStaysAndNothingBesideIt() throws Exception {
        home.write(file, bytes("old"));
        disk.fill();

        for (int content : new int[] {1, 4_096, 100_000}) {
            assertThatExceptionOfType(NexusException.class)
                    .isThrownBy(() -> home.write(file, new byte[content]))
                    .withMessageContaining(file.toString() + " (No space left on device): check the free space")
                    .returns("home-not-writable", NexusException::code)
                    .returns(NexusException.Kind.UNAVAILABLE, NexusException::kind);
        }

        assertThat(home.read(file)).contains(bytes("old"));
        assertThat(file.getParent()).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aFileThatIsTooLargeLeavesRoomForOthers() throws Exception {
        home.write(file, bytes("old"));

        assertThatExceptionOfType(NexusException.class).isThrownBy(() -> home.write(file, new byte[2_000_000]));
        home.write(file.resolveSibling("other.json"), new byte[800_000]);

        assertThat(home.read(file)).contains(bytes("old"));
    }

    @Test
    void withRoomItGoesOn() throws Exception {
        home.write(file, bytes("old"));
        disk.fill();
        assertThatExceptionOfType(NexusException.class).isThrownBy(() -> home.write(file, bytes("new")));

        disk.free();
        home.write(file, bytes("new"));

        assertThat(home.read(file)).contains(bytes("new"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
