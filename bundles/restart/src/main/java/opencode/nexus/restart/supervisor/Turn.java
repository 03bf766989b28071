package opencode.nexus.restart.supervisor;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.restart.supervisor.Action.News;
import opencode.nexus.restart.supervisor.State.Record;
import opencode.nexus.restart.supervisor.State.Surrender;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a supervisor: a state that is worked on, and what is to be done. It is one class because each rule reads and
 * writes the same few facts.
 */
final class Turn {
    /** How long a start that was asked for may go unheard. */
    private static final long UNHEARD_START_MILLIS = 30_000;

    /** How long an exchange that was asked for may go unheard. */
    private static final long UNHEARD_EXCHANGE_MILLIS = 60_000;

    private static final String SWITCHED_OFF = "Starting again by itself was switched off.";
    private static final long LONGEST_WINDOW_MILLIS = 86_400_000;
    private static final int MOST_STARTS = 100;
    private static final int MOST_FAILURES = 10_000;
    private static final Exit UNKNOWN = new Exit(Exit.Cause.ENDED, null, null, false, Instant.EPOCH);

    private final long now;
    private final Policy policy;
    private final double random;
    private final List<Action> actions = new ArrayList<>();
    private final List<Long> starts;

    private Phase phase;
    private Health health;
    private boolean observed;
    private boolean wanted;
    private boolean controlled;
    private boolean alive;
    private @Nullable Long pid;
    private boolean own;
    private Record record;
    private @Nullable Exit failure;
    private Surrender surrender;
    private int failures;
    private long lastDelay;
    private int timer;
    private int timers;
    private long due;
    private boolean told;
    private @Nullable String reason;
    private boolean closed;

    Turn(State state, long now, Policy policy, double random) {
        this.now = now;
        this.policy = policy;
        this.random = random;
        // A clock that went back changes no age.
        long back = Math.min(0, now - state.at());
        starts = new ArrayList<>(state.starts());
        starts.replaceAll(start -> start + back);
        due = state.due() + back;
        phase = state.phase();
        health = state.health();
        observed = state.observed();
        wanted = state.wanted();
        controlled = state.controlled();
        alive = state.alive();
        pid = state.pid();
        own = state.own();
        record = state.record();
        failure = state.failure();
        surrender = state.surrender();
        failures = state.failures();
        lastDelay = state.lastDelay();
        timer = state.timer();
        timers = state.timers();
        told = state.told();
        reason = state.reason();
    }

    Step end() {
        // A window that is made longer finds again what had left it.
        starts.removeIf(start -> start <= now - LONGEST_WINDOW_MILLIS);
        starts.subList(0, Math.max(0, starts.size() - MOST_STARTS)).clear();
        return new Step(
                new State(
                        phase,
                        health,
                        observed,
                        wanted,
                        controlled,
                        alive,
                        pid,
                        own,
                        record,
                        failure,
                        surrender,
                        failures,
                        lastDelay,
                        starts,
                        timer,
                        timers,
                        due,
                        now,
                        told,
                        reason,
                        closed),
                actions);
    }

    // ---- events ----

    void changed(SupervisedStatus status) {
        boolean first = !observed;
        boolean startedByOwner = !first && status.wanted() && !wanted;
        Long before = pid;
        observed = true;
        wanted = status.wanted();
        controlled = status.controlled();
        pid = status.pid();
        alive = pid != null
                || switch (status.state()) {
                    case STARTING, RUNNING, STOPPING -> true;
                    case STOPPED, FAILED -> false;
                };
        if (startedByOwner) {
            beginAnew();
        }
        if (!wanted || !controlled) {
            letBe(status);
            return;
        }
        switch (status.state()) {
            case STOPPED -> pass(Phase.STOPPED);
            case STARTING -> pass(Phase.STARTING);
            case STOPPING -> pass(Phase.STOPPING);
            case RUNNING -> runs(before);
            case FAILED -> {
                if (alive) {
                    isOfNoUse(status);
                } else {
                    failed(status, first);
                }
            }
        }
    }

