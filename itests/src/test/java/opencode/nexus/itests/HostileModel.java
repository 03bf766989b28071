package opencode.nexus.itests;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.demo.protocol.ChatRequest;
import opencode.nexus.demo.protocol.Reply;

/**
 * A model that says what the {@link Corpus} says, wherever a model can say something. It is told {@code corpus <what>
 * <number>}, and uses that batch of payloads.
 */
final class HostileModel {
    static final int EACH = 25;
    static final List<List<String>> BATCHES = Corpus.batches(Corpus.all(), EACH);

    /** Signs that are no valid UTF-16 have to be escaped, or they never get as far as the browser. */
    static final ObjectMapper ASCII = new ObjectMapper().configure(JsonGenerator.Feature.ESCAPE_NON_ASCII, true);

    private static final Pattern ORDER = Pattern.compile("corpus (\\w+) (\\d+)");
    private static final List<List<String>> CLOSED = Corpus.batches(Corpus.closed(), EACH);
    private static final List<String> UNCLOSED = Corpus.unclosed();

    private HostileModel() {}

    /** Takes the place of the model. What OpenCode asks about because of it must never be allowed. */
    static void prepare(TestBed bed) throws IOException {
        Path config = bed.workspace().resolve("opencode.json");
        String permission =
                """
                {"permission":{"bash":{"*":"allow","probe *":"ask"},"edit":{"*":"allow","*asked*":"ask"}},
                """;
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", Matcher.quoteReplacement(permission)));
        for (int i = 0; i < BATCHES.size(); i++) {
            Files.write(
                    bed.workspace().resolve("output-" + i + ".txt"),
                    text(BATCHES.get(i)).getBytes(StandardCharsets.UTF_8));
        }
        bed.model().on("corpus ", HostileModel::obey);
    }

    private static void obey(ChatRequest request, Reply reply) throws IOException {
        Matcher order = ORDER.matcher(request.lastUserText());
        if (!order.find()) {
            reply.text("no such order");
            return;
        }
        int number = Integer.parseInt(order.group(2));
        List<String> batch = BATCHES.get(number % BATCHES.size());
        switch (order.group(1)) {
            case "pieces" -> say(reply, number, 31);
            case "signs" -> say(reply, number, 1);
            case "thoughts" -> {
                for (String payload : CLOSED.get(number % CLOSED.size())) {
                    reply.reasoning(payload + "\n\n");
                }
                reply.text("END" + number);
            }
            case "tools" -> tools(reply, batch, number);
            case "permissions" -> permissions(reply, batch, number);
            case "questions" ->
                reply.toolCall(
                        "question",
                        Map.of(
                                "questions",
                                batch.stream().map(HostileModel::question).toList()));
            case "failures" -> reply.fail(400, text(batch).replace('\n', ' '), Map.of());
            case "retries" -> reply.fail(429, text(batch).replace('\n', ' '), Map.of("Retry-After", "60"));
            default -> throw new IllegalArgumentException(order.group());
        }
    }

    /** An answer with 25 payloads, its end, and one more that swallows what would follow. */
    private static void say(Reply reply, int number, int size) throws IOException {
        List<String> payloads = new ArrayList<>(CLOSED.get(number % CLOSED.size()));
        payloads.add("END" + number);
        payloads.add(UNCLOSED.get(number % UNCLOSED.size()));
        String text = String.join("\n\n", payloads);
        for (int at = 0; at < text.length(); at += size) {
            piece(reply, text.substring(at, Math.min(at + size, text.length())));
        }
    }

    private static void piece(Reply reply, String text) throws IOException {
        Map<String, ?> chunk = Map.of(
                "id", "x",
                "object", "chat.completion.chunk",
                "created", 1,
                "model", "scripted",
                "choices", List.of(Map.of("index", 0, "delta", Map.of("content", text))));
        reply.raw(("data: " + ASCII.writeValueAsString(chunk) + "\n\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** As names of files, patterns, commands and their titles, lists, helpers, and tools that do not exist. */
    private static void tools(Reply reply, List<String> batch, int number) throws IOException {
        for (int i = 0; i < batch.size(); i++) {
            String payload = batch.get(i);
            String file = "made/" + number + "-" + i + fileName(payload);
            String command = "cat output-" + number + ".txt # " + oneLine(payload);
            switch ((i + number) % 6) {
                case 0 -> reply.toolCall("read", Map.of("filePath", payload));
                case 1 -> reply.toolCall("glob", Map.of("pattern", payload));
                case 2 -> reply.toolCall("bash", Map.of("command", command, "description", payload));
                case 3 -> reply.toolCall("write", Map.of("filePath", file, "content", payload));
                case 4 ->
                    reply.toolCall(
                            "todowrite",
                            Map.of(
                                    "todos",
                                    List.of(Map.of("content", payload, "status", "pending", "priority", payload))));
                default -> reply.toolCall(limited(payload, 60), Map.of("x", payload));
            }
        }
    }

    private static void permissions(Reply reply, List<String> batch, int number) throws IOException {
        for (String payload : batch) {
            reply.toolCall("bash", Map.of("command", "probe " + quoted(payload), "description", payload));
        }
        String file = "asked-" + number + fileName(batch.get(0));
        reply.toolCall("write", Map.of("filePath", file, "content", text(batch)));
    }

    private static Map<String, ?> question(String payload) {
        return Map.of(
                "question",
                payload,
                "header",
                limited(payload, 30),
                "options",
                List.of(
                        Map.of("label", payload, "description", payload),
                        Map.of("label", "No", "description", payload)));
    }

    static String text(List<String> payloads) {
        return String.join("\n", payloads);
    }

    static String limited(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }

    private static String oneLine(String payload) {
        return payload.replaceAll("[\\n\\r\\x00]", " ");
    }

    private static String quoted(String payload) {
        return "'" + payload.replace("'", "'\\''").replace("\0", "") + "'";
    }

    /** As much of a payload as a file may be called. */
    private static String fileName(String payload) {
        return limited(payload.replaceAll("[/\\x00]", "_"), 60) + ".txt";
    }
}
