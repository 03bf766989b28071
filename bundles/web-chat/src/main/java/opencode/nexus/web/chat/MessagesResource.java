package opencode.nexus.web.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.web.http.ApiServlet;
import org.jspecify.annotations.Nullable;

/** {@code sessions/{id}/messages}. {@code GET}: a page of messages. {@code POST}: sends one. */
final class MessagesResource extends ApiServlet {
    private static final long serialVersionUID = 1;
    private static final int DEFAULT_LIMIT = 50;

    /** Three attachments of 10 MB in base64 and the longest text. It is held in memory several times: more would not fit. */
    private static final int MAX_BYTES = 44 * 1024 * 1024;

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
            @Nullable String name, @Nullable String mime, @Nullable String upload, @Nullable String url) {}

    private record Sent(String messageId) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int limit = limit(request.getParameter("limit"));
        MessagePage page = chat.messages(path(request).get(1), limit, request.getParameter("before"));
        json(response, HttpServletResponse.SC_OK, new Page(page.messages(), page.before(), page.cursor()));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String id = path(request).get(1);
        Sending sending = body(request, Sending.class, MAX_BYTES);
        String text = sending.text() == null ? "" : sending.text();
        Prompt prompt = new Prompt(
                text,
                attachments(sending.attachments()),
                sending.model(),
                sending.agent(),
                sending.clientId(),
                sending.command());
        json(response, HttpServletResponse.SC_ACCEPTED, new Sent(chat.send(id, prompt)));
    }

    private static int limit(@Nullable String value) {
        if (value == null) {
            return DEFAULT_LIMIT;
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw NexusException.invalid("limit", "must be a whole number");
        }
    }

    private List<Prompt.Attachment> attachments(@Nullable List<@Nullable Attachment> sent) {
        List<Prompt.Attachment> attachments = new ArrayList<>();
        for (Attachment one : sent == null ? List.<@Nullable Attachment>of() : sent) {
            String prefix = "attachments[" + attachments.size() + "]";
            Attachment attachment = required(one, prefix);
            attachments.add(
                    new Prompt.Attachment(attachment.name(), attachment.mime(), attachment.upload(), attachment.url()));
        }
        return attachments;
    }
}
