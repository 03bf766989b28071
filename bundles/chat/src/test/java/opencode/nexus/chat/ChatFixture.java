package opencode.nexus.chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Prompt;
import opencode.nexus.api.chat.Session;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeOpenCodeClient;
import opencode.nexus.testkit.RecordingHub;
import org.jspecify.annotations.Nullable;

/** A chat over an OpenCode in memory. */
final class ChatFixture {
    final FakeOpenCodeClient opencode;
    final RecordingHub hub;
    final FakeHome home;
    final FakeClock clock;
    final SessionBoard board;
    final OpenCodeChat chat;

    ChatFixture(Path directory) {
        this(workingIn(directory), new RecordingHub(), new FakeHome(directory), new FakeClock());
        opencode.listen(board);
        opencode.connect();
    }

    private ChatFixture(FakeOpenCodeClient opencode, RecordingHub hub, FakeHome home, FakeClock clock) {
        this.opencode = opencode;
        this.hub = hub;
        this.home = home;
        this.clock = clock;
        board = board(hub, home, opencode);
        chat = chat(board, hub, home, opencode, clock);
    }

    /** What comes after this one was replaced: only OpenCode, the hub and the files are the same. */
    ChatFixture successor() {
        chat.close();
        return new ChatFixture(opencode, hub, home, clock);
    }

    String send(String sessionId, String text) {
        return send(sessionId, text, null);
    }

    String send(String sessionId, String text, @Nullable String clientId) {
        return chat.send(sessionId, new Prompt(text, List.of(), null, null, clientId, null));
    }

    /** The texts OpenCode was sent so far, once nothing more is due. */
    List<String> sent() {
        return done().prompts().stream().map(sent -> sent.prompt().text()).toList();
    }

    /** Hands out every event and lets everything happen that follows from it. */
    FakeOpenCodeClient done() {
        try {
            do {
                opencode.deliver();
                // What is asked for first may be done by the second task, and what follows from that by the third.
                chat.outbox().awaitDone();
                chat.outbox().awaitDone();
                chat.outbox().awaitDone();
            } while (opencode.deliverOne());
            return opencode;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    Session create(@Nullable String title, @Nullable String workspace) {
        return chat.create(new ChatService.NewSession(title, workspace, null, null));
    }

    Session update(String id, @Nullable String title, @Nullable Boolean active) {
        return chat.update(id, new ChatService.SessionChange(title, active, null, null, null));
    }

    /** The data of all events of one type so far. */
    List<String> published(String type) {
        return hub.published(type).stream().map(event -> event.data()).toList();
    }

    static SessionBoard board(EventHub hub, FakeHome home, FakeOpenCodeClient opencode) {
        SessionBoard board = new SessionBoard(hub, home);
        board.setClient(opencode);
        return board;
    }

    static OpenCodeChat chat(
            SessionBoard board, EventHub hub, FakeHome home, FakeOpenCodeClient opencode, FakeClock clock) {
        OpenCodeChat chat = new OpenCodeChat(board, hub, home, Duration.ofMillis(50), clock);
        chat.client = opencode;
        return chat;
    }

    private static FakeOpenCodeClient workingIn(Path directory) {
        try {
            FakeOpenCodeClient opencode = new FakeOpenCodeClient();
            opencode.setWorkspaces(
                    Files.createDirectories(directory.resolve("demo")).toString(),
                    Files.createDirectories(directory.resolve("other")).toString());
            return opencode;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
