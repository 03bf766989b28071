package opencode.nexus.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real limit of open files that is really reached. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FewDescriptorsTest {
    @TempDir
    Path directory;

    @Test
    void withoutAFreeDescriptorNothingIsLostAndAllGoesOnAfterwards() throws Exception {
        Process gateway = new ProcessBuilder(
                        "/bin/sh",
                        "-c",
                        "ulimit -n 100 && exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FewDescriptors.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        List<String> all;
        try (BufferedReader out = gateway.inputReader()) {
            all = out.lines().toList();
        } finally {
            gateway.destroyForcibly();
        }

        List<String> said = all.stream()
                .filter(line -> line.startsWith("> "))
                .map(line -> line.substring(2))
                .toList();
        assertThat(said)
                .as(String.join("\n", all))
                .containsExactly(
                        "taken true",
                        "old true true",
                        "new true true",
                        "again already-running new is running already.",
                        "other cannot-start sh cannot be started: the system refuses (Too many open files).",
                        "command cannot-start true cannot be started: the system refuses (Too many open files).",
                        "lines []",
                        "usage null",
                        "stopped false",
                        "record true",
                        "watched true",
                        "end true true",
                        "forgotten true");
        // Told once each, however often it was tried.
        assertThat(all.stream().filter(line -> line.contains("ERROR"))).isEmpty();
    }
}
