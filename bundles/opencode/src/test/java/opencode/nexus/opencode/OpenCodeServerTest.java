package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.osgi.util.converter.Converters.standardConverter;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.NexusEvent;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessSpec;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.api.supervise.SupervisedStatus.State;
import opencode.nexus.api.supervise.Vitals;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeProcessHost;
import opencode.nexus.testkit.FakeProcessHost.FakeChild;
import opencode.nexus.testkit.RecordingHub;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenCodeServerTest {
    private static final OpenCodeServer.Patience PATIENCE = new OpenCodeServer.Patience(
            Duration.ZERO, Duration.ofMillis(10), Duration.ofSeconds(30), Duration.ofMillis(10), Duration.ofMillis(50));

    @TempDir
    Path directory;

    private final FakeProcessHost processes = new FakeProcessHost();
    private final RecordingHub hub = new RecordingHub();
    private final AtomicBoolean frameworkStops = new AtomicBoolean();
    private final Map<String, Object> config = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, String> properties = new HashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<FakeOpenCode> fakes = new ArrayList<>();
    private OpenCodeServer.Patience patience = PATIENCE;

    @BeforeEach
    void program() throws IOException {
        Path program = Files.createFile(directory.resolve("opencode"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        environment.put("PATH", "/nowhere:" + directory);
        properties.put("nexus.workspace", directory.toString());
        processes.onStart(child -> answering(child));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    @Test
    void itStartsOnLoopbackBehindAFreshPasswordAndBecomesReady() {
        environment.put("OPENCODE_DISABLE_SHARE", "0");
        OpenCodeServer server = started();
        await("running");

        ProcessSpec spec = processes.started.get(0);
        String port = spec.notes().get("port");
        assertThat(spec.name()).isEqualTo("opencode");
        assertThat(spec.command())
                .containsExactly(
                        directory.resolve("opencode").toString(), "serve", "--hostname", "127.0.0.1", "--port", port);
        assertThat(spec.directory()).isEqualTo(directory);
        assertThat(spec.environment())
                .containsEntry("OPENCODE_SERVER_USERNAME", "opencode")
                .containsEntry("OPENCODE_DISABLE_AUTOUPDATE", "1")
                .containsEntry("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")
                .doesNotContainKeys(
                        "OPENCODE_DISABLE_SHARE", "OPENCODE_DISABLE_MODELS_FETCH", "OPENCODE_CONFIG_CONTENT");
        assertThat(spec.environment().get("OPENCODE_SERVER_PASSWORD"))
                .matches("[A-Za-z0-9_-]{43}")
                .isEqualTo(spec.notes().get("password"));
        assertThat(spec.withheld()).contains("NEXUS_*", "KARAF_*", "OPENCODE_SERVER_*", "OPENCODE_PID");
        assertThat(server.status().pid()).isEqualTo(processes.child("opencode").pid());
        assertThat(server.status().version()).isEqualTo("9.9.9");
        assertThat(server.status().url()).isEqualTo(URI.create("http://127.0.0.1:" + port));
        assertThat(server.endpoint()).isPresent();
        assertThat(states()).containsExactly("starting", "running");
        assertThat(hub.published().toString()).doesNotContain(spec.notes().get("password"));
        assertThat(spec.toString()).doesNotContain(spec.notes().get("password"));
    }

    @Test
    void whatIsPublishedIsTheStatus() {
        OpenCodeServer server = started();
        NexusEvent event = await("running");

        assertThat(event.topic()).isEqualTo("server");
        assertThat(event.data())
                .isEqualTo("{\"state\":\"running\",\"pid\":1000,\"version\":\"9.9.9\",\"url\":\""
                        + server.status().url()
                        + "\",\"since\":\"2026-01-01T00:00:00Z\",\"wanted\":true,\"controlled\":true}");
    }

    @Test
    void withoutAutoStartItWaitsToBeAsked() {
        config.put("autoStart", false);
        OpenCodeServer server = started();
        assertThat(server.status().state().name()).isEqualTo("STOPPED");

        server.start();
        server.start();
        await("running");

        assertThat(processes.started).hasSize(1);
    }

    @Test
    void aMissingProgramIsTold() {
        environment.put("PATH", "/nowhere");
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem())
                .contains("was not found", "--opencode PATH", "npm install -g opencode-ai");
        assertThat(server.reason()).isEqualTo(server.status().problem());
        assertThat(processes.started).isEmpty();
    }

    @Test
    void aMissingProgramCanBeInstalledAndIsStartedThen() throws IOException {
        environment.put("PATH", "/nowhere:" + directory.resolve("bin"));
        properties.put("karaf.base", directory.resolve("home").toString());
        executable(directory.resolve("bin/npm"));
        Path installed = directory.resolve("home/opencode/node_modules/.bin/opencode");
        OpenCodeServer server = started();
        assertThat(await("failed").data()).endsWith("\"install\":{\"state\":\"none\",\"offer\":\"install\"}}");
        processes.onStart(child -> {
            if (child.name().equals("opencode")) {
                answering(child);
            } else {
                assertThat(server.installation().state()).isEqualTo(Installer.Progress.RUNNING);
                executable(installed);
                child.exit(0);
            }
        });

        server.install();

        assertThat(await("running").data())
                .contains("\"install\":{\"state\":\"done\"")
                .doesNotContain("\"offer\"");
        assertThat(processes.started.get(0).command())
                .containsExactly(
                        directory.resolve("bin/npm").toString(),
                        "install",
                        "--prefix",
                        directory.resolve("home/opencode").toString(),
                        "--no-audit",
                        "--no-fund",
                        "--loglevel=error",
                        "opencode-ai@latest");
        assertThat(processes.started.get(1).command()).startsWith(installed.toString(), "serve");
    }

    @Test
    void anInstallationThatFailsIsToldAndCanBeTriedAgain() {
        environment.put("PATH", "/nowhere:" + directory.resolve("bin"));
        executable(directory.resolve("bin/npm"));
        OpenCodeServer server = started();
        await("failed");
        processes.onStart(child -> {
            child.print("npm error network");
            child.exit(1);
        });

        server.install();

        hub.await(event ->
                event.data().contains("\"install-failed\"") && event.data().contains("npm error network"));
        assertThat(server.installation().offer()).isEqualTo(Installer.Offer.INSTALL);
        server.install();
        hub.await(event -> processes.started.size() == 2);
    }

    @Test
    void whatNexusDidNotInstallIsNotUpdatedByIt() {
        OpenCodeServer server = started();
        await("running");

        assertThatExceptionOfType(NexusException.class)
                .isThrownBy(server::install)
                .matches(failure -> failure.code().equals("installed-elsewhere"));
        assertThat(server.installation()).isEqualTo(Installer.Installation.NOTHING);
    }

    @Test
    void anOldOneThatNexusInstalledIsUpdatedAndExchanged() {
        environment.put("PATH", "/nowhere:" + directory.resolve("bin"));
        properties.put("karaf.base", directory.resolve("home").toString());
        executable(directory.resolve("bin/npm"));
        executable(directory.resolve("home/opencode/node_modules/.bin/opencode"));
        AtomicInteger version = new AtomicInteger(1);
        processes.onStart(child -> {
            if (child.name().equals("opencode")) {
                FakeOpenCode fake = answering(child);
                fake.json("GET /global/health", "{\"healthy\":true,\"version\":\"" + version + ".0.0\"}");
                fake.json("GET /session/status", "{}");
            } else {
                version.set(9);
                child.exit(0);
            }
        });
        OpenCodeServer server = started();
        NexusEvent old = await("running");
        assertThat(old.data())
                .contains("OpenCode 1.0.0 is older than", "\"offer\":\"update\"")
                .doesNotContain("npm install");

        server.install();

        hub.await(event -> event.data().contains("\"version\":\"9.0.0\""));
        assertThat(server.installation().offer()).isNull();
        assertThat(states()).contains("stopping");
    }

    private static void executable(Path program) {
        try {
            Files.createDirectories(program.getParent());
            Files.writeString(program, "#!/bin/sh\n");
            assertThat(program.toFile().setExecutable(true)).isTrue();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theLauncherWinsOverTheConfiguration() throws IOException {
        Path other = Files.createFile(directory.resolve("other"));
        assertThat(other.toFile().setExecutable(true)).isTrue();
        properties.put("nexus.opencode", other.toString());
        config.put("workspaces", new String[] {"/from/config", "relative", directory.toString()});
        OpenCodeServer server = started();
        await("running");

        assertThat(processes.started.get(0).command()).startsWith(other.toString());
        assertThat(server.workspaces()).containsExactly(directory.toString(), "/from/config");
    }

    @Test
    void theWorkspaceIsWhereNexusWasStartedUnlessSaidOtherwise() {
        config.put("autoStart", false);
        properties.remove("nexus.workspace");
        properties.put("user.home", "/home/me");
        assertThat(started().workspaces()).containsExactly("/home/me");

        properties.put("nexus.cwd", "/home/me/project/../project");
        assertThat(started().workspaces()).containsExactly("/home/me/project");
    }

    @Test
    void aWorkspaceThatIsNotThereIsTold() {
        properties.put("nexus.workspace", "/not/there");
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem()).contains("/not/there", "--workspace");
    }

    @Test
    void aRefusalOfTheSystemIsTold() {
        processes.refuse(new NexusException(NexusException.Kind.UNAVAILABLE, "cannot-start", "no memory"));
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem()).contains("no memory");
    }

    @Test
    void extraArgumentsAreAddedButNeverAnotherAddress() {
        config.put("extra", new String[] {"--log-level", "DEBUG"});
        started();
        await("running");
        assertThat(processes.started.get(0).command()).endsWith("--log-level", "DEBUG");

        config.put("extra", new String[] {"--print-logs", "--hostname=0.0.0.0"});
        assertThat(new ServeCommand(List.of("opencode"), environment::get)
                        .spec(directory, new Endpoint(1, "p"), directory, settings(), Optional.empty())
                        .command())
                .doesNotContain("--print-logs", "--hostname=0.0.0.0");
    }

    @Test
    void anEndWhileStartingIsToldWithItsLastWords() {
        processes.onStart(child -> {
            child.print("something");
            child.print("Error: ENOTDIR: not a directory");
            child.exit(1);
        });
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem())
                .isEqualTo("OpenCode ended with code 1 while it was starting; its last words:"
                        + " ENOTDIR: not a directory");
        assertThat(server.status().pid()).isNull();
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void anEndWhileRunningIsTold() throws Exception {
        OpenCodeServer server = started();
        await("running");
        Optional<Endpoint> seen = server.endpoint();

        processes
                .child("opencode")
                .print("opencode server listening on " + server.status().url());
        processes.child("opencode").exit(137);

        assertThat(server.awaitChange(seen, 20_000)).isEmpty();
        await("failed");
        assertThat(server.status().exit())
                .isEqualTo(new Exit(Exit.Cause.ENDED, null, 9, true, Instant.parse("2026-01-01T00:00:00Z")));
        assertThat(server.status().problem()).isEqualTo("OpenCode ended by signal 9.");
    }

    @Test
    void aPortThatWasTakenMeanwhileIsReplaced() {
        AtomicInteger starts = new AtomicInteger();
        processes.onStart(child -> {
            if (starts.incrementAndGet() < 3) {
                occupy(Integer.parseInt(child.notes().get("port")));
                child.exit(1);
                return;
            }
            answering(child);
        });
        started();
        await("running");

        assertThat(processes.started).hasSize(3).extracting(ProcessSpec::notes).doesNotHaveDuplicates();
        assertThat(states()).containsExactly("starting", "starting", "starting", "running");
    }

    @Test
    void aConfiguredPortThatIsTakenIsTold() throws IOException {
        int port = occupy(0);
        config.put("port", port);
        processes.onStart(child -> child.exit(1));
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem()).contains("port " + port + " is taken");
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void whoLetsInEverybodyIsEnded() {
        processes.onStart(child -> answering(child).forgetPassword());
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem()).contains("without its password");
        assertThat(server.status().pid()).isNull();
        assertThat(processes.child("opencode").isAlive()).isFalse();
        assertThat(server.endpoint()).isEmpty();
    }

    /** Whoever asks OpenCode between the opening of its port and its first words waits for ever. */
    @Test
    void itIsNotAskedBeforeItSaysThatItListens() throws Exception {
        patience = new OpenCodeServer.Patience(
                Duration.ofDays(1),
                Duration.ofMillis(10),
                Duration.ofDays(1),
                Duration.ofMillis(10),
                Duration.ofSeconds(1));
        started();
        await("starting");

        processes.child("opencode").awaitLooks(3);
        assertThat(fakes.get(0).received).isEmpty();

        processes.child("opencode").print("opencode server listening on http://127.0.0.1:1");
        await("running");
    }

    @Test
    void whoNeverGetsReadyIsEnded() {
        patience = new OpenCodeServer.Patience(
                Duration.ZERO,
                Duration.ofMillis(10),
                Duration.ofMillis(300),
                Duration.ofMillis(10),
                Duration.ofSeconds(1));
        processes.onStart(child -> answering(child).answer("GET /config", 500, "application/json", "{}"));
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem()).contains("not ready within", "status 500");
        assertThat(processes.child("opencode").isAlive()).isFalse();
    }

    @Test
    void aBrokenConfigurationIsToldUntilItsFileChanges() throws Exception {
        Path file = Files.writeString(directory.resolve("opencode.json"), "{}");
        AtomicBoolean mended = new AtomicBoolean();
        processes.onStart(child -> {
            FakeOpenCode fake = answering(child);
            if (!mended.get()) {
                fake.answer(
                        "GET /config",
                        400,
                        "application/json",
                        "{\"name\":\"ConfigInvalidError\",\"data\":{\"path\":\"" + file + "\",\"issues\":["
                                + "{\"path\":[\"provider\",\"x\",\"apiKey\"],"
                                + "\"message\":\"Expected string | undefined, got 12345\"}]}}");
            }
        });
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem())
                .isEqualTo("OpenCode cannot use its configuration (" + file
                        + "): provider.x.apiKey: Expected string | undefined");
        assertThat(server.status().pid()).isEqualTo(1000L);
        assertThat(processes.child("opencode").isAlive()).isTrue();
        assertThat(server.endpoint()).isEmpty();

        mended.set(true);
        Files.writeString(file, "{\"mended\":true}");
        await("running");
        assertThat(processes.started).hasSize(2);
    }

    @Test
    void anOpenCodeThatMendsItselfIsTakenAsItIs() {
        processes.onStart(child -> answering(child)
                .answer("GET /config", 400, "application/json", "{\"name\":\"ConfigJsonError\",\"data\":{}}"));
        started();
        await("failed");

        fakes.get(0).json("GET /config", "{}");

        await("running");
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void ofAFaultyFileOnlyTheFaultIsTold() {
        processes.onStart(child -> answering(child)
                .answer(
                        "GET /config",
                        400,
                        "application/json",
                        "{\"name\":\"ConfigJsonError\",\"data\":{\"path\":\"/x.json\",\"message\":"
                                + "\"\\n--- JSONC Input ---\\n{\\\"apiKey\\\":\\\"very-secret\\n--- Errors ---\\n"
                                + "InvalidSymbol at line 1, column 2\\n more\"}}"));
        OpenCodeServer server = started();
        await("failed");

        assertThat(server.status().problem())
                .isEqualTo("OpenCode cannot use its configuration (/x.json): InvalidSymbol at line 1, column 2");
    }

    @Test
    void stoppingSavesTheWorkFirst() {
        OpenCodeServer server = started();
        await("running");

        server.stop();
        await("stopped");

        assertThat(fakes.get(0).calls("POST", "/global/dispose")).hasSize(1);
        assertThat(processes.child("opencode").stops()).containsExactly(Duration.ofSeconds(2));
        assertThat(states()).containsExactly("starting", "running", "stopping", "stopped");
        assertThat(server.status().problem()).isNull();
    }

    @Test
    void anOpenCodeThatCannotBeEndedIsNotCalledStopped() {
        OpenCodeServer server = started();
        await("running");
        processes.child("opencode").outlives(true);

        server.stop();
        await("failed");
        assertThat(server.status().problem()).contains("cannot be ended");
        assertThat(server.status().pid()).isEqualTo(processes.child("opencode").pid());
        assertThat(server.status().wanted()).isFalse();

        processes.child("opencode").outlives(false);
        server.stop();
        await("stopped");
        assertThat(server.status().pid()).isNull();
    }

    @Test
    void anOpenCodeThatCouldNotBeEndedAndEndsByItselfIsStopped() {
        OpenCodeServer server = started();
        await("running");
        processes.child("opencode").outlives(true);
        server.stop();
        await("failed");

        processes.child("opencode").exit(0);
        await("stopped");
        assertThat(server.status().problem()).isNull();
    }

    @Test
    void aHangingOpenCodeIsStoppedAllTheSame() {
        OpenCodeServer server = started();
        await("running");
        fakes.get(0).hang("POST /global/dispose");

        server.stop();
        await("stopped");

        // One second for the politeness, one for the signal, at most two for the force.
        assertThat(processes.child("opencode").stops()).containsExactly(Duration.ofSeconds(1));
    }

    @Test
    void aStopDoesNotWaitForAStartThatHangs() {
        processes.onStart(child -> answering(child).hang("GET /config"));
        OpenCodeServer server = started();
        await("starting");
        while (fakes.isEmpty() || fakes.get(0).calls("GET", "/config").isEmpty()) {
            Thread.onSpinWait();
        }

        server.stop();
        await("stopped");

        assertThat(processes.child("opencode").isAlive()).isFalse();
    }

    @Test
    void aRestartIsAStopAndAStart() {
        OpenCodeServer server = started();
        await("running");
        Optional<Endpoint> before = server.endpoint();

        server.restart();
        hub.await(event -> states().size() >= 6);

        assertThat(states()).containsExactly("starting", "running", "stopping", "stopped", "starting", "running");
        assertThat(server.endpoint()).isPresent().isNotEqualTo(before);
    }

    @Test
    void aFailedOneIsStartedAgainWhenAsked() {
        AtomicBoolean broken = new AtomicBoolean(true);
        processes.onStart(child -> {
            if (broken.get()) {
                child.exit(1);
            } else {
                answering(child);
            }
        });
        OpenCodeServer server = started();
        await("failed");
        broken.set(false);

        server.start();

        await("running");
    }

    @Test
    void aProcessOfAnEarlierGatewayIsAdopted() {
        FakeOpenCode running = closing(new FakeOpenCode(0, "old password"));
        FakeChild left = processes.leave(
                "opencode", Map.of("port", String.valueOf(running.endpoint().port()), "password", "old password"));
        config.put("autoStart", false);
        OpenCodeServer server = started();
        await("running");

        assertThat(processes.started).isEmpty();
        assertThat(server.status().pid()).isEqualTo(left.pid());
        assertThat(server.endpoint()).contains(running.endpoint());
    }

    @Test
    void aProcessWithoutNotesIsReplaced() {
        FakeChild left = processes.leave("opencode", Map.of());
        started();
        await("running");

        assertThat(left.isAlive()).isFalse();
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void theProcessOutlivesTheBundleButNotTheFramework() {
        OpenCodeServer server = started();
        await("running");
        server.close();
        assertThat(processes.child("opencode").isAlive()).isTrue();
        assertThat(server.endpoint()).isEmpty();

        OpenCodeServer next = started();
        hub.await(event -> states().size() == 4);
        frameworkStops.set(true);
        next.close();

        assertThat(processes.started).hasSize(1);
        assertThat(processes.child("opencode").isAlive()).isFalse();
        assertThat(fakes.get(0).calls("POST", "/global/dispose")).hasSize(1);
    }

    @Test
    void anOfferIsPutIntoTheEnvironmentOnly() {
        environment.put("OPENCODE_CONFIG_CONTENT", "{\"model\":\"a/b\"}");
        OpenCodeServer server = server();
        server.setOffer(new FixedOffer());
        server.begin();
        await("running");

        ProcessSpec spec = processes.started.get(0);
        assertThat(spec.environment().get("OPENCODE_CONFIG_CONTENT"))
                .contains("\"model\":\"a/b\"", "http://127.0.0.1:4999/v1", "offer-key");
        assertThat(spec.command().toString() + spec.notes()).doesNotContain("offer-key");
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void anOfferThatComesLaterIsTakenUpWhenNothingRuns() {
        OpenCodeServer server = started();
        await("running");
        fakes.get(0).json("GET /session/status", "{}");

        server.setOffer(new FixedOffer());
        hub.await(event -> states().size() == 6);

        assertThat(processes.started).hasSize(2);
        assertThat(processes.started.get(1).environment().get("OPENCODE_CONFIG_CONTENT"))
                .contains("offer-key");
    }

    @Test
    void anOfferNeverInterruptsAnAnswer() {
        OpenCodeServer server = started();
        await("running");
        fakes.get(0).json("GET /session/status", "{\"ses_1\":{\"type\":\"busy\"}}");

        server.setOffer(new FixedOffer());
        while (fakes.get(0).calls("GET", "/session/status").isEmpty()) {
            Thread.onSpinWait();
        }
        server.stop();
        await("stopped");

        assertThat(processes.started).hasSize(1);
    }

    @Test
    void theSameOfferAgainChangesNothing() {
        OpenCodeServer server = server();
        FixedOffer offer = new FixedOffer();
        server.setOffer(offer);
        server.begin();
        await("running");

        server.setOffer(new FixedOffer());
        server.unsetOffer(offer);
        server.stop();
        await("stopped");

        assertThat(processes.started).hasSize(1);
    }

    // ---- what a supervisor sees and asks for ----

    @Test
    void aWatcherIsToldThePresentStateAndEveryOneAfterIt() throws Exception {
        OpenCodeServer server = server();
        BlockingQueue<State> told = new LinkedBlockingQueue<>();
        server.watch(status -> {
            throw new IllegalStateException("another watcher is broken");
        });
        Supervised.Watch watch = server.watch(status -> told.add(status.state()));
        server.begin();

        assertThat(next(told)).isEqualTo(State.STOPPED);
        assertThat(next(told)).isEqualTo(State.STARTING);
        assertThat(next(told)).isEqualTo(State.RUNNING);
        watch.close();
        server.stop();
        await("stopped");
        assertThat(told).isEmpty();
    }

    @Test
    void aFailedOneIsRevivedWhenTheOwnerStillWantsIt() {
        OpenCodeServer server = started();
        await("running");
        server.revive();
        processes.child("opencode").exit(1);
        hub.await(event -> states().size() == 3);

        server.revive();
        hub.await(event -> states().size() == 5);
        assertThat(states()).containsExactly("starting", "running", "failed", "starting", "running");
    }

    @Test
    void whatTheOwnerStoppedIsNotRevivedEvenByTheNextGateway() {
        OpenCodeServer server = started();
        await("running");
        server.stop();
        await("stopped");
        server.revive();
        server.recycle(1000, "too big");
        server.close();
        OpenCodeServer next = started();
        next.revive();
        assertThat(next.status().wanted()).isFalse();

        next.start();
        hub.await(event -> states().size() == 6);
        next.close();
        assertThat(processes.started).hasSize(2);
        assertThat(server().status().wanted()).isTrue();
    }

    @Test
    void aStopThatACrashInterruptedIsFinished() {
        OpenCodeServer server = started();
        await("running");
        server.stop();
        await("stopped");
        server.close();
        FakeChild left = processes.leave("opencode", processes.started.get(0).notes());

        OpenCodeServer next = started();
        left.onExit().join();

        assertThat(next.status().state()).isEqualTo(State.STOPPED);
        assertThat(processes.started).hasSize(1);
    }

    @Test
    void onlyTheProcessThatIsMeantIsExchanged() {
        OpenCodeServer server = started();
        await("running");
        server.recycle(4711, "another one");
        server.recycle(1000, "it holds 9 GiB");
        hub.await(event -> states().size() == 6);

        assertThat(states()).containsExactly("starting", "running", "stopping", "stopped", "starting", "running");
        assertThat(server.status().pid()).isEqualTo(1001L);
    }

    @Test
    void whenItWillBeTriedAgainIsShownUntilTheNextState() {
        OpenCodeServer server = started();
        await("running");
        server.retryAt(Instant.EPOCH);
        assertThat(server.status().retryAt()).isNull();
        processes.child("opencode").exit(1);
        await("failed");

        server.retryAt(Instant.parse("2026-01-01T00:00:04Z"));
        assertThat(hub.published("server.state").get(3).data()).contains("\"retryAt\":\"2026-01-01T00:00:04Z\"");
        server.revive();
        hub.await(event -> states().size() == 6);
        assertThat(server.status().retryAt()).isNull();
    }

    @Test
    void itsVitalsAreMeasured() {
        OpenCodeServer server = started();
        await("running");
        processes.child("opencode").use(new ChildProcess.Usage(42L, 1.5));
        fakes.get(0).json("GET /session/status", "{\"ses_1\":{\"type\":\"busy\"}}");
        server.heard();

        Vitals vitals = server.vitals();
        assertThat(vitals.pid()).isEqualTo(1000L);
        assertThat(vitals.answeredIn()).isPositive();
        assertThat(vitals.lastEventAt()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(vitals.busy()).isTrue();
        assertThat(vitals.rssBytes()).isEqualTo(42L);
        assertThat(vitals.cpuSeconds()).isEqualTo(1.5);

        fakes.get(0).json("GET /session/status", "{}");
        assertThat(server.vitals().busy()).isFalse();
        fakes.get(0).hang("GET /global/health");
        Vitals silent = server.vitals();
        assertThat(silent.answeredIn()).isNull();
        assertThat(silent.busy()).isTrue();

        server.stop();
        await("stopped");
        assertThat(server.vitals().pid()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "Unknown argument: bogus, BAD_ARGUMENTS",
        "'Error: EACCES: permission denied, mkdir', BAD_DIRECTORY",
        "Segmentation fault, ENDED"
    })
    void whatAnotherStartCannotMendIsToldApart(String output, Exit.Cause cause) {
        processes.onStart(child -> {
            child.print(output);
            child.exit(1);
        });
        OpenCodeServer server = started();
        await("failed");

        Exit exit = server.status().exit();
        assertThat(exit).isNotNull();
        assertThat(exit.cause()).isEqualTo(cause);
        assertThat(exit.code()).isEqualTo(1);
        assertThat(exit.afterReady()).isFalse();
    }

    @Test
    void aPortThatIsTakenTwiceIsHopeless() throws IOException {
        config.put("port", occupy(0));
        processes.onStart(child -> child.exit(1));
        OpenCodeServer server = started();
        await("failed");
        assertThat(hub.published("server.state").get(1).data()).contains("\"cause\":\"ended\"");

        server.revive();
        hub.await(event -> event.data().contains("\"cause\":\"port_taken\""));
    }

    @Test
    void whatItLeavesBehindTellsNoSecret() throws IOException {
        Path logs = Files.createDirectories(directory.resolve("data/opencode/log"));
        Files.writeString(logs.resolve("2026.log"), "INFO start\napiKey: \"abcdefgh\"\nERROR https://me:pw@host/x\n");
        environment.put("XDG_DATA_HOME", directory.resolve("data").toString());
        OpenCodeServer server = started();
        await("running");
        String password = processes.started.get(0).notes().get("password");
        processes.child("opencode").print("listening, password " + password);
        processes.child("opencode").print("Authorization: Bearer sk-abcdefghijklmnop");

        List<Supervised.Evidence> evidence = server.evidence();

        assertThat(evidence).extracting(Supervised.Evidence::name).containsExactly("output", "log");
        assertThat(evidence.toString())
                .contains("listening, password", "INFO start", "ERROR https://")
                .doesNotContain(password, "abcdefgh", "sk-", "me:pw");
    }

    @Test
    void whatTheOwnerSetForItIsNotToldEvenWhenItPrintsIt() {
        config.put("environment", new String[] {"GATE=open sesame", "LONGER=open sesame now", "ON=1"});
        OpenCodeServer server = started();
        await("running");
        processes.child("opencode").print("1 wall, open sesame now");
        processes.child("opencode").print("the word is open sesame");

        assertThat(server.evidence().toString())
                .contains("1 wall, [redacted]", "the word is [redacted]")
                .doesNotContain("sesame");
        processes.child("opencode").exit(1);
        await("failed");
        assertThat(server.status().problem()).contains("the word is [redacted]").doesNotContain("sesame");
        assertThat(hub.published("server.state").toString()).doesNotContain("sesame");
    }

    @Test
    void anOldVersionIsUsedButTold() {
        processes.onStart(
                child -> answering(child).json("GET /global/health", "{\"healthy\":true,\"version\":\"1.2.3\"}"));
        OpenCodeServer server = started();
        await("running");

        assertThat(server.status().warning()).contains("1.2.3", "older", "npm install");
        assertThat(Versions.isOlder("1.18.33", "1.18.33")).isFalse();
        assertThat(Versions.isOlder("1.18.4", "1.18.33")).isTrue();
        assertThat(Versions.isOlder("2.0.0-beta", "1.18.33")).isFalse();
        assertThat(Versions.isOlder("unknown", "1.18.33")).isFalse();
    }

    // ---- settings that OpenCode is told when it starts ----

    @Test
    void whatTheOwnerSetReachesTheChildButNeverReplacesTheWall() {
        config.put(
                "environment",
                new String[] {"HTTPS_PROXY=http://proxy:1", "OPENCODE_SERVER_PASSWORD=guess", "nonsense", "A=b=c"});
        started();
        await("running");

        assertThat(processes.started.get(0).environment())
                .containsEntry("HTTPS_PROXY", "http://proxy:1")
                .containsEntry("A", "b=c")
                .doesNotContainKey("nonsense");
        assertThat(processes.started.get(0).environment().get("OPENCODE_SERVER_PASSWORD"))
                .hasSize(43);
    }

    @Test
    void aChangedSettingStartsItAgainWhenNothingWorks() {
        OpenCodeServer server = started();
        await("running");
        server.close();
        config.put("environment", new String[] {"A=b"});
        fakes.get(0).json("GET /session/status", "{\"ses_1\":{\"type\":\"busy\"}}");
        OpenCodeServer next = started();
        hub.await(event -> event.data().contains("no session works"));
        assertThat(processes.started).hasSize(1);
        next.close();

        fakes.get(0).json("GET /session/status", "{}");
        started();
        hub.await(event -> processes.started.size() == 2 && event.data().contains("running"));
        assertThat(processes.started.get(1).environment()).containsEntry("A", "b");
    }

    @Test
    void theSameSettingsAdoptWhatRuns() {
        OpenCodeServer server = started();
        await("running");
        server.close();
        OpenCodeServer next = started();
        hub.await(event -> states().size() == 4);
        next.close();

        assertThat(processes.started).hasSize(1);
        assertThat(processes.child("opencode").isAlive()).isTrue();
    }

    // ---- an OpenCode of somebody else ----

    @Test
    void whatSomebodyElseRunsIsUsedButNotControlled() {
        FakeOpenCode theirs = closing(new FakeOpenCode(0, "their password"));
        config.put("url", theirs.endpoint().url() + "/");
        config.put("password", "their password");
        OpenCodeServer server = started();
        await("running");

        assertThat(server.status().controlled()).isFalse();
        assertThat(server.status().pid()).isNull();
        assertThat(server.endpoint()).contains(theirs.endpoint());
        assertThat(server.vitals().answeredIn()).isPositive();
        for (Runnable control : List.<Runnable>of(server::start, server::stop, server::restart)) {
            assertThatExceptionOfType(NexusException.class)
                    .isThrownBy(control::run)
                    .matches(failure -> failure.code().equals("not-controlled"));
        }
        assertThat(processes.started).isEmpty();

        theirs.close();
        NexusEvent gone = await("failed");
        assertThat(gone.data()).contains("No OpenCode answers at").doesNotContain("their password");
        assertThat(server.endpoint()).isEmpty();
    }

    @Test
    void aWrongPasswordForSomebodyElsesIsTold() {
        FakeOpenCode theirs = closing(new FakeOpenCode(0, "their password"));
        config.put("url", theirs.endpoint().url().toString());
        config.put("password", "guess");
        started();

        assertThat(await("failed").data()).contains("another password").doesNotContain("guess");
    }

    private static State next(BlockingQueue<State> told) throws InterruptedException {
        State state = told.poll(20, TimeUnit.SECONDS);
        assertThat(state).isNotNull();
        return state;
    }

    private OpenCodeServer started() {
        OpenCodeServer server = server();
        server.begin();
        return server;
    }

    private OpenCodeServer server() {
        OpenCodeServer server = new OpenCodeServer(
                settings(),
                new Surroundings(properties::get, environment::get),
                processes,
                hub,
                new FakeHome(directory.resolve("nexus")),
                new FakeClock(),
                patience,
                frameworkStops::get);
        open.add(server::close);
        return server;
    }

    private ServerConfig settings() {
        return standardConverter().convert(config).to(ServerConfig.class);
    }

    /** The child answers where it was told to. */
    private FakeOpenCode answering(FakeChild child) {
        FakeOpenCode fake = closing(new FakeOpenCode(
                Integer.parseInt(child.notes().get("port")), child.notes().get("password")));
        fake.json("POST /global/dispose", "true");
        child.onExit().thenRun(fake::close);
        fakes.add(fake);
        return fake;
    }

    private int occupy(int port) {
        try {
            ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
            open.add(socket);
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private <T extends AutoCloseable> T closing(T resource) {
        open.add(resource);
        return resource;
    }

    private NexusEvent await(String state) {
        return hub.await(event -> event.data().startsWith("{\"state\":\"" + state + "\""));
    }

    private List<String> states() {
        return hub.published("server.state").stream()
                .map(event -> event.data().replaceAll("^\\{\"state\":\"(\\w+)\".*", "$1"))
                .toList();
    }
}
