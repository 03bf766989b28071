package opencode.nexus.shell;

import java.io.PrintStream;
import opencode.nexus.api.auth.AuthService;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:setup-code}: shows the one-time code of the set-up page, a new one when the last is used up. */
@Service
@Command(scope = "nexus", name = "setup-code", description = "Show the one-time code for the set-up page")
public final class SetupCodeCommand implements Action {

    @Reference(optional = true)
    @Nullable
    AuthService auth;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        if (auth == null) {
            out.println("The login is missing: feature:install nexus-auth");
            return;
        }
        out.println(auth.setupCode()
                .map(code -> "One-time code, good for 15 minutes: " + code)
                .orElse("There is an owner already. No code is needed."));
    }
}
