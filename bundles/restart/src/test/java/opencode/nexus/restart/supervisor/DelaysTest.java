package opencode.nexus.restart.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelaysTest {

    @ParameterizedTest
    @CsvSource({"-1, 0", "0, 0", "1, 500", "2, 1000", "3, 2000", "4, 4000", "5, 4000", "10000, 4000"})
    void theBoundGrowsUpToTheLongest(int failures, long bound) {
        assertThat(Delays.bound(Policies.USUAL, failures)).isEqualTo(bound);
    }

    @Property
    void aDelayIsNeverZeroAndNeverLongerThanItsBound(
            @ForAll @LongRange(min = 1, max = 3_600_000) long bound,
            @ForAll @DoubleRange(min = 0, max = 1, maxIncluded = false) double random) {
        assertThat(Delays.draw(bound, random)).isBetween(1L, bound);
    }

    @Property
    void anyPolicyHasABound(
            @ForAll @IntRange(min = 10, max = 60_000) int first,
            @ForAll @DoubleRange(min = 1, max = 10) double multiplier,
            @ForAll @IntRange(min = 1, max = 10_000) int failures) {
        assertThat(Delays.bound(
                        Policies.usual().delays(first, multiplier, 60_000).policy(), failures))
                .isBetween((long) first, 60_000L);
    }

    @Test
    void theEndsOfTheRangeAreDrawn() {
        assertThat(Delays.draw(0, 0.5)).isZero();
        assertThat(Delays.draw(1, 0)).isEqualTo(1);
        assertThat(Delays.draw(100, 0)).isEqualTo(1);
        assertThat(Delays.draw(100, 0.5)).isEqualTo(51);
        assertThat(Delays.draw(100, 1)).isEqualTo(100);
        assertThat(Delays.draw(-5, 0.5)).isZero();
    }

    @Test
    void healthyIsAMinuteOrTenTimesTheLastDelay() {
        assertThat(Delays.healthy(0)).isEqualTo(60_000);
        assertThat(Delays.healthy(6_000)).isEqualTo(60_000);
        assertThat(Delays.healthy(6_001)).isEqualTo(60_010);
    }
}
