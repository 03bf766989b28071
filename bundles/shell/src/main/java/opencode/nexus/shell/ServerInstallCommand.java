package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Installer.Installation;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:server-install}: asks for the newest OpenCode and returns at once; {@code --status} says what came of it. */
@Service
@Command(
        scope = "nexus",
        name = "server-install",
        description = "Install OpenCode with npm into the home of Nexus, or update the one there")
public final class ServerInstallCommand implements Action {

    @Reference(optional = true, filter = "(nexus.name=server)")
    @Nullable
    Installer installer;

    @Option(name = "--status", description = "Only say how the installation stands")
    boolean status;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        Installer present = installer;
        if (present == null) {
            out.println("The part of Nexus that runs it is missing: feature:list | grep nexus");
            return;
        }
        if (status) {
            out.println(describe(present.installation()));
            return;
        }
        try {
            present.install();
            out.println("OpenCode is being installed. nexus:server-install --status shows how it stands.");
        } catch (NexusException e) {
            out.println(e.getMessage());
        }
    }

    private static String describe(Installation installation) {
        if (installation.message() == null) {
            return installation.offer() == null
                    ? "Nothing is being installed."
                    : "nexus:server-install can " + installation.offer().name().toLowerCase(Locale.ROOT) + " OpenCode.";
        }
        return installation.message();
    }
}
