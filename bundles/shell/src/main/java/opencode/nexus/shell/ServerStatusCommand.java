package opencode.nexus.shell;

import opencode.nexus.api.supervise.Supervised;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:server-status}: how OpenCode stands, in one line. */
@Service
@Command(scope = "nexus", name = "server-status", description = "Show how OpenCode stands")
public final class ServerStatusCommand extends SupervisedCommand {

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
        return describe(supervised.status());
    }
}
