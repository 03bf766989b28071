package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.Locale;
import opencode.nexus.api.tunnel.TunnelService;
import opencode.nexus.api.tunnel.TunnelStatus;
import opencode.nexus.api.tunnel.TunnelStatus.EdgeLight;
import opencode.nexus.api.tunnel.TunnelStatus.ProcessLight;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:tunnel-status}: how the tunnel stands, its three lights in words. */
@Service
@Command(scope = "nexus", name = "tunnel-status", description = "Show how the tunnel stands")
public final class TunnelStatusCommand extends TunnelCommand {

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
        TunnelStatus status = service.status();
        String state = status.state().name().toLowerCase(Locale.ROOT);
        String kind = status.kind().name().toLowerCase(Locale.ROOT);
        out.println("tunnel      " + state + ", " + kind + (status.since() == null ? "" : ", since " + status.since()));
        line(out, "address     ", status.url());
        line(out, "no longer   ", status.deadUrl());
        out.println("process     " + process(status.process(), status.version()));
        out.println("edge        " + edge(status.edge()));
        out.println("round trip  " + roundTrip(status.roundTrip()));
        line(out, "problem     ", status.problem());
    }

    private static String process(ProcessLight light, @Nullable String version) {
        String program = version == null ? "" : ", cloudflared " + version;
        return switch (light.lamp()) {
            case ON -> "runs" + (light.pid() == null ? "" : ", pid " + light.pid()) + program;
            case OFF -> "does not run" + program;
            case UNKNOWN -> "not known" + program;
        };
    }

    private static String edge(EdgeLight light) {
        return switch (light.lamp()) {
            case ON -> {
                Integer count = light.connections();
                String connections = count == null ? "" : ", " + count + (count == 1 ? " connection" : " connections");
                String places = light.locations().isEmpty() ? "" : ", at " + String.join(", ", light.locations());
                yield "connected" + connections + places;
            }
            case OFF -> "not connected";
            case UNKNOWN -> "not known";
        };
    }

    private static String roundTrip(RoundTripLight light) {
        String at = light.at() == null ? "" : ", tried at " + light.at();
        return switch (light.lamp()) {
            case ON ->
                "works" + (light.delay() == null ? "" : ", " + light.delay().toMillis() + " ms") + held(light) + at;
            case OFF -> "does not work" + at + (light.problem() == null ? "" : " - " + light.problem());
            case UNKNOWN -> "not known" + (light.problem() == null ? "" : " - " + light.problem());
        };
    }

    private static String held(RoundTripLight light) {
        if (light.streamsHeld() == null) {
            return "";
        }
        return light.streamsHeld() ? ", streams are held back" : ", streams flow";
    }

    private static void line(PrintStream out, String title, @Nullable Object value) {
        if (value != null) {
            out.println(title + value);
        }
    }
}
