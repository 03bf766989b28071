package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleKeyTest {
    @TempDir
    Path etc;

    @Test
    void theKeyIsMadeOnceAndReadableByTheOwnerOnly() throws Exception {
        Files.writeString(etc.resolve("keys.properties"), "# kept\nother = AAAA,_g_:nexusgroup\n");

        ConsoleKey.ensure(etc);
        String first = Files.readString(etc.resolve("console.key"));
        ConsoleKey.ensure(etc);

        assertThat(Files.readString(etc.resolve("console.key")))
                .isEqualTo(first)
                .startsWith("-----BEGIN PRIVATE KEY-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(etc.resolve("console.key"))))
                .isEqualTo("rw-------");
        assertThat(Files.readAllLines(etc.resolve("keys.properties")))
                .contains("# kept", "other = AAAA,_g_:nexusgroup")
                .filteredOn(line -> line.startsWith("nexus = "))
                .hasSize(1);
    }

    @Test
    void aLostKeyIsMadeAnewTogetherWithItsLine() throws Exception {
        ConsoleKey.ensure(etc);
        String before = line();
        Files.delete(etc.resolve("console.key"));

        ConsoleKey.ensure(etc);

        assertThat(line()).isNotEqualTo(before);
        byte[] blob =
                Base64.getDecoder().decode(line().substring("nexus = ".length()).split(",")[0]);
        assertThat(new String(blob, 4, 7, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("ssh-rsa");
    }

    private String line() throws Exception {
        return Files.readAllLines(etc.resolve("keys.properties")).stream()
                .filter(line -> line.startsWith("nexus = "))
                .findFirst()
                .orElseThrow();
    }
}
