package opencode.nexus.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How long a browser waits for what it searches in ten thousand messages, and how long until they can be searched. */
final class SearchBench {
    private static final int MESSAGES = 10_000;
    private static final List<String> QUERIES = List.of(
            "needle4321end",
            "ba ki",
            "zaqui ra",
            "needle7",
            "c",
            "um lo ha",
            "patixi",
            "no such words",
            "baba",
            "ve(wo).*");

    private SearchBench() {}

    static void run() throws Exception {
        try (TestBed bed = TestBed.stub(MESSAGES);
                Nexus nexus = Nexus.run(bed.setup(bed.directory("home")))) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            long before = Bench.resident(nexus.handle().pid());
            long begin = System.nanoTime();
            JsonNode found = search(owner, "end");
            double first = (System.nanoTime() - begin) / 1e6;
            while (!found.path("complete").asBoolean()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                found = search(owner, "needle");
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d messages can be searched %.1f s after the first search (which took %.0f ms);"
                            + " gateway RSS %d MB, %d MB before%n",
                    found.path("total").asInt(),
                    (System.nanoTime() - begin) / 1e9,
                    first,
                    Bench.resident(nexus.handle().pid()) >> 20,
                    before >> 20);
            double[] millis = new double[QUERIES.size() * 5];
            for (int i = 0; i < millis.length; i++) {
                long start = System.nanoTime();
                search(owner, QUERIES.get(i % QUERIES.size()));
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
            Arrays.sort(millis);
            System.out.printf(
                    Locale.ROOT,
                    "%d searches, ms at the browser: median %.1f  p95 %.1f  max %.1f%n",
                    millis.length,
                    Bench.at(millis, .5),
                    Bench.at(millis, .95),
                    Bench.at(millis, 1));
        }
    }

    private static JsonNode search(Owner owner, String query) throws Exception {
        String path = "/api/chat/search?limit=20&q="
                + java.net.URLEncoder.encode(query, java.nio.charset.StandardCharsets.UTF_8);
        Owner.Answer answer = owner.get(path);
        if (answer.status() != 200) {
            throw new IllegalStateException(answer.status() + " " + answer.text());
        }
        return answer.json();
    }
}
