package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Installer.Installation;
import opencode.nexus.api.supervise.Installer.Offer;
import opencode.nexus.api.supervise.Installer.Progress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServerInstallCommandTest {
    private final ServerInstallCommand command = new ServerInstallCommand();
    private Installation installation = Installation.NOTHING;
    private @Nullable NexusException refusal;
    private int asked;

    @Test
    void withoutTheServerItIsSaidToBeMissing() {
        assertThat(printed()).startsWith("The part of Nexus that runs it is missing");
    }

    @Test
    void itAsksAndDoesNotWait() {
        command.installer = new Asked();

        assertThat(printed())
                .isEqualTo("OpenCode is being installed. nexus:server-install --status shows how it stands.\n");
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void aRefusalIsASentence() {
        command.installer = new Asked();
        refusal = new NexusException(NexusException.Kind.UNAVAILABLE, "npm-missing", "There is no npm on the PATH.");

        assertThat(printed()).isEqualTo("There is no npm on the PATH.\n");
    }

    @Test
    void howItStandsIsToldWithoutAsking() {
        command.installer = new Asked();
        command.status = true;
        assertThat(printed()).isEqualTo("Nothing is being installed.\n");

        installation = new Installation(Progress.NONE, Offer.UPDATE, null, null, null);
        assertThat(printed()).isEqualTo("nexus:server-install can update OpenCode.\n");

        installation = new Installation(Progress.FAILED, Offer.INSTALL, null, "install-failed", "npm ended.\nE404");
        assertThat(printed()).isEqualTo("npm ended.\nE404\n");
        assertThat(asked).isZero();
    }

    private String printed() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        command.print(new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    private final class Asked implements Installer {
        @Override
        public Installation installation() {
            return installation;
        }

        @Override
        public void install() {
            if (refusal != null) {
                throw refusal;
            }
            asked++;
        }
    }
}
