package opencode.nexus.restart;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Sample;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised.Evidence;
import org.jspecify.annotations.Nullable;

/** One failure while it is not settled. Not safe for use by several threads. */
final class Case {
    private static final int MOST_DECISIONS = 100;

    private Attempt attempt;
    private final @Nullable Exit exit;
    private final List<Sample> curve;
    private final List<Evidence> evidence;
    private final Deque<String> decisions;

    Case(Attempt attempt, @Nullable Exit exit, List<Sample> curve, List<String> decisions, List<Evidence> evidence) {
        this.attempt = attempt;
        this.exit = exit;
        this.curve = curve;
        this.decisions = new ArrayDeque<>(decisions);
        this.evidence = evidence;
    }

    /** Goes on with one that was written down. */
    Case(PostMortem known) {
        this(known.attempt(), known.exit(), known.curve(), known.decisions(), known.evidence());
    }

    Attempt attempt() {
        return attempt;
    }

    @Nullable
    Exit exit() {
        return exit;
    }

    void decided(String what) {
        if (decisions.size() >= MOST_DECISIONS) {
            decisions.removeFirst();
        }
        decisions.add(what);
    }

    void settle(Outcome outcome, @Nullable Long tookMs) {
        attempt = new Attempt(
                attempt.id(),
                attempt.at(),
                attempt.subject(),
                attempt.cause(),
                attempt.reason(),
                attempt.exit(),
                attempt.signal(),
                attempt.delayMs(),
                outcome,
                tookMs);
    }

    PostMortem postMortem() {
        return new PostMortem(attempt, exit, curve, List.copyOf(decisions), evidence);
    }
}
