package opencode.nexus.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Request;
import org.jspecify.annotations.Nullable;

/** What the owner may send. Each check throws INVALID naming every wrong field. */
final class PromptRules {
    private static final int MAX_TITLE = 200;
    private static final int MAX_FILE_NAME = 255;
    private static final int MAX_ANSWER = 10_000;
    private static final Pattern MIME = Pattern.compile("[A-Za-z0-9][\\w.+-]{0,60}/[A-Za-z0-9][\\w.+-]{0,120}");
    private static final Pattern MODEL = Pattern.compile("[^/\\s\\p{Cntrl}]{1,100}/[^\\s\\p{Cntrl}]{1,200}");
    private static final Pattern AGENT = Pattern.compile("[\\w.-]{1,100}");
    private static final Pattern COMMAND = Pattern.compile("[^\\s\\p{Cntrl}]{1,200}");
    private static final Pattern UPLOAD = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern CLIENT_ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    private PromptRules() {}

    /** The title without space around it. */
    static String title(String title) {
        String trimmed = title.strip();
        if (trimmed.isEmpty() || trimmed.length() > MAX_TITLE) {
            throw NexusException.invalid("title", "must have 1 to " + MAX_TITLE + " characters");
        }
        if (hasControls(trimmed)) {
            throw NexusException.invalid("title", "must be one line without control characters");
        }
        return trimmed;
    }

    static void check(Prompt prompt) {
        List<Field> wrong = new ArrayList<>();
        if (prompt.text().isBlank() && prompt.attachments().isEmpty() && prompt.command() == null) {
            wrong.add(new Field("text", "must not be empty"));
        }
        if (prompt.text().length() > ChatService.MAX_TEXT) {
            wrong.add(new Field(
                    "text", "has " + prompt.text().length() + " characters; " + ChatService.MAX_TEXT + " fit"));
        }
        if (prompt.attachments().size() > ChatService.MAX_ATTACHMENTS) {
            wrong.add(new Field("attachments", "must be at most " + ChatService.MAX_ATTACHMENTS));
        }
        for (int index = 0; index < Math.min(prompt.attachments().size(), ChatService.MAX_ATTACHMENTS); index++) {
            attachment(prompt.attachments().get(index), "attachments[" + index + "].", wrong);
        }
        shape(prompt.model(), MODEL, "model", "must be provider/model", wrong);
        shape(prompt.agent(), AGENT, "agent", "must be the name of an agent", wrong);
        shape(prompt.command(), COMMAND, "command", "must be the name of a command", wrong);
        shape(prompt.clientId(), CLIENT_ID, "clientId", "must be 1 to 100 letters, digits, - or _", wrong);
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
    }

    /** Name and kind of a file that is uploaded. */
    static void checkFile(String name, @Nullable String mime) {
        List<Field> wrong = new ArrayList<>();
        fileName(name, "name", wrong);
        shape(mime, MIME, "mime", "must be a media type such as image/png", wrong);
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
    }

    /** Answers to the questions of a request, one list for each. */
    static void check(List<List<String>> answers, List<Request.Question> questions) {
        if (answers.size() != questions.size()) {
            throw NexusException.invalid(
                    "answers", "must be one list of answers for each of " + questions.size() + " questions");
        }
        List<Field> wrong = new ArrayList<>();
        for (int index = 0; index < answers.size(); index++) {
            answer(answers.get(index), questions.get(index), "answers[" + index + "]", wrong);
        }
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
    }

    private static void answer(List<String> answer, Request.Question question, String field, List<Field> wrong) {
        if (answer.size() > 1 && !question.multiple()) {
            wrong.add(new Field(field, "must be one answer"));
        }
        for (String one : answer) {
            if (one.isBlank() || one.length() > MAX_ANSWER) {
                wrong.add(new Field(field, "each answer must have 1 to " + MAX_ANSWER + " characters"));
                return;
            }
            boolean offered = question.options().stream()
                    .anyMatch(option -> option.label().equals(one));
            if (!offered && !question.custom()) {
                wrong.add(new Field(field, "must be among the options"));
                return;
            }
        }
    }

    private static void attachment(Prompt.Attachment attachment, String prefix, List<Field> wrong) {
        if (attachment.name() != null) {
            fileName(attachment.name(), prefix + "name", wrong);
        }
        shape(attachment.mime(), MIME, prefix + "mime", "must be a media type such as image/png", wrong);
        if ((attachment.upload() == null) == (attachment.url() == null)) {
            wrong.add(new Field(prefix + "upload", "send either upload or url"));
        }
        shape(attachment.upload(), UPLOAD, prefix + "upload", "must be the id of an upload", wrong);
    }

    private static void fileName(String name, String field, List<Field> wrong) {
        if (name.isBlank() || name.length() > MAX_FILE_NAME || hasControls(name)) {
            wrong.add(new Field(field, "must be one line of 1 to " + MAX_FILE_NAME + " characters"));
        }
    }

    private static void shape(
            @Nullable String value, Pattern pattern, String field, String message, List<Field> wrong) {
        if (value != null && !pattern.matcher(value).matches()) {
            wrong.add(new Field(field, message));
        }
    }

    private static boolean hasControls(String text) {
        return text.codePoints().anyMatch(Character::isISOControl);
    }
}
