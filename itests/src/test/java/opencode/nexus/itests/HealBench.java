package opencode.nexus.itests;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import opencode.nexus.testkit.RealOpenCode;

/**
 * {@code ./nexus bench heal}: how soon the end of a killed OpenCode is noticed, and how soon it serves again, next to what
 * OpenCode itself needs to start. All as a browser sees it, in one run.
 */
final class HealBench {
    private static final int ROUNDS = 7;

    private HealBench() {}

    static void run() throws Exception {
        double[] own = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            own[round] = ownStart();
        }
        double[] noticed = new double[ROUNDS];
        double[] serving = new double[ROUNDS];
        try (TestBed bed = TestBed.real();
                Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            String session = owner.newSession("Heal");
            AtomicLong failed = new AtomicLong();
            AtomicLong running = new AtomicLong();
            try (RawStream ignored = new RawStream(nexus.uri("/api/events"), owner.headers(), (line, at) -> {
                if (line.startsWith("data: {\"state\":\"failed\"") || line.startsWith("data:{\"state\":\"failed\"")) {
                    failed.compareAndSet(0, at);
                } else if (line.contains("{\"state\":\"running\"")) {
                    running.set(at);
                }
            })) {
                for (int round = 0; round < ROUNDS; round++) {
                    owner.say(session, "endless:20");
                    owner.await("/api/chat/sessions/" + session + "/messages?limit=1", page -> page.text()
                            .contains("w0005"));
                    long pid = owner.get("/api/server").json().path("pid").asLong();
                    failed.set(0);
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
                    serving[round] = (running.get() - begin) / 1e6;
                    owner.await(
                            "/api/chat/sessions/" + session,
                            answer -> answer.json().path("status").asText().equals("interrupted"));
                }
            }
        }
        Arrays.sort(own);
        Arrays.sort(noticed);
        Arrays.sort(serving);
        System.out.printf(
                Locale.ROOT,
                "kill -9 in mid-answer, %d times, ms: noticed median %.1f max %.1f   serving again median %.0f max %.0f%n"
                        + "  OpenCode's own start, ms: median %.0f max %.0f   added by Nexus: median %.0f%n",
                ROUNDS,
                Bench.at(noticed, .5),
                Bench.at(noticed, 1),
                Bench.at(serving, .5),
                Bench.at(serving, 1),
                Bench.at(own, .5),
                Bench.at(own, 1),
                Bench.at(serving, .5) - Bench.at(own, .5));
    }

    /** From the start of the process until a call that needs a workspace is answered. */
    private static double ownStart() throws Exception {
        Path base = java.nio.file.Files.createTempDirectory("nexus-heal").toRealPath();
        int port = Nexus.freePort();
        try (RealOpenCode real = new RealOpenCode(RealOpenCode.program().orElseThrow(), base)) {
            ProcessBuilder builder = new ProcessBuilder(
                            real.programFile().toString(), "serve", "--hostname", "127.0.0.1", "--port", "" + port)
                    .directory(real.workspace().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            builder.environment().putAll(real.environment());
            builder.environment().put("OPENCODE_SERVER_PASSWORD", "bench");
            long begin = System.nanoTime();
            Process process = builder.start();
            try {
                awaitAnswer(URI.create("http://127.0.0.1:" + port + "/config?directory=" + real.workspace()));
                return (System.nanoTime() - begin) / 1e6;
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static void awaitAnswer(URI uri) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        String login =
                Base64.getEncoder().encodeToString("opencode:bench".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Authorization", "Basic " + login)
                .build();
        for (int tries = 0; tries < 3_000; tries++) {
            try {
                if (client.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (java.io.IOException e) {
                // It does not listen yet.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }
        throw new IllegalStateException("no answer at " + uri);
    }
}
