package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.notify.ChatNews.SessionNow;
import opencode.nexus.testkit.FakeClock;
import opencode.nexus.testkit.FakeNotifications;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatNewsTest {
    private final FakeClock clock = new FakeClock();
    private final FakeNotifications notifications = new FakeNotifications();
    private final ChatNews news = new ChatNews();

    // ---- answers ----

    @Test
    void theEndOfALongAnswerIsTold() {
        become("busy");
        pass(30);
        become("idle");
        pass(2);

        Notification told = told().get(0);
        assertThat(told.kind()).isEqualTo(Kind.FINISHED);
        assertThat(told.subject()).isEqualTo("session:ses_1");
        assertThat(told.text()).isEqualTo("Fix the login");
        assertThat(told.link()).isEqualTo("/#session=ses_1");
        pass(60);
        assertThat(told()).hasSize(1);
    }

    @Test
    void theEndOfAShortAnswerIsNoNews() {
        become("busy");
        pass(29);
        become("idle");
        pass(2);

        assertThat(told()).isEmpty();
    }

    @Test
    void waitingAndTryingAgainIsPartOfTheWork() {
        become("busy");
        pass(10);
        become("waiting");
        pass(10);
        become("retry");
        pass(10);
        become("idle");
        pass(2);

        assertThat(told()).hasSize(1);
    }

    @Test
    void aQueueIsOneAnswer() {
        become("busy");
        pass(40);
        become("idle");
        pass(1);
        become("busy");
        pass(5);
        become("idle");
        pass(2);

        assertThat(told()).hasSize(1);
    }

    @Test
    void whileMessagesWaitItIsNotComplete() {
        become("busy");
        pass(40);
        news.session(new SessionNow("ses_1", "Fix the login", "idle", false, true, null), clock.instant(), null);
        pass(2);

        assertThat(told()).isEmpty();
    }

    @Test
    void whatTheOwnerStoppedIsNoNews() {
        become("busy");
        pass(40);
        become("idle");
        news.stopped("ses_1");
        pass(2);

        assertThat(told()).isEmpty();
    }

    @Test
    void theAnswerAfterOneThatWasStoppedIsNews() {
        become("busy");
        news.stopped("ses_1");
        become("idle");
        pass(2);
        become("busy");
        pass(40);
        become("idle");
        pass(2);

        assertThat(told()).hasSize(1);
    }

    @Test
    void soIsTheAnswerToTheMessageForWhichOneWasStopped() {
        become("busy");
        news.stopped("ses_1");
        become("idle");
        become("busy");
        pass(40);
        become("idle");
        pass(2);

        assertThat(told()).hasSize(1);
    }

    @Test
    void aFailureThatIsToldAfterTheEndIsAFailure() {
        become("busy");
        become("idle");
        become("failed", "Late");
        pass(2);

        assertThat(told()).extracting(Notification::kind).containsExactly(Kind.FAILED);
    }

    @Test
    void aFailureIsToldHoweverShortItWas() {
        become("busy");
        become("failed", "The provider refused the key.");
        pass(2);

        assertThat(told()).hasSize(1);
        assertThat(told().get(0).kind()).isEqualTo(Kind.FAILED);
        assertThat(told().get(0).text()).isEqualTo("Fix the login: The provider refused the key.");
    }

    @Test
    void whatFailedBeforeAnybodyListenedIsOld() {
        become("failed", "Long ago");
        become("failed", "Long ago");
        pass(60);

        assertThat(told()).isEmpty();
    }

    @Test
    void whatWasCutOffIsToldByOthers() {
        become("busy");
        pass(40);
        become("interrupted");
        pass(2);
        become("idle");
        pass(2);

        assertThat(told()).isEmpty();
    }

    @Test
    void aHelperIsNoNews() {
        for (String status : List.of("busy", "failed")) {
            news.session(new SessionNow("ses_2", "Helper", status, true, false, null), clock.instant(), null);
            pass(40);
        }

        assertThat(told()).isEmpty();
    }

    @Test
    void whoGoesOnNeedsNotBeToldOfTheEndBefore() {
        become("busy");

        assertThat(notifications.settled).containsExactly("FINISHED session:ses_1", "FAILED session:ses_1");
    }

    @Test
    void aSessionThatIsGoneNeedsNothing() {
        become("busy");
        pass(40);
        become("idle");
        notifications.settled.clear();
        news.removed("ses_1", notifications);
        pass(2);

        assertThat(told()).isEmpty();
        assertThat(notifications.settled).containsExactly("FINISHED session:ses_1", "FAILED session:ses_1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "New session - 2026-01-01T00:00:00.000Z"})
    void aSessionWithoutATitleIsCalledNew(String title) {
        news.session(new SessionNow("ses_1", title, "busy", false, false, null), clock.instant(), null);
        pass(40);
        news.session(new SessionNow("ses_1", title, "idle", false, false, null), clock.instant(), null);
        pass(2);

        assertThat(told().get(0).text()).isEqualTo("New session");
    }

    @Test
    void anIdThatIsNoAddressLeadsNowhere() {
        news.session(new SessionNow("a b", "x", "busy", false, false, null), clock.instant(), null);
        news.session(new SessionNow("a b", "x", "failed", false, false, null), clock.instant(), null);
        pass(2);

        assertThat(told().get(0).link()).isNull();
    }

    // ---- requests ----

    @Test
    void aRequestThatWaitsIsToldAfterTenSeconds() {
        become("waiting");
        news.request("per_1", "ses_1", "May I run this? npm test", clock.instant());
        pass(9);
        assertThat(told()).isEmpty();
        pass(1);

        Notification told = told().get(0);
        assertThat(told.kind()).isEqualTo(Kind.NEEDS_ME);
        assertThat(told.subject()).isEqualTo("request:per_1");
        assertThat(told.title()).isEqualTo("A session needs you");
        assertThat(told.text()).isEqualTo("Fix the login: May I run this? npm test");
        assertThat(told.link()).isEqualTo("/#inbox");
        pass(60);
        assertThat(told()).hasSize(1);
    }

    @Test
    void whoAnswersInTimeIsNotTold() {
        news.request("per_1", "ses_1", "May I?", clock.instant());
        pass(9);
        news.settled("per_1", notifications);
        pass(60);

        assertThat(told()).isEmpty();
    }

    @Test
    void whoAnswersLaterSettlesIt() {
        news.request("per_1", "ses_1", "May I?", clock.instant());
        pass(10);
        news.settled("per_1", notifications);

        assertThat(notifications.settled).containsExactly("NEEDS_ME request:per_1");
        assertThat(notifications.unread()).isZero();
    }

    @Test
    void aRequestIsToldOnceInAllLives() {
        news.request("per_1", "ses_1", "May I?", clock.instant());
        pass(10);
        ChatNews later = new ChatNews();
        later.request("per_1", "ses_1", "May I?", clock.instant().minusSeconds(60));
        later.tell(notifications, id -> "", clock.instant());

        assertThat(told()).hasSize(1);
    }

    @Test
    void theTitleOfASessionThatWasQuietIsAskedFor() {
        news.request("per_1", "ses_9", "May I?", clock.instant());
        pass(10);

        assertThat(told().get(0).text()).isEqualTo("Title of ses_9: May I?");
    }

    @Test
    void afterEventsWereMissedOnlyWhatStillWaitsIsTold() {
        news.request("per_1", "ses_1", "One", clock.instant());
        pass(10);
        news.request("per_2", "ses_1", "Two", clock.instant());
        news.request("per_3", "ses_1", "Three", clock.instant());
        news.missed();
        news.stillWaiting(Set.of("per_3"), notifications);
        pass(10);

        assertThat(told()).extracting(Notification::subject).containsExactly("request:per_3", "request:per_1");
        assertThat(notifications.settled).containsExactly("NEEDS_ME request:per_1");
    }

    @Test
    void afterEventsWereMissedNoAnswerIsGuessedAt() {
        become("busy");
        pass(40);
        news.missed();
        become("idle");
        pass(2);

        assertThat(told()).isEmpty();
    }

    private void become(String status) {
        become(status, null);
    }

    private void become(String status, @Nullable String problem) {
        news.session(
                new SessionNow("ses_1", "Fix the login", status, false, false, problem),
                clock.instant(),
                notifications);
    }

    private void pass(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
        news.tell(notifications, id -> "Title of " + id, clock.instant());
    }

    private List<Notification> told() {
        return notifications.all();
    }
}
