package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.notify.Ledger.Draft;
import opencode.nexus.notify.Ledger.Told;
import opencode.nexus.testkit.FakeClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final FakeClock clock = new FakeClock();
    private final Ledger ledger = new Ledger(List.of());

    @Test
    void theNewestIsFirst() {
        tell(Kind.FINISHED, "session:1", "one");
        tell(Kind.FINISHED, "session:2", "two");

        assertThat(ledger.listed()).extracting(Notification::title).containsExactly("two", "one");
    }

    @Test
    void whatRepeatsIsCountedAndMovesToTheTop() {
        Notification first = tell(Kind.FAILED, "server", "first").notification();
        tell(Kind.FINISHED, "session:1", "other");
        clock.advance(Duration.ofMinutes(9));

        Told again = tell(Kind.FAILED, "server", "second");

        assertThat(again.isNew()).isFalse();
        assertThat(ledger.listed()).extracting(Notification::title).containsExactly("second", "other");
        Notification now = ledger.listed().get(0);
        assertThat(now.id()).isEqualTo(first.id());
        assertThat(now.count()).isEqualTo(2);
        assertThat(now.at()).isEqualTo(clock.instant());
    }

    @Test
    void whatWasReadDoesNotCountAnyMore() {
        tell(Kind.FAILED, "server", "first");
        ledger.read(one -> true, clock.instant());

        assertThat(tell(Kind.FAILED, "server", "second").isNew()).isTrue();
        assertThat(ledger.listed()).hasSize(2).extracting(Notification::count).containsOnly(1);
    }

    @Test
    void whatIsTenMinutesOldDoesNotCountAnyMore() {
        tell(Kind.FAILED, "server", "first");
        clock.advance(Duration.ofMinutes(10));

        assertThat(tell(Kind.FAILED, "server", "second").isNew()).isTrue();
    }

    @Test
    void anotherKindOrSubjectIsSomethingElse() {
        tell(Kind.FAILED, "server", "first");

        assertThat(tell(Kind.GAVE_UP, "server", "x").isNew()).isTrue();
        assertThat(tell(Kind.FAILED, "tunnel", "x").isNew()).isTrue();
    }

    @Test
    void whatIsAboutNothingInParticularNeverRepeats() {
        tell(Kind.THRESHOLD, null, "same");

        assertThat(tell(Kind.THRESHOLD, null, "same").isNew()).isTrue();
    }

    @Test
    void aRepetitionIsDeliveredOnceAMinute() {
        assertThat(tell(Kind.FAILED, "server", "x").deliver()).isTrue();
        clock.advance(Duration.ofSeconds(59));
        assertThat(tell(Kind.FAILED, "server", "x").deliver()).isFalse();
        clock.advance(Duration.ofSeconds(1));
        assertThat(tell(Kind.FAILED, "server", "x").deliver()).isTrue();
        clock.advance(Duration.ofSeconds(59));
        assertThat(tell(Kind.FAILED, "server", "x").deliver()).isFalse();
    }

    @Test
    void aClockThatWasSetBackMakesNothingYoungForEver() {
        tell(Kind.FAILED, "server", "first");
        clock.advance(Duration.ofDays(-1));

        assertThat(tell(Kind.FAILED, "server", "second").isNew()).isTrue();
    }

    @Test
    void onlyTheNewestFiveHundredAreKept() {
        for (int number = 0; number < 600; number++) {
            tell(Kind.FINISHED, "session:" + number, "number " + number);
        }

        assertThat(ledger.listed()).hasSize(500);
        assertThat(ledger.listed().get(0).title()).isEqualTo("number 599");
        assertThat(ledger.listed().get(499).title()).isEqualTo("number 100");
    }

    @Test
    void whatIsForChannelsOnlyIsNotListedButStillRepeats() {
        ledger.tell(draft(Kind.FAILED, "server", "first"), false, clock.instant());

        Told again = ledger.tell(draft(Kind.FAILED, "server", "second"), false, clock.instant());

        assertThat(again.isNew()).isFalse();
        assertThat(again.notification().count()).isEqualTo(2);
        assertThat(ledger.listed()).isEmpty();
        assertThat(ledger.read(one -> true, clock.instant())).isEmpty();
    }

    @Test
    void readingTellsWhatChangedAndKeepsTheFirstMoment() {
        tell(Kind.FAILED, "server", "x");
        Instant first = clock.instant();
        assertThat(ledger.read(one -> true, first))
                .extracting(Notification::readAt)
                .containsExactly(first);
        clock.advance(Duration.ofMinutes(1));

        assertThat(ledger.read(one -> true, clock.instant())).isEmpty();
        assertThat(ledger.listed()).extracting(Notification::readAt).containsExactly(first);
    }

    @Test
    void whatWasKeptBeforeStillRepeats() {
        tell(Kind.FAILED, "server", "first");
        Ledger later = new Ledger(ledger.listed());

        assertThat(later.tell(draft(Kind.FAILED, "server", "second"), true, clock.instant())
                        .isNew())
                .isFalse();
    }

    private Told tell(Kind kind, @Nullable String subject, String title) {
        return ledger.tell(draft(kind, subject, title), true, clock.instant());
    }

    private static Draft draft(Kind kind, @Nullable String subject, String title) {
        return new Draft(kind, subject, title, "text", null);
    }
}
