package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import opencode.nexus.testkit.LiveAnswer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What happens to OpenCode and to an answer when the gateway stops, dies and comes back. */
class LifecycleIT {
    private TestBed bed;

    @AfterEach
    void close() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void interruptEndsEverythingAlsoWithAnAnswerAndACommandUnderWay() throws Exception {
        bed = TestBed.real();
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            String talking = owner.newSession("Talking");
            String running = owner.newSession("Running");
            owner.say(talking, "endless:20");
            // Of this run alone: what an earlier one may have left behind must not be taken for it.
            String command = "sleep " + (100_000 + ProcessHandle.current().pid());
            owner.say(running, "bash:" + command);
            List<ProcessHandle> children = awaitCommand(nexus, command);

            nexus.interrupt();
            nexus.awaitExit();

            assertThat(children).isNotEmpty().noneMatch(LifecycleIT::runs);
            // Also what was forked after the look above, wherever it hangs in the tree now.
            assertThat(ProcessHandle.allProcesses()
                            .filter(process ->
                                    process.info().commandLine().orElse("").contains(command))
                            .filter(LifecycleIT::runs))
                    .isEmpty();
        }
    }

    @Test
    void aKilledGatewayFindsTheSameOpenCodeAgainAndTheAnswerGoesOn() throws Exception {
        bed = TestBed.real();
        Path home = bed.directory("home");
        LiveAnswer answer = new LiveAnswer();
        bed.model().on("tell me", answer);
        String session;
        long pid;
        Owner owner;
        try (Nexus nexus = Nexus.run(bed.setup(home))) {
            owner = Owner.setUp(nexus);
            owner.awaitServer();
            pid = owner.get("/api/server").json().path("pid").asLong();
            session = owner.newSession("Survivor");
            try (EventReader reader = owner.events()) {
                owner.say(session, "tell me");
                answer.awaitAsked(Duration.ofSeconds(60));
                answer.say("before ");
                reader.await(frame -> frame.event().equals("text"));
            }
            nexus.kill();
        }
        answer.say("while it was away ");
        try (Nexus again = Nexus.run(bed.setup(home))) {
            assertThat(again.output()).noneMatch(line -> line.startsWith("Set it up"));
            Owner same = owner.at(again);
            same.awaitServer();
            assertThat(same.get("/api/server").json().path("pid").asLong()).isEqualTo(pid);
            try (EventReader reader = same.events()) {
                Transcript transcript = new Transcript(session);
                transcript.load(same.messages(session));
                assertThat(transcript.state()).isEqualTo("running");
                answer.say("and after");
                answer.end();
                while (!transcript.isComplete()) {
                    transcript.apply(reader.next().orElseThrow());
                }
                assertThat(transcript.text()).isEqualTo("before while it was away and after");
            }
            Transcript reloaded = new Transcript(session);
            reloaded.load(same.messages(session));
            assertThat(reloaded.text()).isEqualTo("before while it was away and after");
        }
    }

    @Test
    void aBrokenConfigurationIsShownInOpenCodesOwnWordsAndMendsItself() throws Exception {
        bed = TestBed.real();
        Path file = bed.workspace().resolve("opencode.json");
        String good = Files.readString(file);
        Files.writeString(file, "{\"model\": 5");
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            JsonNode server = owner.await(
                            "/api/server",
                            answer -> answer.json().path("state").asText().equals("failed"))
                    .json();
            assertThat(server.path("problem").asText()).contains("opencode.json");
            assertThat(server.path("pid").asLong()).isPositive();

            Files.writeString(file, good);
            owner.awaitServer();
            String session = owner.newSession("Mended");
            owner.say(session, "words:3:0");
            owner.await("/api/chat/sessions/" + session + "/messages", page -> page.text()
                    .contains("w0002"));
        }
    }

    @Test
    void withoutAModelOfItsOwnTheDemoAnswersAndSaysSo() throws Exception {
        bed = TestBed.withoutModel();
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            JsonNode models = owner.get("/api/chat/models").json();
            assertThat(models.get(0).path("demo").asBoolean()).isTrue();
            assertThat(models.get(0).path("isDefault").asBoolean()).isTrue();
            String session = owner.newSession("Demo");
            owner.say(session, "hello");
            JsonNode page = owner.await("/api/chat/sessions/" + session + "/messages", answer -> answer.json()
                            .path("messages")
                            .path(1)
                            .path("state")
                            .asText()
                            .equals("complete"))
                    .json();
            JsonNode answer = page.path("messages").get(1);
            assertThat(answer.path("model").asText()).startsWith("nexus-demo/");
            assertThat(answer.path("parts").toString()).containsIgnoringCase("demo");
        }
    }

    @Test
    void aModelThatTheWorkspaceNamesAnswersInsteadOfTheDemo() throws Exception {
        bed = TestBed.real();
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            String session = owner.newSession("Own model");
            owner.say(session, "words:4:0");
            owner.await("/api/chat/sessions/" + session + "/messages", page -> page.text()
                    .contains("w0003"));
            assertThat(owner.messages(session)
                            .path("messages")
                            .get(1)
                            .path("model")
                            .asText())
                    .startsWith("scripted/");
            assertThat(bed.model().requests()).isNotEmpty();
        }
    }

    @Test
    void everythingInTheHomeIsTheOwnersAloneAndNoSecretShows() throws Exception {
        bed = TestBed.real();
        Path home = bed.directory("home");
        try (Nexus nexus = Nexus.run(bed.setup(home))) {
            String code = nexus.awaitSetupCode();
            Owner owner = new Owner(nexus.uri("/"));
            assertThat(owner.post("/api/setup", Map.of("code", code, "password", Owner.PASSWORD))
                            .status())
                    .isEqualTo(201);
            owner.awaitServer();
            String password = new com.fasterxml.jackson.databind.ObjectMapper()
                    .readTree(home.resolve("state/process/opencode.json").toFile())
                    .path("notes")
                    .path("password")
                    .asText();
            assertThat(password).hasSizeGreaterThan(40);
            try (Stream<Path> files = Files.walk(home)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                    assertThat(mode).as(file.toString()).endsWith("------");
                    if (file.toString().contains("/log/") || file.toString().endsWith(".log")) {
                        assertThat(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))
                                .as(file.toString())
                                .doesNotContain(password, code, Owner.PASSWORD);
                    }
                }
            }
            ProcessHandle.allProcesses()
                    .map(process -> process.info().commandLine().orElse(""))
                    .forEach(line -> assertThat(line).doesNotContain(password, code));
        }
    }

    /** Whether it still runs. One that has ended but was not collected by its parent does not. */
    private static boolean runs(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
        } catch (java.io.IOException e) {
            return process.isAlive();
        }
    }

    /** Waits for a command below the gateway; returns every process below it. */
    private static List<ProcessHandle> awaitCommand(Nexus nexus, String command) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            List<ProcessHandle> all = nexus.handle().descendants().toList();
            if (all.stream()
                    .anyMatch(process -> process.info().commandLine().orElse("").contains(command))) {
                return all;
            }
            LockSupport.parkNanos(50_000_000);
        }
        throw new AssertionError("'" + command + "' was never run");
    }
}
