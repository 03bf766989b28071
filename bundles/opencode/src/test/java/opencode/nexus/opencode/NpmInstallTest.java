package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Installer.Progress;
import opencode.nexus.process.RealHost;
import opencode.nexus.testkit.FakeHome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the process host of the product, and scripts in place of npm and node. */
class NpmInstallTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private static final String PROGRAM =
            """
            mkdir -p node_modules/.bin
            printf '#!/bin/sh\\n' > node_modules/.bin/opencode
            chmod +x node_modules/.bin/opencode
            """;

    @TempDir
    Path base;

    private Path directory;
    private Path path;
    private RealHost host;
    private final List<ScheduledThreadPoolExecutor> workers = new ArrayList<>();
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

    private record Told(@Nullable Progress state, @Nullable String code, @Nullable String message) {}

    @BeforeEach
    void begin() throws IOException {
        directory = base.resolve("home/opencode");
        path = Files.createDirectories(base.resolve("bin"));
        host = new RealHost(new FakeHome(base.resolve("state")), Map.of("maxOutputBytes", 65_536));
    }

    @AfterEach
    void end() {
        workers.forEach(ScheduledThreadPoolExecutor::shutdownNow);
        host.close();
    }

    @Test
    void theProgramIsWhereTheLauncherWouldHaveIt() throws Exception {
        script("npm", "echo \"$@\" > arguments\npwd > where\nenv > environment\n" + PROGRAM);
        NpmInstall npm = npm(LONG);

        npm.ask();

        assertThat(next().state()).isEqualTo(Progress.RUNNING);
        assertThat(next()).isEqualTo(new Told(Progress.DONE, null, "OpenCode was installed."));
        assertThat(next().state()).isNull();
        assertThat(NpmInstall.program(directory)).isExecutable();
        assertThat(directory.resolve("arguments"))
                .hasContent(
                        "install --prefix " + directory + " --no-audit --no-fund --loglevel=error opencode-ai@latest");
        assertThat(directory.resolve("where")).hasContent(directory.toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void aFailureIsToldWithWhatWasSaidButWithoutSecrets() throws Exception {
        script(
                "npm",
                """
                echo first
                printf '\\033[31mnpm error code E401\\n\\n'
                echo 'npm error //registry.npmjs.org/:_authToken=hunter2hunter2'
                echo 'npm error npm_abcdefghijklmnopqrstuvwxyz0123456789 https://me:geheim@registry.example'
                exit 3
                """);
        NpmInstall npm = npm(LONG);

        npm.ask();

        assertThat(next().state()).isEqualTo(Progress.RUNNING);
        Told failed = next();
        assertThat(failed.state()).isEqualTo(Progress.FAILED);
        assertThat(failed.code()).isEqualTo("install-failed");
        assertThat(failed.message())
                .startsWith("npm could not install OpenCode; it ended with code 3.\nfirst\n[31mnpm error code E401\n")
                .contains("[redacted]")
                .doesNotContain("hunter2", "npm_abc", "geheim");

        npm.ask();
        assertThat(next().state()).isEqualTo(Progress.RUNNING);
        assertThat(next().state()).isEqualTo(Progress.FAILED);
    }

    @Test
    void tenMegabytesOfOutputStopNothingAndAreNotTold() throws Exception {
        script(
                "npm",
                "head -c 10000000 /dev/zero | tr '\\0' 'x'\necho\nhead -c 10000 /dev/zero | tr '\\0' '.'\nexit 1");

        npm(LONG).ask();

        next();
        assertThat(next().message()).hasSizeBetween(100, 3_000);
    }

    @Test
    void whatHangsIsEnded() throws Exception {
        script("npm", "echo waiting\nsleep 600");

        npm(Duration.ofMillis(400)).ask();

        next();
        assertThat(next().message()).contains("took longer");
        assertThat(host.host().find(NpmInstall.PROCESS)).isEmpty();
    }

    @Test
    void anInstallScriptThatWasLeftOutIsMadeUpFor() throws Exception {
        script("npm", "mkdir -p node_modules/opencode-ai && touch node_modules/opencode-ai/postinstall.mjs");
        script("node", "[ \"$1\" = postinstall.mjs ] || exit 9\ncd ../..\n" + PROGRAM);

        npm(LONG).ask();

        next();
        assertThat(next().state()).isEqualTo(Progress.DONE);
        assertThat(next().state()).isNull();
    }

    @Test
    void whatHoldsNoProgramIsAFailure() throws Exception {
        script("npm", "mkdir -p node_modules/opencode-ai && touch node_modules/opencode-ai/postinstall.mjs");
        script("node", "echo no such platform\nexit 1");

        npm(LONG).ask();

        next();
        assertThat(next().message())
                .isEqualTo(
                        "npm ended, but there is no OpenCode for this machine in what it installed.\nno such platform");
    }

    @Test
    void onlyOneAtATime() throws Exception {
        script("npm", "while ! [ -e go ]; do sleep 0.05; done\n" + PROGRAM);
        NpmInstall npm = npm(LONG);
        npm.ask();
        next();
        workers.get(0).submit(() -> {}).get(); // by then it is started

        assertThat(code(npm::ask)).isEqualTo("install-running");

        Files.createFile(directory.resolve("go"));
        assertThat(next().state()).isEqualTo(Progress.DONE);
        next();
        npm.ask();
        assertThat(next().state()).isEqualTo(Progress.RUNNING);
        assertThat(next().state()).isEqualTo(Progress.DONE);
    }

    @Test
    void withoutNpmItSaysSo() {
        NpmInstall npm = npm(LONG);

        assertThat(npm.isPossible()).isFalse();
        assertThat(code(npm::ask)).isEqualTo("npm-missing");
        assertThat(code(npm::ask)).isEqualTo("npm-missing");
        assertThat(told).isEmpty();
    }

    @Test
    void whoComesAfterGoesOnWithIt() throws Exception {
        script("npm", "while ! [ -e go ]; do sleep 0.05; done\n" + PROGRAM);
        npm(LONG).ask();
        next();
        workers.get(0).submit(() -> {}).get(); // by then it is started
        workers.get(0).shutdownNow();

        NpmInstall after = npm(LONG);
        after.resume();
        assertThat(next().state()).isEqualTo(Progress.RUNNING);
        assertThat(code(after::ask)).isEqualTo("install-running");
        Files.createFile(directory.resolve("go"));

        assertThat(next().state()).isEqualTo(Progress.DONE);
    }

    @Test
    void aHomeThatCannotBeWrittenIsTold() throws Exception {
        script("npm", PROGRAM);
        Files.createDirectories(directory.getParent());
        Files.createFile(directory);

        npm(LONG).ask();

        next();
        assertThat(next().message()).startsWith("There is no room for OpenCode in " + directory);
    }

    private Told next() throws InterruptedException {
        Told next = told.poll(30, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    private static String code(Runnable call) {
        return assertThatExceptionOfType(NexusException.class)
                .isThrownBy(call::run)
                .actual()
                .code();
    }

    private void script(String name, String content) throws IOException {
        Path script = Files.writeString(path.resolve(name), "#!/bin/sh\n" + content);
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    private NpmInstall npm(Duration limit) {
        ScheduledThreadPoolExecutor worker = new ScheduledThreadPoolExecutor(1);
        workers.add(worker);
        BiConsumer<Runnable, Duration> later = (task, delay) -> {
            try {
                worker.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                assertThat(worker.isShutdown()).isTrue();
            }
        };
        return new NpmInstall(
                directory,
                Map.of("PATH", path.toString())::get,
                host.host(),
                Clock.systemUTC(),
                limit,
                later,
                new NpmInstall.Listener() {
                    @Override
                    public void installation(Progress state, @Nullable String code, @Nullable String message) {
                        told.add(new Told(state, code, message));
                    }

                    @Override
                    public void installed() {
                        told.add(new Told(null, null, null));
                    }
                });
    }
}
