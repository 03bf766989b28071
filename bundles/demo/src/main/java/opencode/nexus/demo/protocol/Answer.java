package opencode.nexus.demo.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes one answer: piece by piece when a stream was asked for, else all at the end. */
final class Answer implements Reply {
    private final Connection connection;
    private final ChatRequest request;
    private final ObjectMapper mapper;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final List<Map<String, Object>> calls = new ArrayList<>();
    private @Nullable String finish;
    private boolean failed;

    Answer(Connection connection, ChatRequest request, ObjectMapper mapper) {
        this.connection = connection;
        this.request = request;
        this.mapper = mapper;
    }

    @Override
    public void text(String piece) throws IOException {
        text.append(piece);
        delta(Map.of("content", piece));
    }

    @Override
    public void reasoning(String piece) throws IOException {
        reasoning.append(piece);
        delta(Map.of("reasoning_content", piece));
    }

    @Override
    public void toolCall(String tool, Map<String, ?> arguments) throws IOException {
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("index", calls.size());
        // Unique within a conversation, which grows with every request.
        call.put("id", "call_" + request.turns().size() + "_" + calls.size());
        call.put("type", "function");
        call.put("function", Map.of("name", tool, "arguments", mapper.writeValueAsString(arguments)));
        calls.add(call);
        delta(Map.of("tool_calls", List.of(call)));
    }

    @Override
    public void finish(String reason) {
        finish = reason;
    }

    @Override
    public void fail(int status, String message, Map<String, String> headers) throws IOException {
        failed = true;
        byte[] error = ChatCompletions.error(mapper, status, message);
        if (connection.isStreaming()) {
            connection.stream(event(new String(error, UTF_8)));
            connection.endStream();
            return;
        }
        connection.answer(status, headers, error);
    }

    @Override
    public void pause(Duration length) throws IOException {
        connection.pause(length);
    }

    @Override
    public void raw(byte[] bytes) throws IOException {
        if (!request.streamed()) {
            throw new IllegalStateException("raw bytes need a stream");
        }
        // A chunk without bytes would end the stream.
        if (bytes.length > 0) {
            connection.stream(bytes);
        }
    }

    @Override
    public void hang() throws IOException {
        connection.hang();
    }

    @Override
    public void drop() throws IOException {
        connection.drop();
    }

    /** Completes the answer, unless it failed. */
    void end() throws IOException {
        if (failed) {
            return;
        }
        String reason = finish != null ? finish : calls.isEmpty() ? "stop" : "tool_calls";
        if (!request.streamed()) {
            connection.answer(200, Map.of(), mapper.writeValueAsBytes(whole(reason)));
            return;
        }
        connection.stream(event(chunk(List.of(choice("delta", Map.of(), reason)))));
        if (request.usageWanted()) {
            Map<String, Object> last = envelope("chat.completion.chunk", List.of());
            last.put("usage", usage());
            connection.stream(event(mapper.writeValueAsString(last)));
        }
        connection.stream(event("[DONE]"));
        connection.endStream();
    }

    private void delta(Map<String, Object> delta) throws IOException {
        if (!request.streamed()) {
            return;
        }
        Map<String, Object> full = new LinkedHashMap<>();
        if (!connection.isStreaming()) {
            full.put("role", "assistant");
        }
        full.putAll(delta);
        connection.stream(event(chunk(List.of(choice("delta", full, null)))));
    }

    private String chunk(List<Map<String, Object>> choices) throws JsonProcessingException {
        return mapper.writeValueAsString(envelope("chat.completion.chunk", choices));
    }

    private Map<String, Object> whole(String reason) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", text.toString());
        if (!reasoning.isEmpty()) {
            message.put("reasoning_content", reasoning.toString());
        }
        if (!calls.isEmpty()) {
            message.put("tool_calls", calls);
        }
        Map<String, Object> whole = envelope("chat.completion", List.of(choice("message", message, reason)));
        whole.put("usage", usage());
        return whole;
    }

    private Map<String, Object> envelope(String kind, List<Map<String, Object>> choices) {
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("id", "chatcmpl-" + request.turns().size());
        envelope.put("object", kind);
        envelope.put("created", System.currentTimeMillis() / 1000);
        envelope.put("model", request.model());
        envelope.put("choices", choices);
        return envelope;
    }

    private static Map<String, Object> choice(String key, Map<String, Object> content, @Nullable String reason) {
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put(key, content);
        choice.put("finish_reason", reason);
        return choice;
    }

    private Map<String, Integer> usage() {
        int in = request.tokens();
        int out = (text.length() + reasoning.length()) / 4 + 1;
        return Map.of("prompt_tokens", in, "completion_tokens", out, "total_tokens", in + out);
    }

    private static byte[] event(String data) {
        return ("data: " + data + "\n\n").getBytes(UTF_8);
    }
}
