package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import opencode.nexus.api.search.SearchService.Mark;
import org.junit.jupiter.api.Test;

class SnippetTest {

    @Test
    void aShortTextIsShownWhole() {
        Snippet snippet = Snippet.of("Add the guard to the gate", Wanted.parse("guard gate"));

        assertThat(snippet.text()).isEqualTo("Add the guard to the gate");
        assertThat(marked(snippet)).containsExactly("guard", "gate");
    }

    @Test
    void theBeginningOfAWordMarksTheWholeWordAndAPieceOnlyThePiece() {
        assertThat(marked(Snippet.of("guards of createGuard", Wanted.parse("gua"))))
                .containsExactly("guards", "Guard");
        assertThat(marked(Snippet.of("the createGuard", Wanted.parse("createGuard"))))
                .containsExactly("createGuard");
        assertThat(marked(Snippet.of("请重试一次", Wanted.parse("重试一")))).containsExactly("重试一");
    }

    @Test
    void accentsAreMarkedAsTheyAreWritten() {
        assertThat(marked(Snippet.of("a cafe\u0301 and a CAFÉ", Wanted.parse("cafe"))))
                .containsExactly("cafe\u0301", "CAFÉ");
    }

    @Test
    void aLongTextIsCutAroundThePlaceWhereMostWordsStand() {
        String text = "guard ".repeat(1) + "lorem ipsum dolor ".repeat(100) + "the guard of the gate "
                + "sit amet ".repeat(100);

        Snippet snippet = Snippet.of(text, Wanted.parse("guard gate"));

        assertThat(snippet.text()).startsWith("…").endsWith("…").contains("the guard of the gate");
        assertThat(snippet.text()).hasSizeLessThanOrEqualTo(Snippet.LONGEST);
        assertThat(marked(snippet)).containsExactly("guard", "gate");
        assertThat(snippet.text()).doesNotContain("amet…a").matches("…\\S.*\\S…");
    }

    @Test
    void lineBreaksAndControlCharactersAreSpaces() {
        Snippet snippet =
                Snippet.of("one\r\n\ttwo\u0000\u001B[31mthree\u2028\u202Efour\u00A0five ", Wanted.parse("three"));

        assertThat(snippet.text()).isEqualTo("one two [31mthree four five");
        assertThat(marked(snippet)).isEmpty();
        assertThat(marked(Snippet.of("a\n\n\nb", Wanted.parse("b")))).containsExactly("b");
    }

    @Test
    void anEmojiIsNeverCut() {
        for (int length = 0; length < 8; length++) {
            String text = "x".repeat(length) + " guard " + "🎉".repeat(400);

            Snippet snippet = Snippet.of(text, Wanted.parse("guard"));

            assertThat(snippet.text().codePoints()).noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
            assertThat(marked(snippet)).containsExactly("guard");
        }
        Snippet before = Snippet.of("🎉".repeat(400) + "guard", Wanted.parse("guard"));
        assertThat(before.text().codePoints()).noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
        assertThat(marked(before)).containsExactly("guard");
    }

    @Test
    void aHugeWordIsMarkedAsFarAsItIsShown() {
        Snippet snippet = Snippet.of("x".repeat(1_000_000), Wanted.parse("xx"));

        assertThat(snippet.text()).hasSize(Snippet.LONGEST);
        assertThat(snippet.marks()).containsExactly(new Mark(0, Snippet.LONGEST - 1));
    }

    @Test
    void marksAreInOrderAndInsideWhateverTheText() {
        Random random = new Random(7);
        String letters = "abcAB 重试é\n\t🎉.\u0000_\u0301-";
        int[] points = letters.codePoints().toArray();
        for (int run = 0; run < 500; run++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(600);
            for (int i = 0; i < length; i++) {
                text.appendCodePoint(points[random.nextInt(points.length)]);
            }
            Snippet snippet = Snippet.of(text.toString(), Wanted.parse(run % 2 == 0 ? "ab a" : "b 重试 é"));

            assertThat(snippet.text()).hasSizeLessThanOrEqualTo(Snippet.LONGEST).doesNotContainPattern("[\\p{Cc}]|  ");
            int end = 0;
            for (Mark mark : snippet.marks()) {
                assertThat(mark.start()).isGreaterThanOrEqualTo(end).isLessThan(mark.end());
                end = mark.end();
            }
            assertThat(end).isLessThanOrEqualTo(snippet.text().length());
        }
    }

    private static List<String> marked(Snippet snippet) {
        return snippet.marks().stream()
                .map(mark -> snippet.text().substring(mark.start(), mark.end()))
                .toList();
    }
}
