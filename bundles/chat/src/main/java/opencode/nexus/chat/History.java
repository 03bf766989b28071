package opencode.nexus.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
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
        // The order of the next three is what makes the answer exact: see TextOverlay.
        EventHub.Running running = hub.running(id);
        OpenCodeClient.Page page = visible(id, opencode.messages(id, limit, before));
        while (page.messages().isEmpty() && page.before() != null) {
            page = visible(id, opencode.messages(id, limit, page.before()));
        }
        boolean busy = board.isAnswering(id);
        return new MessagePage(new TextOverlay(running, busy).over(page.messages()), page.before(), running.cursor());
    }

    private OpenCodeClient.Page visible(String id, OpenCodeClient.Page page) {
        String hidden = hiddenFrom(id);
        if (hidden == null) {
            return page;
        }
        return new OpenCodeClient.Page(
                page.messages().stream()
                        .filter(message -> message.id().compareTo(hidden) < 0)
                        .toList(),
                page.before());
    }

    /** The first message that is taken back; null when none is. */
    private @Nullable String hiddenFrom(String id) {
        return board.find(id).map(Session::revert).map(Revert::messageId).orElse(null);
    }

    Session fork(String id, @Nullable String messageId) {
        OpenCodeClient opencode = client.get();
        String end = messageId == null
                ? hiddenFrom(id)
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
        String first = turn(message(id, messageId, opencode));
        return new Revert(first, changesSince(id, first, opencode));
    }

    Session revert(String id, String messageId) {
        OpenCodeClient opencode = client.get();
        // OpenCode would take an id that names nothing, and do nothing.
        String first = turn(message(id, messageId, opencode));
        notBusy(id);
        return board.put(opencode.revert(id, first));
    }

    Session unrevert(String id) {
        OpenCodeClient opencode = client.get();
        if (hiddenFrom(id) == null) {
            return board.put(opencode.session(id));
        }
        notBusy(id);
        return board.put(opencode.unrevert(id));
    }

    List<FileChange> changes(String id, @Nullable String messageId) {
        OpenCodeClient opencode = client.get();
        if (messageId == null) {
            return changesSince(id, "", opencode);
        }
        return opencode.changes(id, turn(message(id, messageId, opencode)));
    }

    /** @throws NexusException NOT_FOUND {@code unknown-message}, also for one that is taken back */
    private Message message(String id, String messageId, OpenCodeClient opencode) {
        String hidden = hiddenFrom(id);
        if (!ID.matcher(messageId).matches() || (hidden != null && messageId.compareTo(hidden) >= 0)) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-message", "This message is not there any more.");
        }
        return opencode.message(id, messageId);
    }

    /** An answer goes with the message it answers. */
    private static String turn(Message message) {
        return message.role() == Message.Role.ASSISTANT && message.parentId() != null
                ? message.parentId()
                : message.id();
    }

    /** What the answers to a message of the owner and to every later one changed, by file. */
    private List<FileChange> changesSince(String id, String first, OpenCodeClient opencode) {
        Deque<String> prompts = new ArrayDeque<>();
        String before = null;
        boolean more = true;
        while (more) {
            OpenCodeClient.Page page = opencode.messages(id, PAGE, before);
            List<Message> newestFirst = new ArrayList<>(visible(id, page).messages());
            java.util.Collections.reverse(newestFirst);
            newestFirst.stream()
                    .filter(message -> message.role() == Message.Role.USER)
                    .map(Message::id)
                    .filter(message -> message.compareTo(first) >= 0)
                    .forEach(prompts::addFirst);
            before = page.before();
            boolean reached =
                    !page.messages().isEmpty() && page.messages().get(0).id().compareTo(first) <= 0;
            more = before != null && !reached;
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
