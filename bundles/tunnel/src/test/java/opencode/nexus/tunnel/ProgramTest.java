package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.NexusException;
import opencode.nexus.process.RealHost;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.cloudflared.StandInCloudflared;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ProgramTest {

    @TempDir
    Path directory;

    private RealHost host;

    @BeforeEach
    void begin() {
        host = new RealHost(new FakeHome(directory.resolve("home")), Map.of());
    }

    @AfterEach
    void end() {
        host.close();
    }

    @Test
    void itIsFoundOnThePathAndTellsItsVersion() throws Exception {
        StandInCloudflared cloudflared = StandInCloudflared.in(directory.resolve("bin"));
        Program program = program("cloudflared", Duration.ofSeconds(60));

        assertThat(program.find()).isEqualTo(new Program.Found(cloudflared.program(), "2026.8.2"));

        Path wrong = Files.writeString(
                directory.resolve("wrong.yml"),
                "ingress:\n  - hostname: a.example.com\n" + "    service: http://127.0.0.1:1\n");
        assertThat(program.objection(program.find(), wrong))
                .hasValueSatisfying(objection -> assertThat(objection).contains("last ingress rule"));
        Path unknown = Files.writeString(
                directory.resolve("unknown.yml"), "ingress:\n  - service: http_status:404\n    colour: red\n");
        assertThat(program.objection(program.find(), unknown)).isPresent();
    }

    @Test
    void anOldOneIsRefusedWithTheWayToANewOne() throws Exception {
        StandInCloudflared.in(directory.resolve("bin")).version("2025.6.0");

        assertThatThrownBy(() -> program("cloudflared", Duration.ofSeconds(60)).find())
                .isInstanceOfSatisfying(NexusException.class, e -> {
                    assertThat(e.code()).isEqualTo("cloudflared-too-old");
                    assertThat(e.getMessage()).contains("2025.6.1").contains("Install it: ");
                });
    }

    @Test
    void oneThatHangsIsEnded() throws Exception {
        StandInCloudflared.in(directory.resolve("bin")).start(StandInCloudflared.Start.HANGS);

        assertCode(program("cloudflared", Duration.ofMillis(300)), "cloudflared-silent");
        assertThat(host.host().find("cloudflared-check")).isEmpty();
    }

    @Test
    void whatIsNoProgramIsNamed() throws Exception {
        assertCode(program("cloudflared", Duration.ofSeconds(1)), "no-cloudflared");
        Path directoryNamedSo = StandInCloudflared.aDirectoryIn(directory.resolve("bin"));
        assertCode(program("cloudflared", Duration.ofSeconds(1)), "no-cloudflared");
        assertCode(program(directoryNamedSo.toString(), Duration.ofSeconds(1)), "cloudflared-unusable");
        Path text = Files.writeString(directory.resolve("text"), "hello");
        assertCode(program(text.toString(), Duration.ofSeconds(1)), "cloudflared-unusable");
        Path other = Files.writeString(directory.resolve("other"), "#!/bin/sh\necho hello\n");
        assertThat(other.toFile().setExecutable(true)).isTrue();
        assertCode(program(other.toString(), Duration.ofSeconds(30)), "cloudflared-unusable");
    }

    @Test
    void versionsAreComparedByNumber() {
        assertThat(Program.isOlder("2025.6.0", Program.FLOOR)).isTrue();
        assertThat(Program.isOlder("2024.12.2", Program.FLOOR)).isTrue();
        assertThat(Program.isOlder("2025.6.1", Program.FLOOR)).isFalse();
        assertThat(Program.isOlder("2025.10.0", Program.FLOOR)).isFalse();
    }

    private Program program(String command, Duration limit) {
        return new Program(command, name -> directory.resolve("bin").toString(), host.host(), directory, limit);
    }

    private static void assertCode(Program program, String code) {
        assertThatThrownBy(program::find).isInstanceOfSatisfying(NexusException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }
}
