package opencode.nexus.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.testkit.FakeHome;
import org.osgi.util.converter.Converters;

/** A gateway in a process of its own: starts a child that sleeps, and stays until it is killed. */
final class OtherGateway {
    private OtherGateway() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        LocalProcessHost.Config config =
                Converters.standardConverter().convert(Map.of()).to(LocalProcessHost.Config.class);
        LocalProcessHost host = new LocalProcessHost(config, new FakeHome(directory), () -> false);
        host.start(new ProcessSpec(
                "opencode",
                List.of("sh", "-c", "echo ready; exec sleep 1000"),
                directory,
                Map.of(),
                Set.of(),
                Map.of("password", "secret")));
        System.out.println("> started");
        System.in.read();
    }
}
