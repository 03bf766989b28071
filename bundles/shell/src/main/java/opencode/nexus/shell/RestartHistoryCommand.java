package opencode.nexus.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Subject;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jspecify.annotations.Nullable;

/** {@code nexus:restart-history}: what failed and what was done about it; with an id, all that is known of it. */
@Service
@Command(scope = "nexus", name = "restart-history", description = "What failed, and what was done about it")
public final class RestartHistoryCommand implements Action {

    @Option(name = "-n", aliases = "--limit", description = "How many are shown, newest first")
    int limit = 20;

    @Argument(name = "id", description = "Shows all that is known of this one")
    @Nullable
    String id;

    @Reference(optional = true)
    @Nullable
    RestartService restarts;

    @Override
    public @Nullable Object execute() {
        print(System.out);
        return null;
    }

    void print(PrintStream out) {
        if (restarts == null) {
            out.println("Restarts are missing: feature:install nexus-restart");
            return;
        }
        if (id != null) {
            show(out, restarts, id);
            return;
        }
        restarts.subjects().forEach(subject -> out.println(describe(subject)));
        List<Attempt> attempts = restarts.attempts();
        if (attempts.isEmpty()) {
            out.println("Nothing had to be started again in the last 90 days.");
            return;
        }
        attempts.stream().limit(Math.max(1, limit)).forEach(attempt -> out.println(describe(attempt)));
        if (attempts.size() > limit) {
            out.println("… and " + (attempts.size() - Math.max(1, limit)) + " more");
        }
    }

    private static void show(PrintStream out, RestartService restarts, String id) {
        PostMortem found;
        try {
            found = restarts.postMortem(id);
        } catch (NexusException e) {
            out.println(e.getMessage());
            return;
        }
        out.println(describe(found.attempt()));
        found.decisions().forEach(out::println);
        found.evidence().forEach(evidence -> {
            out.println();
            out.println("-- " + evidence.title());
            out.println(evidence.text().stripTrailing());
        });
    }

    private static String describe(Subject subject) {
        StringBuilder line = new StringBuilder(subject.name())
                .append("  ")
                .append(lower(subject.phase()))
                .append(", ")
                .append(lower(subject.health()));
        if (subject.attempts() > 0) {
            line.append(", ").append(subject.attempts()).append(" starts in the window");
        }
        if (subject.retryAt() != null) {
            line.append(", next start at ").append(subject.retryAt());
        }
        return subject.reason() == null ? line.toString() : line + " - " + subject.reason();
    }

    private static String describe(Attempt attempt) {
        String took = attempt.tookMs() == null ? "" : " after " + attempt.tookMs() + " ms";
        return attempt.id() + "  " + lower(attempt.outcome()) + took + " - " + attempt.reason();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
