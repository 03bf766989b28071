package opencode.nexus.auth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;

/**
 * Which passwords are good enough: long, and not among those that are tried first. No rules on kinds of characters. The
 * list of common passwords is read line by line when a password is chosen and never kept.
 */
final class PasswordRules {
    private static final int SHORTEST = 15;
    private static final int LONGEST = 128;
    private static final int FEWEST_CHARACTERS = 5;
    private static final int LONGEST_PATTERN = 8;
    private static final int SHORTEST_PIECE = 3;
    private static final int SHORTEST_LISTED = 4;
    private static final String COMMON = "/com/nulabinc/zxcvbn/matchers/dictionaries/passwords.txt";
    private static final String REMEDY = " Take a few words that have nothing to do with each other.";

    /** What a finger walks along: the alphabet, numbers, and the rows, columns and zigzags of keyboards. */
    private static final List<String> TRACKS = withReversed(List.of(
            "abcdefghijklmnopqrstuvwxyzabc",
            "01234567890123",
            "`1234567890-=",
            "024680",
            "135791",
            "00112233445566778899",
            "aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz",
            "a1b2c3d4e5f6g7h8i9j0",
            "1a2b3c4d5e6f7g8h9i0j",
            "qwertyuiop[]\\",
            "asdfghjkl;'",
            "zxcvbnm,./",
            "qwertzuiopü+",
            "asdfghjklöä#",
            "yxcvbnm,.-",
            "azertyuiop",
            "qsdfghjklm",
            "wxcvbn",
            "!@#$%^&*()_+",
            "!\"§$%&/()=?",
            "1qaz",
            "2wsx",
            "3edc",
            "4rfv",
            "5tgb",
            "6yhn",
            "7ujm",
            "8ik,",
            "9ol.",
            "0p;/",
            "1q2w3e4r5t6y7u8i9o0p",
            "q1w2e3r4t5y6u7i8o9p0",
            "a1s2d3f4g5h6j7k8l9",
            "qawsedrftgyhujikolp",
            "1qa2ws3ed4rf5tg6yh7uj8ik9ol0p"));

    private final List<String> context;

    /** @param hostName what this machine calls itself, empty when that is unknown */
    PasswordRules(String hostName) {
        List<String> words = new ArrayList<>(List.of("nexus", "opencode"));
        for (String label : hostName.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
            if (label.length() >= SHORTEST_PIECE) {
                words.add(label);
            }
        }
        context = List.copyOf(words);
    }

    /** The one form of a password that is hashed, however a keyboard composed it; null when it cannot be a password. */
    static @Nullable String normalised(String password) {
        // Composing is quadratic in the worst case, and nothing this long can be right.
        if (password.length() > 8 * LONGEST) {
            return null;
        }
        return Normalizer.normalize(password, Normalizer.Form.NFC);
    }

    /**
     * The password as it is to be hashed.
     *
     * @throws NexusException INVALID for {@code field}, saying what would be better
     */
    String check(String field, String password) {
        String normalised = normalised(password);
        int length = normalised == null ? Integer.MAX_VALUE : normalised.codePointCount(0, normalised.length());
        if (normalised == null || length > LONGEST) {
            throw NexusException.invalid(field, "Take at most " + LONGEST + " characters.");
        }
        if (length < SHORTEST) {
            throw NexusException.invalid(
                    field, "Take at least " + SHORTEST + " characters; a few words in a row are easy to keep in mind.");
        }
        if (normalised.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw NexusException.invalid(field, "This contains a broken character. Type it again.");
        }
        String weakness = weakness(normalised.toLowerCase(Locale.ROOT));
        if (weakness != null) {
            throw NexusException.invalid(field, weakness + REMEDY);
        }
        return normalised;
    }

    private @Nullable String weakness(String password) {
        if (password.chars().distinct().count() < FEWEST_CHARACTERS) {
            return "This has too few different characters.";
        }
        int period = period(password);
        if (period <= LONGEST_PATTERN && 2 * period <= password.length()) {
            return "This repeats a short pattern.";
        }
        if (isContext(password)) {
            return "This is made of names that anybody would try here.";
        }
        return isCommon(password) ? "This is one of the passwords that are tried first." : null;
    }

    /** The length of the shortest beginning that, repeated, gives the text. */
    private static int period(String text) {
        int period = 1;
        while (!text.startsWith(text.substring(period))) {
            period++;
        }
        return period;
    }

    /** Nothing but context words and digits. */
    private boolean isContext(String password) {
        IntUnaryOperator digit = at -> Character.isDigit(password.charAt(at)) ? 1 : 0;
        return covered(password, context, digit) && context.stream().anyMatch(password::contains);
    }

    /**
     * On the list, or a word of the list over and over, with at most keyboard runs, counting and context words around it.
     * Two different listed words make a passphrase and pass.
     */
    private boolean isCommon(String password) {
        IntUnaryOperator run = at -> run(password, at);
        return covered(password, context, run)
                || anyListed(word -> password.equals(word)
                        || word.length() >= SHORTEST_LISTED
                                && password.contains(word)
                                && covered(password, with(word), run));
    }

    private List<String> with(String word) {
        List<String> words = new ArrayList<>(context);
        words.add(word);
        return words;
    }

    /** Whether words, and what {@code more} finds at a place, cover the text; one character that is no letter may follow a piece. */
    private static boolean covered(String text, List<String> words, IntUnaryOperator more) {
        boolean[] afterPiece = new boolean[text.length() + 1];
        boolean[] afterSeparator = new boolean[text.length() + 1];
        afterPiece[0] = true;
        for (int at = 0; at < text.length(); at++) {
            if (!afterPiece[at] && !afterSeparator[at]) {
                continue;
            }
            for (String word : words) {
                if (text.startsWith(word, at)) {
                    afterPiece[at + word.length()] = true;
                }
            }
            int longest = more.applyAsInt(at);
            for (int length = Math.min(longest, SHORTEST_PIECE); length >= 1 && length <= longest; length++) {
                afterPiece[at + length] = true;
            }
            if (afterPiece[at] && at > 0 && !Character.isLetter(text.charAt(at))) {
                afterSeparator[at + 1] = true;
            }
        }
        return afterPiece[text.length()] || afterSeparator[text.length()];
    }

    /** How many characters from here on walk along one track, or are the same; 0 when too few to speak of. */
    private static int run(String text, int from) {
        int longest = 1;
        while (from + longest < text.length() && text.charAt(from + longest) == text.charAt(from)) {
            longest++;
        }
        for (String track : TRACKS) {
            for (int start = track.indexOf(text.charAt(from));
                    start >= 0;
                    start = track.indexOf(text.charAt(from), start + 1)) {
                int length = 1;
                while (from + length < text.length()
                        && start + length < track.length()
                        && text.charAt(from + length) == track.charAt(start + length)) {
                    length++;
                }
                longest = Math.max(longest, length);
            }
        }
        return longest < SHORTEST_PIECE ? 0 : longest;
    }

    private static boolean anyListed(Predicate<String> matches) {
        try (InputStream list = PasswordRules.class.getResourceAsStream(COMMON)) {
            if (list == null) {
                throw new IllegalStateException("the list of common passwords is not in the bundle");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8));
            return lines.lines().anyMatch(matches);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> withReversed(List<String> tracks) {
        List<String> both = new ArrayList<>(tracks);
        tracks.forEach(track -> both.add(new StringBuilder(track).reverse().toString()));
        return List.copyOf(both);
    }
}
