package opencode.nexus.shell;

import java.io.PrintStream;
import opencode.nexus.api.tunnel.TunnelService;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:tunnel-stop}: asks for it and returns at once. */
@Service
@Command(scope = "nexus", name = "tunnel-stop", description = "Take the public address away")
public final class TunnelStopCommand extends TunnelCommand {

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
        service.stop();
        out.println("The tunnel is being closed. It stays so until it is started again.");
    }
}
