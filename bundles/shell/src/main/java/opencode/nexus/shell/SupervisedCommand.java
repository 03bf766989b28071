package opencode.nexus.shell;

import java.io.PrintStream;
import java.time.Instant;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus;
import org.apache.karaf.shell.api.action.Action;
import org.jspecify.annotations.Nullable;

/** What the commands for a supervised thing share: it may be missing, it may refuse, and its status is one line. */
abstract class SupervisedCommand implements Action {

    /** What is to be done with it; says afterwards what was asked for. */
    abstract String act(Supervised supervised);

    abstract @Nullable Supervised supervised();

    @Override
    public final @Nullable Object execute() {
        print(System.out);
        return null;
    }

    final void print(PrintStream out) {
        Supervised present = supervised();
        if (present == null) {
            out.println("The part of Nexus that runs it is missing: feature:list | grep nexus");
            return;
        }
        try {
            out.println(act(present));
        } catch (NexusException e) {
            out.println(e.getMessage());
        }
    }

    static String describe(SupervisedStatus status) {
        StringBuilder line = new StringBuilder(status.state().name().toLowerCase(Locale.ROOT));
        add(line, ", version ", status.version());
        add(line, ", pid ", status.pid());
        add(line, ", ", status.url());
        Instant retryAt = status.retryAt();
        add(line, ", starts again at ", retryAt);
        if (!status.controlled()) {
            line.append(", not started by Nexus");
        }
        add(line, " - ", status.problem());
        add(line, " - ", status.warning());
        return line.toString();
    }

    private static void add(StringBuilder line, String before, @Nullable Object value) {
        if (value != null) {
            line.append(before).append(value);
        }
    }
}
