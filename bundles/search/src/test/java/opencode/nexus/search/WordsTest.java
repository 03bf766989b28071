package opencode.nexus.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {

    @Test
    void signsSeparateAndCaseDoesNotCount() {
        assertThat(all("Hello, (big) WORLD: it's <b>42</b>*!"))
                .containsExactly("hello", "big", "world", "it", "s", "b", "42", "b");
    }

    @Test
    void wordsOfCodeAreThereAsAWholeAndInPieces() {
        assertThat(all("createGuard")).containsExactly("createguard", "create", "guard");
        assertThat(all("create_guard")).containsExactly("create", "guard");
        assertThat(all("src/auth/retry.ts")).containsExactly("src", "auth", "retry", "ts");
        assertThat(all("parseHTTPAnswer2Json"))
                .containsExactly("parsehttpanswer2json", "parse", "http", "answer2", "json");
        assertThat(all("HTTP sha256 McDonald iOS"))
                .containsExactly("http", "sha256", "mcdonald", "mc", "donald", "ios", "i", "os");
    }

    @Test
    void accentsFoldHoweverTheyAreWritten() {
        assertThat(all("Crème brûlée naïve Ångström Straße Łódź smørrebrød"))
                .containsExactly("creme", "brulee", "naive", "angstrom", "strasse", "lodz", "smorrebrod");
        assertThat(all("cafe\u0301s")).containsExactly("cafes");
        assertThat(all("İstanbul ﬁne ＦＵＬＬ ΣΟΦΟΣ σοφος")).containsExactly("istanbul", "fine", "full", "σοφοσ", "σοφοσ");
    }

    @Test
    void scriptsWithoutSpacesComeInCharactersAndPairs() {
        assertThat(all("请重试 abc")).containsExactly("请", "请重", "重", "重试", "试", "abc");
        assertThat(all("が")).containsExactly("が");
        assertThat(all("한국어 текст")).containsExactly("한국어", "текст");
    }

    @Test
    void whereAWordStandsIsExact() {
        String text = "🎉 the createGuard()";
        Words words = new Words(text);
        words.next();
        Words.Word word = words.next();

        assertThat(text.substring(word.whole().start(), word.whole().end())).isEqualTo("createGuard");
        assertThat(word.pieces().stream().map(piece -> text.substring(piece.start(), piece.end())))
                .containsExactly("create", "Guard");
        assertThat(words.hasNext()).isFalse();
    }

    @Test
    void hugeAndHostileTextsEndWithShortWords() {
        assertThat(all("x".repeat(1_000_000))).containsExactly("x".repeat(64));
        assertThat(all("aB".repeat(500_000))).hasSize(1);
        assertThat(all("\u0000\u0001 \uD800 a\uDFFFb \u202E \u0301\u0301")).containsExactly("a", "b");
        assertThat(all("a" + "\u0301".repeat(100_000))).containsExactly("a");
        assertThat(all("ﷺ".repeat(1_000)).get(0)).hasSizeLessThanOrEqualTo(64);
        assertThat(all("𝒜".repeat(100))).containsExactly("a".repeat(64));
        assertThat(all("🎉🎊")).isEmpty();
        assertThat(all("")).isEmpty();
    }

    private static List<String> all(String text) {
        List<String> all = new ArrayList<>();
        new Words(text).forEachRemaining(word -> {
            all.add(word.whole().text());
            word.pieces().forEach(piece -> all.add(piece.text()));
        });
        return all;
    }
}
