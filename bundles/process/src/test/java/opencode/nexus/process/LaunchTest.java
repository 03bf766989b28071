package opencode.nexus.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchTest {
    @TempDir
    Path directory;

    @Test
    void aChildInheritsWhatConcernsItAndNothingElse() throws Exception {
        Launch launch = new Launch(Map.of(
                "PATH", System.getenv("PATH"),
                "KEPT", "kept",
                "REPLACED", "old",
                "JAVA_TOOL_OPTIONS", "",
                "KARAF_BASE", "own",
                "NEXUS_HOME", "own",
                "OPENCODE_CONFIG", "withheld",
                "OPENCODE", "not by the prefix",
                "SECRET", "withheld",
                "SECRET_NOT", "kept"));

        List<String> lines = run(
                launch,
                new ProcessSpecs("env")
                        .environment(Map.of("REPLACED", "new", "NEXUS_GIVEN", "given"))
                        .withheld(Set.of("OPENCODE_*", "SECRET")));

        assertThat(lines)
                .contains("KEPT=kept", "REPLACED=new", "NEXUS_GIVEN=given", "SECRET_NOT=kept", "JAVA_TOOL_OPTIONS=")
                .contains("OPENCODE=not by the prefix")
                .noneMatch(line -> line.endsWith("=own") || line.endsWith("=withheld") || line.endsWith("=old"));
    }

    @Test
    void theProgramIsLookedUpOnThePathOfTheGateway() throws Exception {
        program(directory.resolve("bin"), "greet", "echo from the gateway");
        program(directory.resolve("other"), "greet", "echo from elsewhere");
        Launch launch = new Launch(Map.of("PATH", "/nowhere:" + directory.resolve("bin")));

        List<String> lines = run(
                launch,
                new ProcessSpecs("greet")
                        .environment(Map.of("PATH", directory.resolve("other").toString())));

        assertThat(lines).containsExactly("from the gateway");
    }

    @Test
    void aRelativeProgramIsLookedUpInItsDirectory() throws Exception {
        program(directory.resolve("bin"), "greet", "echo \"$1\"");

        assertThat(run(new Launch(Map.of()), new ProcessSpecs("bin/greet", "an argument with 'quotes'")))
                .containsExactly("an argument with 'quotes'");
    }

    private List<String> run(Launch launch, ProcessSpecs specs) throws Exception {
        Path output = Files.createFile(directory.resolve("output"));
        assertThat(launch.start(specs.in(directory), output, Mark.fresh()).waitFor())
                .isZero();
        return Files.readAllLines(output);
    }

    private static void program(Path directory, String name, String script) throws Exception {
        Files.createDirectories(directory);
        Path file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
