package opencode.nexus.restart.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class GrowthTest {
    private static final long MB = 1_024 * 1_024;
    private static final long LIMIT = 4_096 * MB;

    @Test
    void aSteadyRiseIsSeenAfterTenMinutes() {
        assertThat(after(20, half -> (500 + 40L * half) * MB).reaches(LIMIT)).isTrue();
        assertThat(after(19, half -> (500 + 40L * half) * MB).reaches(LIMIT)).isFalse();
    }

    @Test
    void aSawtoothOnARisingFloorIsSeen() {
        Random random = new Random(1);
        assertThat(after(40, half -> (500 + 40L * half) * MB + random.nextInt(15) * MB)
                        .reaches(LIMIT))
                .isTrue();
    }

    @Test
    void aStepIsNoLeak() {
        for (int step = 1; step < 40; step++) {
            int at = step;
            assertThat(after(40, half -> (half < at ? 500 : 1_600) * MB).reaches(LIMIT))
                    .as("step after %d half minutes", at)
                    .isFalse();
        }
    }

    @Test
    void aRestlessButLevelProcessIsNoLeak() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            assertThat(after(40, half -> (450 + random.nextInt(1_200)) * MB).reaches(LIMIT))
                    .isFalse();
        }
    }

    @Test
    void aSlowRiseThatStaysFarFromTheLimitIsNone() {
        assertThat(after(40, half -> (300 + 10L * half) * MB).reaches(LIMIT)).isFalse();
    }

    @Test
    void aRiseOfLessThanHalfIsNone() {
        assertThat(after(40, half -> (3_000 + 25L * half) * MB).reaches(LIMIT)).isFalse();
        assertThat(after(40, half -> (1_900 + 27L * half) * MB).reaches(LIMIT)).isTrue();
    }

    @Test
    void exactlyHalfIsEnough() {
        // The medians of the edges are those of the second and the last but one.
        assertThat(after(40, half -> 1_000 + half * 501L / 37 * MB).reaches(1)).isTrue();
        assertThat(after(20, half -> half < 3 ? 1_000 : half > 16 ? 1_500 : 1_001 + half)
                        .reaches(1_600))
                .isTrue();
        assertThat(after(20, half -> half < 3 ? 1_000 : half > 16 ? 1_499 : 1_001 + half)
                        .reaches(1_600))
                .isFalse();
    }

    @Test
    void aFallIsNone() {
        assertThat(after(40, half -> (4_000 - 50L * half) * MB).reaches(LIMIT)).isFalse();
    }

    @Test
    void theLowestOfEachHalfMinuteIsKept() {
        Growth growth = Growth.NONE.with(30, 0).with(10, 5_000).with(20, 29_999);
        assertThat(growth.floors()).isEmpty();

        growth = growth.with(50, 30_000);

        assertThat(growth.floors()).containsExactly(10L);
        assertThat(growth.lowest()).isEqualTo(50);
        assertThat(growth.begun()).isEqualTo(30_000);
    }

    @Test
    void twentyMinutesAreKept() {
        Growth growth = after(100, half -> half);

        assertThat(growth.floors()).hasSize(40).startsWith(60L).endsWith(99L);
    }

    @Test
    void aClockThatGoesBackBeginsAHalfMinute() {
        Growth growth = Growth.NONE.with(30, 100_000).with(40, 10);

        assertThat(growth.floors()).containsExactly(30L);
        assertThat(growth.begun()).isEqualTo(10);
    }

    /** So many whole half minutes, with one value each. */
    private static Growth after(int halfMinutes, IntToLongFunction bytes) {
        Growth growth = Growth.NONE;
        for (int half = 0; half <= halfMinutes; half++) {
            growth = growth.with(bytes.applyAsLong(half), half * Growth.BUCKET_MILLIS);
        }
        return growth;
    }
}
