package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import opencode.nexus.testkit.RealOpenCode;

/**
 * {@code ./nexus bench heal}: how soon the end of a killed OpenCode is noticed, and how soon it serves again, as a browser
 * sees it; next to how soon a plain parent is told of the end and what OpenCode itself needs to start. All in one run, one
 * after the other in turn, for the start of OpenCode varies by some hundred milliseconds.
 */
final class HealBench {
    private static final int ROUNDS = 15;

    /** OpenCode may never answer a request that offers HTTP/2. */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private HealBench() {}

    static void run() throws Exception {
        double[] own = new double[ROUNDS];
        double[] told = new double[ROUNDS];
        double[] added = new double[ROUNDS];
        double[] noticed = new double[ROUNDS];
        double[] started = new double[ROUNDS];
        double[] serving = new double[ROUNDS];
        try (TestBed other = TestBed.real();
                TestBed bed = TestBed.real();
                Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            // The second start and those after it are as prompt as the first.
            Map<String, Object> prompt =
                    Map.of("firstDelayMs", 10, "multiplier", 1, "maxDelayMs", 10, "maxAttempts", 100);
            if (owner.call("PUT", "/api/restart", prompt).status() != 200) {
                throw new IllegalStateException("the policy is refused");
            }
            String session = owner.newSession("Heal");
            plain(other, own, told, 0);
            AtomicLong failed = new AtomicLong();
            AtomicLong starting = new AtomicLong();
            AtomicLong running = new AtomicLong();
            try (RawStream ignored = new RawStream(nexus.uri("/api/events"), owner.headers(), (line, at) -> {
                if (line.startsWith("data: {\"state\":\"failed\"") || line.startsWith("data:{\"state\":\"failed\"")) {
                    failed.compareAndSet(0, at);
                } else if (line.contains("{\"state\":\"starting\"")) {
                    starting.compareAndSet(0, at);
                } else if (line.contains("{\"state\":\"running\"")) {
                    running.set(at);
                }
            })) {
                for (int round = 0; round < ROUNDS; round++) {
                    plain(other, own, told, round);
                    String question = owner.say(session, "endless:20");
                    owner.await("/api/chat/sessions/" + session + "/messages?limit=1", page -> {
                        JsonNode last = page.json().path("messages").path(0);
                        return last.path("parentId").asText().equals(question)
                                && last.path("parts").toString().contains("w0005");
                    });
                    long pid = owner.get("/api/server").json().path("pid").asLong();
                    failed.set(0);
                    starting.set(0);
                    running.set(0);
                    long begin = System.nanoTime();
                    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                    while (running.get() == 0 || failed.get() == 0) {
                        LockSupport.parkNanos(1_000_000);
                        if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(60)) {
                            throw new IllegalStateException("it does not come back");
                        }
                    }
                    noticed[round] = (failed.get() - begin) / 1e6;
                    started[round] = (starting.get() - begin) / 1e6;
                    serving[round] = (running.get() - begin) / 1e6;
                    added[round] = serving[round] - own[round];
                    owner.await(
                            "/api/chat/sessions/" + session,
                            answer -> answer.json().path("status").asText().equals("interrupted"));
                }
            }
        }
        Arrays.sort(added);
        Arrays.sort(own);
        Arrays.sort(told);
        Arrays.sort(noticed);
        Arrays.sort(started);
        Arrays.sort(serving);
        System.out.printf(
                Locale.ROOT,
                "kill -9 in mid-answer, %d times, ms: noticed median %.1f max %.1f   started again median %.0f max %.0f"
                        + "   serving again median %.0f max %.0f%n"
                        + "  a plain parent, ms: told of the end median %.1f max %.1f   OpenCode's own start median"
                        + " %.0f max %.0f%n"
                        + "  added by Nexus, ms: notice %.1f   serving again, from the kill %.0f%n",
                ROUNDS,
                Bench.at(noticed, .5),
                Bench.at(noticed, 1),
                Bench.at(started, .5),
                Bench.at(started, 1),
                Bench.at(serving, .5),
                Bench.at(serving, 1),
                Bench.at(told, .5),
                Bench.at(told, 1),
                Bench.at(own, .5),
                Bench.at(own, 1),
                Bench.at(noticed, .5) - Bench.at(told, .5),
                Bench.at(added, .5));
    }

    /**
     * @param starts from the start of the process until a call that needs a workspace is answered, in a home that was used
     *     before, in milliseconds
     * @param ends from the kill until its parent is told, in milliseconds
     */
    private static void plain(TestBed bed, double[] starts, double[] ends, int round) throws Exception {
        long begin = System.nanoTime();
        try (RealOpenCode server = bed.openCode()) {
            URI uri = server.start(Map.of("OPENCODE_SERVER_PASSWORD", "bench"));
            HttpRequest request = HttpRequest.newBuilder(uri.resolve("/config?directory=" + server.workspace()))
                    .header(
                            "Authorization",
                            "Basic " + Base64.getEncoder().encodeToString("opencode:bench".getBytes(UTF_8)))
                    .timeout(Duration.ofSeconds(30))
                    .build();
            int status = HTTP.send(request, BodyHandlers.discarding()).statusCode();
            if (status != 200) {
                throw new IllegalStateException("OpenCode answers with " + status);
            }
            starts[round] = (System.nanoTime() - begin) / 1e6;
            long kill = System.nanoTime();
            server.kill();
            ends[round] = (System.nanoTime() - kill) / 1e6;
        }
    }
}
