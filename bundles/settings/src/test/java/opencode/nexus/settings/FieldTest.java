package opencode.nexus.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.api.settings.Settings.Type;
import opencode.nexus.settings.Field.WrongException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FieldTest {
    private final Map<String, Field> fields = Sample.description().fields();

    @Test
    void aDescriptionSaysWhatThereIs() {
        assertThat(fields.keySet())
                .containsExactly(
                        "command",
                        "workspaces",
                        "autoStart",
                        "port",
                        "ceiling",
                        "multiplier",
                        "protocol",
                        "numbers",
                        "apiToken",
                        "key",
                        "variables");
        assertThat(fields.get("port").setting())
                .isEqualTo(new Setting("port", "Port", Type.INTEGER, false, 0, 0.0, 65_535.0, List.of(), false));
        assertThat(fields.get("protocol").setting().choices()).containsExactly("auto", "http2");
        assertThat(fields.get("numbers").setting().standard()).isEqualTo(List.of(1, 2));
        assertThat(fields.get("ceiling").setting().standard()).isEqualTo(16_777_216L);
        assertThat(fields.get("multiplier").setting().standard()).isEqualTo(2.0);
        assertThat(fields.values().stream()
                        .filter(field -> field.setting().secret())
                        .map(Field::name))
                .containsExactly("apiToken", "key", "variables");
    }

    @Test
    void onlyGroupsOfNexusAreRead() {
        assertThat(Sample.read(Sample.xml("x", "").replace("opencode.nexus.x", "org.other.x")))
                .isEmpty();
        assertThat(Sample.read(Sample.xml("x", "").replace("pid=", "factoryPid=\"opencode.nexus.x\" pid=")))
                .isEmpty();
    }

    @Test
    void whatContradictsItselfIsNoDescription() {
        for (String attribute : List.of(
                "<AD id='a' type='Integer' min='1' default='0'/>",
                "<AD id='a' type='Strange' default='0'/>",
                "<AD id='a' type='Integer' cardinality='many' default='0'/>",
                "<AD id='a' type='Integer' default=''/>")) {
            assertThatIllegalArgumentException().isThrownBy(() -> Sample.read(Sample.xml("x", attribute)));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sample.read("<!DOCTYPE a [<!ENTITY b 'c'>]>" + "<a>&b;</a>"));
    }

    static Stream<Arguments> taken() {
        return Stream.of(
                Arguments.of("port", 8080, 8080),
                Arguments.of("port", 8080L, 8080),
                Arguments.of("port", new BigDecimal("8080"), 8080),
                Arguments.of("port", 8080.0, 8080),
                Arguments.of("port", null, 0),
                Arguments.of("ceiling", Long.MAX_VALUE, Long.MAX_VALUE),
                Arguments.of("multiplier", 3, 3.0),
                Arguments.of("multiplier", new BigDecimal("1.5"), 1.5),
                Arguments.of("autoStart", false, false),
                Arguments.of("command", "/opt/open code, 2", "/opt/open code, 2"),
                Arguments.of("command", "\ud83d\ude00", "\ud83d\ude00"),
                Arguments.of("apiToken", "", ""),
                Arguments.of("protocol", "http2", "http2"),
                Arguments.of("workspaces", List.of(), List.of()),
                Arguments.of("workspaces", List.of("/a", "/b,c"), List.of("/a", "/b,c")),
                Arguments.of("numbers", List.of(1L, new BigDecimal("2")), List.of(1, 2)));
    }

    @ParameterizedTest
    @MethodSource
    void taken(String name, @Nullable Object value, Object expected) throws Exception {
        Field field = fields.get(name);

        Object taken = field.fromCaller(value);

        assertThat(taken).isEqualTo(expected);
        assertThat(field.fromFile(field.written(taken))).isEqualTo(expected);
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("port", -1, "must be a whole number from 0 to 65535"),
                Arguments.of("port", 65_536, "must be a whole number from 0 to 65535"),
                Arguments.of("port", 1.5, "must be a whole number from 0 to 65535"),
                Arguments.of("port", new BigInteger("9".repeat(99)), "must be a whole number from 0 to 65535"),
                Arguments.of("port", new BigDecimal("1e-999999999"), "must be a whole number from 0 to 65535"),
                Arguments.of("port", new BigDecimal("1e999999999"), "must be a whole number from 0 to 65535"),
                Arguments.of("port", "8080", "must be a whole number from 0 to 65535"),
                Arguments.of("port", true, "must be a whole number from 0 to 65535"),
                Arguments.of("port", List.of(1), "must be a whole number from 0 to 65535"),
                Arguments.of("port", Map.of(), "must be a whole number from 0 to 65535"),
                Arguments.of("ceiling", 0, "must be a whole number, at least 1"),
                Arguments.of("ceiling", new BigDecimal("9223372036854775808"), "must be a whole number, at least 1"),
                Arguments.of("multiplier", Double.NaN, "must be a number from 1 to 10"),
                Arguments.of("multiplier", Double.POSITIVE_INFINITY, "must be a number from 1 to 10"),
                Arguments.of("multiplier", 0.5, "must be a number from 1 to 10"),
                Arguments.of("autoStart", "true", "must be true or false"),
                Arguments.of("autoStart", 1, "must be true or false"),
                Arguments.of("command", "", "must have at least 1 characters"),
                Arguments.of("command", "x".repeat(101), "must have at most 100 characters"),
                Arguments.of("command", 5, "must be a text"),
                Arguments.of("command", "a\u0000b", "must not hold control characters"),
                Arguments.of("command", "a\nb", "must not hold control characters"),
                Arguments.of("command", "a\ud83d", "must not hold control characters"),
                Arguments.of("apiToken", "x".repeat(10_001), "must have at most 10000 characters"),
                Arguments.of(
                        "apiToken", Settings.MASK + "x", "must be written out, since •••• only stands for what is set"),
                Arguments.of(
                        "variables", List.of("A=x••••"), "must be written out, since •••• only stands for what is set"),
                Arguments.of("protocol", "quic", "must be one of: auto, http2"),
                Arguments.of("workspaces", "/a", "must be a list"),
                Arguments.of("workspaces", List.of("/a", ""), "must not have empty entries"),
                Arguments.of("workspaces", Arrays.asList("/a", null), "must not have empty entries"),
                Arguments.of("workspaces", List.of(List.of("/a")), "must be a text"),
                Arguments.of("workspaces", Collections.nCopies(1_001, "/a"), "must have at most 1000 entries"),
                Arguments.of("numbers", List.of(1, 2, 3, 4), "must have at most 3 entries"),
                Arguments.of("numbers", List.of(-1), "must be a whole number from 0 to 2147483647"));
    }

    @ParameterizedTest
    @MethodSource
    void refused(String name, Object value, String message) {
        assertThatExceptionOfType(WrongException.class)
                .isThrownBy(() -> fields.get(name).fromCaller(value))
                .withMessage(message);
    }

    @ParameterizedTest
    @CsvSource({
        "port, 80a",
        "port, ''",
        "port, 1e3",
        "port, 99999999999999999999",
        "port, 70000",
        "multiplier, NaN",
        "multiplier, 1e999",
        "multiplier, 0x2",
        "autoStart, yes",
        "autoStart, TRUE",
        "command, ''",
        "command, a\\u0000",
        "protocol, quic",
        "numbers, '1, x'",
        "workspaces, '[ /a ]'"
    })
    void aFileIsHeldToTheSameRules(String name, String written) {
        assertThatExceptionOfType(WrongException.class)
                .isThrownBy(() -> fields.get(name).fromFile(written));
    }

    @Test
    void whatTheConsoleWritesIsUnderstood() throws Exception {
        assertThat(fields.get("port").fromFile(" I\"80\"")).isEqualTo(80);
        assertThat(fields.get("autoStart").fromFile("B\"false\"")).isEqualTo(false);
        assertThat(fields.get("multiplier").fromFile("D\"2.5\"")).isEqualTo(2.5);
        assertThat(fields.get("numbers").fromFile("I[ \"5\", \"6\", ]")).isEqualTo(List.of(5, 6));
        assertThat(fields.get("command").fromFile("\"oc\"")).isEqualTo("oc");
        assertThat(fields.get("workspaces").fromFile("[ \"/a\", ]")).isEqualTo(List.of("/a"));
    }

    @Test
    void aPromptMayHaveLines() throws Exception {
        Field field = prompt("<AD id='continuePrompt' type='String' min='1' max='2000' default='Go on.'/>");

        assertThat(field.setting().lines()).isTrue();
        assertThat(field.setting().standard()).isEqualTo("Go on.");
        assertThat(field.fromCaller("Go on.\r\n\n- tests first, \\o/ = #1"))
                .isEqualTo("Go on.\n\n- tests first, \\o/ = #1");
        for (String text : List.of("x".repeat(2_000), "Go on.\n\n- tests first, \\o/ = #1", " \"a\"\nb ", "[\nb")) {
            Object taken = field.fromCaller(text);
            assertThat(field.fromFile(field.written(taken))).isEqualTo(text);
        }
        assertThat(CfgText.EMPTY.with("continuePrompt", field.written("a\nb")).bytes())
                .hasSize(22);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            ''       | must have at least 1 characters
            '  \\n '  | must have at least 1 characters
            'a\\tb'   | must not hold control characters
            'a\\rb'   | must not hold control characters
            'a\\u001b' | must not hold control characters
            """)
    void aPromptIsMoreThanBlanksAndWithoutControlCharacters(String written, String message) {
        Field field = prompt("<AD id='continuePrompt' type='String' min='1' max='2000' default='Go on.'/>");

        assertThatExceptionOfType(WrongException.class)
                .isThrownBy(() -> field.fromFile(written))
                .withMessage(message);
        assertThatExceptionOfType(WrongException.class).isThrownBy(() -> field.fromCaller("x".repeat(2_001)));
    }

    private static Field prompt(String attribute) {
        return List.copyOf(
                        Sample.read(Sample.xml("x", attribute)).get(0).fields().values())
                .get(0);
    }

    @Test
    void whatIsRequiredAndHasNoDefaultMustBeSet() throws Exception {
        Field field = Sample.read(
                        Sample.xml("x", "<AD id='name' type='String'/><AD id='other' type='String' required='false'/>"))
                .get(0)
                .fields()
                .get("name");

        assertThatExceptionOfType(WrongException.class).isThrownBy(() -> field.fromCaller(null));
        assertThatExceptionOfType(WrongException.class).isThrownBy(() -> field.fromCaller(""));
        assertThatExceptionOfType(WrongException.class).isThrownBy(() -> field.fromFile(""));
        assertThat(field.fromCaller("x")).isEqualTo("x");
    }
}
