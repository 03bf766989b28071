package opencode.nexus.shell;

import opencode.nexus.api.supervise.Supervised;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:server-start}: asks for it and returns at once. */
@Service
@Command(scope = "nexus", name = "server-start", description = "Start OpenCode")
public final class ServerStartCommand extends SupervisedCommand {

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
        supervised.start();
        return "OpenCode is being started. nexus:server-status shows how it stands.";
    }
}
