package opencode.nexus.restart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.restart.RestartService.Policy;
import org.junit.jupiter.api.Test;
import org.osgi.util.converter.Converters;

class PoliciesTest {
    private static final List<String> NAMES = List.of(
            "enabled",
            "maxAttempts",
            "windowSeconds",
            "firstDelayMs",
            "multiplier",
            "maxDelayMs",
            "memoryLimitMb",
            "memoryCeilingMb",
            "slowRetry",
            "notify");

    @Test
    void withoutValuesItIsTheStandardThatTheDescriptionNames() {
        RestartConfig described =
                Converters.standardConverter().convert(Map.of()).to(RestartConfig.class);

        assertThat(Policies.of(Map.of()))
                .isEqualTo(Policies.STANDARD)
                .isEqualTo(new Policy(
                        described.enabled(),
                        described.maxAttempts(),
                        described.windowSeconds(),
                        described.firstDelayMs(),
                        described.multiplier(),
                        described.maxDelayMs(),
                        described.memoryLimitMb(),
                        described.memoryCeilingMb(),
                        described.slowRetry(),
                        described.notify$()));
    }

    @Test
    void valuesAreTakenAsNumbersOrAsTexts() {
        assertThat(Policies.of(Map.of(
                        "enabled",
                        "false",
                        "maxAttempts",
                        7L,
                        "windowSeconds",
                        " 300 ",
                        "firstDelayMs",
                        100,
                        "multiplier",
                        "1.5",
                        "maxDelayMs",
                        2_000.0,
                        "memoryLimitMb",
                        "0",
                        "memoryCeilingMb",
                        0,
                        "slowRetry",
                        false,
                        "notify",
                        "FALSE")))
                .isEqualTo(new Policy(false, 7, 300, 100, 1.5, 2_000, 0, 0, false, false));
    }

    @Test
    void whatIsOutOfRangeIsTheNearestThatIsTaken() {
        assertThat(Policies.of(Map.of(
                        "maxAttempts",
                        -5,
                        "windowSeconds",
                        Long.MAX_VALUE,
                        "firstDelayMs",
                        "-1e300",
                        "multiplier",
                        Double.POSITIVE_INFINITY,
                        "maxDelayMs",
                        0,
                        "memoryLimitMb",
                        -1,
                        "memoryCeilingMb",
                        1e12)))
                .isEqualTo(new Policy(true, 1, 86_400, 10, 10, 10, 0, 1_048_576, true, true));
    }

    @Test
    void whatIsNoNumberIsTheStandard() {
        assertThat(Policies.of(Map.of(
                        "enabled",
                        "perhaps",
                        "maxAttempts",
                        "many",
                        "multiplier",
                        Double.NaN,
                        "maxDelayMs",
                        List.of(1))))
                .isEqualTo(Policies.STANDARD);
    }

    @Test
    void theLongestDelayIsNotShorterThanTheFirstAndTheCeilingNotBelowTheLimit() {
        Policy policy = Policies.of(
                Map.of("firstDelayMs", 5_000, "maxDelayMs", 100, "memoryLimitMb", 3_000, "memoryCeilingMb", 1_000));

        assertThat(policy.maxDelayMs()).isEqualTo(5_000);
        assertThat(policy.memoryCeilingMb()).isEqualTo(3_000);
    }

    @Property
    void whateverIsConfiguredThePolicyIsWithinItsBounds(@ForAll("values") Map<String, Object> values) {
        Policy policy = Policies.of(values);

        assertThat(policy.maxAttempts()).isBetween(1, 100);
        assertThat(policy.windowSeconds()).isBetween(10, 86_400);
        assertThat(policy.firstDelayMs()).isBetween(10, 60_000);
        assertThat(policy.multiplier()).isBetween(1.0, 10.0);
        assertThat(policy.maxDelayMs()).isBetween(policy.firstDelayMs(), 3_600_000);
        assertThat(policy.memoryLimitMb()).isBetween(0, 1_048_576);
        assertThat(policy.memoryCeilingMb() == 0 || policy.memoryCeilingMb() >= policy.memoryLimitMb())
                .isTrue();
    }

    @Provide
    Arbitrary<Map<String, Object>> values() {
        Arbitrary<Object> value = Arbitraries.oneOf(
                Arbitraries.integers().map(Object.class::cast),
                Arbitraries.longs().map(Object.class::cast),
                Arbitraries.doubles().map(Object.class::cast),
                Arbitraries.strings().ofMaxLength(10).map(Object.class::cast),
                Arbitraries.of(true, false, "NaN", "1e400", "-0", "0x10"));
        return Arbitraries.maps(Arbitraries.of(NAMES), value).ofMaxSize(10);
    }

    @Test
    void theRuleNamesTheFieldThatIsWrong() {
        PolicyRule rule = new PolicyRule();

        assertThat(rule.check(Map.of())).isEmpty();
        assertThat(rule.check(
                        Map.of("firstDelayMs", 500, "maxDelayMs", 500, "memoryLimitMb", 10, "memoryCeilingMb", 10)))
                .isEmpty();
        assertThat(rule.check(Map.of("memoryLimitMb", 10, "memoryCeilingMb", 0)))
                .isEmpty();
        assertThat(rule.check(
                        Map.of("firstDelayMs", 501L, "maxDelayMs", 500, "memoryLimitMb", 11, "memoryCeilingMb", 10)))
                .containsExactly(
                        new Field("maxDelayMs", "must be at least firstDelayMs, which is 501"),
                        new Field("memoryCeilingMb", "must be 0 for never, or at least memoryLimitMb, which is 11"));
    }
}
