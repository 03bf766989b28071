package opencode.nexus.opencode;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;

/** OpenCode's ids: checked before they get into a URL, and made in its own format. */
final class Ids {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_DIGITS = 14;
    private static final int PER_MILLI = 0x1000;
    private static final long MASK = (1L << 48) - 1;

    private final SecureRandom random = new SecureRandom();
    private final Clock clock;
    private long last;

    Ids(Clock clock) {
        this.clock = clock;
    }

    static boolean isSafe(String id, String prefix) {
        return id.startsWith(prefix) && SAFE.matcher(id).matches();
    }

    /** The id itself, when it can name a session. */
    static String session(String id) {
        if (!isSafe(id, "ses_")) {
            throw unknownSession();
        }
        return id;
    }

    /** The id itself, when it can name a message. */
    static String message(String id) {
        if (!isSafe(id, "msg_")) {
            throw unknownMessage();
        }
        return id;
    }

    /** The id itself, when it can name a permission or a question. */
    static String request(String id) {
        if (!isSafe(id, "per_") && !isSafe(id, "que_")) {
            throw unknownRequest();
        }
        return id;
    }

    static NexusException unknownSession() {
        return new NexusException(
                NexusException.Kind.NOT_FOUND,
                "unknown-session",
                "There is no such session. It may have been deleted.");
    }

    static NexusException unknownMessage() {
        return new NexusException(
                NexusException.Kind.NOT_FOUND,
                "unknown-message",
                "There is no such message. It may have been taken back.");
    }

    static NexusException unknownCursor() {
        return NexusException.invalid("before", "take the cursor of an earlier page");
    }

    static NexusException unknownRequest() {
        return new NexusException(
                NexusException.Kind.NOT_FOUND,
                "unknown-request",
                "Nothing waits under this id. It may have been answered already.");
    }

    /**
     * {@code msg_}, twelve hexadecimal digits, fourteen random ones. The digits are the milliseconds times 4096 plus a
     * counter, cut to 48 bits as OpenCode does; so ids sort by time, among each other and among OpenCode's own.
     */
    synchronized String nextMessage() {
        last = Math.max(clock.millis() * PER_MILLI + 1, last + 1);
        StringBuilder id = new StringBuilder("msg_").append(String.format("%012x", last & MASK));
        for (int i = 0; i < RANDOM_DIGITS; i++) {
            id.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        return id.toString();
    }
}
