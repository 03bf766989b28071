package opencode.nexus.chat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.MessagePage;
import opencode.nexus.api.chat.Session;

/**
 * Writes whole conversations. OpenCode pages from the newest message to the oldest, a reader wants them the other way
 * round: so the way back is gone first and only its cursors are kept. At no time are there more than two pages in memory.
 */
final class Export {
    private static final int PAGE = 100;

    /** How a conversation is written down. Whatever a model said, it cannot break out of its place. */
    interface Format {

        void begin(Session session) throws IOException;

        void message(Message message) throws IOException;

        void end() throws IOException;
    }

    private final History history;
    private final InstantSource clock;

    Export(History history, InstantSource clock) {
        this.history = history;
        this.clock = clock;
    }

    /** As {@link opencode.nexus.api.chat.ChatService#export}. What can fail fails before anything is written. */
    void write(Session session, String format, OutputStream out) throws IOException {
        // Half of a character that a model left is written as a question mark.
        Writer text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        Format written =
                switch (format) {
                    case "json" -> new JsonExport(text);
                    case "markdown" -> new MarkdownExport(text, clock.instant());
                    default -> throw NexusException.invalid("format", "must be markdown or json");
                };
        // The newest page is kept: fetched again it would be another, with whatever was said meanwhile.
        MessagePage newest = history.messages(session.id(), PAGE, null);
        Deque<String> cursors = new ArrayDeque<>();
        for (String before = newest.before(); before != null; ) {
            cursors.push(before);
            before = history.messages(session.id(), PAGE, before).before();
        }
        written.begin(session);
        while (!cursors.isEmpty()) {
            write(history.messages(session.id(), PAGE, cursors.pop()), written);
        }
        write(newest, written);
        written.end();
        text.flush();
    }

    private static void write(MessagePage page, Format format) throws IOException {
        for (Message message : page.messages()) {
            format.message(message);
        }
    }
}
