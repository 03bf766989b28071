package opencode.nexus.shell;

import opencode.nexus.api.supervise.Supervised;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:server-restart}: asks for it and returns at once. */
@Service
@Command(scope = "nexus", name = "server-restart", description = "Stop OpenCode and start it again")
public final class ServerRestartCommand extends SupervisedCommand {

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
        supervised.restart();
        return "OpenCode is being started again.";
    }
}
