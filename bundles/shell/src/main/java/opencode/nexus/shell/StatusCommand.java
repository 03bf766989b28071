package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.tunnel.TunnelService;
import opencode.nexus.api.tunnel.TunnelStatus;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** {@code nexus:status}: what runs, in a few lines. A part that is not there is said to be missing. */
@Service
@Command(scope = "nexus", name = "status", description = "What runs, and where")
public final class StatusCommand implements Action {
    static final String PORT = "org.osgi.service.http.port";

    @Reference(optional = true, filter = "(nexus.name=server)")
    @Nullable
    Supervised server;

    /** Not as something supervised: the console gives a bundle one service of each type, whatever the filter says. */
    @Reference(optional = true)
    @Nullable
    TunnelService tunnel;

    @Reference(optional = true)
    @Nullable
    ChatService chat;

    @Reference(optional = true)
    @Nullable
    AuthService auth;

    @Reference(optional = true)
    @Nullable
    EventHub hub;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        out.println("gateway   running, " + address());
        out.println("server    " + (server == null ? "missing" : SupervisedCommand.describe(server.status())));
        out.println("tunnel    " + (tunnel == null ? "missing" : describe(tunnel.status())));
        out.println("sessions  " + sessions());
        out.println("owner     " + owner());
        out.println("events    " + (hub == null ? "missing" : "at " + hub.cursor()));
    }

    private static String describe(TunnelStatus status) {
        return status.state().name().toLowerCase(Locale.ROOT)
                + (status.url() == null ? "" : ", " + status.url())
                + (status.problem() == null ? "" : " - " + status.problem());
    }

    private static String address() {
        BundleContext context = FrameworkUtil.getBundle(StatusCommand.class) == null
                ? null
                : FrameworkUtil.getBundle(StatusCommand.class).getBundleContext();
        String port = context == null ? null : context.getProperty("org.ops4j.pax.web." + PORT);
        return port == null ? "port as in etc/org.ops4j.pax.web.cfg" : "http://127.0.0.1:" + port + "/";
    }

    private String sessions() {
        if (chat == null) {
            return "missing";
        }
        try {
            var active = chat.sessions(true, null);
            long busy = active.stream()
                    .filter(session -> session.status() == Session.Status.BUSY)
                    .count();
            return active.size() + " of " + ChatService.MAX_ACTIVE + " active, " + busy + " answering";
        } catch (NexusException e) {
            return "unknown - " + e.getMessage();
        }
    }

    private String owner() {
        if (auth == null) {
            return "missing";
        }
        return auth.setupRequired() ? "none yet: open the set-up page (nexus:setup-code shows the code)" : "set up";
    }
}
