package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException.Field;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessRuleTest {
    private static final String AUDIENCE = FakeTeam.AUDIENCE;

    @ParameterizedTest
    @ValueSource(strings = {"harbour", "my-team-7", "a", "Harbour", "harbour.cloudflareaccess.com", " harbour "})
    void aTeamIsANameWithOrWithoutItsDomain(String team) {
        assertThat(wrong(team, AUDIENCE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://harbour.cloudflareaccess.com",
                "harbour.cloudflareaccess.com/",
                "harbour.cloudflareaccess.com:443",
                ".cloudflareaccess.com",
                "harbour.example.org",
                "harbour.cloudflareaccess.com.evil.example",
                "evil.example/.cloudflareaccess.com",
                "evil.example#.cloudflareaccess.com",
                "user@harbour",
                "a b",
                "-a",
                "a-",
                "a_b",
                "hafen\u00fc",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void nothingElseIs(String team) {
        assertThat(wrong(team, AUDIENCE)).extracting(Field::field).containsExactly("team");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0a", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "https://home.example.org", "x", "aud"})
    void anAudienceIsATag(String audience) {
        assertThat(wrong("harbour", audience)).extracting(Field::field).containsExactly("audience");
        assertThat(wrong("harbour", AUDIENCE + "0")).extracting(Field::field).containsExactly("audience");
        assertThat(wrong("harbour", AUDIENCE.replace('a', 'g'))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"harbour, '', audience", "harbour, ' ', audience", "'', " + TAG + ", team"})
    void bothAreWantedOrNeither(String team, String audience, String field) {
        assertThat(wrong(team, audience)).extracting(Field::field).containsExactly(field);
        assertThat(wrong("", " ")).isEmpty();
        assertThat(new AccessRule().check(Map.of())).isEmpty();
    }

    private static final String TAG = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";

    private static List<Field> wrong(String team, String audience) {
        return new AccessRule().check(Map.of("team", team, "audience", audience));
    }
}
