package opencode.nexus.testkit.cloudflared;

/**
 * Why a run ends before it was told to. The last line is bare text even when the log is JSON, as recorded from
 * cloudflared 2026.8.2.
 */
final class Failure extends Exception {
    private final int code;
    private final boolean misuse;

    private Failure(int code, boolean misuse, String text) {
        super(text);
        this.code = code;
        this.misuse = misuse;
    }

    /** Whatever goes wrong while it works: exit 1. */
    Failure(String text) {
        this(1, false, text);
    }

    static Failure exit(int code, String text) {
        return new Failure(code, false, text);
    }

    /** What {@code run} was given is wrong: exit 255, and the reason is the last line but one. */
    static Failure usage(String text) {
        return new Failure(255, false, text + "\nSee 'cloudflared tunnel run --help'.");
    }

    /** The command line itself is not understood: said on stdout, with the help, and the exit code is 0. */
    static Failure misuse(String text) {
        return new Failure(0, true, text);
    }

    int code() {
        return code;
    }

    boolean isMisuse() {
        return misuse;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
