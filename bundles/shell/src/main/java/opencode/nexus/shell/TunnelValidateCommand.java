package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.List;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.api.tunnel.TunnelService;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:tunnel-validate}: checks what is set, or what would be with {@code name=value}. Changes nothing. */
@Service
@Command(
        scope = "nexus",
        name = "tunnel-validate",
        description =
                "Check what is set for the tunnel, or what would be, for instance: kind=token domain=a.example.com")
public final class TunnelValidateCommand extends TunnelCommand {

    @Argument(name = "values", description = "name=value, any number of them", multiValued = true)
    @Nullable
    List<String> values;

    @Option(name = "--preview", description = "Show the config.yml that cloudflared would be given")
    boolean preview;

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
        TunnelConfig config = TunnelValues.changed(service.config(), values == null ? List.of() : values, null);
        List<TunnelProblem> found = service.validate(config);
        for (TunnelProblem problem : found) {
            out.println((problem.severity() == Severity.ERROR ? "wrong  " : "note   ") + problem.field() + ": "
                    + problem.message());
        }
        if (found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR)) {
            return;
        }
        out.println("It can be used.");
        if (preview) {
            out.print(service.preview(config));
        }
    }
}
