package opencode.nexus.restart.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.Vitals;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HealthRuleTest {
    private static final long MB = 1_024 * 1_024;

    private Policy policy = Policies.USUAL;
    private HealthState state = HealthState.NEW;
    private long now = 1_000_000;
    private long pid = 7;
    private @Nullable Instant heard = Instant.EPOCH;
    private HealthRule.@Nullable Look last;

    @Test
    void whoAnswersIsHealthy() {
        assertThat(look(12, false, 300L)).isEqualTo(Verdict.HEALTHY);
        assertThat(why()).isEqualTo("It answered in 12 ms.");
    }

    @Test
    void whoIsSlowIsBusy() {
        assertThat(look(1_000, false, null)).isEqualTo(Verdict.HEALTHY);
        assertThat(look(1_001, false, null)).isEqualTo(Verdict.BUSY);
        assertThat(why()).isEqualTo("It took 1001 ms to answer.");
    }

    @Test
    void whoWorksIsBusy() {
        assertThat(look(1, true, null)).isEqualTo(Verdict.BUSY);
        assertThat(why()).isEqualTo("It works.");
    }

    @Test
    void threeQuestionsWithoutAnswerAndHalfAMinuteOfSilenceAreWedged() {
        assertThat(look(1, false, null)).isEqualTo(Verdict.HEALTHY);
        now += 10_000;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 10_000;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 9_999;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 1;
        assertThat(silent()).isEqualTo(Verdict.WEDGED);
        assertThat(why()).isEqualTo("It runs, but answered nothing 4 times in a row and said nothing for 30 seconds.");
    }

    @Test
    void silenceAloneIsNotWedged() {
        look(1, false, null);
        now += 3_600_000;

        assertThat(look(1, false, null)).isEqualTo(Verdict.HEALTHY);
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        assertThat(silent()).isEqualTo(Verdict.WEDGED);
    }

    @Test
    void whoSaysSomethingIsBusyHoweverLongItAnswersNothing() {
        for (int i = 0; i < 100; i++) {
            now += 10_000;
            heard = Instant.EPOCH.plusSeconds(i);
            assertThat(silent()).isEqualTo(Verdict.BUSY);
        }
        assertThat(why()).isEqualTo("It did not answer, but may be at work.");
    }

    @Test
    void oneAnswerBeginsTheCountAnew() {
        look(1, false, null);
        now += 60_000;
        silent();
        silent();
        look(1, false, null);

        assertThat(silent()).isEqualTo(Verdict.BUSY);
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        assertThat(silent()).isEqualTo(Verdict.WEDGED);
    }

    @Test
    void whoWasNeverHeardIsSilentSinceTheFirstLook() {
        heard = null;
        silent();
        silent();
        now += 29_999;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 1;
        assertThat(silent()).isEqualTo(Verdict.WEDGED);
    }

    @Test
    void anotherProcessBeginsAnew() {
        now += 1;
        silent();
        silent();
        now += 60_000;
        pid = 8;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        assertThat(state.unanswered()).isEqualTo(1);
        assertThat(state.pid()).isEqualTo(8);
    }

    @Test
    void aClockThatGoesBackLengthensNoSilence() {
        silent();
        silent();
        now -= 500_000;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 29_999;
        assertThat(silent()).isEqualTo(Verdict.BUSY);
        now += 1;
        assertThat(silent()).isEqualTo(Verdict.WEDGED);
    }

    @Test
    void moreThanTheLimitTwiceIsALeakThatWaitsUntilItIsIdle() {
        assertThat(look(1, true, 1_001L)).isEqualTo(Verdict.BUSY);
        assertThat(look(1, true, 1_001L)).isEqualTo(Verdict.LEAKING);
        assertThat(why()).isEqualTo("It holds 1001 MB of memory, more than the 1000 MB it may.");
        assertThat(look(1, false, 1_001L)).isEqualTo(Verdict.LEAKING_IDLE);
        assertThat(look(1, false, 1_000L)).isEqualTo(Verdict.HEALTHY);
        assertThat(look(1, false, 1_001L)).isEqualTo(Verdict.HEALTHY);
    }

    @Test
    void whoDoesNotAnswerIsNotTakenForIdle() {
        look(1, false, 1_001L);
        assertThat(HealthRule.next(
                                state,
                                new Vitals(Instant.EPOCH, pid, null, heard, false, 1_001 * MB, null),
                                now,
                                policy)
                        .verdict())
                .isEqualTo(Verdict.LEAKING);
    }

    @Test
    void moreThanTheCeilingTwiceIsExchangedAtOnce() {
        assertThat(look(1, true, 2_001L)).isEqualTo(Verdict.BUSY);
        assertThat(look(1, true, 2_000L)).isEqualTo(Verdict.LEAKING);
        assertThat(look(1, true, 2_001L)).isEqualTo(Verdict.LEAKING);
        assertThat(look(1, true, 2_001L)).isEqualTo(Verdict.OVER_CEILING);
        assertThat(why())
                .isEqualTo("It holds 2001 MB of memory, more than the 2000 MB at which it is exchanged at once.");
    }

    @Test
    void withoutALimitNothingIsTooMuch() {
        policy = Policies.usual().memory(0, 0).policy();
        for (int i = 0; i < 40; i++) {
            now += 30_000;
            assertThat(look(1, false, 1_000L * i + 100)).isEqualTo(Verdict.HEALTHY);
        }
    }

    @Test
    void aSteadyRiseIsALeakBeforeTheLimitIsReached() {
        Verdict verdict = Verdict.HEALTHY;
        long held = 200;
        for (int i = 0; i <= 20; i++) {
            now += 30_000;
            held += 20;
            verdict = look(1, false, held);
        }

        assertThat(verdict).isEqualTo(Verdict.LEAKING_IDLE);
        assertThat(why())
                .isEqualTo("It holds 620 MB of memory, rises steadily and would reach 1000 MB within an hour.");
    }

    @Test
    void withoutALimitTheCeilingIsWhatARiseIsMeasuredBy() {
        policy = Policies.usual().memory(0, 1_500).policy();
        Verdict verdict = Verdict.HEALTHY;
        for (int i = 0; i <= 20; i++) {
            now += 30_000;
            verdict = look(1, true, 200L + 20 * i);
        }

        assertThat(verdict).isEqualTo(Verdict.LEAKING);
        assertThat(why()).endsWith("would reach 1500 MB within an hour.");
    }

    @Test
    void aLeakIsStillOneWhileItsMemoryIsNotTold() {
        for (int i = 0; i <= 20; i++) {
            now += 30_000;
            look(1, false, 200L + 20 * i);
        }

        assertThat(look(1, false, null)).isEqualTo(Verdict.LEAKING_IDLE);
        assertThat(why()).startsWith("Its memory is not known");
    }

    private Verdict silent() {
        return judge(new Vitals(Instant.EPOCH, pid, null, heard, true, null, null));
    }

    private Verdict look(long millis, boolean busy, @Nullable Long megabytes) {
        return judge(new Vitals(
                Instant.EPOCH,
                pid,
                Duration.ofMillis(millis),
                heard,
                busy,
                megabytes == null ? null : megabytes * MB,
                null));
    }

    private Verdict judge(Vitals vitals) {
        HealthRule.Look look = HealthRule.next(state, vitals, now, policy);
        state = look.state();
        last = look;
        return look.verdict();
    }

    private String why() {
        return last == null ? "" : last.why();
    }
}
