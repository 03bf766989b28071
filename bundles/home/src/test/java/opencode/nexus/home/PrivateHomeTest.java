package opencode.nexus.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateHomeTest {
    @TempDir
    Path base;

    private final List<PrivateHome> open = new ArrayList<>();

    @AfterEach
    void closeHomes() {
        open.forEach(PrivateHome::close);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        PrivateHome home = home();
        Path file = home.directory("auth").resolve("owner.json");

        home.write(file, bytes("first"));
        home.write(file, bytes("second, longer"));

        assertThat(home.read(file)).contains(bytes("second, longer"));
        assertThat(base.resolve("state/auth")).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aFileThatIsNotThereReadsAsNothing() {
        PrivateHome home = home();

        assertThat(home.read(home.directory("auth").resolve("none"))).isEmpty();
    }

    @Test
    void nobodyElseMayLookEvenWithAnOpenUmask() throws Exception {
        Process other = otherGateway();
        try (BufferedReader out = other.inputReader()) {
            assertThat(answer(out)).isEqualTo("active");
        } finally {
            end(other);
        }

        assertThat(permissions("state")).isEqualTo("rwx------");
        assertThat(permissions("state/other")).isEqualTo("rwx------");
        assertThat(permissions("state/other/file")).isEqualTo("rw-------");
        assertThat(permissions("state/lock")).isEqualTo("rw-------");
    }

    @Test
    void aDirectoryThatStoodOpenIsClosed() throws Exception {
        PrivateHome home = home();
        Path directory = home.directory("auth");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

        home.directory("auth");

        assertThat(permissions("state/auth")).isEqualTo("rwx------");
    }

    @Test
    void theOldContentStaysWhenTheDiskRefuses() throws Exception {
        PrivateHome home = home();
        Path file = home.directory("auth").resolve("owner.json");
        home.write(file, bytes("old"));
        Files.createDirectories(file.resolveSibling("owner.json.new/in-the-way"));

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> home.write(file, bytes("new")))
                .returns("home-not-writable", NexusException::code)
                .returns(NexusException.Kind.UNAVAILABLE, NexusException::kind);
        assertThat(home.read(file)).contains(bytes("old"));
    }

    @Test
    void theRemainsOfACrashAreReplaced() throws Exception {
        PrivateHome home = home();
        Path file = home.directory("auth").resolve("owner.json");
        home.write(file, bytes("old"));
        Files.write(file.resolveSibling("owner.json.new"), bytes("half a fi"));

        assertThat(home.read(file)).contains(bytes("old"));
        home.write(file, bytes("new"));

        assertThat(home.read(file)).contains(bytes("new"));
    }

    @Test
    void aFileThatCannotBeReadIsNotTakenForAMissingOne() {
        PrivateHome home = home();

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> home.read(home.directory("auth")))
                .returns("home-not-readable", NexusException::code);
    }

    @Test
    void aReaderNeverSeesHalfAFile() throws Exception {
        PrivateHome home = home();
        Path file = home.directory("auth").resolve("owner.json");
        byte[] longer = bytes("a".repeat(200_000));
        byte[] shorter = bytes("b".repeat(100_000));
        home.write(file, longer);
        ExecutorService writers = Executors.newFixedThreadPool(2);
        try {
            Future<?> one = writers.submit(() -> writeOften(home, file, longer));
            Future<?> two = writers.submit(() -> writeOften(home, file, shorter));

            while (!one.isDone() || !two.isDone()) {
                assertThat(home.read(file).orElseThrow()).isIn(longer, shorter);
            }
            one.get();
            two.get();
        } finally {
            writers.shutdownNow();
        }
    }

    @Test
    void anInterruptedThreadStillWritesAndReads() {
        PrivateHome home = home();
        Path file = home.directory("auth").resolve("owner.json");

        Thread.currentThread().interrupt();
        home.write(file, bytes("written"));

        assertThat(home.read(file)).contains(bytes("written"));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void nothingIsWrittenOutside() {
        PrivateHome home = home();

        assertThatIllegalArgumentException().isThrownBy(() -> home.directory("../escape"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> home.write(home.directory("auth").resolve("../../escape"), bytes("x")));
        assertThat(base.resolve("escape")).doesNotExist();
    }

    @Test
    void theOwnersSettingsInEtcAreWrittenWholeToo() throws Exception {
        Path etc = Files.createDirectories(base.resolve("etc"));
        PrivateHome home = home();

        home.write(etc.resolve("opencode.nexus.web.cfg"), bytes("hosts = nexus.example"));

        assertThat(etc.resolve("opencode.nexus.web.cfg")).hasContent("hosts = nexus.example");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> home.write(etc.resolve("../etc2/opencode.nexus.web.cfg"), bytes("x")));
    }

    @Test
    void aSecondGatewayInThisProcessIsRefused() throws Exception {
        PrivateHome first = home();

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(this::home)
                .withMessageContaining(base.toString())
                .withMessageContaining(Long.toString(ProcessHandle.current().pid()))
                .returns("home-in-use", NexusException::code);

        first.close();
        assertThat(home().directory("auth")).isDirectory();
    }

    @Test
    void aSecondGatewayInAnotherProcessIsRefused() throws Exception {
        home();

        Process other = otherGateway();
        try (BufferedReader out = other.inputReader()) {
            assertThat(answer(out)).isEqualTo("home-in-use");
        } finally {
            end(other);
        }
    }

    @Test
    void aKilledGatewayLeavesTheHomeFree() throws Exception {
        Process other = otherGateway();
        try (BufferedReader out = other.inputReader()) {
            assertThat(answer(out)).isEqualTo("active");
            assertThatExceptionOfType(NexusException.class).isThrownBy(this::home);
        } finally {
            end(other);
        }

        assertThat(home().directory("auth")).isDirectory();
    }

    private PrivateHome home() {
        PrivateHome home = new PrivateHome(base);
        open.add(home);
        return home;
    }

    private Process otherGateway() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "umask 000; exec \"$@\"",
                        "sh",
                        java,
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherGateway.class.getName(),
                        base.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What the other gateway says, between the lines of its log. */
    private static String answer(BufferedReader out) throws IOException {
        String line = out.readLine();
        while (line != null && !line.startsWith("> ")) {
            line = out.readLine();
        }
        return line == null ? "nothing" : line.substring(2);
    }

    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private String permissions(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(base.resolve(path)));
    }

    private static void writeOften(PrivateHome home, Path file, byte[] content) {
        for (int i = 0; i < 100; i++) {
            home.write(file, content);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
