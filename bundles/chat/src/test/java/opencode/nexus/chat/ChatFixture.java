package opencode.nexus.chat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.testkit.FakeHome;
import opencode.nexus.testkit.FakeOpenCodeClient;
import opencode.nexus.testkit.RecordingHub;

/** A chat over an OpenCode in memory. */
final class ChatFixture {
    final FakeOpenCodeClient opencode;
    final RecordingHub hub;
    final FakeHome home;
    final SessionBoard board;
    final OpenCodeChat chat;

    ChatFixture(Path directory) {
        this(new FakeOpenCodeClient(), new RecordingHub(), new FakeHome(directory));
        opencode.listen(board);
        opencode.connect();
    }

    private ChatFixture(FakeOpenCodeClient opencode, RecordingHub hub, FakeHome home) {
        this.opencode = opencode;
        this.hub = hub;
        this.home = home;
        board = board(hub, home, opencode);
        chat = chat(board, hub, home, opencode);
    }

    /** What comes after this one was replaced: only OpenCode, the hub and the files are the same. */
    ChatFixture successor() {
        chat.close();
        return new ChatFixture(opencode, hub, home);
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

    static OpenCodeChat chat(SessionBoard board, EventHub hub, FakeHome home, FakeOpenCodeClient opencode) {
        OpenCodeChat chat = new OpenCodeChat(board, hub, home, Duration.ofMillis(50));
        chat.client = opencode;
        return chat;
    }
}
