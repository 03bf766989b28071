package opencode.nexus.settings;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import opencode.nexus.settings.CfgText.BrokenException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CfgTextTest {

    @Property
    void anyTextComesBack(@ForAll("texts") String text) throws Exception {
        assertThat(CfgText.scalar(CfgText.written(text))).isEqualTo(text);
        assertThat(CfgText.scalar(throughAFile(CfgText.written(text)))).isEqualTo(text);
    }

    @Property
    void anyListComesBack(@ForAll("lists") List<String> texts) throws Exception {
        assertThat(CfgText.list(CfgText.written(texts))).isEqualTo(texts);
        assertThat(CfgText.list(throughAFile(CfgText.written(texts)))).isEqualTo(texts);
    }

    @Property
    void anyKeyComesBack(@ForAll("texts") String key) throws Exception {
        if (!key.isEmpty()) {
            CfgText text = CfgText.EMPTY.with(key, "1");

            assertThat(CfgText.parse(text.bytes()).entries()).isEqualTo(Map.of(key, " 1"));
        }
    }

    @Property
    void whateverStandsInAFileItIsReadOrRefusedInWords(@ForAll byte[] bytes) {
        try {
            CfgText.parse(bytes);
        } catch (BrokenException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Test
    void whatIsNotChangedStaysAsItIs() throws Exception {
        String file =
                """
                # mine
                a  :  1

                ! why
                b=x, \\
                   y
                #c = 3
                """;

        CfgText read = parse(file);

        assertThat(text(read)).isEqualTo(file);
        assertThat(text(read.with("a", "2"))).isEqualTo(file.replace("a  :  1", "a = 2"));
        assertThat(text(read.with("a", "1"))).isEqualTo(file);
        assertThat(text(read.with("b", null))).isEqualTo(file.replace("b=x, \\\n   y\n", ""));
        assertThat(text(read.with("c", "4"))).isEqualTo(file + "c = 4\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a, b | a;b",
                "a,b, | a;b",
                ", a,, b | a;b",
                "/projects/a\\, b, /c | /projects/a, b;/c",
                "[ \"a\", \"b, c\" ] | a;b, c",
                "[\"a\\\"b\",] | a\"b",
                "[] | ''",
                "\\[a], b | [a];b",
                "C:\\\\work | C:\\work"
            })
    void listsAreWrittenInTwoWays(String written, String expected) throws Exception {
        assertThat(String.join(";", CfgText.list(written))).isEqualTo(expected);
    }

    @Test
    void aLineThatEndsWithABackslashGoesOn() throws Exception {
        Map<String, String> entries = parse("workspaces = /a, \\\r\n    /b, \\\r\n    /c\r\nport = 1\r\n")
                .entries();

        assertThat(CfgText.list(entries.get("workspaces"))).containsExactly("/a", "/b", "/c");
        assertThat(CfgText.scalar(entries.get("port"))).isEqualTo("1");
    }

    @Test
    void blanksAroundAValueDoNotCountUnlessTheyHaveABackslash() throws Exception {
        assertThat(CfgText.scalar("  a b\t ")).isEqualTo("a b");
        assertThat(CfgText.scalar(" \\ a b\\ ")).isEqualTo(" a b ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"a b\" | a b",
                "\"a \\\"b\\\"\" | a \"b\"",
                "\"a\" and \"b\" | \"a\" and \"b\"",
                "\"a | \"a",
                "\\\"a\" | \"a\""
            })
    void quotesAroundAllOfAValueDoNotBelongToIt(String written, String expected) throws Exception {
        assertThat(CfgText.scalar(written)).isEqualTo(expected);
    }

    @Test
    void theMarkOfSomeEditorsIsPassedOver() throws Exception {
        assertThat(parse("\uFEFFa = \u00e4\u4e2d").entries()).containsEntry("a", " \u00e4\u4e2d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "port",
                "# fine\nport 8080",
                "= 8080",
                "port = 1\nport = 2",
                "port = \\u12",
                "port = \\uzzzz",
                "\u0000\u0001"
            })
    void whatCannotBeMeantIsRefused(String file) {
        assertThatExceptionOfType(BrokenException.class).isThrownBy(() -> parse(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[ \"a\"", "[ a ]", "[ \"a ]", "[ \"a\" ] b"})
    void aBracketMustEnd(String written) {
        assertThatExceptionOfType(BrokenException.class).isThrownBy(() -> CfgText.list(written));
    }

    @Test
    void theLineIsNamedAndNothingIsQuoted() {
        assertThatExceptionOfType(BrokenException.class)
                .isThrownBy(() -> parse("# a\n\npassword hunter2"))
                .withMessage("line 3: there is no =");
    }

    @Test
    void anotherEncodingIsRefused() {
        assertThatExceptionOfType(BrokenException.class)
                .isThrownBy(() -> CfgText.parse("title = \u00e4".getBytes(ISO_8859_1)));
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings()
                .withChars(" \t\n\r\f\\,=:#![]\"'u0041\u0000\u0085\u00a0\u2028\ud83d\ude00\ufeff")
                .all()
                .ofMaxLength(12);
    }

    @Provide
    Arbitrary<List<String>> lists() {
        return texts().filter(text -> !text.isEmpty()).list().ofMaxSize(5);
    }

    private static String throughAFile(String written) throws BrokenException {
        return CfgText.parse(
                        CfgText.EMPTY.with("key", written).with("other", "1").bytes())
                .entries()
                .get("key");
    }

    private static CfgText parse(String text) throws BrokenException {
        return CfgText.parse(text.getBytes(UTF_8));
    }

    private static String text(CfgText text) {
        return new String(text.bytes(), UTF_8);
    }
}
