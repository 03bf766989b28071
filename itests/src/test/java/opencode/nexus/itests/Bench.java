package opencode.nexus.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** {@code ./nexus bench}: prints how fast it is. Figures are compared within one run, never asserted. */
final class Bench {
    private static final int RUNS = 7;

    private Bench() {}

    public static void main(String... arguments) throws Exception {
        List<String> wanted = arguments.length == 0 || arguments[0].isBlank()
                ? List.of("start", "relay", "page", "search", "heal")
                : List.of(arguments);
        for (String name : wanted) {
            switch (name) {
                case "start" -> start();
                case "relay" -> {
                    relay("real OpenCode, 10 sessions × 50/s", false, 50, 20);
                    relay("stub upstream, 10 sessions × 100/s", true, 100, 20);
                }
                case "page" -> PageBench.run();
                case "search" -> SearchBench.run();
                case "heal" -> HealBench.run();
                default ->
                    throw new IllegalArgumentException(
                            "there is no bench '" + name + "'; there are start, relay, page, search and heal");
            }
        }
        System.exit(0);
    }

    // ---- start: from the launcher to the first page ----

    private static void start() throws Exception {
        double[] empty = new double[RUNS];
        double[] warm = new double[RUNS];
        long[] memory = new long[RUNS];
        try (TestBed bed = TestBed.withoutModel()) {
            for (int run = 0; run < RUNS; run++) {
                Nexus.Setup setup = bed.setup(bed.directory("home" + run)).with("NEXUS_CDS", "1");
                empty[run] = firstPage(setup, null);
                warm[run] = firstPage(setup, pid -> LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(5)));
                memory[run] = lastResident;
            }
        }
        System.out.println("launcher to first page, seconds, " + RUNS + " runs            min    median   max");
        print("  empty home", empty);
        print("  second start", warm);
        Arrays.sort(memory);
        System.out.printf(
                Locale.ROOT,
                "idle memory of the gateway, 5 s after the start: median %d MB (RSS)%n",
                memory[RUNS / 2] >> 20);
    }

    private static long lastResident;

    private static double firstPage(Nexus.Setup setup, java.util.function.LongConsumer then) throws Exception {
        long begin = System.nanoTime();
        try (Nexus nexus = Nexus.launch(setup)) {
            while (!answers(nexus.uri("/login"))) {
                LockSupport.parkNanos(10_000_000);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            nexus.awaitReady();
            if (then != null) {
                then.accept(nexus.handle().pid());
                lastResident = resident(nexus.handle().pid());
            }
            return seconds;
        }
    }

    private static boolean answers(URI uri) {
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            return connection.getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    static long resident(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                .findFirst()
                .orElse(0);
    }

    private static void print(String what, double[] seconds) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-55s %6.2f %8.2f %6.2f%n",
                what,
                sorted[0],
                sorted[sorted.length / 2],
                sorted[sorted.length - 1]);
    }

    // ---- relay: what the gateway adds to a piece of text ----

    private static void relay(String what, boolean stub, int rate, int seconds) throws Exception {
        try (TestBed bed = stub ? TestBed.stub() : TestBed.real();
                Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            List<String> sessions = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                sessions.add(owner.newSession("Bench " + i));
            }
            Map<String, Long> direct = new ConcurrentHashMap<>();
            Map<String, Long> browser = new ConcurrentHashMap<>();
            AtomicInteger frames = new AtomicInteger();
            JsonNode notes = new ObjectMapper()
                    .readTree(
                            nexus.home().resolve("state/process/opencode.json").toFile())
                    .path("notes");
            String basic = Base64.getEncoder()
                    .encodeToString(("opencode:" + notes.path("password").asText()).getBytes(StandardCharsets.UTF_8));
            URI upstream = URI.create("http://127.0.0.1:" + notes.path("port").asText() + "/global/event");
            try (RawStream ignored = new RawStream(
                            upstream,
                            Map.of("Authorization", "Basic " + basic),
                            (line, at) -> tokens(line, "\"delta\":\"", at, direct, null));
                    RawStream alsoIgnored = new RawStream(
                            nexus.uri("/api/events"),
                            owner.headers(),
                            (line, at) -> tokens(line, "\"text\":\"", at, browser, frames))) {
                for (int i = 0; i < sessions.size(); i++) {
                    owner.say(
                            sessions.get(i),
                            stub
                                    ? "rate:" + rate + " seconds:" + seconds
                                    : bed.tokens((char) ('a' + i), rate * seconds, 1000 / rate));
                }
                int expected = 10 * rate * seconds;
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds * 4L + 30);
                while (browser.size() < expected && System.nanoTime() < end) {
                    LockSupport.parkNanos(50_000_000);
                }
                report(what, expected, direct, browser, frames.get(), nexus);
            }
        }
    }

    /** Notes the moment of each six-character piece in a line. */
    private static void tokens(String line, String before, long at, Map<String, Long> moments, AtomicInteger frames) {
        int start = line.indexOf(before);
        if (start < 0 || line.contains("\"part\":{")) {
            return;
        }
        start += before.length();
        int end = line.indexOf('"', start);
        boolean any = false;
        for (int i = start; i + 6 <= end; i += 6) {
            String token = line.substring(i, i + 6);
            if (token.matches("[a-z]\\d{4} ")) {
                moments.putIfAbsent(token, at);
                any = true;
            }
        }
        if (any && frames != null) {
            frames.incrementAndGet();
        }
    }

    private static void report(
            String what, int expected, Map<String, Long> direct, Map<String, Long> browser, int frames, Nexus nexus)
            throws IOException {
        Map<String, Long> both = new TreeMap<>(browser);
        both.keySet().retainAll(direct.keySet());
        double[] added = both.keySet().stream()
                .mapToDouble(token -> (browser.get(token) - direct.get(token)) / 1e6)
                .sorted()
                .toArray();
        System.out.printf(
                Locale.ROOT,
                "%s: %d of %d pieces at the browser, %d at a direct subscriber, %d frames%n"
                        + "  added by the gateway, ms: p50 %.2f  p90 %.2f  p99 %.2f  max %.2f   gateway RSS %d MB%n",
                what,
                browser.size(),
                expected,
                direct.size(),
                frames,
                at(added, .5),
                at(added, .9),
                at(added, .99),
                at(added, 1),
                resident(nexus.handle().pid()) >> 20);
    }

    static double at(double[] sorted, double share) {
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }

    /** A script that runs the stub as if it were the opencode program; it remembers so many messages. */
    static Path stubProgram(Path directory, int history) throws IOException {
        Path script = directory.resolve("stub-opencode");
        Files.writeString(
                script,
                "#!/bin/sh\nexec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:+UseSerialGC -cp '" + System.getProperty("java.class.path")
                        + "' opencode.nexus.testkit.StubOpenCode --history " + history + " \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }
}
