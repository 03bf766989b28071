package opencode.nexus.itests;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.FilePayload;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A message that cannot go out yet, or that nobody wants. */
abstract class OutboxJourneys extends Journey {
    @Test
    void whatIsWrittenOfflineIsSentOnceOnReturn() throws Exception {
        for (Visit visit : new Visit[] {STAGE.desktop(), STAGE.phone()}) {
            visit.expecting("^failed: .*ERR_INTERNET_DISCONNECTED", "^console: .*ERR_INTERNET_DISCONNECTED");
            String session = opened(visit, "Outbox of " + (visit.isTouch() ? "phone" : "desktop"));
            visit.offline(true);
            visit.say("words:7:5");
            visit.see(visit.log().getByText(Pattern.compile("Waiting to send")));
            visit.clean("outbox-" + visit.look());
            visit.offline(false);
            visit.see(visit.log().getByText("w0006"));
            awaitIdle(session);
            assertThat(asked(session)).isEqualTo(1);
            assertThat(visit.log().getByText(Pattern.compile("Waiting to send")))
                    .hasCount(0);
        }
    }

    @Test
    void whatWaitsSurvivesAReload() throws Exception {
        Visit visit = STAGE.desktop().expecting("^answer: 503", "^console: .*503");
        String session = opened(visit, "Reload");
        Owner owner = STAGE.owner();
        owner.post("/api/server/stop", Map.of());
        owner.await(
                "/api/server", answer -> answer.json().path("state").asText().equals("stopped"));
        visit.say("words:8:5");
        visit.see(visit.log().getByText(Pattern.compile("Waiting to send")));
        visit.page().reload();
        visit.see("OpenCode is not running.");
        visit.see(visit.log().getByText(Pattern.compile("Waiting to send")));
        visit.clean("server-stopped-desktop-light");
        visit.button("Start").click();
        owner.awaitServer();
        visit.see(visit.log().getByText("w0007"));
        awaitIdle(session);
        assertThat(asked(session)).isEqualTo(1);
    }

    @Test
    void whatWaitsCanBeTakenBack() throws Exception {
        Visit visit = STAGE.phone()
                .expecting("^failed: .*ERR_INTERNET_DISCONNECTED", "^console: .*ERR_INTERNET_DISCONNECTED");
        String session = opened(visit, "Second thoughts");
        visit.offline(true);
        visit.say("words:9:5");
        visit.button("Take back").click();
        assertThat(visit.box()).hasValue("words:9:5");
        visit.see("Offline. Messages wait here.");
        visit.offline(false);
        assertThat(visit.page().getByText("Offline. Messages wait here.")).hasCount(0);
        assertThat(asked(session)).isZero();
    }

    @Test
    void aMessageThatIsRefusedComesBackWithTheReason() throws Exception {
        Visit visit = STAGE.desktop();
        String session = opened(visit, "Refused");
        // It begins like a picture, which is all that can be told without reading it.
        byte[] broken = picture();
        Arrays.fill(broken, 40, broken.length - 12, (byte) 0);
        ComposerJourneys.attach(visit, new FilePayload("broken.png", "image/png", broken));
        visit.see(visit.button("Remove broken.png"));
        visit.say("look at this");
        visit.see(visit.page().getByText(Pattern.compile("^Not sent\\. ")));
        assertThat(visit.box()).hasValue("look at this");
        visit.see(visit.button("Remove broken.png"));
        visit.clean("refused-desktop-light");
        visit.button("Remove broken.png").click();
        visit.box().press("Enter");
        visit.see(visit.log().getByText("Hello from the script."));
        assertThat(asked(session)).isEqualTo(1);
    }
}
