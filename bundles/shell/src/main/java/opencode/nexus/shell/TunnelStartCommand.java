package opencode.nexus.shell;

import java.io.PrintStream;
import opencode.nexus.api.tunnel.TunnelService;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:tunnel-start}: asks for it and returns at once. */
@Service
@Command(scope = "nexus", name = "tunnel-start", description = "Ask for a public address")
public final class TunnelStartCommand extends TunnelCommand {

    @Reference(optional = true)
    @Nullable
    TunnelService tunnel;

    @Override
    @Nullable
    TunnelService tunnel() {
        return tunnel;
    }

    @Override
    void act(TunnelService service, PrintStream out) {
        service.start();
        out.println("The tunnel is being opened. nexus:tunnel-status shows how it stands.");
    }
}
