package opencode.nexus.tunnel;

import java.time.Instant;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;

/** What an end of cloudflared, or a start that did not come to be, means to a supervisor and to the owner. */
final class Endings {

    private Endings() {}

    static Cause cause(NexusException e) {
        return switch (e.code()) {
            case "no-cloudflared", "cloudflared-unusable", "cloudflared-too-old" -> Cause.MISSING;
            case "cloudflared-silent" -> Cause.NOT_READY;
            case "invalid-field" -> Cause.BAD_SETTINGS;
            default -> Cause.REFUSED;
        };
    }

    /** @param code negative when nobody knows; the system tells a signal as 128 and its number */
    static Exit exit(LogReading.End end, int code, boolean wasReady, Instant now) {
        Cause cause =
                switch (end) {
                    case SETTINGS -> Cause.BAD_SETTINGS;
                    case ARGUMENTS -> Cause.BAD_ARGUMENTS;
                    case PORT -> Cause.PORT_TAKEN;
                    case ENDED, TOO_MANY, NETWORK -> Cause.ENDED;
                };
        boolean signal = code > 128 && code < 128 + 65;
        return new Exit(cause, code < 0 || signal ? null : code, signal ? code - 128 : null, wasReady, now);
    }

    /** @param words its last ones, without secrets; may be empty */
    static String sentence(Exit exit, String words) {
        String how = exit.code() == null ? "" : " with code " + exit.code();
        if (exit.signal() != null) {
            how = " by signal " + exit.signal();
        }
        return "cloudflared ended" + how + (words.isEmpty() ? "." : "; its last words: " + Redaction.shortened(words));
    }
}
