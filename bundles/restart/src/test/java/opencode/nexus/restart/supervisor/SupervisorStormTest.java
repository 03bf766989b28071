package opencode.nexus.restart.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.SupervisedStatus;
import org.jspecify.annotations.Nullable;

/**
 * A supervisor and a {@link ModelChild} in bad weather: children that die in every state, an owner who presses everything,
 * words that get lost or come twice, policies that change, clocks that jump. A hundred thousand steps; a million with {@code
 * -Dnexus.long=true}.
 */
class SupervisorStormTest {
    private static final int STEPS = Boolean.getBoolean("nexus.long") ? 10_000 : 1_000;
    private static final long HOUR = 3_600_000;

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
    void inAnyWeatherTheRulesHold(@ForAll long seed) {
        Storm storm = new Storm(seed);
        for (int step = 1; step <= STEPS; step++) {
            storm.step();
            if (step % 500 == 0) {
                storm.calmDown();
            }
        }
        storm.end();
    }

    private static final class Storm {
        private final Random random;
        private final ModelChild child;
        private State state;
        private Policy policy = Policies.USUAL;
        private long now;

        /** What is waited for, and how long still. */
        private Action.@Nullable Arm armed;

        private long left;

        /** When it was started by itself, as the window counts. */
        private final List<Long> starts = new ArrayList<>();

        /** Whether the newest word was that the owner does not want it. */
        private boolean unwanted;

        private boolean closed;
        private @Nullable Long runningPid;
        private long ranFor;
        private long longestDelay;

        Storm(long seed) {
            random = new Random(seed);
            child = new ModelChild(random);
            state = State.unknown(0);
        }

        void step() {
            switch (random.nextInt(40)) {
                case 0 -> child.die();
                case 1 -> child.repeat();
                case 2 -> judge(random.nextInt(5) == 0 ? random.nextInt(50) : -1);
                case 3 -> tell(new Event.TimerFired(state.timer() - 1 - random.nextInt(100)));
                case 4 -> press();
                case 5 -> changePolicy();
                case 6 -> jump();
                case 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 -> child.goOn();
                case 18, 19, 20, 21, 22, 23, 24, 25, 26, 27 -> hear();
                default -> pass(random.nextInt(4) == 0 ? random.nextInt(700_000) : random.nextInt(3_000));
            }
        }

        /** Once the child is good and the owner wants it, it runs. */
        void calmDown() {
            child.good = true;
            policy = Policies.usual().policy();
            tell(new Event.PolicyChanged());
            if (!child.wanted || state.surrender() == State.Surrender.HOPELESS) {
                child.ownerStarts();
            }
            for (int i = 0; i < 100 && !allIsWell(); i++) {
                hear();
                child.goOn();
                if (!child.hasNews() && armed != null) {
                    pass(left);
                }
                if (!child.hasNews() && child.state == SupervisedStatus.State.FAILED && stuck()) {
                    child.ownerRestarts();
                }
                if (!child.hasNews() && child.state == SupervisedStatus.State.STOPPED) {
                    child.ownerStarts();
                }
            }
            assertThat(allIsWell()).as("%s of %s", state, child).isTrue();
            assertThat(state.record()).isNotEqualTo(State.Record.PENDING);
            // What was said of it in the storm holds until it is examined again; hung, it is not healthy.
            tell(new Event.Judged(child.pid, Verdict.HEALTHY, "It answers."));
            pass(state.lastDelay() * 10 + 60_000);
            assertThat(state.failures())
                    .as("failures after a healthy time: %s", state)
                    .isZero();
            assertThat(state.starts()).isEmpty();
            child.good = false;
        }

        void end() {
            tell(new Event.Closed());
            closed = true;
            for (int i = 0; i < 200; i++) {
                step();
            }
        }

        /** Hopeless, or up but of no use: then it is the owner's turn. */
        private boolean stuck() {
            return state.phase() == Phase.FAILED && (child.isAlive() || state.timer() == 0);
        }

        private boolean allIsWell() {
            return !child.hasNews()
                    && child.state == SupervisedStatus.State.RUNNING
                    && state.phase() == Phase.RUNNING
                    && child.pid != null
                    && child.pid.equals(state.pid());
        }

        private void press() {
            switch (random.nextInt(4)) {
                case 0 -> child.ownerStops();
                case 1 -> child.ownerRestarts();
                default -> child.ownerStarts();
            }
        }

        private void changePolicy() {
            policy = Policies.usual()
                    .enabled(random.nextInt(5) != 0)
                    .attempts(1 + random.nextInt(12), 10 + random.nextInt(1_200))
                    .delays(10 + random.nextInt(2_000), 1 + 9 * random.nextDouble(), 2_010 + random.nextInt(60_000))
                    .slowRetry(random.nextBoolean())
                    .policy();
            tell(new Event.PolicyChanged());
        }

