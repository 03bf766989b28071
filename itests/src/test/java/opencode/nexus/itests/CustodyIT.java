package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import opencode.nexus.testkit.LiveAnswer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server is kept alive, and nothing but it: with the real OpenCode, killed, stopped and frozen in every way. */
class CustodyIT {
    private static final int KILLS = Integer.getInteger("nexus.kills", Boolean.getBoolean("nexus.long") ? 200 : 15);

    private TestBed bed;

    @BeforeEach
    void make() throws IOException {
        bed = TestBed.real();
    }

    @AfterEach
    void close() throws Exception {
        bed.close();
    }

    @Test
    void openCodeKilledInMidAnswerIsStartedAgainAndNothingIsSentTwice() throws Exception {
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            String session = owner.newSession("Cut off");
            long pid = pid(owner);
            Transcript transcript = new Transcript(session);
            try (EventReader reader = owner.events()) {
                owner.say(session, "endless:10");
                while (transcript.pieces() < 20) {
                    transcript.apply(reader.next().orElseThrow());
                }
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                while (!transcript.state().equals("interrupted")) {
                    transcript.apply(reader.next().orElseThrow());
                }
            }
            awaitAnother(owner, pid);
            assertThat(owner.get("/api/chat/sessions/" + session)
                            .json()
                            .path("status")
                            .asText())
                    .isEqualTo("interrupted");
            Transcript after = new Transcript(session);
            after.load(owner.messages(session));
            assertThat(after.state()).isEqualTo("interrupted");
            assertThat(after.text()).isEqualTo(transcript.text());

            JsonNode attempt = owner.await("/api/restart", answer -> answer.json()
                            .path("attempts")
                            .path(0)
                            .path("outcome")
                            .asText()
                            .equals("recovered"))
                    .json()
                    .path("attempts")
                    .get(0);
            assertThat(attempt.path("subject").asText()).isEqualTo("server");
            assertThat(attempt.path("signal").asInt()).isEqualTo(9);
            assertThat(attempt.path("delayMs").asLong()).isZero();
            JsonNode postMortem = owner.get(
                            "/api/restart/attempts/" + attempt.path("id").asText())
                    .json();
            assertThat(postMortem.path("decisions")).isNotEmpty();
            assertThat(postMortem.path("evidence")).isNotEmpty();

            // Nothing was sent again by itself; what the owner sends now is answered.
            assertThat(owner.messages(session).path("messages")).hasSize(2);
            owner.say(session, "words:5:0");
            owner.await("/api/chat/sessions/" + session + "/messages", page -> page.text()
                    .contains("w0004"));
        }
    }

    /** Whenever it dies, also when it has only just taken a message: the next message is answered. */
    @Test
    void whatIsSaidAfterADeathIsAnsweredWheneverItDied() throws Exception {
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            Map<String, Object> prompt = Map.of("multiplier", 1, "firstDelayMs", 10, "maxDelayMs", 10);
            assertThat(owner.call("PUT", "/api/restart", prompt).status()).isEqualTo(200);
            String session = owner.newSession("Just asked");
            for (int millis : new int[] {0, 100}) {
                long pid = pid(owner);
                owner.say(session, "endless:10");
                LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                awaitAnother(owner, pid);
                // As long as it is not known what became of the message, another one waits behind it.
                owner.await(
                        "/api/chat/sessions/" + session,
                        card -> !card.json().path("status").asText().equals("busy"));
                String answered = "words:3:" + millis;
                String question = owner.say(session, answered);
                owner.await("/api/chat/sessions/" + session + "/messages?limit=2", page -> {
                    JsonNode last = page.json().path("messages").path(1);
                    return last.path("parentId").asText().equals(question)
                            && last.path("state").asText().equals("complete");
                });
            }
        }
    }

    @Test
    void aStopOfTheOwnerIsFinalAlsoForTheNextGateway() throws Exception {
        Path home = bed.directory("home");
        Owner owner;
        try (Nexus nexus = Nexus.run(bed.setup(home))) {
            owner = Owner.setUp(nexus);
            owner.awaitServer();
            assertThat(owner.post("/api/server/stop", null).status()).isEqualTo(202);
            owner.await("/api/server", answer -> state(answer).equals("stopped"));
            assertThat(owner.get("/api/server").json().path("wanted").asBoolean())
                    .isFalse();
            nexus.kill();
        }
        try (Nexus again = Nexus.run(bed.setup(home))) {
            Owner same = owner.at(again);
            assertThat(state(same.get("/api/server"))).isEqualTo("stopped");
            assertThat(servers()).isEmpty();
            same.post("/api/server/start", null);
            same.awaitServer();
            assertThat(servers()).hasSize(1);
        }
    }

    /** It takes no calls and sends no heartbeat, although its port is open: neither is proof for less than half a minute. */
    @Test
    void aFrozenOpenCodeIsExchangedByTheRuleAlone() throws Exception {
        try (Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            LiveAnswer answer = new LiveAnswer();
            bed.model().on("tell me", answer);
            String session = owner.newSession("Frozen");
            owner.say(session, "tell me");
            assertThat(answer.awaitAsked(Duration.ofSeconds(60))).isTrue();
            answer.say("before ");
            long pid = pid(owner);

            signal("STOP", pid);
            LockSupport.parkNanos(Duration.ofSeconds(10).toNanos());
            signal("CONT", pid);
            answer.say("after");
            answer.end();
            owner.await("/api/chat/sessions/" + session + "/messages", page -> page.text()
                    .contains("before after"));
            assertThat(pid(owner)).isEqualTo(pid);

            LiveAnswer cutOff = new LiveAnswer();
            bed.model().on("go on", cutOff);
            owner.say(session, "go on");
            assertThat(cutOff.awaitAsked(Duration.ofSeconds(60))).isTrue();
            cutOff.say("only this");
            owner.await("/api/chat/sessions/" + session + "/messages", page -> page.text()
                    .contains("only this"));
            signal("STOP", pid);
            awaitAnother(owner, pid);
            JsonNode attempt = owner.get("/api/restart").json().path("attempts").get(0);
            assertThat(attempt.path("cause").asText()).isEqualTo("wedged");
            assertThat(attempt.path("reason").asText())
                    .containsPattern("answered nothing ([3-9]|[1-9]\\d+) times in a row")
                    .containsPattern("said nothing for ([3-9]\\d|\\d{3,}) seconds");
            owner.await(
                    "/api/chat/sessions/" + session,
                    card -> card.json().path("status").asText().equals("interrupted"));
            assertThat(ProcessHandle.of(pid).filter(CustodyIT::runs)).isEmpty();
        }
    }

    /** A day of accidents, in short. After each one: one server, no orphan, every setting as it was acknowledged. */
    @Test
    void whateverIsKilledComesBackAsItWas() throws Exception {
        Random random = new Random(20_261_127);
        Nexus.Setup setup = bed.setup(bed.directory("home"));
        Nexus nexus = Nexus.run(setup);
        try (Chromium chromium = Chromium.start()) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            String session = owner.newSession("A long day");
            Visit visit =
                    chromium.visit(nexus.uri("/"), Chromium.Device.DESKTOP, ColorScheme.LIGHT, Stage.login(owner));
            visit.open("/").card("A long day");
            for (int round = 1; round <= KILLS; round++) {
                int attempts = 1 + random.nextInt(100);
                Map<String, Object> policy =
                        Map.of("maxAttempts", 100, "windowSeconds", 60 + attempts, "multiplier", 1, "maxDelayMs", 500);
                assertThat(owner.call("PUT", "/api/restart", policy).status()).isEqualTo(200);
                if (random.nextBoolean()) {
                    owner.say(session, random.nextBoolean() ? "endless:20" : "bash:sleep 1000");
                    LockSupport.parkNanos(
                            Duration.ofMillis(random.nextInt(1_500)).toNanos());
                }
                long pid = pid(owner);
                int which = random.nextInt(3);
                if (which != 1) {
                    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                }
                if (which != 0) {
                    nexus.kill();
                    nexus = Nexus.run(setup);
                }
                String as = "round " + round + ", "
                        + List.of("server", "gateway", "both").get(which);
                if (which == 1) {
                    owner.awaitServer();
                    assertThat(pid(owner)).as(as + ": it is adopted").isEqualTo(pid);
                } else {
                    awaitAnother(owner, pid);
                }
                awaitOneServer(as);
                owner.await("/api/chat/sessions/" + session, answer -> answer.status() == 200);
                assertThat(owner.get("/api/restart")
                                .json()
                                .path("policy")
                                .path("windowSeconds")
                                .asInt())
                        .as(as)
                        .isEqualTo(60 + attempts);
                if (owner.get("/api/chat/sessions/" + session)
                        .json()
                        .path("status")
                        .asText()
                        .equals("busy")) {
                    owner.post("/api/chat/sessions/" + session + "/abort", Map.of());
                }
            }
            // The page was never loaded anew.
            String last = "words:3:1";
            owner.await(
                    "/api/chat/sessions/" + session,
                    answer -> !answer.json().path("status").asText().equals("busy"));
            visit.say(last);
            visit.see(visit.log().getByText("w0002").last());
        } finally {
            nexus.close();
        }
        assertThat(servers()).isEmpty();
        assertThat(tools()).isEmpty();
    }

    private static String state(Owner.Answer answer) {
        return answer.json().path("state").asText();
    }

    private static long pid(Owner owner) throws Exception {
        return owner.get("/api/server").json().path("pid").asLong();
    }

    private static void awaitAnother(Owner owner, long pid) throws Exception {
        owner.await(
                "/api/server",
                answer -> state(answer).equals("running")
                        && answer.json().path("pid").asLong() != pid);
    }

    /** Within two seconds, says the promise; a busy machine is given more. */
    private void awaitOneServer(String as) throws IOException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (servers().size() != 1 || tools().stream().anyMatch(tool -> isOrphan(tool))) {
            assertThat(System.nanoTime()).as(as + ": " + servers() + tools()).isLessThan(end);
            LockSupport.parkNanos(50_000_000);
        }
    }

    /** Those of this bed: they work in its directory. What one of them just forks looks like it for a moment. */
    private List<ProcessHandle> servers() throws IOException {
        List<ProcessHandle> all = here("serve");
        return all.stream()
                .filter(one -> one.parent().filter(all::contains).isEmpty())
                .toList();
    }

    private List<ProcessHandle> tools() throws IOException {
        return here("sleep 1000");
    }

    /** Started by no server that lives. */
    private static boolean isOrphan(ProcessHandle tool) {
        return tool.parent().map(ProcessHandle::pid).orElse(1L) == 1L;
    }

    private List<ProcessHandle> here(String command) throws IOException {
        Path workspace = bed.workspace();
        return ProcessHandle.allProcesses()
                .filter(CustodyIT::runs)
                .filter(process -> process.info().commandLine().orElse("").contains(command))
                .filter(process -> {
                    try {
                        return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd"))
                                .startsWith(workspace);
                    } catch (IOException e) {
                        return false; // it has ended meanwhile
                    }
                })
                .toList();
    }

    private static boolean runs(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            return !stat.startsWith(" Z", stat.lastIndexOf(')') + 1);
        } catch (IOException e) {
            return false;
        }
    }

    private static void signal(String name, long pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }
}
