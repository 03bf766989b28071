package opencode.nexus.web.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.Json;
import org.jspecify.annotations.Nullable;

/** {@code sessions/{id}/messages}. {@code GET}: a page of messages. {@code POST}: sends one. */
final class MessagesResource extends ApiServlet {
    private static final long serialVersionUID = 1;
    private static final int DEFAULT_LIMIT = 50;

    /** Ten attachments of 10 MB in base64 and the longest text, every character of it escaped. */
    private static final int MAX_BYTES = 136 * 1024 * 1024;

    private final transient ChatService chat;

    MessagesResource(ChatService chat) {
        this.chat = chat;
    }

    private record Page(
            List<Message> messages, @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable String before, String cursor) {}

    private record Sending(
            @Nullable String text,
            @Nullable List<@Nullable Attachment> attachments,
            @Nullable String model,
            @Nullable String agent,
            @Nullable String clientId,
            @Nullable String command) {}

    private record Attachment(
            @Nullable String name,
            @Nullable String mime,
            @Nullable String upload,
            @Nullable String url,
            @JsonDeserialize(using = InlineFiles.Reader.class) @Nullable Path data) {}

    private record Sent(String messageId) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int limit = Parameters.number(request, "limit", DEFAULT_LIMIT);
        MessagePage page = chat.messages(path(request).get(1), limit, request.getParameter("before"));
        json(response, HttpServletResponse.SC_OK, new Page(page.messages(), page.before(), page.cursor()));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String id = path(request).get(1);
        List<String> uploaded = new ArrayList<>();
        try (InlineFiles inline = new InlineFiles()) {
            Sending sending = body(
                    request,
                    Json.mapper().readerFor(Sending.class).withAttribute(InlineFiles.class, inline),
                    MAX_BYTES);
            Prompt prompt = new Prompt(
                    sending.text() == null ? "" : sending.text(),
                    attachments(sending.attachments(), uploaded),
                    sending.model(),
                    sending.agent(),
                    sending.clientId(),
                    sending.command());
            json(response, HttpServletResponse.SC_ACCEPTED, new Sent(chat.send(id, prompt)));
        } finally {
            // Nobody else knows of them. What a message takes along stays until OpenCode has it.
            uploaded.forEach(chat::discard);
        }
    }

    private List<Prompt.Attachment> attachments(@Nullable List<@Nullable Attachment> sent, List<String> uploaded)
            throws IOException {
        List<Prompt.Attachment> attachments = new ArrayList<>();
        for (Attachment one : sent == null ? List.<@Nullable Attachment>of() : sent) {
            String prefix = "attachments[" + attachments.size() + "]";
            Attachment attachment = required(one, prefix);
            String upload = attachment.upload();
            if (attachment.data() != null) {
                if (upload != null || attachment.url() != null) {
                    throw NexusException.invalid(prefix + ".data", "goes without upload and url");
                }
                upload = upload(attachment, attachment.data(), prefix + ".");
                uploaded.add(upload);
            }
            attachments.add(new Prompt.Attachment(attachment.name(), attachment.mime(), upload, attachment.url()));
        }
        return attachments;
    }

    private String upload(Attachment attachment, Path content, String prefix) throws IOException {
        String name = required(attachment.name(), prefix + "name");
        String mime = required(attachment.mime(), prefix + "mime");
        try (InputStream in = Files.newInputStream(content)) {
            return chat.upload(name, mime, in).id();
        } catch (NexusException e) {
            throw e.fields().isEmpty() ? e : within(prefix, e);
        }
    }

    private static NexusException within(String prefix, NexusException failure) {
        return NexusException.invalid(failure.fields().stream()
                .map(field -> new NexusException.Field(prefix + field.field(), field.message()))
                .toList());
    }
}
