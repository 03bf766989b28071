package opencode.nexus.testkit;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What {@link StubOpenCode} answers, piece by piece: made of numbered words, so that a missing one shows. */
final class StubText {
    private static final Pattern SETTING = Pattern.compile("\\b(rate|seconds|bytes|kind):(\\w+)");
    private static final int SMALL = 6;
    private static final int LARGE = 600;
    private static final long NANOS = 1_000_000_000;
    /** Large pieces a second. */
    private static final int LARGE_RATE = 50;

    private final String text;
    private final int rate;
    /** Pieces between these places are large ones. */
    private final int largeFrom;

    private final int largeTo;

    private StubText(String text, int rate, int largeFrom, int largeTo) {
        this.text = text;
        this.rate = rate;
        this.largeFrom = largeFrom;
        this.largeTo = largeTo;
    }

    /** What a message asks for. */
    static StubText of(String message, char letter) {
        String kind = "words";
        int rate = 10;
        int seconds = 1;
        int bytes = 0;
        Matcher settings = SETTING.matcher(message);
        while (settings.find()) {
            String value = settings.group(2);
            switch (settings.group(1)) {
                case "rate" -> rate = Integer.parseInt(value);
                case "seconds" -> seconds = Integer.parseInt(value);
                case "bytes" -> bytes = Integer.parseInt(value);
                default -> kind = value;
            }
        }
        if (bytes == 0) {
            StringBuilder words = new StringBuilder();
            IntStream.rangeClosed(1, rate * seconds)
                    .forEach(number -> words.append("%c%04d ".formatted(letter, number)));
            return new StubText(words.toString(), rate, words.length(), words.length());
        }
        String text = longText(kind, bytes);
        // The middle matters to nobody, as long as it is there.
        return new StubText(text, rate, text.length() / 10, text.length() - text.length() / 10);
    }

    String text() {
        return text;
    }

    /** Where the piece that begins here ends. */
    int next(int at) {
        int size = large(at) ? Math.min(LARGE, largeTo - at) : SMALL;
        return Math.min(text.length(), at + size);
    }

    /** How long the piece that begins here is on its way after the one before, in nanoseconds. */
    long pause(int at) {
        return NANOS / (large(at) ? LARGE_RATE : rate);
    }

    private boolean large(int at) {
        return at >= largeFrom && at < largeTo;
    }

    private static String longText(String kind, int bytes) {
        StringBuilder text = new StringBuilder(kind.equals("code") ? "```java\n" : "");
        for (int number = 0; text.length() < bytes; number++) {
            String word = "w%06d".formatted(number);
            switch (kind) {
                case "code" -> text.append("call(").append(word).append(");\n");
                case "paragraph" -> text.append(word).append(' ');
                default -> text.append(markdown(number, word));
            }
        }
        return text.append(kind.equals("code") ? "```\n" : "").toString();
    }

    /** A word with what stands around it in an answer of many short sections. */
    private static String markdown(int number, String word) {
        return switch (number % 60) {
            case 0 -> "\n\n## Part " + word + "\n\n";
            case 10 -> "**" + word + "** ";
            case 15 -> "`" + word + "` ";
            case 20 -> "[" + word + "](https://example.org/" + number + ") ";
            case 25, 26, 27 -> "\n- " + word;
            case 28 -> "\n\n" + word + " ";
            case 40 -> "\n\n| a | b |\n|---|---|\n| " + word;
            case 41, 43 -> " | " + word + " |\n| ";
            case 42 -> word;
            case 44 -> word + " | c |\n\n";
            case 50 -> "\n\n```java\ncall(" + word + ");\n";
            case 51, 52, 53 -> "call(" + word + ");\n";
            case 54 -> "call(" + word + ");\n```\n\n";
            default -> word + " ";
        };
    }
}
