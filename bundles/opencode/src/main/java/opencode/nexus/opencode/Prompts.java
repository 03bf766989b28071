package opencode.nexus.opencode;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.model.ModelOffer;
import opencode.nexus.api.opencode.Outgoing;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages.
 *
 * <p>A session that is answered by the offered model gets its title from the first words of the message, before the
 * message is sent. OpenCode would otherwise have it made by a model: the owner's {@code small_model} if there is one, which
 * may be hosted far away, although the owner uses the offered model because nothing else is set up.
 */
final class Prompts implements AutoCloseable {
    private static final int TITLE_LENGTH = 60;
    private static final Pattern UNTITLED = Pattern.compile("(New|Child) session - \\d{4}-\\d\\d-\\d\\dT.*");
    private static final Pattern COMMAND = Pattern.compile("[^\\s/][^\\s]{0,199}");

    private final OpenCodeCalls calls;
    private final ModelCache models;
    private final Supplier<@Nullable ModelOffer> offer;
    private final CommandRuns runs;

    Prompts(OpenCodeCalls calls, CommandRuns runs, ModelCache models, Supplier<@Nullable ModelOffer> offer) {
        this.calls = calls;
        this.runs = runs;
        this.models = models;
        this.offer = offer;
    }

    void send(String sessionId, String messageId, Outgoing prompt) {
        if (!Ids.isSafe(messageId, "msg_")) {
            throw NexusException.invalid("messageId", "take one from newMessageId");
        }
        JsonNode session = calls.get("/session/" + Ids.session(sessionId));
        String directory = Wire.text(session, "directory", "");
        List<AttachedFile> files = new ArrayList<>();
        for (Outgoing.File file : prompt.files()) {
            files.add(AttachedFile.of(file, "attachments[" + files.size() + "]", directory));
        }
        ObjectNode body = Wire.MAPPER.createObjectNode().put("messageID", messageId);
        if (prompt.agent() != null) {
            body.put("agent", prompt.agent());
        }
        if (prompt.command() == null) {
            chooseModel(session, prompt).ifPresent(model -> body.set("model", modelNode(model)));
            calls.send("/session/" + sessionId + "/prompt_async", out -> write(out, body, prompt.text(), files));
            return;
        }
        requireCommand(prompt.command(), directory);
        body.put("command", prompt.command()).put("arguments", prompt.text());
        chooseModel(session, prompt).ifPresent(model -> body.put("model", model));
        runs.start(sessionId, messageId, out -> write(out, body, null, files));
    }

    @Override
    public void close() {
        runs.close();
    }

    /** The body of a prompt, with its files in pieces. */
    private static void write(OutputStream out, ObjectNode fields, @Nullable String text, List<AttachedFile> files)
            throws IOException {
        try (JsonGenerator json = Wire.MAPPER.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            json.writeStartObject();
            for (Map.Entry<String, JsonNode> field : fields.properties()) {
                json.writeFieldName(field.getKey());
                json.writeTree(field.getValue());
            }
            json.writeArrayFieldStart("parts");
            if (text != null && !text.isEmpty()) {
                json.writeStartObject();
                json.writeStringField("type", "text");
                json.writeStringField("text", text);
                json.writeEndObject();
            }
            for (AttachedFile file : files) {
                file.write(json, out, text == null ? "" : text);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** OpenCode itself would only say that something went wrong. */
    private void requireCommand(String command, String directory) {
        if (COMMAND.matcher(command).matches()) {
            for (JsonNode known : calls.get("/command?directory=" + OpenCodeHttp.encode(directory))) {
                if (command.equals(Wire.text(known, "name"))) {
                    return;
                }
            }
        }
        throw NexusException.invalid("command", "there is no such command in this workspace");
    }

    /** The model to name with a prompt; nothing when OpenCode's own choice is right. */
    private Optional<String> chooseModel(JsonNode session, Outgoing prompt) {
        ModelOffer offered = offer.get();
        String wanted = prompt.model();
        boolean demo = wanted != null && offered != null && wanted.startsWith(offered.providerId() + "/");
        if (wanted == null) {
            Models choice = models.in(Wire.text(session, "directory", ""), offered);
            wanted = choice.forPrompt(Conversations.model(session.path("model")), prompt.agent())
                    .orElse(null);
            demo = wanted != null && choice.isOffered(wanted);
        }
        if (demo && UNTITLED.matcher(Wire.text(session, "title", "")).matches()) {
            ObjectNode title = Wire.MAPPER.createObjectNode().put("title", title(prompt));
            calls.patch("/session/" + Wire.required(session, "id"), title);
        }
        return Optional.ofNullable(wanted);
    }

    private static String title(Outgoing prompt) {
        String said = prompt.command() == null ? prompt.text() : "/" + prompt.command() + " " + prompt.text();
        String words = said.strip().replaceAll("\\s+", " ");
        if (words.isEmpty()) {
            return "Attachment";
        }
        if (words.length() <= TITLE_LENGTH) {
            return words;
        }
        int space = words.lastIndexOf(' ', TITLE_LENGTH);
        int end = space > TITLE_LENGTH / 2 ? space : TITLE_LENGTH;
        return words.substring(0, Character.isHighSurrogate(words.charAt(end - 1)) ? end - 1 : end) + "…";
    }

    private static ObjectNode modelNode(String model) {
        String[] names = Models.names(model);
        return Wire.MAPPER.createObjectNode().put("providerID", names[0]).put("modelID", names[1]);
    }
}