    void judged(Event.Judged judged) {
        if (phase != Phase.RUNNING || own || pid == null || pid != judged.pid()) {
            return;
        }
        Health before = health;
        health = judged.verdict().health();
        switch (judged.verdict()) {
            case HEALTHY, BUSY -> {
                reason = null;
                if (before == Health.WEDGED) {
                    note("It answers again.");
                    arm(Delays.healthy(lastDelay));
                }
                if (before == Health.WEDGED || before == Health.LEAKING) {
                    isOver();
                }
            }
            case LEAKING -> {
                reason = judged.why();
                if (before != Health.LEAKING && policy.enabled() && controlled && wanted) {
                    note(judged.why() + " It is exchanged as soon as it is idle.");
                    tell(News.LEAKING, judged.why() + " It is exchanged as soon as it is idle.");
                }
            }
            case LEAKING_IDLE, OVER_CEILING, WEDGED -> exchange(judged);
        }
    }

    void fired(int number) {
        if (number != timer || number == 0) {
            return;
        }
        timer = 0;
        switch (phase) {
            case BACKOFF -> startAgain();
            case FAILED -> {
                if (retriesSlowly()) {
                    settle(Record.PENDING, Outcome.PENDING, "One start is tried.");
                    revive();
                }
            }
            case RUNNING -> {
                if (health == Health.WEDGED) {
                    arm(Delays.healthy(lastDelay));
                } else {
                    note("It does well: what was counted is forgotten.");
                    forgetFailures();
                }
            }
            case STARTING -> fail("unheard", "The start was not heard of any more.", null, true);
            case STOPPING -> {
                // Whoever was asked has forgotten it: the next examination asks again.
                own = false;
                phase = Phase.RUNNING;
                settle(Record.CLOSED, Outcome.FAILED, "The exchange was not heard of any more.");
                arm(Delays.healthy(lastDelay));
            }
            case STOPPED -> {}
        }
    }

    void policyChanged() {
        if (phase == Phase.BACKOFF) {
            if (!policy.enabled()) {
                surrender(Surrender.SWITCHED_OFF, SWITCHED_OFF);
            } else if (due - now > policy.maxDelayMs()) {
                waitFor(Delays.draw(policy.maxDelayMs(), random));
            }
            return;
        }
        if (phase != Phase.FAILED) {
            return;
        }
        if (surrender == Surrender.SWITCHED_OFF && policy.enabled()) {
            surrender = Surrender.NONE;
            fail("", "Starting again by itself was switched on.", failure, false);
        } else if (surrender == Surrender.TOO_OFTEN) {
            boolean waits = timer != 0;
            if (retriesSlowly() && !waits) {
                waitFor(Delays.SLOW_MILLIS);
            } else if (!retriesSlowly() && waits) {
                timer = 0;
                retryIn(null);
            }
        }
    }

    void close() {
        closed = true;
        timer = 0;
    }

    // ---- how it stands ----

    /** The owner does not want it, or it is somebody else's. */
    private void letBe(SupervisedStatus status) {
        if (record == Record.PENDING) {
            settle(Record.CLOSED, Outcome.SUPERSEDED, wanted ? "It is not ours any more." : "The owner stopped it.");
        }
        beginAnew();
        own = false;
        timer = 0;
        failure = null;
        reason = status.problem();
        Phase next =
                switch (status.state()) {
                    case STOPPED -> Phase.STOPPED;
                    case STARTING -> Phase.STARTING;
                    case RUNNING -> Phase.RUNNING;
                    case STOPPING -> Phase.STOPPING;
                    case FAILED -> wanted || alive ? Phase.FAILED : Phase.STOPPED;
                };
        if (next != Phase.RUNNING || phase != Phase.RUNNING) {
            health = next == Phase.FAILED && alive ? Health.UNUSABLE : Health.UNKNOWN;
        }
        phase = next;
    }

    private void pass(Phase next) {
        if (!own) {
            if (record == Record.PENDING) {
                settle(Record.CLOSED, Outcome.SUPERSEDED, "Somebody else started or stopped it.");
            }
            if (phase == Phase.BACKOFF || phase == Phase.FAILED) {
                beginAnew();
            }
        }
        phase = next;
        health = Health.UNKNOWN;
        timer = 0;
        failure = null;
        if (!own) {
            reason = null;
        }
    }