        private void jump() {
            long by = (long) ((random.nextDouble() - 0.5) * 12 * HOUR);
            now += by;
            if (by < 0) {
                starts.replaceAll(start -> start + by);
            }
            // The supervisor learns of it with the next event, whatever that is.
            tell(new Event.TimerFired(0));
        }

        private void judge(long pid) {
            Verdict[] verdicts = Verdict.values();
            long which = pid >= 0 || state.pid() == null ? Math.max(0, pid) : state.pid();
            tell(new Event.Judged(which, verdicts[random.nextInt(verdicts.length)], "So it is."));
        }

        private void hear() {
            if (!child.hasNews()) {
                return;
            }
            SupervisedStatus news = child.news();
            boolean wasUnwanted = unwanted;
            unwanted = !news.wanted();
            boolean running = news.wanted() && news.state() == SupervisedStatus.State.RUNNING;
            if (!running || !news.pid().equals(runningPid)) {
                ranFor = 0;
            }
            runningPid = running ? news.pid() : null;
            State before = state;
            if (wasUnwanted != unwanted) {
                starts.clear();
            }
            boolean notOurs = !before.own()
                    && (before.phase() == Phase.BACKOFF || before.phase() == Phase.FAILED)
                    && (news.state() == SupervisedStatus.State.STARTING
                            || news.state() == SupervisedStatus.State.STOPPED
                            || news.state() == SupervisedStatus.State.STOPPING);
            if (notOurs) {
                starts.clear();
            }
            tell(new Event.Changed(news));
        }

        /** Time goes by, for the child as well as for what is waited for. */
        private void pass(long millis) {
            long rest = millis;
            while (armed != null && left <= rest) {
                rest -= left;
                elapse(left);
                int timer = armed.timer();
                armed = null;
                tell(new Event.TimerFired(timer));
            }
            elapse(rest);
            left -= rest;
        }

        private void elapse(long millis) {
            now += millis;
            ranFor += millis;
        }

        private void tell(Event event) {
            State before = state;
            long healthy = Math.max(60_000, 10 * longestDelay);
            Step step = Supervisor.next(before, event, now, policy, random.nextDouble());
            state = step.state();
            if (closed) {
                assertThat(step.actions()).isEmpty();
            }
            if (event instanceof Event.TimerFired && before.phase() == Phase.RUNNING && state.failures() == 0) {
                if (before.failures() > 0) {
                    assertThat(ranFor).as("healthy time").isGreaterThanOrEqualTo(Math.min(60_000, healthy));
                }
                if (before.timer() != 0 && state.timer() == 0) {
                    starts.clear();
                    longestDelay = 0;
                }
            }
            for (Action action : step.actions()) {
                check(action, before, event);
            }
            assertThat(state.starts().size()).isLessThanOrEqualTo(100);
        }

        private void check(Action action, State before, Event event) {
            if (action instanceof Action.Revive) {
                boolean slow = before.phase() == Phase.FAILED && event instanceof Event.TimerFired;
                mayStart(slow);
                // Somebody else may just have started it, which was not heard of yet.
                assertThat(child.hasNews() || !child.isAlive())
                        .as("a second child")
                        .isTrue();
                child.revive();
            } else if (action instanceof Action.Recycle recycle) {
                mayStart(false);
                assertThat(before.pid()).isEqualTo(recycle.pid());
                child.recycle(recycle.pid());
            } else if (action instanceof Action.RetryIn retry && retry.millis() != null) {
                boolean slow = state.phase() == Phase.FAILED;
                assertThat(retry.millis()).isBetween(1L, slow ? 600_000L : Math.max(1, policy.maxDelayMs()));
                if (!slow) {
                    long bound = Delays.bound(policy, Math.max(1, state.failures() - 1));
                    assertThat(retry.millis())
                            .isLessThanOrEqualTo(event instanceof Event.PolicyChanged ? policy.maxDelayMs() : bound);
                    longestDelay = Math.max(longestDelay, retry.millis());
                }
            } else if (action instanceof Action.Arm arm) {
                assertThat(arm.millis()).isPositive().isLessThanOrEqualTo(10 * HOUR);
                armed = arm;
                left = arm.millis();
            } else if (action instanceof Action.Begin begin) {
                assertThat(begin.delayMillis()).isBetween(0L, Math.max(600_000L, policy.maxDelayMs()));
            }
        }

        private void mayStart(boolean slow) {
            assertThat(unwanted).as("started although the owner stopped it").isFalse();
            assertThat(policy.enabled())
                    .as("started although it is switched off")
                    .isTrue();
            if (slow) {
                return;
            }
            starts.add(now);
            assertThat(starts)
                    .as("starts in the window")
                    .filteredOn(start -> start > now - policy.windowSeconds() * 1_000L)
                    .hasSizeLessThanOrEqualTo(policy.maxAttempts());
        }
    }
}
