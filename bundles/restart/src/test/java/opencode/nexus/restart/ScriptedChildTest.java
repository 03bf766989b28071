package opencode.nexus.restart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.process.RealHost;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts with every fault, under the real process host, healed twenty times as fast. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ScriptedChildTest {
    private static final String FOREVER = "exec sleep 1000";

    @TempDir
    Path directory;

    private final Map<String, Object> policy = new HashMap<>(
            Map.of("firstDelayMs", 10, "maxDelayMs", 20, "maxAttempts", 4, "windowSeconds", 600, "slowRetry", false));
    private RealHost host;
    private SupervisedRestarts restarts;
    private @Nullable ScriptedChild child;

    @BeforeEach
    void begin() {
        host = new RealHost(new FakeHome(directory), Map.of("maxOutputBytes", 65_536, "outputCheckMillis", 20));
    }

    @AfterEach
    void end() {
        restarts.close();
        if (child != null) {
            child.close();
        }
        host.close();
    }

    @Test
    void killedItIsStartedAgainAtOnce() throws Exception {
        ScriptedChild started = run(FOREVER);
        long pid = pid(started);

        ProcessHandle.of(pid).orElseThrow().destroyForcibly();

        until("another child", () -> runs(started) && pid(started) != pid);
        until("on record", () -> outcome(0) == Outcome.RECOVERED);
        assertThat(attempts().get(0).signal()).isEqualTo(9);
        assertThat(attempts().get(0).delayMs()).isZero();
    }

    @Test
    void whatEndsAtOnceIsGivenUpAfterItsAttempts() throws Exception {
        ScriptedChild started = run("echo no; exit 0");

        until("given up", () -> phase() == Phase.FAILED);

        assertThat(started.starts()).isEqualTo(5);
        assertThat(attempts()).hasSize(5);
        assertThat(outcome(0)).isEqualTo(Outcome.GAVE_UP);
        assertThat(attempts().get(0).exit()).isZero();
        assertThat(host.host().find("scripted")).isEmpty();

        started.become(FOREVER);
        started.start();
        until("running", () -> runs(started) && phase() == Phase.RUNNING);
    }

    @Test
    void whatFlipsUpAndDownIsGivenUpAsWell() throws Exception {
        ScriptedChild started = run("sleep 0.1; kill -9 $$");

        until("given up", () -> phase() == Phase.FAILED);

        assertThat(started.starts()).isEqualTo(5);
        assertThat(attempts()).extracting(Attempt::signal).containsOnly(9);
    }

    @Test
    void aHundredMegabytesOfOutputAreEvidenceInBounds() throws Exception {
        run("head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo the end; exit 3");

        until("given up", () -> phase() == Phase.FAILED);

        assertThat(attempts().get(0).exit()).isEqualTo(3);
        assertThat(restarts.postMortem(attempts().get(0).id()).evidence())
                .singleElement()
                .satisfies(evidence -> assertThat(evidence.text()).hasSizeLessThanOrEqualTo(65_536));
        try (var files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length()))
                    .as("files after a hundred megabytes of output")
                    .allMatch(size -> size < 2_000_000);
        }
    }

    @Test
    void whoSaysNothingIsStartedAgainAllTheSame() throws Exception {
        run("exit 7");

        until("given up", () -> phase() == Phase.FAILED);

        assertThat(attempts().get(0).exit()).isEqualTo(7);
    }

    @Test
    void whoIgnoresEverythingPoliteIsExchangedWithAllBelowIt() throws Exception {
        policy.put("memoryCeilingMb", 40);
        policy.put("memoryLimitMb", 30);
        policy.put("maxAttempts", 1);
        // Holds 64 MB in its own memory, ignores TERM, and has a child that does as well.
        ScriptedChild started = run("trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > below; sleep 1000' & "
                + "big=$(head -c 64000000 /dev/zero | tr '\\0' 'x'); while :; do sleep 1; done");
        until("a child below", () -> Files.exists(directory.resolve("below")));
        long pid = pid(started);
        started.become(FOREVER);

        until("exchanged", () -> runs(started) && pid(started) != pid);

        long below = Long.parseLong(Files.readString(directory.resolve("below")).strip());
        until("nothing left of it", () -> ProcessHandle.of(pid).isEmpty() && !alive(below));
        until("on record", () -> outcome(0) == Outcome.RECOVERED);
        assertThat(attempts().get(0).cause()).isIn("over_ceiling", "leaking");
    }

    @Test
    void whoForksAndLeavesIsStartedAgain() throws Exception {
        ScriptedChild started = run("sleep 0.2 & exit 5");

        until("given up", () -> phase() == Phase.FAILED);

        assertThat(started.starts()).isEqualTo(5);
        assertThat(attempts().get(0).exit()).isEqualTo(5);
    }

    @Test
    void whoHangsIsExchangedByTheRule() throws Exception {
        ScriptedChild started = run(FOREVER);
        long pid = pid(started);
        new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor();
        started.answer(false);
        until("another child", () -> runs(started) && pid(started) != pid);
        started.answer(true);

        until("on record", () -> outcome(0) == Outcome.RECOVERED);
        assertThat(attempts()).hasSize(1).first().satisfies(attempt -> assertThat(attempt.cause())
                .isEqualTo("wedged"));
        until("nothing left of it", () -> !alive(pid));
    }

    @Test
    void whoWorksIsNotExchangedForItsMemory() throws Exception {
        policy.put("memoryLimitMb", 1);
        Files.createFile(directory.resolve("busy"));
        ScriptedChild started = run("while :; do sleep 1; done");
        long pid = pid(started);
        until("seen to hold too much", () -> health() == Health.LEAKING);
        assertThat(pid(started)).isEqualTo(pid);
        assertThat(attempts()).isEmpty();

        Files.delete(directory.resolve("busy"));

        until("exchanged", () -> !attempts().isEmpty());
        assertThat(attempts().get(attempts().size() - 1).cause()).isEqualTo("leaking");
    }

    @Test
    void aStopOfTheOwnerIsFinal() throws Exception {
        ScriptedChild started = run(FOREVER);

        started.stop();

        until("stopped", () -> phase() == Phase.STOPPED);
        assertThat(started.starts()).isEqualTo(1);
        assertThat(attempts()).isEmpty();
    }

    private ScriptedChild run(String script) throws Exception {
        restarts = new SupervisedRestarts(policy, new FakeHome(directory), new RecordingHub(), new FastPace());
        ScriptedChild started = new ScriptedChild(host.host(), directory, script);
        child = started;
        restarts.addSupervised(started, Map.of(Supervised.NAME, "scripted"));
        started.start();
        until("started", () -> started.starts() > 0);
        until("seen", () -> phase() != Phase.STOPPED);
        return started;
    }

    private Phase phase() {
        return restarts.subjects().stream().map(Subject::phase).findFirst().orElseThrow();
    }

    private Health health() {
        return restarts.subjects().get(0).health();
    }

    private List<Attempt> attempts() {
        return restarts.attempts();
    }

    private @Nullable Outcome outcome(int index) {
        return attempts().size() <= index ? null : attempts().get(index).outcome();
    }

    private static boolean runs(ScriptedChild child) {
        return child.status().pid() != null;
    }

    private static long pid(ScriptedChild child) {
        Long pid = child.status().pid();
        return pid == null ? -1 : pid;
    }

    /** Where nobody collects orphans, one that has ended is still listed. */
    private static boolean alive(long pid) {
        try {
            return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (java.io.IOException e) {
            return false;
        }
    }

    private static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline || never.await(10, TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still not: " + what);
            }
        }
    }
}
