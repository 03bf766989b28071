package opencode.nexus.opencode;

import java.time.Instant;
import java.util.Set;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;

/**
 * How an OpenCode ended by itself.
 *
 * @param problem one sentence for people, with its last words and without secrets
 */
record Ending(Exit exit, String problem) {

    /** @param starting whether it had not been ready yet */
    static Ending of(ChildProcess ended, int code, boolean starting, Set<String> secrets, Instant at) {
        Cause cause = starting ? Inquest.cause(ended.lastLines(Inquest.LINES)) : Cause.ENDED;
        Exit exit = exit(cause, code, !starting, at);
        String last = lastWords(ended, secrets);
        return new Ending(
                exit,
                "OpenCode ended" + how(exit) + (starting ? " while it was starting" : "")
                        + (last.isEmpty() ? "." : "; its last words: " + last));
    }

    /** The system tells a signal as 128 and its number; a negative code is not known. */
    static Exit exit(Cause cause, int code, boolean afterReady, Instant at) {
        boolean signal = code > 128 && code < 128 + 65;
        return new Exit(cause, code < 0 || signal ? null : code, signal ? code - 128 : null, afterReady, at);
    }

    private static String how(Exit exit) {
        if (exit.signal() != null) {
            return " by signal " + exit.signal();
        }
        return exit.code() == null ? "" : " with code " + exit.code();
    }

    /** What may tell why it ended; not that it was ready once. */
    private static String lastWords(ChildProcess ended, Set<String> secrets) {
        return ended.lastLines(1).stream()
                .filter(line -> !line.startsWith(ServeCommand.LISTENS))
                .findFirst()
                .map(line -> Inquest.clean(line, secrets))
                .map(Failures::shorten)
                .orElse("");
    }
}
