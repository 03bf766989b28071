package opencode.nexus.testkit;

import java.util.Random;

/** What {@link StubOpenCode} remembers from before it was started: texts in a made-up language, each with a word of its own. */
final class StubHistory {
    static final int IN_A_SESSION = 100;

    private static final String[] SYLLABLES =
            "ba co di fu ge ha ki lo me nu or pa qui ra se ti um ve wo xi yo za".split(" ");

    private final Random random = new Random(1);

    /** The text of the message with this number: 20 to 220 words, among them {@code needle17end} for number 17. */
    String text(int number) {
        StringBuilder text = new StringBuilder();
        int words = 20 + random.nextInt(200);
        int place = random.nextInt(words);
        for (int i = 0; i < words; i++) {
            text.append(i == place ? "needle" + number + "end" : word()).append(i % 12 == 11 ? ".\n" : " ");
        }
        return text.toString();
    }

    /** Short ones come often. */
    private String word() {
        StringBuilder word = new StringBuilder();
        do {
            word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
        } while (random.nextInt(3) > 0);
        return word.toString();
    }
}
