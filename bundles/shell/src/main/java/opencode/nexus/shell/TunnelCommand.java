package opencode.nexus.shell;

import java.io.PrintStream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelService;
import org.apache.karaf.shell.api.action.Action;
import org.jspecify.annotations.Nullable;

/** What the commands for the tunnel share: it may be missing, and it may refuse. */
abstract class TunnelCommand implements Action {

    /** What is to be done with it, and what to say of it. */
    abstract void act(TunnelService service, PrintStream out);

    abstract @Nullable TunnelService tunnel();

    @Override
    public final @Nullable Object execute() {
        print(System.out);
        return null;
    }

    final void print(PrintStream out) {
        TunnelService present = tunnel();
        if (present == null) {
            out.println("The tunnel is missing: feature:install nexus-tunnel");
            return;
        }
        try {
            act(present, out);
        } catch (NexusException e) {
            if (e.fields().isEmpty()) {
                out.println(e.getMessage());
            }
            e.fields().forEach(field -> out.println(field.field() + ": " + field.message()));
        }
    }
}
