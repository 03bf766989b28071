package opencode.nexus.shell;

import opencode.nexus.api.supervise.Supervised;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:server-stop}: asks for it and returns at once. */
@Service
@Command(scope = "nexus", name = "server-stop", description = "Stop OpenCode, until it is started again")
public final class ServerStopCommand extends SupervisedCommand {

    @Reference(optional = true, filter = "(nexus.name=server)")
    @Nullable
    Supervised server;

    @Override
    @Nullable
    Supervised supervised() {
        return server;
    }

    @Override
    String act(Supervised supervised) {
        supervised.stop();
        return "OpenCode is being stopped.";
    }
}
