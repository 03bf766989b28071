package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainTextTest {

    @ParameterizedTest
    @CsvSource({
        "'two words', 'two words'",
        "'two\n\t lines', 'two lines'",
        "'  around  ', 'around'",
        "'be\u0007ll', 'be ll'",
        "'\u001b[31mred', '[31mred'",
        "'safe\u202egnp.exe', 'safegnp.exe'",
        "'hid\u200bden', 'hidden'",
        "'\u2066a\u2069', 'a'",
        "'half \ud800 of it', 'half of it'",
        "'', ''"
    })
    void whatIsNotPlainTextGoes(String text, String shown) {
        assertThat(PlainText.of(text, 100)).isEqualTo(shown);
    }

    @Test
    void signsThatJoinLettersStay() {
        String family = "\ud83d\udc68\u200d\ud83d\udc69";

        assertThat(PlainText.of(family, 100)).isEqualTo(family);
    }

    @Test
    void whatIsTooLongEndsInAnEllipsis() {
        assertThat(PlainText.of("abcdef", 6)).isEqualTo("abcdef");
        assertThat(PlainText.of("abcdefg", 6)).isEqualTo("abcde…");
    }

    @Test
    void aCharacterIsNotCutInHalf() {
        assertThat(PlainText.of("abcd\ud83d\ude00fg", 6)).isEqualTo("abcd…");
    }

    @Test
    void somethingHugeOfNothingShownIsStillShort() {
        assertThat(PlainText.of("\u0000".repeat(10_000_000) + "end", 100)).isEqualTo("…");
    }

    @Property
    void whateverComesIsShortAndOnOneLine(@ForAll String text, @ForAll @IntRange(min = 1, max = 50) int most) {
        String shown = PlainText.of(text, most);

        assertThat(shown.length()).isLessThanOrEqualTo(most);
        assertThat(shown.codePoints())
                .noneMatch(Character::isISOControl)
                .noneMatch(character -> Character.getType(character) == Character.SURROGATE);
    }
}