    private void runs(@Nullable Long before) {
        boolean anew = phase != Phase.RUNNING || pid == null || !pid.equals(before);
        if (own && phase == Phase.STOPPING && pid != null && pid.equals(before)) {
            // Still the one that is to be exchanged.
            return;
        }
        own = false;
        failure = null;
        phase = Phase.RUNNING;
        if (record == Record.PENDING) {
            settle(Record.CLOSED, Outcome.RECOVERED, "It runs again.");
            tell(News.RESTARTED, reason == null ? "It runs again." : reason);
        }
        isOver();
        if (anew) {
            health = Health.UNKNOWN;
            reason = null;
            arm(Delays.healthy(lastDelay));
        }
    }

    private void isOfNoUse(SupervisedStatus status) {
        own = false;
        timer = 0;
        failure = null;
        phase = Phase.FAILED;
        health = Health.UNUSABLE;
        surrender = Surrender.NONE;
        reason = status.problem();
        if (record == Record.PENDING) {
            settle(Record.CLOSED, Outcome.FAILED, "It is up, but of no use; another start would not help.");
        }
    }

    private void failed(SupervisedStatus status, boolean first) {
        Exit exit = status.exit() == null ? UNKNOWN : status.exit();
        boolean known = exit.equals(failure);
        if (known && !first) {
            return;
        }
        String problem = status.problem() == null ? "It ended." : status.problem();
        failure = exit;
        fail(exit.cause().name().toLowerCase(Locale.ROOT), problem, exit, !known);
    }

    // ---- decisions ----

    /** @param anew whether it goes on record; else the record that is there goes on */
    private void fail(String cause, String problem, @Nullable Exit exit, boolean anew) {
        own = false;
        timer = 0;
        health = Health.UNKNOWN;
        if (anew && record == Record.PENDING) {
            settle(Record.CLOSED, Outcome.FAILED, problem);
        }
        Surrender next = surrenderTo(exit);
        if (next != Surrender.NONE) {
            String sentence = join(problem, because(next));
            if (anew) {
                long delay = next == Surrender.TOO_OFTEN && policy.slowRetry() ? Delays.SLOW_MILLIS : 0;
                begin(cause, sentence, exit, delay);
            }
            surrender(next, sentence);
            return;
        }
        long delay = Delays.draw(Delays.bound(policy, failures), random);
        failures = Math.min(MOST_FAILURES, failures + 1);
        lastDelay = delay;
        reason = join(problem, delay == 0 ? "it is started again at once" : "it is started again in " + inWords(delay));
        if (anew) {
            begin(cause, reason, exit, delay);
        } else if (record != Record.PENDING) {
            settle(Record.PENDING, Outcome.PENDING, reason);
        }
        if (delay == 0) {
            revive();
            return;
        }
        phase = Phase.BACKOFF;
        waitFor(delay);
    }

    private Surrender surrenderTo(@Nullable Exit exit) {
        if (exit != null && exit.cause().isHopeless()) {
            return Surrender.HOPELESS;
        }
        if (!policy.enabled()) {
            return Surrender.SWITCHED_OFF;
        }
        if (surrender == Surrender.TOO_OFTEN || windowIsFull()) {
            return Surrender.TOO_OFTEN;
        }
        return Surrender.NONE;
    }

    private String because(Surrender next) {
        return switch (next) {
            case HOPELESS -> "another start would end the same way";
            case SWITCHED_OFF -> "starting again by itself is switched off";
            case TOO_OFTEN -> tooOften();
            case NONE -> throw new IllegalArgumentException("not given up");
        };
    }

    private String tooOften() {
        return "it was started " + policy.maxAttempts() + " times within " + policy.windowSeconds() + " seconds"
                + (retriesSlowly() ? ", and is now tried every ten minutes" : ", and is not started any more");
    }

