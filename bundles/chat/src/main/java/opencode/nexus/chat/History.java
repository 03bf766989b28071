package opencode.nexus.chat;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService.Picture;
import opencode.nexus.api.chat.FileChange;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Revert;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import org.jspecify.annotations.Nullable;

/** What was said in a session so far, and how the owner goes back in it. */
final class History {
    private static final int PAGE = 200;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

    private final SessionBoard board;
    private final EventHub hub;
    private final Supplier<OpenCodeClient> client;

    History(SessionBoard board, EventHub hub, Supplier<OpenCodeClient> client) {
        this.board = board;
        this.hub = hub;
        this.client = client;
    }

    /** Messages that are taken back are left out; a page is empty only when there is nothing before it. */
    MessagePage messages(String id, int limit, @Nullable String before) {
        OpenCodeClient opencode = client.get();
        boolean wasBusy = board.isAnswering(id);
        // The order of the next three is what makes the answer exact: see TextOverlay.
        EventHub.Running running = hub.running(id);
        OpenCodeClient.Page page = opencode.messages(id, limit, before);
        Instant end = end(id, opencode);
        page = before(end, page);
        while (page.messages().isEmpty() && page.before() != null) {
            page = before(end, opencode.messages(id, limit, page.before()));
        }
        // An answer that ended or began just now is told by events after the cursor; it was not cut off.
        boolean busy = wasBusy || board.isAnswering(id) || (hasRunning(page) && isBusy(id, opencode));
        return new MessagePage(new TextOverlay(running, busy).over(page.messages()), page.before(), running.cursor());
    }

    private static boolean hasRunning(OpenCodeClient.Page page) {
        return page.messages().stream().anyMatch(message -> message.state() == Message.State.RUNNING);
    }

    /** Asks OpenCode itself, since its events may still be on their way. */
    private static boolean isBusy(String id, OpenCodeClient opencode) {
        return opencode.statuses().containsKey(id);
    }

    private static OpenCodeClient.Page before(@Nullable Instant end, OpenCodeClient.Page page) {
        if (end == null) {
            return page;
        }
        return new OpenCodeClient.Page(
                page.messages().stream()
                        .filter(message -> message.createdAt().isBefore(end))
                        .toList(),
                page.before());
    }

    private Optional<String> takenBack(String id) {
        return board.find(id).map(Session::revert).map(Revert::messageId);
    }

    /** When the first message was written that is taken back; null when none is. Ids do not tell: one may have waited. */
    private @Nullable Instant end(String id, OpenCodeClient opencode) {
        return takenBack(id)
                .flatMap(first -> find(id, first, opencode))
                .map(Message::createdAt)
                .orElse(null);
    }

    Session fork(String id, @Nullable String messageId) {
        OpenCodeClient opencode = client.get();
        // OpenCode would copy what is taken back, too.
        String end = messageId == null
                ? takenBack(id).orElse(null)
                : message(id, messageId, opencode).id();
        String reservation = board.reserveCard();
        OpenCodeSession fork;
        try {
            fork = opencode.fork(id, end);
        } catch (RuntimeException e) {
            board.releaseCard(reservation);
            throw e;
        }
        return board.assignCard(reservation, fork);
    }

    Revert preview(String id, String messageId) {
        OpenCodeClient opencode = client.get();
        Message first = turn(message(id, messageId, opencode), opencode);
        return new Revert(first.id(), changesSince(id, first.createdAt(), opencode));
    }

    Session revert(String id, String messageId) {
        OpenCodeClient opencode = client.get();
        // OpenCode would take an id that names nothing, and do nothing.
        Message first = turn(message(id, messageId, opencode), opencode);
        notBusy(id);
        return board.put(opencode.revert(id, first.id()));
    }

    Session unrevert(String id) {
        OpenCodeClient opencode = client.get();
        if (takenBack(id).isEmpty()) {
            return board.put(opencode.session(id));
        }
        notBusy(id);
        return board.put(opencode.unrevert(id));
    }

    List<FileChange> changes(String id, @Nullable String messageId) {
        OpenCodeClient opencode = client.get();
        if (messageId == null) {
            return changesSince(id, Instant.MIN, opencode);
        }
        return opencode.changes(
                id, turn(message(id, messageId, opencode), opencode).id());
    }

    Picture picture(String id, String messageId, String partId) {
        if (!ID.matcher(messageId).matches() || !ID.matcher(partId).matches()) {
            throw noPicture();
        }
        OpenCodeClient.Attachment file = client.get().attachment(id, messageId, partId);
        // A browser would run a drawing or a page that only says it is a picture.
        String mime = MediaCheck.picture(file.content()).orElseThrow(History::noPicture);
        return new Picture(file.name(), mime, file.content());
    }

    private static NexusException noPicture() {
        return new NexusException(
                NexusException.Kind.NOT_FOUND, "unknown-attachment", "There is no such picture in this message.");
    }

    /** @throws NexusException NOT_FOUND {@code unknown-message}, also for one that is taken back */
    private Message message(String id, String messageId, OpenCodeClient opencode) {
        Instant end = end(id, opencode);
        return find(id, messageId, opencode)
                .filter(message -> end == null || message.createdAt().isBefore(end))
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.NOT_FOUND, "unknown-message", "This message is not there any more."));
    }

    private static Optional<Message> find(String id, String messageId, OpenCodeClient opencode) {
        if (!ID.matcher(messageId).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(opencode.message(id, messageId));
        } catch (NexusException e) {
            if (e.kind() != NexusException.Kind.NOT_FOUND) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** The message of the owner that an answer goes with. */
    private static Message turn(Message message, OpenCodeClient opencode) {
        if (message.role() == Message.Role.USER || message.parentId() == null) {
            return message;
        }
        return find(message.sessionId(), message.parentId(), opencode).orElse(message);
    }

    /** What the answers to the messages of the owner since a moment changed, by file. */
    private List<FileChange> changesSince(String id, Instant first, OpenCodeClient opencode) {
        Instant end = end(id, opencode);
        Deque<String> prompts = new ArrayDeque<>();
        String cursor = null;
        boolean more = true;
        while (more) {
            OpenCodeClient.Page page = opencode.messages(id, PAGE, cursor);
            List<Message> messages = before(end, page).messages();
            for (int index = messages.size() - 1; index >= 0; index--) {
                Message message = messages.get(index);
                if (message.role() == Message.Role.USER && !message.createdAt().isBefore(first)) {
                    prompts.addFirst(message.id());
                }
            }
            cursor = page.before();
            boolean reached = !page.messages().isEmpty()
                    && page.messages().get(0).createdAt().isBefore(first);
            more = cursor != null && !reached;
        }
        FileChanges changes = new FileChanges();
        prompts.forEach(prompt -> changes.add(opencode.changes(id, prompt)));
        return changes.all();
    }

    private void notBusy(String id) {
        if (board.isAnswering(id)) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "session-busy",
                    "An answer is being written. Stop it, or wait until it is there.");
        }
    }
}
