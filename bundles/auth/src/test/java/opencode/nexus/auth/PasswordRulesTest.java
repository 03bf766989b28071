package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;

import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordRulesTest {
    private final PasswordRules rules = new PasswordRules("workbench.example");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "correct horse battery 9 staple x",
                "a-long-enough-password",
                "nexus test password 42!",
                "correct horse battery staple",
                "correcthorsebatterystaple",
                "CorrectHorseBatteryStaple1",
                "test-password-1234",
                "my nexus password 1",
                "opencode on my workbench",
                "Tr0ub4dor&3-and-more",
                "314159265358979",
                "kjh7-2gfd-9xcv-1mnb",
                "пароль для дома и сада",
                "密码必须至少有十五个字符才可以使用",
                "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰",
                "          padded by spaces a bit",
                "sunshine monkey dragon",
                "x9!kQ#2bLm4$vT7z",
                "!?*%&/()=+~;:_<"
            })
    void ordinaryPassphrasesPass(String password) {
        assertThat(rules.check("password", password)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1qaz2wsx3edc4rfv",
                "Q1W2E3R4T5Y6U7I8",
                "passwordstandard",
                "passwordpassword",
                "PasswordPassword1",
                "password password",
                "password-password-password",
                "password12345678",
                "iloveyouiloveyou",
                "dragondragondragon",
                "qwerty-qwerty-qwerty",
                "qwertyuiopasdfghjkl",
                "qwertzuiopasdfgh",
                "azertyuiopqsdfgh",
                "poiuytrewqlkjhgf",
                "aaaaaaaaaaaaaaa",
                "aaaaaaaaaaaaaaab",
                "abababababababab",
                "abcabcabcabcabc",
                "x7#kx7#kx7#kx7#k",
                "abcdefghijklmnop",
                "zyxwvutsrqponmlk",
                "1234567890123456",
                "9876543210987654",
                "1122334455667788",
                "13579135791357913",
                "123123123123123",
                "1234567890-=qwerty1",
                "!@#$%^&*()!@#$%^",
                "nexus2026nexus2026",
                "opencode-nexus-2026",
                "OpenCodeNexus123",
                "workbench1234567",
                "nexusworkbench01",
                "nexuspassword123"
            })
    void whatIsTriedFirstIsRefused(String password) {
        NexusException refused = failure(() -> rules.check("password", password));

        assertThat(refused.kind()).isEqualTo(Kind.INVALID);
        assertThat(refused.fields()).singleElement().satisfies(field -> {
            assertThat(field.field()).isEqualTo("password");
            assertThat(field.message()).contains("a few words");
        });
        assertThat(refused.getMessage()).doesNotContain(password);
    }

    @Test
    void fifteenToAHundredAndTwentyEightCharactersCountedAsAPersonWould() {
        assertThat(failure(() -> rules.check("password", "fourteen chars")).kind())
                .isEqualTo(Kind.INVALID);
        assertThat(rules.check("password", "fifteen  chars!")).hasSize(15);
        assertThat(failure(() -> rules.check("password", "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘"))
                        .kind())
                .isEqualTo(Kind.INVALID);
        String longest = "seven wet otters juggling ".repeat(5).substring(0, 128);
        assertThat(rules.check("password", longest)).hasSize(128);
        assertThat(failure(() -> rules.check("password", longest + "x")).kind()).isEqualTo(Kind.INVALID);
        assertThat(failure(() -> rules.check("password", "x\u0301".repeat(10_000_000)))
                        .kind())
                .isEqualTo(Kind.INVALID);
    }

    @Test
    void aComposedAndADecomposedLetterAreOne() {
        assertThat(rules.check("password", "fu\u0308nfzehn Zeichen")).isEqualTo("fünfzehn Zeichen");
    }

    @Test
    void halfACharacterIsRefused() {
        assertThat(failure(() -> rules.check("password", "correct horse \ud83d battery"))
                        .kind())
                .isEqualTo(Kind.INVALID);
    }

    @Test
    void withoutAHostNameTheRestStillHolds() {
        PasswordRules nameless = new PasswordRules("");

        assertThat(nameless.check("password", "workbench1234599")).isNotEmpty();
        assertThat(failure(() -> nameless.check("password", "opencodenexus1234")))
                .isNotNull();
    }
}
