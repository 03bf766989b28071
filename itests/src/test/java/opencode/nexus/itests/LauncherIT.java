package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher: what it says when something is in the way, and its other commands. */
class LauncherIT {
    @TempDir
    Path directory;

    @Test
    void aTakenPortIsNamedTogetherWithTheRemedy() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Nexus.Output output = run("--port", Integer.toString(taken.getLocalPort()));
            assertThat(output.exit()).isEqualTo(1);
            assertThat(output.text()).contains("port " + taken.getLocalPort() + " is taken", "--port");
        }
    }

    @Test
    void aHomeThatCannotBeWrittenIsNamedTogetherWithTheRemedy() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");
        Nexus.Output output = run("--home", file.resolve("home").toString());
        assertThat(output.exit()).isEqualTo(1);
        assertThat(output.text()).contains("home", "--home");
    }

    @Test
    void badOptionsAreRefusedByName() throws Exception {
        assertThat(run("--port", "eighty").text()).contains("--port wants a number");
        assertThat(run("--port", "70000").text()).contains("--port wants a number");
        assertThat(run("--port").text()).contains("--port wants a value");
        assertThat(run("--colour", "red").text()).contains("no option --colour");
        assertThat(run("--workspace", "/nowhere/at/all").text()).contains("no directory /nowhere/at/all");
        assertThat(run("--opencode", "/nowhere/opencode").text()).contains("no program /nowhere/opencode");
    }

    @Test
    void withoutJavaOrWithoutOpenCodeAndNpmItSaysWhatToInstall() throws Exception {
        Path tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : List.of(
                "bash",
                "sh",
                "cat",
                "dirname",
                "basename",
                "mkdir",
                "rm",
                "sed",
                "head",
                "grep",
                "ps",
                "env",
                "cksum")) {
            for (String place : List.of("/usr/bin/", "/bin/")) {
                Path link = tools.resolve(tool);
                if (Files.exists(Path.of(place + tool)) && !Files.exists(link)) {
                    Files.createSymbolicLink(link, Path.of(place + tool));
                }
            }
        }
        Map<String, String> bare = Map.of("PATH", tools.toString(), "JAVA_HOME", "");
        assertThat(Nexus.command(directory.resolve("home"), bare, "run").text()).contains("no Java", "JDK 17");
        Map<String, String> withJava = Map.of("PATH", tools.toString(), "JAVA_HOME", System.getProperty("java.home"));
        Nexus.Output output =
                Nexus.command(directory.resolve("home"), withJava, "run", "--port", Integer.toString(Nexus.freePort()));
        assertThat(output.text()).contains("OpenCode was not found", "npm", "--opencode");
        assertThat(output.exit()).isEqualTo(1);
    }

    @Test
    void aSecondNexusOnTheSameHomeIsRefusedAndTheCommandsTellWhatRuns() throws Exception {
        try (TestBed bed = TestBed.stub()) {
            Path home = bed.directory("home");
            assertThat(Nexus.command(home, Map.of(), "status").text()).contains("not running");
            Nexus.Setup setup = bed.setup(home).with("NEXUS_CDS", "0");
            try (Nexus nexus = Nexus.run(setup)) {
                Nexus.Output second =
                        Nexus.command(home, Map.of(), "run", "--port", Integer.toString(Nexus.freePort()));
                assertThat(second.exit()).isEqualTo(1);
                assertThat(second.text())
                        .contains("another Nexus (pid " + nexus.handle().pid() + ")", "--home");

                Owner owner = Owner.setUp(nexus);
                owner.awaitServer();
                awaitConsoleKey(home);
                Nexus.Output status = Nexus.command(home, Map.of(), "status");
                assertThat(status.text())
                        .contains("pid " + nexus.handle().pid(), "server    running", "owner     set up");
                assertThat(status.exit()).isZero();
                Nexus.Output features =
                        Nexus.command(home, Map.of(), "console", "--", "feature:list", "-i", "--no-format");
                assertThat(features.text()).contains("nexus-chat", "nexus-streaming", "nexus-shell");
                assertThat(Nexus.command(home, Map.of(), "console", "--", "nexus:setup-code")
                                .text())
                        .contains("There is an owner already");
                assertThat(Nexus.command(home, Map.of(), "stop").text()).contains("Stopped");
                nexus.awaitExit();
            }
            assertThat(Nexus.command(home, Map.of(), "status").text()).contains("not running");
        }
    }

    @Test
    void theLockRefusesASecondNexusAlsoWhenTheLaunchersNoteIsGone() throws Exception {
        try (TestBed bed = TestBed.stub()) {
            Path home = bed.directory("home");
            try (Nexus first = Nexus.run(bed.setup(home).with("NEXUS_CDS", "0"))) {
                Files.delete(home.resolve("data/nexus.pid"));
                try (Nexus second = Nexus.launch(bed.setup(home).with("NEXUS_CDS", "0"))) {
                    second.awaitExit();
                    assertThat(second.output()).anyMatch(line -> line.contains(home.toString()));
                    assertThat(second.output()).noneMatch(line -> line.contains("is ready"));
                }
                assertThat(new Owner(first.uri("/")).get("/api/health").status())
                        .isEqualTo(200);
            }
        }
    }

    private Nexus.Output run(String... options) throws Exception {
        String[] words = new String[options.length + 1];
        words[0] = "run";
        System.arraycopy(options, 0, words, 1, options.length);
        return Nexus.command(directory.resolve("home"), Map.of(), words);
    }

    private static void awaitConsoleKey(Path home) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!Files.exists(home.resolve("etc/console.key")) && System.nanoTime() < end) {
            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
        }
        assertThat(home.resolve("etc/console.key")).exists();
    }
}
