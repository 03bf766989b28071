package opencode.nexus.restart.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.restart.supervisor.Action.Begin;
import opencode.nexus.restart.supervisor.Action.News;
import opencode.nexus.restart.supervisor.Action.Recycle;
import opencode.nexus.restart.supervisor.Action.RetryIn;
import opencode.nexus.restart.supervisor.Action.Revive;
import opencode.nexus.restart.supervisor.Action.Settle;
import opencode.nexus.restart.supervisor.Action.Tell;
import opencode.nexus.restart.supervisor.State.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SupervisorTest {
    private final Driver driver = new Driver();

    // ---- dying ----

    @Test
    void theFirstRestartComesAtOnceAndIsOnRecordBefore() {
        driver.starting(1).running(1).dies();

        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
        assertThat(driver.state.starts()).containsExactly(0L);
        assertThat(driver.last).hasSize(3);
        assertThat(driver.last.get(0)).isInstanceOfSatisfying(Begin.class, begin -> {
            assertThat(begin.cause()).isEqualTo("ended");
            assertThat(begin.reason()).isEqualTo("It ended with code 1; it is started again at once.");
            assertThat(begin.delayMillis()).isZero();
            assertThat(begin.exit()).isNotNull();
        });
        assertThat(driver.last.get(1)).isInstanceOf(Revive.class);
        assertThat(driver.last.get(2)).isEqualTo(new Action.Arm(driver.state.timer(), 30_000));
    }

    @Test
    void onceItRunsAgainTheOwnerIsToldAndTheRecordSaysSo() {
        driver.starting(1).running(1).dies().starting(2);
        assertThat(driver.last).isEmpty();

        driver.running(2);

        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
        assertThat(driver.state.record()).isEqualTo(Record.CLOSED);
        assertThat(driver.state.reason()).isNull();
        assertThat(driver.done(Settle.class)).containsExactly(new Settle(Outcome.RECOVERED, "It runs again."));
        assertThat(driver.done(Tell.class))
                .containsExactly(new Tell(News.RESTARTED, "It ended with code 1; it is started again at once."));
        assertThat(driver.armed().millis()).isEqualTo(60_000);
    }

    @Test
    void laterRestartsWaitLongerEachTimeUpToTheLongest() {
        driver.policy = Policies.usual().attempts(100, 600).policy();
        driver.random = 0.999_999;
        driver.starting(1).running(1).dies();
        long pid = 2;
        for (long bound : List.of(500L, 1_000L, 2_000L, 4_000L, 4_000L, 4_000L)) {
            driver.starting(pid++).dies();

            assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
            assertThat(driver.done(RetryIn.class)).containsExactly(new RetryIn(bound));
            assertThat(driver.done(Revive.class)).isEmpty();
            assertThat(driver.done(Begin.class)).singleElement().satisfies(begin -> assertThat(begin.delayMillis())
                    .isEqualTo(bound));
            assertThat(driver.state.due()).isEqualTo(driver.now + bound);
            driver.wait("for the next start");
            assertThat(driver.done(Revive.class)).hasSize(1);
            assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
        }
    }

    @Test
    void aFailedStartIsSettledBeforeTheNextIsOnRecord() {
        driver.starting(1).running(1).dies().starting(2).dies(Exit.Cause.NOT_READY);

        assertThat(driver.last.get(0)).isEqualTo(new Settle(Outcome.FAILED, "It ended with code 1."));
        assertThat(driver.last.get(1)).isInstanceOfSatisfying(Begin.class, begin -> {
            assertThat(begin.cause()).isEqualTo("not_ready");
            assertThat(begin.reason()).isEqualTo("It ended with code 1; it is started again in 0.3 s.");
        });
    }

    @Test
    void longDelaysAreToldInWholeSeconds() {
        driver.policy = Policies.usual().delays(60_000, 1, 60_000).policy();
        driver.random = 0.5;
        driver.starting(1).dies().starting(2).dies();

        assertThat(driver.state.reason()).endsWith("it is started again in 30 s.");
    }

    @Test
    void tenSecondsAreToldInWholeSecondsAndLessIsNot() {
        driver.policy = Policies.usual().delays(10_000, 1, 10_000).policy();
        driver.random = 0.999_99;
        driver.starting(1).dies().starting(2).dies();
        assertThat(driver.state.reason()).endsWith("in 10 s.");
    }

    @Test
    void whatIsToldAgainIsNoNewFailure() {
        Exit exit = driver.exit(Exit.Cause.ENDED);
        driver.starting(1).dies().starting(2);
        driver.status(SupervisedStatus.State.FAILED, null, true, exit, "It ended.");
        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);

        driver.status(SupervisedStatus.State.FAILED, null, true, exit, "It ended.");
        assertThat(driver.last).isEmpty();
        driver.wait("for the next start");
        driver.status(SupervisedStatus.State.FAILED, null, true, exit, "It ended.");

        assertThat(driver.last).isEmpty();
        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
    }

    @Test
    void anEndWithoutAnExitCountsOnce() {
        driver.starting(1).running(1);
        driver.status(SupervisedStatus.State.FAILED, null, true, null, null);
        assertThat(driver.done(Begin.class)).singleElement().satisfies(begin -> assertThat(begin.reason())
                .isEqualTo("It ended; it is started again at once."));

        driver.status(SupervisedStatus.State.FAILED, null, true, null, null);

        assertThat(driver.last).isEmpty();
    }

    @Test
    void aStartThatIsNotHeardOfCountsAsAFailure() {
        driver.starting(1).running(1).dies();

        driver.wait("for a word of the start");

        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.FAILED);
        assertThat(driver.done(Begin.class)).singleElement().satisfies(begin -> {
            assertThat(begin.cause()).isEqualTo("unheard");
            assertThat(begin.exit()).isNull();
        });
        assertThat(driver.state.failures()).isEqualTo(2);
    }

    @Test
    void aStartThatIsHeardOfIsNotWaitedForAnyMore() {
        driver.starting(1).running(1).dies();
        int timer = driver.state.timer();
        driver.starting(2);

        driver.tell(new Event.TimerFired(timer));

        assertThat(driver.last).isEmpty();
        assertThat(driver.state.timer()).isZero();
        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
    }

    @Test
    void oldTimersAndNoTimersMeanNothing() {
        driver.starting(1).running(1);
        int timer = driver.state.timer();
        driver.running(2);

        assertThat(driver.tell(new Event.TimerFired(timer)).last).isEmpty();
        assertThat(driver.starting(3).tell(new Event.TimerFired(0)).last).isEmpty();
    }

    // ---- giving up ----

    @Test
    void afterTheLastAttemptItIsGivenUpAndTheOwnerIsTold() {
        giveUp();

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.record()).isEqualTo(Record.GAVE_UP);
        assertThat(driver.revivals()).isEqualTo(3);
        assertThat(driver.done(Begin.class)).singleElement().satisfies(begin -> assertThat(begin.delayMillis())
                .isEqualTo(600_000));
        assertThat(driver.done(Settle.class))
                .extracting(Settle::outcome)
                .containsExactly(Outcome.FAILED, Outcome.GAVE_UP);
        assertThat(driver.done(Tell.class)).singleElement().satisfies(tell -> {
            assertThat(tell.news()).isEqualTo(News.GAVE_UP);
            assertThat(tell.text())
                    .isEqualTo("It ended with code 1; it was started 3 times within 600 seconds, "
                            + "and is now tried every ten minutes.");
        });
        assertThat(driver.done(RetryIn.class)).containsExactly(new RetryIn(600_000L));
    }

    @Test
    void withoutTheSlowRetryNothingIsWaitedFor() {
        driver.policy = Policies.usual().slowRetry(false).policy();
        giveUp();

        assertThat(driver.state.timer()).isZero();
        assertThat(driver.done(RetryIn.class)).isEmpty();
        assertThat(driver.state.reason()).endsWith("and is not started any more.");
        assertThat(driver.done(Begin.class)).singleElement().satisfies(begin -> assertThat(begin.delayMillis())
                .isZero());
    }

    @Test
    void theSlowRetryTriesOnceInTenMinutesAndTellsNothingTwice() {
        giveUp();
        for (int round = 0; round < 5; round++) {
            long before = driver.revivals();
            driver.wait("for the slow retry");
            assertThat(driver.done(Settle.class)).containsExactly(new Settle(Outcome.PENDING, "One start is tried."));
            assertThat(driver.revivals()).isEqualTo(before + 1);

            driver.starting(50 + round).dies();

            assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
            assertThat(driver.armed().millis()).isEqualTo(600_000);
            assertThat(driver.done(Tell.class)).isEmpty();
            assertThat(driver.revivals()).isEqualTo(before + 1);
        }
    }

    @Test
    void aSlowRetryThatHelpsIsOnRecordAndEndsTheTrouble() {
        giveUp();
        driver.wait("for the slow retry").starting(9).running(9);

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.RECOVERED);
        assertThat(driver.done(Tell.class)).extracting(Tell::news).containsExactly(News.RESTARTED, News.OVER);
        assertThat(driver.state.told()).isFalse();
    }

    @Test
    void whatFlapsInTheSlowLaneStaysThereUntilAllIsWell() {
        giveUp();
        driver.wait("for the slow retry").starting(9).running(9).dies();
        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.armed().millis()).isEqualTo(600_000);

        driver.wait("for the slow retry")
                .starting(10)
                .running(10)
                .wait("for a healthy minute")
                .dies();

        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
    }

    @Test
    void startsThatLeftTheWindowDoNotCount() {
        driver.policy = Policies.usual().attempts(3, 60).policy();
        driver.starting(1).dies().starting(2).dies().wait("for the next start");
        driver.starting(3);
        driver.now += 60_000;

        driver.dies();

        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
        assertThat(driver.state.attempts(driver.now, driver.policy)).isZero();
        driver.policy = Policies.usual().attempts(2, 600).policy();
        assertThat(driver.state.attempts(driver.now, driver.policy)).isEqualTo(2);
    }

    @Test
    void startsAtTheEdgeOfTheWindowStillCount() {
        driver.policy = Policies.usual().attempts(1, 60).policy();
        driver.starting(1).dies().starting(2);
        driver.now += 59_999;

        driver.dies();

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
    }

    @ParameterizedTest
    @EnumSource
    void hopelessExitsDoNotLoop(Exit.Cause cause) {
        driver.starting(1).dies(cause);

        if (!cause.isHopeless()) {
            assertThat(driver.revivals()).isEqualTo(1);
            return;
        }
        assertThat(driver.revivals()).isZero();
        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.timer()).isZero();
        assertThat(driver.state.reason()).isEqualTo("It ended with code 1; another start would end the same way.");
        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.GAVE_UP);
        assertThat(driver.done(Tell.class)).extracting(Tell::news).containsExactly(News.GAVE_UP);
        assertThat(driver.done(Begin.class)).extracting(Begin::delayMillis).containsExactly(0L);
    }

    @Test
    void aHopelessExitIsGivenUpAlsoWhileItIsBeingRetried() {
        giveUp();
        driver.wait("for the slow retry").starting(9).dies(Exit.Cause.MISSING);

        assertThat(driver.state.timer()).isZero();
        assertThat(driver.state.reason()).endsWith("another start would end the same way.");
    }

    // ---- the owner ----

    @Test
    void aStopOfTheOwnerIsFinal() {
        driver.starting(1).dies().starting(2).dies();
        int timer = driver.state.timer();

        driver.status(SupervisedStatus.State.FAILED, null, false, driver.exit(Exit.Cause.ENDED), "It ended.");

        assertThat(driver.done(Settle.class)).containsExactly(new Settle(Outcome.SUPERSEDED, "The owner stopped it."));
        assertThat(driver.state.phase()).isEqualTo(Phase.STOPPED);
        assertThat(driver.tell(new Event.TimerFired(timer)).last).isEmpty();
        assertThat(driver.status(SupervisedStatus.State.FAILED, null, false, driver.exit(Exit.Cause.ENDED), null).last)
                .isEmpty();
        assertThat(driver.state.starts()).isEmpty();
        assertThat(driver.state.timer()).isZero();
    }

    @Test
    void aStopOfTheOwnerWhileItStartsIsFinal() {
        driver.starting(1).running(1).dies().starting(2);
        driver.status(SupervisedStatus.State.STARTING, 2L, false, null, null);
        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
        driver.status(SupervisedStatus.State.STOPPING, 2L, false, null, null);
        assertThat(driver.state.phase()).isEqualTo(Phase.STOPPING);
        assertThat(driver.state.own()).isFalse();

        driver.stopped(false);

        assertThat(driver.state.phase()).isEqualTo(Phase.STOPPED);
        assertThat(driver.revivals()).isEqualTo(1);
    }

    @Test
    void aStartOfTheOwnerBeginsAnew() {
        giveUp();

        driver.starting(9);

        assertThat(driver.state.starts()).isEmpty();
        assertThat(driver.state.failures()).isZero();
        assertThat(driver.state.surrender()).isEqualTo(State.Surrender.NONE);
        assertThat(driver.done(Tell.class)).containsExactly(new Tell(News.OVER, ""));
        assertThat(driver.dies().done(Revive.class)).hasSize(1);
    }

    @Test
    void aRestartOfTheOwnerGoesThroughStoppedAndBeginsAnew() {
        driver.starting(1).dies().starting(2).dies();

        driver.stopped(true);

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.SUPERSEDED);
        assertThat(driver.state.failures()).isZero();
        assertThat(driver.state.lastDelay()).isZero();
        assertThat(driver.state.timer()).isZero();
    }

    @Test
    void aRestartOfTheOwnerWhileItRunsIsNoFailure() {
        driver.starting(1).running(1).stopping(1).stopped(true).starting(2).running(2);

        assertThat(driver.done(Settle.class)).isEmpty();
        assertThat(driver.all).noneMatch(Begin.class::isInstance);
        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void aStartAfterAStopForgetsWhatWasCounted() {
        driver.starting(1).running(1).dies().starting(2);
        driver.stopped(false);
        assertThat(driver.state.failures()).isZero();

        driver.stopped(true).starting(3).dies();

        assertThat(driver.done(Revive.class)).hasSize(1);
    }

    @Test
    void aStopSettlesWhatTheOwnerWasToldOf() {
        giveUp();

        driver.stopped(false);

        assertThat(driver.done(Tell.class)).containsExactly(new Tell(News.OVER, ""));
        assertThat(driver.state.record()).isEqualTo(Record.CLOSED);
    }

    @Test
    void whatIsSomebodyElsesIsLetBe() {
        driver.status(SupervisedStatus.State.RUNNING, 7L, true, false, null, null);
        driver.judged(7, Verdict.WEDGED);
        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
        assertThat(driver.state.health()).isEqualTo(Health.WEDGED);
        assertThat(driver.last).isEmpty();
        driver.judged(7, Verdict.LEAKING);
        assertThat(driver.last).isEmpty();
        driver.status(SupervisedStatus.State.RUNNING, 7L, true, false, null, null);
        assertThat(driver.state.health()).isEqualTo(Health.LEAKING);

        driver.status(SupervisedStatus.State.FAILED, null, true, false, driver.exit(Exit.Cause.ENDED), "Gone.");

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.health()).isEqualTo(Health.UNKNOWN);
        assertThat(driver.state.reason()).isEqualTo("Gone.");
        assertThat(driver.all).isEmpty();
    }

    @Test
    void whatBecomesSomebodyElsesIsLetBeFromThenOn() {
        driver.starting(1).running(1).dies();

        driver.status(SupervisedStatus.State.RUNNING, 7L, true, false, null, null);

        assertThat(driver.done(Settle.class))
                .containsExactly(new Settle(Outcome.SUPERSEDED, "It is not ours any more."));
    }

    @Test
    void whatIsOfNoUseAndNotWantedIsShownAsSuch() {
        driver.status(SupervisedStatus.State.FAILED, 7L, false, null, "Broken.");

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.health()).isEqualTo(Health.UNUSABLE);
    }

    // ---- all is well ----

    @Test
    void aHealthyMinuteForgetsWhatWasCounted() {
        driver.starting(1).running(1).dies().starting(2).running(2).wait("for a healthy minute");

        assertThat(driver.now).isEqualTo(60_000);
        assertThat(driver.state.failures()).isZero();
        assertThat(driver.state.starts()).isEmpty();
        assertThat(driver.done(Action.Note.class)).hasSize(1);
    }

    @Test
    void afterLongDelaysTenTimesTheLastIsWaitedFor() {
        driver.policy = Policies.usual().delays(20_000, 1, 20_000).policy();
        driver.random = 0.999_999;
        driver.starting(1)
                .dies()
                .starting(2)
                .dies()
                .wait("for the next start")
                .starting(3)
                .running(3);

        assertThat(driver.armed().millis()).isEqualTo(200_000);
    }

    @Test
    void aWedgedMinuteIsNotHealthy() {
        driver.policy = Policies.usual().enabled(false).policy();
        driver.starting(1).running(1).judged(1, Verdict.WEDGED);

        driver.wait("for a healthy minute");

        assertThat(driver.done(Action.Note.class)).isEmpty();
        assertThat(driver.armed().millis()).isEqualTo(60_000);
    }

    @Test
    void theSameProcessRunningIsNoNews() {
        driver.starting(1).running(1);
        int timer = driver.state.timer();

        driver.running(1);

        assertThat(driver.last).isEmpty();
        assertThat(driver.state.timer()).isEqualTo(timer);
    }

    // ---- health ----

    @Test
    void aWedgedProcessIsExchanged() {
        driver.starting(1).running(1).judged(1, Verdict.WEDGED);

        assertThat(driver.state.phase()).isEqualTo(Phase.STOPPING);
        assertThat(driver.last.get(0)).isEqualTo(new Begin("wedged", "It is WEDGED; it is exchanged.", null, 0));
        assertThat(driver.last.get(1)).isEqualTo(new Recycle(1, "It is WEDGED."));
        assertThat(driver.armed().millis()).isEqualTo(60_000);
        assertThat(driver.state.failures()).isEqualTo(1);

        driver.running(1);
        assertThat(driver.state.phase()).isEqualTo(Phase.STOPPING);
        driver.judged(1, Verdict.WEDGED);
        assertThat(driver.last).isEmpty();
        driver.stopping(1).stopped(true).starting(2);
        assertThat(driver.state.record()).isEqualTo(Record.PENDING);
        assertThat(driver.state.reason()).isEqualTo("It is WEDGED; it is exchanged.");
        driver.running(2);

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.RECOVERED);
        assertThat(driver.state.reason()).isNull();
    }

    @Test
    void anExchangeThatIsNotHeardOfMayBeAskedForAgain() {
        driver.starting(1).running(1).judged(1, Verdict.WEDGED).wait("for a word of the exchange");

        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.FAILED);
        assertThat(driver.armed().millis()).isEqualTo(60_000);

        assertThat(driver.judged(1, Verdict.WEDGED).done(Recycle.class)).hasSize(1);
    }

    @Test
    void aLeakIsAnnouncedOnceAndExchangedWhenIdle() {
        driver.starting(1).running(1).judged(1, Verdict.LEAKING);
        assertThat(driver.done(Tell.class))
                .containsExactly(new Tell(News.LEAKING, "It is LEAKING. It is exchanged as soon as it is idle."));
        assertThat(driver.done(Action.Note.class)).hasSize(1);
        assertThat(driver.state.reason()).isEqualTo("It is LEAKING.");
        assertThat(driver.judged(1, Verdict.LEAKING).last).isEmpty();

        driver.judged(1, Verdict.LEAKING_IDLE);

        assertThat(driver.done(Begin.class)).extracting(Begin::cause).containsExactly("leaking");
        assertThat(driver.done(Recycle.class)).hasSize(1);
    }

    @Test
    void overTheCeilingNothingIsWaitedFor() {
        driver.starting(1).running(1).judged(1, Verdict.OVER_CEILING);

        assertThat(driver.done(Begin.class)).extracting(Begin::cause).containsExactly("over_ceiling");
        assertThat(driver.done(Recycle.class)).hasSize(1);
    }

    @Test
    void aBusyProcessIsLeftAlone() {
        driver.starting(1).running(1).judged(1, Verdict.BUSY);

        assertThat(driver.last).isEmpty();
        assertThat(driver.state.health()).isEqualTo(Health.BUSY);
    }

    @Test
    void anExaminationOfAnotherProcessMeansNothing() {
        driver.starting(1).running(1).judged(2, Verdict.WEDGED);
        assertThat(driver.last).isEmpty();
        driver.starting(3).judged(3, Verdict.WEDGED);
        assertThat(driver.last).isEmpty();
        driver.status(SupervisedStatus.State.RUNNING, null, true, null, null);
        driver.judged(3, Verdict.WEDGED);
        assertThat(driver.last).isEmpty();
    }

    @Test
    void exchangesCountInTheWindowAndEndThere() {
        driver.starting(1).running(1);
        for (long pid = 1; pid <= 3; pid++) {
            driver.judged(pid, Verdict.WEDGED).starting(pid + 1).running(pid + 1);
        }

        driver.judged(4, Verdict.WEDGED);

        assertThat(driver.done(Recycle.class)).isEmpty();
        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.GAVE_UP);
        assertThat(driver.done(Tell.class)).extracting(Tell::news).containsExactly(News.GAVE_UP);
        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
        assertThat(driver.state.reason()).startsWith("It is WEDGED; it was started 3 times");
        assertThat(driver.judged(4, Verdict.WEDGED).last).isEmpty();

        driver.judged(4, Verdict.HEALTHY);

        assertThat(driver.done(Tell.class)).containsExactly(new Tell(News.OVER, ""));
        assertThat(driver.state.reason()).isNull();
        assertThat(driver.armed().millis()).isEqualTo(60_000);
    }

    @Test
    void aLeakThatWentAwayIsOver() {
        driver.policy = Policies.usual().enabled(false).policy();
        driver.starting(1).running(1).judged(1, Verdict.LEAKING_IDLE);
        assertThat(driver.done(Tell.class)).extracting(Tell::news).containsExactly(News.GAVE_UP);
        assertThat(driver.state.reason()).isEqualTo("It is LEAKING_IDLE; starting again by itself is switched off.");

        driver.judged(1, Verdict.BUSY);

        assertThat(driver.last).containsExactly(new Tell(News.OVER, ""));
    }

    @Test
    void whatIsUpButOfNoUseIsNotRestarted() {
        driver.starting(1).unusable(1);

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.health()).isEqualTo(Health.UNUSABLE);
        assertThat(driver.state.reason()).isEqualTo("The configuration is broken.");
        assertThat(driver.all).isEmpty();
        assertThat(driver.dies().done(Revive.class)).hasSize(1);
    }

    @Test
    void aRestartThatLeadsToSomethingOfNoUseHasFailed() {
        driver.starting(1).running(1).dies().starting(2).unusable(2);

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.FAILED);
        assertThat(driver.state.own()).isFalse();
        assertThat(driver.state.timer()).isZero();
    }

    // ---- the policy ----

    @Test
    void aDisabledPolicyNeverRestartsButTells() {
        driver.policy = Policies.usual().enabled(false).policy();
        driver.starting(1).running(1).dies();

        assertThat(driver.revivals()).isZero();
        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.timer()).isZero();
        assertThat(driver.done(Tell.class)).extracting(Tell::news).containsExactly(News.GAVE_UP);
        assertThat(driver.state.reason()).isEqualTo("It ended with code 1; starting again by itself is switched off.");
        driver.starting(2).running(2);
        assertThat(driver.state.phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void switchedOnAgainItStartsWhatIsDead() {
        driver.policy = Policies.usual().enabled(false).policy();
        driver.starting(1).running(1).dies();
        driver.policy = Policies.USUAL;

        driver.tell(new Event.PolicyChanged());

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.PENDING);
        assertThat(driver.done(Begin.class)).isEmpty();
        assertThat(driver.done(Revive.class)).hasSize(1);
    }

    @Test
    void switchedOffWhileItWaitsItWaitsNoMore() {
        driver.starting(1).dies().starting(2).dies();
        driver.policy = Policies.usual().enabled(false).policy();

        driver.tell(new Event.PolicyChanged());

        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.state.timer()).isZero();
        assertThat(driver.done(RetryIn.class)).containsExactly(new RetryIn(null));
        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.GAVE_UP);
    }

    @Test
    void aShorterLongestDelayHoldsAtOnce() {
        driver.policy = Policies.usual().delays(60_000, 1, 60_000).policy();
        driver.random = 0.9;
        driver.starting(1).dies().starting(2).dies();
        assertThat(driver.armed().millis()).isEqualTo(54_001);
        driver.policy = Policies.usual().delays(100, 1, 1_000).policy();
        driver.random = 0.5;

        driver.tell(new Event.PolicyChanged());

        assertThat(driver.armed().millis()).isEqualTo(501);
        assertThat(driver.tell(new Event.PolicyChanged()).last).isEmpty();
    }

    @Test
    void whatHoldsNoMoreWhenTheTimeComesIsNotDone() {
        driver.starting(1).dies().starting(2).dies();
        driver.policy = Policies.usual().enabled(false).policy();
        driver.wait("for the next start");
        assertThat(driver.revivals()).isEqualTo(1);
        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);

        driver.policy = Policies.USUAL;
        driver.tell(new Event.PolicyChanged());
        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
        driver.policy = Policies.usual().attempts(1, 600).policy();
        driver.wait("for the next start");

        assertThat(driver.revivals()).isEqualTo(1);
        assertThat(driver.state.surrender()).isEqualTo(State.Surrender.TOO_OFTEN);
    }

    @Test
    void theSlowRetryCanBeSwitchedOffAndOn() {
        giveUp();
        assertThat(driver.tell(new Event.PolicyChanged()).last).isEmpty();
        driver.policy = Policies.usual().slowRetry(false).policy();
        driver.tell(new Event.PolicyChanged());
        assertThat(driver.state.timer()).isZero();
        assertThat(driver.done(RetryIn.class)).containsExactly(new RetryIn(null));
        assertThat(driver.tell(new Event.PolicyChanged()).last).isEmpty();

        driver.policy = Policies.USUAL;
        driver.tell(new Event.PolicyChanged());

        assertThat(driver.armed().millis()).isEqualTo(600_000);
    }

    @Test
    void aSlowRetryThatIsNotWantedAnyMoreDoesNothing() {
        giveUp();
        driver.policy = Policies.usual().enabled(false).policy();

        driver.wait("for the slow retry");

        assertThat(driver.last).isEmpty();
    }

    @Test
    void anotherPolicyMeansNothingWhileItRuns() {
        driver.starting(1).running(1).tell(new Event.PolicyChanged());

        assertThat(driver.last).isEmpty();
    }

    // ---- the clock, what came before, and the end ----

    @Test
    void aClockThatGoesBackChangesNoAge() {
        driver.now = 10_000_000;
        driver.policy = Policies.usual().attempts(2, 60).policy();
        driver.starting(1).dies().starting(2).dies();
        long left = driver.state.due() - driver.now;
        driver.now = 1_000;
        driver.tell(new Event.PolicyChanged());
        assertThat(driver.state.due() - driver.now).isEqualTo(left);
        assertThat(driver.state.starts()).containsExactly(1_000L);

        driver.tell(new Event.TimerFired(driver.state.timer()));

        assertThat(driver.state.phase()).isEqualTo(Phase.STARTING);
    }

    @Test
    void aClockThatJumpsAheadStartsNothing() {
        driver.starting(1).dies().starting(2).dies();
        driver.now += 86_400_000;

        assertThat(driver.tell(new Event.PolicyChanged()).last).isEmpty();
        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
    }

    @Test
    void aFailureThatWasBeingHandledGoesOn() {
        Exit exit = driver.exit(Exit.Cause.ENDED);
        driver.state = State.remembered(0, List.of(-3_000L), Record.PENDING, exit);

        driver.status(SupervisedStatus.State.FAILED, null, true, exit, "It ended.");

        assertThat(driver.done(Begin.class)).isEmpty();
        assertThat(driver.done(Settle.class)).isEmpty();
        assertThat(driver.state.phase()).isEqualTo(Phase.BACKOFF);
        assertThat(driver.state.starts()).containsExactly(-3_000L);
    }

    @Test
    void whatWasGivenUpBeforeStaysSoAndIsNotToldAgain() {
        Exit exit = driver.exit(Exit.Cause.BAD_ARGUMENTS);
        driver.state = State.remembered(0, List.of(), Record.GAVE_UP, exit);

        driver.status(SupervisedStatus.State.FAILED, null, true, exit, "It ended.");

        assertThat(driver.last).isEmpty();
        assertThat(driver.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(driver.running(4).done(Tell.class)).containsExactly(new Tell(News.OVER, ""));
    }

    @Test
    void whatCameToLifeMeanwhileHasRecovered() {
        driver.state = State.remembered(0, List.of(), Record.PENDING, driver.exit(Exit.Cause.ENDED));

        driver.running(5);

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.RECOVERED);
        assertThat(driver.done(Tell.class)).containsExactly(new Tell(News.RESTARTED, "It runs again."));
    }

    @Test
    void whatDiedOnceMoreMeanwhileIsAnotherFailure() {
        driver.state = State.remembered(0, List.of(), Record.PENDING, driver.exit(Exit.Cause.ENDED));

        driver.dies();

        assertThat(driver.done(Settle.class)).extracting(Settle::outcome).containsExactly(Outcome.FAILED);
        assertThat(driver.done(Begin.class)).hasSize(1);
    }

    @Test
    void theFirstWordIsNoStartOfTheOwner() {
        driver.state = State.remembered(0, List.of(-1L, 0L), Record.CLOSED, null);

        driver.starting(1);

        assertThat(driver.state.starts()).hasSize(2);
        assertThat(driver.state.failures()).isEqualTo(2);
    }

    @Test
    void nothingIsDoneAfterTheEnd() {
        driver.starting(1).dies().starting(2).dies();
        int timer = driver.state.timer();
        assertThat(driver.tell(new Event.Closed()).last).isEmpty();
        assertThat(driver.state.timer()).isZero();

        assertThat(driver.tell(new Event.TimerFired(timer)).last).isEmpty();
        assertThat(driver.running(3).dies().last).isEmpty();
        assertThat(driver.state.closed()).isTrue();
    }

    private void giveUp() {
        driver.starting(1).running(1).dies();
        driver.starting(2).dies().wait("for the next start");
        driver.starting(3).dies().wait("for the next start");
        driver.starting(4).dies();
    }
}