    private void surrender(Surrender why, String sentence) {
        if (phase == Phase.BACKOFF) {
            retryIn(null);
        }
        surrender = why;
        phase = Phase.FAILED;
        timer = 0;
        reason = sentence;
        if (record != Record.GAVE_UP) {
            settle(Record.GAVE_UP, Outcome.GAVE_UP, sentence);
        }
        tellOnce(sentence);
        if (why == Surrender.TOO_OFTEN && retriesSlowly()) {
            waitFor(Delays.SLOW_MILLIS);
        }
    }

    /** When the time has come: what held when it was decided may not hold any more. */
    private void startAgain() {
        if (!policy.enabled()) {
            surrender(Surrender.SWITCHED_OFF, SWITCHED_OFF);
        } else if (windowIsFull()) {
            surrender(Surrender.TOO_OFTEN, join(reason == null ? "It ended." : reason, tooOften()));
        } else {
            revive();
        }
    }

    private void revive() {
        if (alive || !wanted || !controlled) {
            return;
        }
        own = true;
        phase = Phase.STARTING;
        starts.add(now);
        actions.add(new Action.Revive());
        arm(UNHEARD_START_MILLIS);
    }

    private void exchange(Event.Judged judged) {
        reason = judged.why();
        if (!wanted || !controlled) {
            return;
        }
        String cause = judged.verdict() == Verdict.LEAKING_IDLE
                ? "leaking"
                : judged.verdict().name().toLowerCase(Locale.ROOT);
        boolean full = windowIsFull();
        if (!policy.enabled() || full) {
            reason = join(judged.why(), full ? tooOften() : because(Surrender.SWITCHED_OFF));
            if (!told) {
                begin(cause, reason, null, 0);
                settle(Record.GAVE_UP, Outcome.GAVE_UP, reason);
                tellOnce(reason);
            }
            return;
        }
        reason = join(judged.why(), "it is exchanged");
        begin(cause, reason, null, 0);
        own = true;
        phase = Phase.STOPPING;
        failures = Math.min(MOST_FAILURES, failures + 1);
        starts.add(now);
        actions.add(new Action.Recycle(judged.pid(), judged.why()));
        arm(UNHEARD_EXCHANGE_MILLIS);
    }

    // ---- small things ----

    private boolean retriesSlowly() {
        return policy.enabled() && policy.slowRetry();
    }

    private boolean windowIsFull() {
        return State.count(starts, now, policy) >= policy.maxAttempts();
    }

    private void beginAnew() {
        isOver();
        forgetFailures();
    }

    private void forgetFailures() {
        failures = 0;
        lastDelay = 0;
        starts.clear();
        surrender = Surrender.NONE;
    }

    /** What it was given up for is over. */
    private void isOver() {
        if (record == Record.GAVE_UP) {
            record = Record.CLOSED;
        }
        if (told) {
            told = false;
            tell(News.OVER, "");
        }
    }

    private void waitFor(long millis) {
        due = now + millis;
        retryIn(millis);
        arm(millis);
    }

    private void arm(long millis) {
        timers = timers == Integer.MAX_VALUE ? 1 : timers + 1;
        timer = timers;
        actions.add(new Action.Arm(timer, millis));
    }

    private void retryIn(@Nullable Long millis) {
        actions.add(new Action.RetryIn(millis));
    }

    private void begin(String cause, String sentence, @Nullable Exit exit, long delay) {
        record = Record.PENDING;
        actions.add(new Action.Begin(cause, sentence, exit, delay));
    }

    private void settle(Record next, Outcome outcome, String why) {
        record = next;
        actions.add(new Action.Settle(outcome, why));
    }

    private void tellOnce(String text) {
        if (!told) {
            told = true;
            tell(News.GAVE_UP, text);
        }
    }

    private void tell(News news, String text) {
        actions.add(new Action.Tell(news, text));
    }

    private void note(String text) {
        actions.add(new Action.Note(text));
    }

    private static String join(String sentence, String more) {
        String whole = sentence.strip();
        String open = whole.endsWith(".") ? whole.substring(0, whole.length() - 1) : whole;
        return open + "; " + more + ".";
    }

    private static String inWords(long millis) {
        return millis < 10_000 ? String.format(Locale.ROOT, "%.1f s", millis / 1_000.0) : (millis + 500) / 1_000 + " s";
    }
}
