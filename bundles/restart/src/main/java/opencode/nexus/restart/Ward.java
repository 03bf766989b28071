package opencode.nexus.restart;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.api.supervise.SupervisedStatus;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.restart.supervisor.Action;
import opencode.nexus.restart.supervisor.Event;
import opencode.nexus.restart.supervisor.HealthRule;
import opencode.nexus.restart.supervisor.HealthState;
import opencode.nexus.restart.supervisor.State;
import opencode.nexus.restart.supervisor.Step;
import opencode.nexus.restart.supervisor.Supervisor;
import opencode.nexus.restart.supervisor.Verdict;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One supervised thing and what is decided about it. It feeds the {@link Supervisor} with what it sees and does what comes of
 * it. Everything happens on the one thread that decides, except examinations and files.
 *
 * <p>Over 300 lines, because seeing, deciding and doing share one state and one thread.
 */
final class Ward implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ward.class);

    /** Between two examinations while it does well and nothing goes on. */
    private static final long CALM_MILLIS = 10_000;

    /** Between two examinations while something is the matter, or something goes on. */
    private static final long ALERT_MILLIS = 5_000;

    /** A restart does not wait longer than this for what is collected about the end of the one before. */
    private static final long EVIDENCE_MILLIS = 2_000;

    private static final int MOST_WAITING = 256;
    private static final int MOST_DECISIONS = 40;

    private final String name;
    private final Supervised supervised;
    private final Surroundings surroundings;
    private final History history;
    private final Pace pace;
    private final Pace.Prober prober;
    private final BlockingQueue<SupervisedStatus> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicBoolean draining = new AtomicBoolean();
    private final Supervised.Watch watch;
    private final Curve curve = new Curve();
    private final Deque<String> decisions = new ArrayDeque<>();

    // Used by the thread that decides only.
    private State state;
    private HealthState health = HealthState.NEW;
    private @Nullable Case open;

    /** When it was noticed, by the clock that knows no date. */
    private long openSince;

    private @Nullable Instant retryAt;
    private Pace.@Nullable Waiting timer;
    private Pace.@Nullable Waiting nextLook;
    private boolean looking;
    private boolean firstLook;

    /** Whether it was said that it cannot be examined. Used by the thread that examines. */
    private boolean blind;

    private volatile Subject subject;
    private volatile boolean closed;

    Ward(String name, Supervised supervised, Surroundings surroundings, History history, Pace pace) {
        this.name = name;
        this.supervised = supervised;
        this.surroundings = surroundings;
        this.history = history;
        this.pace = pace;
        prober = pace.prober(name);
        state = remember();
        subject = describe();
        watch = supervised.watch(this::hear);
    }

    Subject subject() {
        return subject;
    }

    /** The policy is another one. */
    void reconsider() {
        pace.decide(() -> apply(new Event.PolicyChanged()));
    }

    /** Nothing is done any more once this has returned, or a moment later when it is just being done. */
    @Override
    public void close() {
        closed = true;
        watch.close();
        prober.close();
        pace.decide(() -> {
            state = Supervisor.next(state, new Event.Closed(), pace.millis(), surroundings.policy(), pace.random())
                    .state();
            cancel(timer);
            cancel(nextLook);
        });
    }

    // ---- seeing ----

    /** On a thread of the supervised thing, which must not be held up. */
    private void hear(SupervisedStatus status) {
        while (!waiting.offer(status)) {
            // Far behind: the newest tell how it stands now.
            waiting.poll();
        }
        if (draining.compareAndSet(false, true)) {
            pace.decide(this::drain);
        }
    }

    private void drain() {
        draining.set(false);
        for (SupervisedStatus status = waiting.poll(); status != null; status = waiting.poll()) {
            Phase before = state.phase();
            Long pid = state.pid();
            apply(new Event.Changed(status));
            if (state.phase() == Phase.RUNNING && (before != Phase.RUNNING || !same(pid, state.pid()))) {
                firstLook = true;
                cancel(nextLook);
                look();
            }
        }
    }

    private void lookIn(long millis) {
        cancel(nextLook);
        nextLook = pace.decideIn(millis, this::look);
    }

    private void look() {
        if (closed || looking || state.phase() != Phase.RUNNING) {
            return;
        }
        looking = true;
        prober.execute(() -> {
            Vitals vitals = examine();
            pace.decide(() -> seen(vitals));
        });
    }

    private @Nullable Vitals examine() {
        try {
            Vitals vitals = supervised.vitals();
            blind = false;
            if (vitals.answeredIn() != null) {
                surroundings.look();
            }
            return vitals;
        } catch (NexusException e) {
            if (!closed && !blind) {
                blind = true;
                LOG.warn(
                        "How {} does cannot be found out, and nothing is concluded from that. {}",
                        name,
                        e.getMessage());
            }
            return null;
        } catch (RuntimeException e) {
            if (!closed) {
                LOG.warn("How {} does could not be found out", name, e);
            }
            return null;
        }
    }

    private void seen(@Nullable Vitals vitals) {
        looking = false;
        if (closed || state.phase() != Phase.RUNNING) {
            return;
        }
        Verdict verdict = null;
        Long pid = vitals == null ? null : vitals.pid();
        if (vitals != null && pid != null && pid.equals(state.pid())) {
            curve.add(vitals, pace.millis());
            HealthRule.Look found = HealthRule.next(health, vitals, pace.millis(), surroundings.policy());
            health = found.state();
            verdict = found.verdict();
            if (firstLook) {
                firstLook = false;
                examinedAfterStart(found.why());
            }
            apply(new Event.Judged(pid, verdict, found.why()));
        }
        if (state.phase() == Phase.RUNNING) {
            lookIn(verdict == null || verdict == Verdict.HEALTHY ? CALM_MILLIS : ALERT_MILLIS);
        }
    }

    private void examinedAfterStart(String how) {
        note("Looked at after the start: " + how);
        Case recovered = open;
        if (recovered != null && recovered.attempt().outcome() == Outcome.RECOVERED) {
            open = null;
            write(recovered);
        }
    }

    // ---- deciding ----

    private void apply(Event event) {
        if (closed) {
            return;
        }
        State before = state;
        Step step = Supervisor.next(state, event, pace.millis(), surroundings.policy(), pace.random());
        state = step.state();
        if (before.phase() != state.phase()) {
            boolean explained = step.actions().stream().anyMatch(Action.Begin.class::isInstance);
            note(inWords(before.phase()) + " → " + inWords(state.phase())
                    + (explained || state.reason() == null ? "" : ": " + state.reason()));
            if (state.phase() != Phase.BACKOFF && state.phase() != Phase.FAILED) {
                retryAt = null;
            }
        }
        step.actions().forEach(this::act);
        publish();
    }

    private void act(Action action) {
        if (action instanceof Action.Revive) {
            LOG.info("{} is started again", name);
            retryAt = null;
            supervised.revive();
        } else if (action instanceof Action.Recycle recycle) {
            supervised.recycle(recycle.pid(), recycle.reason());
        } else if (action instanceof Action.RetryIn retry) {
            retryAt = retry.millis() == null ? null : pace.instant().plusMillis(retry.millis());
            supervised.retryAt(retryAt);
        } else if (action instanceof Action.Arm arm) {
            cancel(timer);
            timer = pace.decideIn(arm.millis(), () -> apply(new Event.TimerFired(arm.timer())));
        } else if (action instanceof Action.Begin begin) {
            begin(begin);
        } else if (action instanceof Action.Settle settle) {
            settle(settle);
        } else if (action instanceof Action.Tell tell) {
            surroundings.tell(name, tell.news(), tell.text());
        } else if (action instanceof Action.Note said) {
            note(said.text());
        }
    }

    private void begin(Action.Begin begin) {
        LOG.warn("{}: {}", name, begin.reason());
        Exit exit = begin.exit();
        Instant at = pace.instant();
        long noticed = pace.millis();
        Attempt attempt = new Attempt(
                history.newId(name, at),
                at,
                name,
                begin.cause(),
                begin.reason(),
                exit == null ? null : exit.code(),
                exit == null ? null : exit.signal(),
                begin.delayMillis(),
                Outcome.PENDING,
                null);
        note(begin.reason());
        List<Evidence> evidence = collect();
        open = new Case(attempt, exit, curve.samples(), List.copyOf(decisions), evidence);
        openSince = noticed;
        keep(open);
    }

    private void settle(Action.Settle settle) {
        Case settled = open;
        note("Outcome " + inWords(settle.outcome()) + ": " + settle.why());
        if (settled == null) {
            return;
        }
        Long took = settle.outcome() == Outcome.RECOVERED ? Math.max(0, pace.millis() - openSince) : null;
        settled.settle(settle.outcome(), took);
        keep(settled);
        if (settle.outcome() == Outcome.FAILED || settle.outcome() == Outcome.SUPERSEDED) {
            open = null;
        }
    }

    private void keep(Case changed) {
        history.show(changed.attempt());
        surroundings.changed(changed.attempt());
        write(changed);
    }

    private void write(Case changed) {
        PostMortem postMortem = changed.postMortem();
        pace.files().execute(() -> history.write(postMortem));
    }

    /** Before anything is started again, for then the last words are another one's. */
    private List<Evidence> collect() {
        CompletableFuture<List<Evidence>> collected = CompletableFuture.supplyAsync(this::evidence, pace.files());
        try {
            return collected.get(EVIDENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            note("What it said at the end could not be read in time.");
        } catch (ExecutionException e) {
            LOG.warn("What {} said at the end could not be read", name, e.getCause());
            note("What it said at the end could not be read.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.of();
    }

    private List<Evidence> evidence() {
        List<Evidence> found = new ArrayList<>(supervised.evidence());
        Evidence sessions = surroundings.sessions();
        if (sessions != null && found.stream().noneMatch(one -> one.name().equals(sessions.name()))) {
            found.add(sessions);
        }
        return List.copyOf(found);
    }

    private void note(String what) {
        String line = pace.instant() + " " + what;
        if (decisions.size() >= MOST_DECISIONS) {
            decisions.removeFirst();
        }
        decisions.add(line);
        if (open != null) {
            open.decided(line);
        }
    }

    private void publish() {
        Subject now = describe();
        if (!now.equals(subject)) {
            subject = now;
            surroundings.changed(now);
        }
    }

    private Subject describe() {
        return new Subject(
                name,
                state.phase(),
                state.health(),
                state.attempts(pace.millis(), surroundings.policy()),
                retryAt,
                state.reason());
    }

    /** What a supervisor before this one has written down. */
    private State remember() {
        Instant now = pace.instant();
        long millis = pace.millis();
        long window = surroundings.policy().windowSeconds() * 1_000L;
        // Those that are yet to come were written down by a clock that was wrong.
        List<Attempt> known = history.attempts().stream()
                .filter(attempt ->
                        attempt.subject().equals(name) && !attempt.at().isAfter(now.plusMillis(window)))
                .toList();
        List<Long> starts = known.stream()
                .filter(attempt -> attempt.outcome() != Outcome.GAVE_UP)
                .map(attempt -> age(attempt, now))
                .filter(age -> age < window)
                .map(age -> millis - age)
                .sorted()
                .toList();
        Attempt newest = known.isEmpty() ? null : known.get(0);
        State.Record record = newest == null
                ? State.Record.CLOSED
                : switch (newest.outcome()) {
                    case PENDING -> State.Record.PENDING;
                    case GAVE_UP -> State.Record.GAVE_UP;
                    case RECOVERED, FAILED, SUPERSEDED -> State.Record.CLOSED;
                };
        if (newest == null || record == State.Record.CLOSED) {
            return State.remembered(millis, starts, State.Record.CLOSED, null);
        }
        open = new Case(history.find(newest.id()));
        openSince = millis - age(newest, now);
        return State.remembered(millis, starts, record, open.exit());
    }

    private static long age(Attempt attempt, Instant now) {
        return Math.max(0, Duration.between(attempt.at(), now).toMillis());
    }

    private static boolean same(@Nullable Long one, @Nullable Long other) {
        return one == null ? other == null : one.equals(other);
    }

    private static void cancel(Pace.@Nullable Waiting waiting) {
        if (waiting != null) {
            waiting.cancel();
        }
    }

    private static String inWords(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
