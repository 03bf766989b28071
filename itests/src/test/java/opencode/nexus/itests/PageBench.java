package opencode.nexus.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code ./nexus bench page}: what ten answers at the same time, and a very long one, cost the page. The answers come from
 * the stub, all else is real.
 */
final class PageBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CARDS = 10;
    private static final int RATE = 100;
    private static final int SECONDS = 60;
    private static final int LONG = 1_000_000;
    private static final int LONG_RATE = 1_000;
    /** What the Event Timing API does not tell of was shorter. */
    private static final double SHORTEST = 16;

    private PageBench() {}

    static void run() throws Exception {
        try (TestBed bed = TestBed.stub();
                Nexus nexus = Nexus.run(bed.setup(bed.directory("home")));
                Chromium chromium = Chromium.start()) {
            Owner owner = Owner.setUp(nexus);
            owner.awaitServer();
            tenCards(nexus, owner, chromium);
            System.out.printf(
                    Locale.ROOT,
                    "an answer of %,d characters, %d pieces a second: main thread, microseconds a piece%n"
                            + "  %-12s %11s %11s %7s   script first/last   style+layout first/last   frames/s first/last   lost%n",
                    LONG,
                    LONG_RATE,
                    "",
                    "first tenth",
                    "last tenth",
                    "ratio");
            for (String kind : List.of("markdown", "paragraph", "code")) {
                longAnswer(nexus, owner, chromium, kind);
            }
        }
    }

    private static Visit visit(Nexus nexus, Owner owner, Chromium chromium) {
        Visit visit = chromium.visit(nexus.uri("/"), Chromium.Device.LARGE, ColorScheme.LIGHT, Stage.login(owner));
        visit.page().addInitScript(Visit.resource("measure.js"));
        return visit.open("/");
    }

    // ---- ten cards at the same time ----

    private static void tenCards(Nexus nexus, Owner owner, Chromium chromium) throws Exception {
        List<String> sessions = new ArrayList<>();
        for (int i = 0; i < CARDS; i++) {
            sessions.add(owner.newSession("Bench " + i));
        }
        try (Visit visit = visit(nexus, owner, chromium)) {
            visit.card("Bench 0");
            visit.card("Bench 1");
            visit.page().waitForTimeout(1_000);
            for (String session : sessions) {
                owner.say(session, "rate:" + RATE + " seconds:" + SECONDS);
            }
            visit.page().waitForTimeout(2_000);
            visit.js("() => __begin()", null);
            int visible = ((Number) visit.js(VISIBLE, null)).intValue();
            int[] gaps = new int[1];
            int acts = useThePage(visit, SECONDS - 8, gaps);
            JsonNode figures = JSON.readTree((String) visit.js("() => JSON.stringify(__figures())", null));
            owner.await("/api/chat/sessions", PageBench::allIdle);
            visit.page().waitForTimeout(1_000);
            int kept = 0;
            for (String text : texts(visit)) {
                kept += numbers(text).size();
            }
            report(figures, acts, visible, gaps[0], CARDS * RATE * SECONDS - kept);
        }
        for (String session : sessions) {
            owner.call("DELETE", "/api/chat/sessions/" + session, Map.of());
        }
    }

    /** Types, clicks and looks into menus, as somebody does who has a lot to say. Gives the number of interactions. */
    private static int useThePage(Visit visit, int seconds, int[] gaps) {
        Page page = visit.page();
        Keyboard keys = page.keyboard();
        Locator box = page.getByPlaceholder("Ask, or give the next task").last();
        Locator menu = visit.button(Pattern.compile("^Menu for")).last();
        int acts = 0;
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            box.click();
            acts++;
            for (char letter : "what is next? ".toCharArray()) {
                keys.type(String.valueOf(letter));
                acts++;
                page.waitForTimeout(90);
            }
            menu.click();
            page.waitForTimeout(150);
            keys.press("Escape");
            acts += 2;
            page.waitForTimeout(150);
            gaps[0] += gaps(visit);
        }
        box.fill("");
        return acts;
    }

    /** Pieces that are missing between others, in the open cards as they stand and in what the closed ones know. */
    private static int gaps(Visit visit) {
        int gaps = 0;
        for (String text : texts(visit)) {
            List<Integer> numbers = numbers(text);
            for (int i = 0; i < numbers.size(); i++) {
                gaps += numbers.get(i) == i + 1 ? 0 : 1;
            }
        }
        return gaps;
    }

    private static final String VISIBLE =
            """
            () => [...document.querySelectorAll("nx-card article")].filter((card) => {
              const box = card.getBoundingClientRect();
              return box.top >= 0 && box.bottom <= innerHeight + 1;
            }).length
            """;

    private static List<String> texts(Visit visit) {
        Object all = visit.js(
                """
                () => [...document.querySelectorAll("nx-card")].map((card) => card.open
                  ? [...card.querySelectorAll("nx-log nx-markdown")].map((one) => one.textContent).join("")
                  : (card.conversation.answer?.text ?? ""))
                """,
                null);
        return ((List<?>) all).stream().map(String::valueOf).toList();
    }

    private static final Pattern NUMBERED = Pattern.compile("\\b[a-z](\\d{4}) ");

    private static List<Integer> numbers(String text) {
        List<Integer> numbers = new ArrayList<>();
        Matcher words = NUMBERED.matcher(text);
        while (words.find()) {
            numbers.add(Integer.parseInt(words.group(1)));
        }
        return numbers;
    }

    private static boolean allIdle(Owner.Answer sessions) {
        for (JsonNode session : sessions.json()) {
            if (!session.path("status").asText().equals("idle")) {
                return false;
            }
        }
        return true;
    }

    private static void report(JsonNode figures, int acts, int visible, int gaps, int lost) {
        double[] felt = new double[Math.max(acts, figures.path("interactions").size())];
        Arrays.fill(felt, SHORTEST);
        int at = 0;
        JsonNode worst = null;
        for (JsonNode one : figures.path("interactions")) {
            felt[at++] = one.path("duration").asDouble();
            worst = worst == null
                            || one.path("duration").asDouble()
                                    > worst.path("duration").asDouble()
                    ? one
                    : worst;
        }
        Arrays.sort(felt);
        double[] tasks = new double[figures.path("longTasks").size()];
        for (int i = 0; i < tasks.length; i++) {
            tasks[i] = figures.path("longTasks").path(i).asDouble();
        }
        Arrays.sort(tasks);
        double seconds = figures.path("seconds").asDouble();
        System.out.printf(
                Locale.ROOT,
                "%d answers × %d/s for %d s, %d cards in sight, two of them open%n"
                        + "  INP p98 %.0f ms   (%d interactions: p50 %s, p75 %s, max %.0f ms; worst: %s, waited %.0f, worked %.0f ms)%n"
                        + "  long tasks %d (longest %.0f ms, all %.0f ms in %.0f s)   frames %.1f/s%n"
                        + "  lost %d of %d pieces, %d gaps on the way%n",
                CARDS,
                RATE,
                SECONDS,
                visible,
                at(felt, .98),
                felt.length,
                shown(at(felt, .5)),
                shown(at(felt, .75)),
                felt[felt.length - 1],
                worst == null ? "none" : worst.path("type").asText(),
                worst == null ? 0 : worst.path("wait").asDouble(),
                worst == null ? 0 : worst.path("work").asDouble(),
                tasks.length,
                tasks.length == 0 ? 0 : tasks[tasks.length - 1],
                Arrays.stream(tasks).sum(),
                seconds,
                figures.path("frames").asDouble() / seconds,
                lost,
                CARDS * RATE * SECONDS,
                gaps);
    }

    private static String shown(double milliseconds) {
        return milliseconds <= SHORTEST ? "≤ 16" : "%.0f".formatted(milliseconds);
    }

    private static double at(double[] sorted, double share) {
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }

    // ---- one long answer ----

    private static void longAnswer(Nexus nexus, Owner owner, Chromium chromium, String kind) throws Exception {
        String title = "Long " + kind;
        String session = owner.newSession(title);
        AtomicLong arrived = new AtomicLong();
        try (Visit visit = visit(nexus, owner, chromium);
                RawStream ignored = new RawStream(
                        nexus.uri("/api/events"), owner.headers(), (line, at) -> arrived.addAndGet(length(line)))) {
            visit.card(title);
            CDPSession devTools = visit.devTools();
            devTools.send("Performance.enable");
            owner.say(session, "bytes:" + LONG + " rate:" + LONG_RATE + " kind:" + kind);
            // A little of each tenth is left out: what begins and ends costs something of its own.
            Map<String, Double> first = tenth(visit, devTools, arrived, LONG / 100, LONG / 10 - LONG / 100);
            Map<String, Double> last =
                    tenth(visit, devTools, arrived, LONG - LONG / 10 + LONG / 100, LONG - LONG / 100);
            owner.await("/api/chat/sessions", PageBench::allIdle);
            visit.page().waitForTimeout(2_000);
            int lost = lost(visit);
            System.out.printf(
                    Locale.ROOT,
                    "  %-12s %11.1f %11.1f %7.2f   %8.1f / %.1f   %12.1f / %.1f   %16.1f / %.1f   %8d%n",
                    kind,
                    first.get("task"),
                    last.get("task"),
                    last.get("task") / first.get("task"),
                    first.get("script"),
                    last.get("script"),
                    first.get("layout"),
                    last.get("layout"),
                    first.get("frames"),
                    last.get("frames"),
                    lost);
        }
        owner.call("PATCH", "/api/chat/sessions/" + session, Map.of("active", false));
    }

    /** What the main thread did between two places of the answer, in microseconds for each piece. */
    private static Map<String, Double> tenth(Visit visit, CDPSession devTools, AtomicLong arrived, long from, long to) {
        await(visit, arrived, from);
        long begun = arrived.get();
        Map<String, Double> before = metrics(visit, devTools);
        await(visit, arrived, to);
        Map<String, Double> after = metrics(visit, devTools);
        double pieces = (arrived.get() - begun) / 6.0;
        Map<String, Double> each = new TreeMap<>();
        each.put("task", (after.get("TaskDuration") - before.get("TaskDuration")) * 1e6 / pieces);
        each.put("script", (after.get("ScriptDuration") - before.get("ScriptDuration")) * 1e6 / pieces);
        each.put(
                "layout",
                (after.get("LayoutDuration")
                                - before.get("LayoutDuration")
                                + after.get("RecalcStyleDuration")
                                - before.get("RecalcStyleDuration"))
                        * 1e6
                        / pieces);
        each.put(
                "frames",
                (after.get("frames") - before.get("frames")) / (after.get("Timestamp") - before.get("Timestamp")));
        return each;
    }

    private static void await(Visit visit, AtomicLong arrived, long place) {
        while (arrived.get() < place) {
            visit.page().waitForTimeout(20);
        }
    }

    private static Map<String, Double> metrics(Visit visit, CDPSession devTools) {
        Map<String, Double> metrics = new TreeMap<>();
        JsonObject answer = devTools.send("Performance.getMetrics");
        answer.getAsJsonArray("metrics")
                .forEach(one -> metrics.put(
                        one.getAsJsonObject().get("name").getAsString(),
                        one.getAsJsonObject().get("value").getAsDouble()));
        metrics.put("frames", ((Number) visit.js("() => __measured.frames", null)).doubleValue());
        return metrics;
    }

    /** Characters of the answer in an event. */
    private static int length(String line) {
        int start = line.indexOf("\"text\":\"");
        if (start < 0 || line.contains("\"part\":{") || line.contains("\"sessionId\"")) {
            return 0;
        }
        try {
            return JSON.readTree(line.substring("data:".length()))
                    .path("text")
                    .asText()
                    .length();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(line, e);
        }
    }

    private static final String LOST =
            """
            () => {
              const text = [...document.querySelectorAll("nx-log nx-markdown")].at(-1).textContent;
              const numbers = [...text.matchAll(/w(\\d{6})/g)].map((match) => Number(match[1]));
              return [numbers.filter((number, at) => number !== at).length, numbers.length];
            }
            """;

    private static int lost(Visit visit) {
        List<?> counted = (List<?>) visit.js(LOST, null);
        return ((Number) counted.get(0)).intValue();
    }
}
