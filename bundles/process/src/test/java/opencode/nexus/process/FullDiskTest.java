package opencode.nexus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.TinyDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.util.converter.Converters;

/** A real disk that is really full. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FullDiskTest {
    @TempDir
    Path base;

    @TempDir
    Path elsewhere;

    private final List<LocalProcessHost> hosts = new ArrayList<>();
    private TinyDisk disk;
    private Path record;

    @BeforeEach
    void mount() {
        try {
            disk = TinyDisk.mount(base);
        } catch (IOException e) {
            abort("no disk can be mounted here: " + e.getMessage());
        }
        record = base.resolve("process/opencode.json");
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) {
            hosts.forEach(LocalProcessHost::close);
            disk.close();
        }
    }

    @Test
    void aChildIsStartedWatchedAndEnded() throws Exception {
        LocalProcessHost host = host();
        disk.fill();

        ChildProcess child = host.start(script("echo lost; trap 'exit 3' TERM; while :; do sleep 0.05; done"));

        assertThat(host.find("opencode")).containsSame(child);
        assertThat(child.lastLines(9)).isEmpty();
        assertThat(child.usage().rssBytes()).isPositive();
        assertThat(base.resolve("process")).isDirectoryNotContaining("glob:**.new");
        child.stop(Duration.ofSeconds(60));
        assertThat(child.onExit().get(60, TimeUnit.SECONDS)).isEqualTo(3);
        assertThat(host.find("opencode")).isEmpty();
        assertThat(host.start(script("exit 4")).onExit().get(60, TimeUnit.SECONDS))
                .isEqualTo(4);
    }

    @Test
    void theRecordFollowsAsSoonAsThereIsRoom() throws Exception {
        LocalProcessHost host = host();
        disk.fill();
        ChildProcess child = host.start(script("exec sleep 1000"));
        assertThat(record).doesNotExist();

        disk.free();
        Wait.until("there is a record", () -> Files.exists(record));

        assertThat(host().find("opencode")).get().returns(child.pid(), ChildProcess::pid);
    }

    @Test
    void aChildWithoutARecordIsEndedByTheNextGatewayAndNoOther() throws Exception {
        disk.fill();
        ChildProcess child = host().start(script("exec sleep 1000"));
        Process stranger = new ProcessBuilder("sleep", "1000").start();
        try {
            LocalProcessHost next = host();

            Wait.until("it has ended", () -> !child.isAlive());
            assertThat(next.find("opencode")).isEmpty();
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void aRecordOfOneThatHasEndedIsNotWrittenLate() throws Exception {
        LocalProcessHost host = host();
        disk.fill();
        host.start(script("exit 4")).onExit().get(60, TimeUnit.SECONDS);
        disk.free();

        ChildProcess second = host.start(script("exec sleep 1000"));

        assertThat(Files.readString(record)).contains("\"pid\":" + second.pid() + ",");
    }

    @Test
    void moreOutputThanTheDiskHoldsIsCutInTime() throws Exception {
        ChildProcess child = host().start(
                        script(
                                """
                for i in $(seq 150); do yes 0123456789 | head -n 1000; sleep 0.02; done
                echo the end; exec sleep 1000"""));

        Wait.until("it has written", () -> child.lastLines(1).contains("the end"));

        assertThat(child.lastLines(2)).containsExactly("0123456789", "the end");
        assertThat(Files.size(child.output())).isLessThanOrEqualTo(1_000_000);
    }

    private LocalProcessHost host() {
        LocalProcessHost host = new LocalProcessHost(
                Converters.standardConverter()
                        .convert(Map.of("outputCheckMillis", 10, "maxOutputBytes", 100_000))
                        .to(LocalProcessHost.Config.class),
                new FakeHome(base),
                () -> true);
        hosts.add(host);
        return host;
    }

    private ProcessSpec script(String script) {
        return new ProcessSpec("opencode", List.of("sh", "-c", script), elsewhere, Map.of(), Set.of(), Map.of());
    }
}
