package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.testkit.FakeSupervised;
import org.junit.jupiter.api.Test;

class ServerCommandsTest {
    private final FakeSupervised server = new FakeSupervised();

    @Test
    void theyAskForWhatTheyAreCalled() {
        ServerStartCommand start = new ServerStartCommand();
        start.server = server;
        ServerStopCommand stop = new ServerStopCommand();
        stop.server = server;
        ServerRestartCommand restart = new ServerRestartCommand();
        restart.server = server;

        assertThat(output(start)).contains("being started");
        assertThat(output(stop)).contains("being stopped");
        assertThat(output(restart)).contains("started again");
        assertThat(server.asked).containsExactly("start", "stop", "restart");
    }

    @Test
    void theStatusIsOneLine() {
        ServerStatusCommand status = new ServerStatusCommand();
        status.server = server;
        assertThat(output(status)).isEqualTo("stopped\n");

        server.become(new SupervisedStatus(
                State.FAILED,
                7L,
                "1.2.3",
                URI.create("http://127.0.0.1:1"),
                null,
                "It fell.",
                true,
                false,
                null,
                Instant.EPOCH,
                "Old."));
        assertThat(output(status))
                .isEqualTo("failed, version 1.2.3, pid 7, http://127.0.0.1:1, starts again at 1970-01-01T00:00:00Z,"
                        + " not started by Nexus - It fell. - Old.\n");
    }

    @Test
    void aMissingPartIsSaidToBeMissing() {
        assertThat(output(new ServerStopCommand())).contains("is missing");
    }

    private static String output(SupervisedCommand command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        command.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
