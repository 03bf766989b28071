package opencode.nexus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.testkit.FakeHome;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.util.converter.Converters;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LocalProcessHostTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    Path directory;

    private final AtomicBoolean everythingStops = new AtomicBoolean();
    private final List<LocalProcessHost> hosts = new ArrayList<>();
    private final List<Process> strangers = new ArrayList<>();
    private FakeHome home;

    @BeforeEach
    void makeHome() {
        home = new FakeHome(directory);
    }

    @AfterEach
    void endEverything() {
        home.refuseWrites(false);
        everythingStops.set(true);
        hosts.forEach(LocalProcessHost::close);
        strangers.forEach(Process::destroyForcibly);
    }

    // ---- using ----

    @Test
    void whatAProcessAndThoseBelowItUseIsTold() throws Exception {
        LocalProcessHost host = host();
        ChildProcess child = host.start(script("sleep 60 & sleep 60 & wait"));

        assertThat(child.usage().rssBytes()).isBetween(100_000L, 1L << 30);
        assertThat(child.usage().cpuSeconds()).isBetween(0.0, 60.0);
        child.stop(SHORT);
        assertThat(child.usage()).isEqualTo(new ChildProcess.Usage(null, null));
    }

    // ---- starting ----

    @Test
    void aChildIsStartedAndItsEndIsReported() throws Exception {
        LocalProcessHost host = host();
        Instant before = Instant.now().minusSeconds(5);

        ChildProcess child = host.start(script("echo out; echo err >&2; exit 7"));

        assertThat(exit(child)).isEqualTo(7);
        assertThat(child.lastLines(10)).containsExactly("out", "err");
        assertThat(child.output()).hasContent("out\nerr\n");
        assertThat(child.startedAt()).isBetween(before, Instant.now().plusSeconds(5));
        assertThat(child.isAlive()).isFalse();
        assertThat(host.find("opencode")).isEmpty();
        Wait.until("no record", () -> Files.notExists(record()));
    }

    @Test
    void aLivingChildIsFoundByItsName() {
        LocalProcessHost host = host();

        ChildProcess child = host.start(script("exec sleep 1000"));

        assertThat(host.find("opencode")).containsSame(child);
        assertThat(host.find("tunnel")).isEmpty();
        assertThat(ProcessHandle.of(child.pid())).get().matches(ProcessHandle::isAlive);
        assertThat(record()).exists();
    }

    @Test
    void aChildHasNoInputToWaitFor() throws Exception {
        ChildProcess child = host().start(script("cat; echo done"));

        assertThat(exit(child)).isZero();
        assertThat(child.lastLines(1)).containsExactly("done");
    }

    @Test
    void aChildWorksInItsDirectory() throws Exception {
        Path workspace = Files.createDirectory(directory.resolve("work space"));

        ChildProcess child =
                host().start(new ProcessSpec("opencode", List.of("pwd"), workspace, Map.of(), Set.of(), Map.of()));

        assertThat(exit(child)).isZero();
        assertThat(child.lastLines(1)).containsExactly(workspace.toRealPath().toString());
    }

    // ---- commands that are run to their end ----

    @Test
    void aCommandIsRunToItsEnd() throws Exception {
        Path out = directory.resolve("out");

        int exit = host().run(
                        List.of(
                                "sh",
                                "-c",
                                "cat; printf '%s\\n' \"$@\" > \"$0\"; yes | head -c 1000000; exit 3",
                                out.toString(),
                                "$(id)",
                                "two words"),
                        LONG);

        assertThat(exit).isEqualTo(3);
        assertThat(out).hasContent("$(id)\ntwo words\n");
    }

    @Test
    void aCommandIsInNobodysCustody() {
        LocalProcessHost host = host();

        host.run(List.of("true"), LONG);

        assertThat(host.find("command")).isEmpty();
        assertThat(directory.resolve("process").resolve("command.json")).doesNotExist();
    }

    @Test
    void aCommandThatIsMissingIsNamed() {
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host().run(List.of("no-such-program"), LONG))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("cannot-start"))
                .withMessageContaining("no-such-program");
    }

    @Test
    void aCommandThatTakesTooLongIsEndedWithAllBelowIt() throws Exception {
        Path pid = directory.resolve("pid");

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host().run(
                                List.of(
                                        "sh",
                                        "-c",
                                        "trap '' TERM; sleep 1000 & echo $! > \"$0\"; wait",
                                        pid.toString()),
                                Duration.ofSeconds(1)))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("took-too-long"));

        long below = Long.parseLong(Files.readString(pid).strip());
        Wait.until(
                "ended",
                () -> ProcessHandle.of(below).filter(ProcessTree::isAlive).isEmpty());
    }

    @Test
    void anInterruptEndsACommand() {
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host().run(List.of("sleep", "1000"), LONG))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo("took-too-long"));

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void ctrlCInTheTerminalDoesNotReachAChild() throws Exception {
        ChildProcess child = host().start(script("ps -o sid= -p $$; exec sleep 1000"));

        Wait.until("session printed", () -> !child.lastLines(1).isEmpty());
        assertThat(child.lastLines(1).get(0).strip()).isEqualTo(Long.toString(child.pid()));
    }

    @Test
    void aNameIsStartedOnceOnly() {
        LocalProcessHost host = host();
        host.start(script("exec sleep 1000"));

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host.start(script("exec sleep 1000")))
                .returns(NexusException.Kind.CONFLICT, NexusException::kind)
                .returns("already-running", NexusException::code);
    }

    @Test
    void ofManyWhoStartTheSameNameAtOnceOneWins() throws Exception {
        LocalProcessHost host = host();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<ChildProcess> start = () -> host.start(script("echo $$; exec sleep 1000"));
            List<ChildProcess> winners = new ArrayList<>();
            List<Throwable> losers = new ArrayList<>();
            for (Future<ChildProcess> result : threads.invokeAll(Collections.nCopies(8, start))) {
                try {
                    winners.add(result.get());
                } catch (ExecutionException e) {
                    losers.add(e.getCause());
                }
            }

            assertThat(winners).hasSize(1);
            assertThat(losers).hasSize(7).allSatisfy(failure -> assertThat(failure)
                    .isInstanceOfSatisfying(
                            NexusException.class, e -> assertThat(e.code()).isEqualTo("already-running")));
            Wait.until("started", () -> !winners.get(0).lastLines(9).isEmpty());
            assertThat(winners.get(0).lastLines(9))
                    .containsExactly(Long.toString(winners.get(0).pid()));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void afterItsEndANameIsFreeAgain() throws Exception {
        LocalProcessHost host = host();
        for (int i = 0; i < 20; i++) {
            ChildProcess child = host.start(script("exit 3"));
            assertThat(exit(child)).isEqualTo(3);
        }

        ChildProcess last = host.start(script("exec sleep 1000"));
        last.stop(LONG);
        assertThat(host.start(script("exec sleep 1000")).isAlive()).isTrue();
        assertThat(exit(last)).isEqualTo(143);
        assertThat(record()).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-such-program-here", "/no/such/program", "/tmp", "./plain-file", "a\0b", ""})
    void aProgramThatCannotRunIsNamed(String program) throws Exception {
        Files.writeString(directory.resolve("plain-file"), "not a program");
        LocalProcessHost host = host();

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host.start(new ProcessSpec(
                        "opencode", List.of(program, "serve"), directory, Map.of(), Set.of(), Map.of())))
                .withMessageContaining(program)
                .returns(NexusException.Kind.UNAVAILABLE, NexusException::kind)
                .returns("cannot-start", NexusException::code);
        assertThat(host.find("opencode")).isEmpty();
        assertThat(record()).doesNotExist();
    }

    @Test
    void aMissingDirectoryIsNamed() {
        LocalProcessHost host = host();

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host.start(new ProcessSpec(
                        "opencode", List.of("sh"), directory.resolve("gone"), Map.of(), Set.of(), Map.of())))
                .withMessageContaining("gone")
                .returns("cannot-start", NexusException::code);
    }

    @Test
    void aChildThatCannotBeWrittenDownRunsAndIsWrittenDownLater() throws Exception {
        LocalProcessHost host = host(Map.of("outputCheckMillis", 10));
        home.refuseWrites(true);

        ChildProcess child = host.start(script("echo nobody hears it; exec sleep 1000"));

        assertThat(host.find("opencode")).containsSame(child);
        assertThat(child.lastLines(9)).isEmpty();
        assertThat(record()).doesNotExist();
        home.refuseWrites(false);
        Wait.until("there is a record", () -> Files.exists(record()));
        host.close();
        assertThat(host().find("opencode")).get().returns(child.pid(), ChildProcess::pid);
    }

    // ---- stopping ----

    @Test
    void aChildMayEndPolitely() throws Exception {
        ChildProcess child =
                host().start(script("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done"));
        Wait.until("ready", () -> child.lastLines(1).contains("ready"));

        child.stop(LONG);

        assertThat(child.isAlive()).isFalse();
        assertThat(exit(child)).isEqualTo(5);
        assertThat(child.lastLines(9)).contains("bye");
        child.stop(LONG);
    }

    @Test
    void aChildThatIgnoresTheRequestIsEndedByForce() throws Exception {
        ChildProcess child = host().start(script("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
        Wait.until("ready", () -> child.lastLines(1).contains("ready"));

        child.stop(SHORT);

        assertThat(child.isAlive()).isFalse();
        assertThat(exit(child)).isEqualTo(137);
    }

    @Test
    void everythingBelowAChildEndsWithItWhereverItWent() throws Exception {
        ChildProcess child = host().start(
                        script(
                                """
                sh -c 'trap "" TERM; echo stubborn $$; while :; do sleep 0.1; done' &
                setsid sh -c 'echo own-session $$; exec sleep 1000' &
                (sh -c 'echo deep $$; exec sleep 1000' & wait) &
                echo root $$
                wait"""));
        Wait.until("four processes", () -> child.lastLines(9).size() == 4);
        List<ProcessHandle> all = child.lastLines(9).stream()
                .map(line ->
                        ProcessHandle.of(Long.parseLong(line.split(" ")[1])).orElseThrow())
                .toList();

        child.stop(SHORT);

        List<ProcessHandle> left = all.stream().filter(ProcessTree::isAlive).toList();
        left.forEach(ProcessHandle::destroyForcibly);
        assertThat(all).hasSize(4);
        assertThat(left).isEmpty();
    }

    @Test
    void anInterruptEndsTheGraceButNotTheStop() throws Exception {
        ChildProcess child = host().start(script("trap '' TERM; echo ready; while :; do sleep 0.05; done"));
        Wait.until("ready", () -> child.lastLines(1).contains("ready"));

        Thread.currentThread().interrupt();
        child.stop(Duration.ofHours(1));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void childrenEndWithTheFrameworkAndOnlyThen() throws Exception {
        LocalProcessHost host = host();
        ChildProcess one = host.start(script("exec sleep 1000"));
        ChildProcess two = host.start(
                new ProcessSpec("tunnel", List.of("sleep", "1000"), directory, Map.of(), Set.of(), Map.of()));

        host.close();
        assertThat(List.of(one, two)).allMatch(ChildProcess::isAlive);

        LocalProcessHost next = host();
        everythingStops.set(true);
        next.close();
        assertThat(List.of(one, two)).noneMatch(ChildProcess::isAlive);
        assertThat(record()).doesNotExist();
    }

    @Test
    void aChildThatJustEndedLeavesNoRecordWhenTheFrameworkStops() {
        host().start(script("exec sleep 1000"));
        LocalProcessHost host = host();
        ChildProcess adopted = host.find("opencode").orElseThrow();

        ProcessHandle.of(adopted.pid()).orElseThrow().destroyForcibly();
        everythingStops.set(true);
        host.close();

        assertThat(adopted.isAlive()).isFalse();
        assertThat(record()).doesNotExist();
    }

    // ---- adopting ----

    @Test
    void aLaterHostFindsTheChildAgain() throws Exception {
        LocalProcessHost first = host();
        ChildProcess started = first.start(new ProcessSpec(
                "opencode",
                List.of("sh", "-c", "echo ready; exec sleep 1000"),
                directory,
                Map.of(),
                Set.of(),
                Map.of("password", "secret")));
        Wait.until("ready", () -> started.lastLines(1).contains("ready"));
        first.close();

        ChildProcess adopted = host().find("opencode").orElseThrow();

        assertThat(adopted.pid()).isEqualTo(started.pid());
        assertThat(adopted.startedAt()).isEqualTo(started.startedAt());
        assertThat(adopted.notes()).containsExactly(Map.entry("password", "secret"));
        assertThat(adopted.lastLines(9)).containsExactly("ready");
        assertThat(adopted.toString()).doesNotContain("secret");
        adopted.stop(LONG);
        assertThat(exit(adopted)).isEqualTo(-1);
        Wait.until("no record", () -> Files.notExists(record()));
    }

    @Test
    void aChildOutlivesAKilledGatewayAndIsAdopted() throws Exception {
        Process gateway = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherGateway.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        strangers.add(gateway);
        try (BufferedReader out = gateway.inputReader()) {
            assertThat(out.lines().anyMatch("> started"::equals)).isTrue();
        }
        gateway.destroyForcibly().waitFor();

        LocalProcessHost host = host();
        ChildProcess adopted = host.find("opencode").orElseThrow();

        assertThat(adopted.notes()).containsEntry("password", "secret");
        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(() -> host.start(script("true")))
                .returns("already-running", NexusException::code);
        adopted.stop(LONG);
        assertThat(exit(adopted)).isEqualTo(-1);
        assertThat(exit(host.start(script("exit 4")))).isEqualTo(4);
    }

    @Test
    void aStrangerWithTheSamePidIsNeitherAdoptedNorSignalled() throws Exception {
        Process stranger = stranger();
        Instant start = stranger.info().startInstant().orElseThrow();
        writeRecord(stranger.pid(), start.minusSeconds(10), bootId());

        LocalProcessHost host = host();

        assertThat(host.find("opencode")).isEmpty();
        assertThat(record()).doesNotExist();
        everythingStops.set(true);
        host.close();
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void aRecordFromBeforeTheSystemStartedAnewIsForgotten() throws Exception {
        Process stranger = stranger();
        writeRecord(stranger.pid(), stranger.info().startInstant().orElseThrow(), "another-boot");

        assertThat(host().find("opencode")).isEmpty();
        assertThat(record()).doesNotExist();
    }

    @Test
    void aClockThatWasSetRightALittleDoesNotOrphanTheChild() throws Exception {
        Process stranger = stranger();
        writeRecord(stranger.pid(), stranger.info().startInstant().orElseThrow().minusMillis(1_500), bootId());

        assertThat(host().find("opencode")).get().returns(stranger.pid(), ChildProcess::pid);
    }

    @ParameterizedTest
    @ValueSource(longs = {-400, -1, 1, 400})
    void aClockThatJumpedDaysDoesNotOrphanTheChild(long days) throws Exception {
        Process stranger = stranger();
        Instant start = stranger.info().startInstant().orElseThrow().plus(Duration.ofDays(days));
        long ticks = ProcessTree.startTicks(stranger.pid()).orElseThrow();

        writeRecord(stranger.pid(), start, bootId(), ticks);
        assertThat(host().find("opencode")).get().returns(stranger.pid(), ChildProcess::pid);
    }

    @Test
    void aStrangerThatStartedAtTheSameTimeOfAnotherClockIsNotAdopted() throws Exception {
        Process stranger = stranger();
        Instant start = stranger.info().startInstant().orElseThrow();
        long ticks = ProcessTree.startTicks(stranger.pid()).orElseThrow();

        writeRecord(stranger.pid(), start, bootId(), ticks - 1);

        assertThat(host().find("opencode")).isEmpty();
        assertThat(record()).doesNotExist();
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void aRecordTellsTheTicks() throws Exception {
        ChildProcess child = host().start(script("exec sleep 1000"));

        assertThat(Files.readString(record()))
                .contains(
                        "\"startTicks\":" + ProcessTree.startTicks(child.pid()).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "\"text\"",
                "{}",
                "{\"pid\":1,\"startedAt\":\"2026-01-01T00:00:00Z\",\"bootId\":\"\",\"output\":\"x\",\"notes\":{}}",
                "{\"pid\":-7,\"startedAt\":\"2026-01-01T00:00:00Z\",\"bootId\":\"\",\"output\":\"x\",\"notes\":{}}",
                "{\"pid\":\"seven\",\"startedAt\":\"soon\"}"
            })
    void aDamagedRecordIsThrownAway(String damaged) throws Exception {
        Files.writeString(home.directory("process").resolve("opencode.json"), damaged);
        Files.writeString(home.directory("process").resolve("tunnel.json"), damaged);

        LocalProcessHost host = host();

        assertThat(host.find("opencode")).isEmpty();
        assertThat(record()).doesNotExist();
        assertThat(exit(host.start(script("exit 4")))).isEqualTo(4);
    }

    // ---- what children leave behind ----

    @Test
    void howAProcessEndedIsToldBeforeAnybodyCollectsIt() throws Exception {
        // A shell would collect them; what it becomes does not.
        String later = "(until grep -q sleep /proc/$$/comm; do sleep 0.01; done; ";
        Process parent = new ProcessBuilder(
                        "sh",
                        "-c",
                        later + "exit 3) & echo $!; " + later + "exec sh -c 'kill -9 $$') & echo $!; " + later
                                + "exit 0) & echo $!; sleep 1000 & echo $!; exec sleep 1000")
                .start();
        try (BufferedReader out = parent.inputReader()) {
            long three = Long.parseLong(out.readLine());
            long killed = Long.parseLong(out.readLine());
            long zero = Long.parseLong(out.readLine());
            long alive = Long.parseLong(out.readLine());

            Wait.until("3", () -> ProcessTree.exitCode(three).equals(OptionalInt.of(3)));
            Wait.until("killed", () -> ProcessTree.exitCode(killed).equals(OptionalInt.of(137)));
            Wait.until(
                    "ended", () -> !ProcessTree.isAlive(ProcessHandle.of(zero).orElseThrow()));
            // It could be its first thread alone.
            assertThat(ProcessTree.exitCode(zero)).isEmpty();
            assertThat(ProcessTree.exitCode(alive)).isEmpty();
            assertThat(ProcessTree.exitCode(Long.MAX_VALUE)).isEmpty();
            ProcessHandle.of(alive).ifPresent(ProcessHandle::destroyForcibly);
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void whatADeadChildHadStartedIsEndedAndNobodyElse() throws Exception {
        Process stranger = stranger();
        LocalProcessHost host = host();
        ChildProcess child = host.start(script("setsid sleep 1000 & echo $!; exec sleep 1000"));
        ProcessHandle left = printedProcess(child);

        ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
        exit(child);

        Wait.until("the leftover is ended", () -> !ProcessTree.isAlive(left));
        assertThat(stranger.isAlive()).isTrue();
    }

    @Test
    void whatWasLeftBehindWhileThereWasNoGatewayIsEndedByTheNext() throws Exception {
        LocalProcessHost host = host();
        ChildProcess child = host.start(script("setsid sleep 1000 & echo $!; exec sleep 1000"));
        ProcessHandle left = printedProcess(child);
        byte[] record = Files.readAllBytes(record());
        host.close();
        ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly();
        exit(child);
        Files.write(record(), record);

        assertThat(host().find("opencode")).isEmpty();

        Wait.until("the leftover is ended", () -> !ProcessTree.isAlive(left));
    }

    @Test
    void aStartThatACrashCutOffLeavesNobodyBehind() throws Exception {
        Process orphan = bearing(Mark.fresh(home.directory("process")));
        Process ofAnotherHome = bearing(Mark.fresh(directory.resolve("other")));
        Process ofNoHome = bearing(Mark.fresh());
        Process stranger = stranger();

        LocalProcessHost host = host();
        ChildProcess child = host.start(script("exec sleep 1000"));

        Wait.until("the orphan is ended", () -> !orphan.isAlive());
        host.close();
        assertThat(List.of(ofAnotherHome, ofNoHome, stranger)).allMatch(Process::isAlive);
        assertThat(child.isAlive()).isTrue();
    }

    private Process bearing(Mark mark) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sleep", "1000");
        builder.environment().put(Mark.VARIABLE, mark.value());
        Process process = builder.start();
        strangers.add(process);
        return process;
    }

    @Test
    void aChildThatIsAdoptedIsNoLeftoverAndNothingBelowItIs() throws Exception {
        LocalProcessHost host = host();
        ChildProcess child = host.start(script("setsid sleep 1000 & echo $!; exec sleep 1000"));
        ProcessHandle below = printedProcess(child);
        host.close();

        LocalProcessHost next = host();
        next.close();

        assertThat(child.isAlive()).isTrue();
        assertThat(ProcessTree.isAlive(below)).isTrue();
        assertThat(host().find("opencode")).isPresent();
    }

    private static ProcessHandle printedProcess(ChildProcess child) throws Exception {
        Wait.until("printed", () -> !child.lastLines(1).isEmpty());
        return ProcessHandle.of(Long.parseLong(child.lastLines(1).get(0))).orElseThrow();
    }

    // ---- output ----

    @Test
    void aHundredMegabytesOfOutputAreCapped() throws Exception {
        ChildProcess child = host(Map.of("outputCheckMillis", 10))
                .start(script("yes 0123456789012345678 | head -n 5000000; sleep 1; echo the end"));

        assertThat(exit(child)).isZero();

        assertThat(Files.size(child.output())).isLessThanOrEqualTo(8_388_608);
        assertThat(Files.size(child.output().resolveSibling("opencode.log.1"))).isBetween(1L, 8_388_608L);
        assertThat(child.lastLines(1)).containsExactly("the end");
    }

    @Test
    void theOutputOfAnEarlierLifeIsKeptButNotShownAsThisOnes() throws Exception {
        LocalProcessHost host = host();
        exit(host.start(script("echo first life")));

        ChildProcess second = host.start(script("echo second life; exec sleep 1000"));
        Wait.until("printed", () -> !second.lastLines(9).isEmpty());

        assertThat(second.lastLines(9)).containsExactly("second life");
        assertThat(second.output()).hasContent("first life\nsecond life\n");
        host.close();
        assertThat(host().find("opencode").orElseThrow().lastLines(9)).containsExactly("second life");
    }

    @Test
    void outputThatIsNotTextIsShownAsFarAsItIs() throws Exception {
        ChildProcess child = host().start(script("printf 'caf\\303\\251 \\377\\376\\r\\nno line end'"));

        exit(child);

        assertThat(child.lastLines(9)).containsExactly("caf\u00e9 \uFFFD\uFFFD", "no line end");
        assertThat(child.lastLines(1)).containsExactly("no line end");
        assertThat(child.lastLines(0)).isEmpty();
    }

    @Test
    void aLineWithoutEndIsShownInPart() throws Exception {
        ChildProcess child = host().start(script("head -c 1000000 /dev/zero | tr '\\0' x"));

        exit(child);

        assertThat(child.lastLines(9)).singleElement().asString().hasSize(256 * 1024);
    }

    private LocalProcessHost host() {
        return host(Map.of());
    }

    private LocalProcessHost host(Map<String, Object> configuration) {
        LocalProcessHost host = new LocalProcessHost(
                Converters.standardConverter().convert(configuration).to(LocalProcessHost.Config.class),
                home,
                everythingStops::get);
        hosts.add(host);
        return host;
    }

    private ProcessSpec script(String script) {
        return new ProcessSpec("opencode", List.of("sh", "-c", script), directory, Map.of(), Set.of(), Map.of());
    }

    private Process stranger() throws IOException {
        Process stranger = new ProcessBuilder("sleep", "1000").start();
        strangers.add(stranger);
        return stranger;
    }

    private void writeRecord(long pid, Instant startedAt, String bootId) throws IOException {
        Files.writeString(
                home.directory("process").resolve("opencode.json"),
                """
                {"pid":%d,"startedAt":"%s","bootId":"%s","output":"opencode.log","outputFrom":0,"notes":{}}"""
                        .formatted(pid, startedAt, bootId));
    }

    private void writeRecord(long pid, Instant startedAt, String bootId, long ticks) throws IOException {
        writeRecord(pid, startedAt, bootId);
        Files.writeString(
                home.directory("process").resolve("opencode.json"),
                Files.readString(record()).replace("{\"pid\"", "{\"startTicks\":" + ticks + ",\"pid\""));
    }

    private static String bootId() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    private Path record() {
        return directory.resolve("process/opencode.json");
    }

    private static int exit(ChildProcess child) throws Exception {
        return child.onExit().get(60, TimeUnit.SECONDS);
    }
}
