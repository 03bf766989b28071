package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.testkit.FakeNotifications;
import org.junit.jupiter.api.Test;

class NotificationsCommandTest {
    private final FakeNotifications notifications = new FakeNotifications();
    private final NotificationsCommand command = new NotificationsCommand();

    @Test
    void theNewestIsFirstAndUnreadOnesHaveAStar() {
        command.notifications = notifications;
        notifications.tell(Kind.NEEDS_ME, "request:1", "A session needs you", "May I?", null);
        notifications.tell(Kind.FINISHED, null, "Answer complete", "", null);
        notifications.read("n1");

        assertThat(printed())
                .containsExactly(
                        "* 2026-01-02 03:04  finished         Answer complete",
                        "  2026-01-02 03:04  needs-me         A session needs you - May I?");
    }

    @Test
    void onlyUnreadOnesAndThenAllAreRead() {
        command.notifications = notifications;
        command.unread = true;
        command.read = true;
        notifications.tell(Kind.FAILED, null, "first", "", null);
        notifications.tell(Kind.FAILED, null, "second", "", null);
        notifications.read("n1");

        assertThat(printed()).hasSize(1).allMatch(line -> line.endsWith("second"));
        assertThat(printed()).containsExactly("Nothing is unread.");
    }

    @Test
    void noMoreThanWanted() {
        command.notifications = notifications;
        command.limit = 2;
        for (int number = 0; number < 5; number++) {
            notifications.tell(Kind.FAILED, null, "title", "", null);
        }

        assertThat(printed()).hasSize(2);
        command.limit = -1;
        assertThat(printed()).containsExactly("You were told nothing yet.");
    }

    @Test
    void withoutTheServiceItSaysSo() {
        assertThat(printed()).containsExactly("Notifications are missing: feature:install nexus-notify");
    }

    private List<String> printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        command.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), ZoneOffset.UTC);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
