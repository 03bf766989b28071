package opencode.nexus.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import opencode.nexus.testkit.FakeClock;
import org.junit.jupiter.api.Test;

class StormsTest {
    private final FakeClock clock = new FakeClock();
    private final Storms storms = new Storms();
    private int serial;

    @Test
    void fiveOfAKindGoOutAtOnce() {
        for (int number = 0; number < 5; number++) {
            assertThat(come(Kind.FINISHED)).isTrue();
        }
        clock.advance(Duration.ofMinutes(2));

        assertThat(due()).isEmpty();
    }

    @Test
    void whatFollowsWaitsForAPauseAndBecomesOne() {
        come(Kind.FINISHED, 5);
        for (int number = 0; number < 7; number++) {
            clock.advance(Duration.ofSeconds(1));
            assertThat(come(Kind.FINISHED)).isFalse();
        }
        clock.advance(Duration.ofSeconds(9));
        assertThat(due()).isEmpty();
        clock.advance(Duration.ofSeconds(1));

        List<Notification> due = due();

        assertThat(due).hasSize(1);
        Notification digest = due.get(0);
        assertThat(digest.kind()).isEqualTo(Kind.FINISHED);
        assertThat(digest.count()).isEqualTo(7);
        assertThat(digest.title()).isEqualTo("7 more answers are complete");
        assertThat(digest.text()).isEqualTo("text 12; text 11; text 10; and 4 more");
        assertThat(digest.link()).isEqualTo("/dashboard#notifications");
        assertThat(due()).isEmpty();
    }

    @Test
    void aStormThatGoesOnIsToldOfEveryMinute() {
        come(Kind.FAILED, 5);
        List<Notification> out = new ArrayList<>();
        for (int second = 0; second < 180; second++) {
            come(Kind.FAILED);
            clock.advance(Duration.ofSeconds(1));
            out.addAll(due());
        }

        assertThat(out).hasSize(3).allMatch(one -> one.count() >= 59);
    }

    @Test
    void oneThatWasHeldAloneGoesOutAsItIs() {
        come(Kind.FINISHED, 6);
        clock.advance(Duration.ofSeconds(10));

        assertThat(due()).extracting(Notification::title).containsExactly("title 6");
    }

    @Test
    void kindsAreStormsOfTheirOwn() {
        come(Kind.FINISHED, 9);

        assertThat(come(Kind.NEEDS_ME)).isTrue();
    }

    @Test
    void afterAQuietMinuteTheyGoOutAtOnceAgain() {
        come(Kind.FINISHED, 9);
        clock.advance(Duration.ofMinutes(1));
        due();

        assertThat(come(Kind.FINISHED)).isTrue();
    }

    @Test
    void whileSomeAreHeldNoneOvertakesThem() {
        come(Kind.FINISHED, 6);
        clock.advance(Duration.ofMinutes(5));

        assertThat(come(Kind.FINISHED)).isFalse();
    }

    @Test
    void whatWasReadMeanwhileIsNotToldOf() {
        come(Kind.NEEDS_ME, 8);
        clock.advance(Duration.ofSeconds(10));

        assertThat(storms.due(one -> one.id().equals("8"), clock.instant()))
                .extracting(Notification::id)
                .containsExactly("8");
        come(Kind.NEEDS_ME, 1);
        clock.advance(Duration.ofSeconds(10));
        assertThat(storms.due(one -> false, clock.instant())).isEmpty();
    }

    @Test
    void whatIsToldTwiceWhileItIsHeldCountsTwice() {
        come(Kind.FAILED, 5);
        Notification same = notification(Kind.FAILED);
        storms.passes(same, storms.count(Kind.FAILED, clock.instant()), clock.instant());
        storms.passes(same, storms.count(Kind.FAILED, clock.instant()), clock.instant());
        come(Kind.FAILED);
        clock.advance(Duration.ofSeconds(10));

        assertThat(due()).extracting(Notification::count).containsExactly(3);
    }

    @Test
    void aClockThatWasSetBackHoldsNothingForEver() {
        come(Kind.FINISHED, 9);
        clock.advance(Duration.ofDays(-1));

        assertThat(due()).hasSize(1);
    }

    @Property
    void inWhateverOrderTheyComeNoneIsLostAndNoMinuteIsLoud(
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 30) Integer> pauses) {
        FakeClock time = new FakeClock();
        Storms all = new Storms();
        int told = 0;
        int out = 0;
        List<Instant> moments = new ArrayList<>();
        for (int pause : pauses) {
            for (int second = 0; second < pause; second++) {
                time.advance(Duration.ofSeconds(1));
                for (Notification one : all.due(any -> true, time.instant())) {
                    out += one.count();
                    moments.add(time.instant());
                }
            }
            told++;
            Notification one = notification(Kind.FINISHED);
            if (all.passes(one, all.count(Kind.FINISHED, time.instant()), time.instant())) {
                out++;
                moments.add(time.instant());
            }
            assertThat(moments.stream().filter(then -> Ledger.within(Storms.WINDOW, then, time.instant())))
                    .hasSizeLessThanOrEqualTo(Storms.AT_ONCE + 6);
        }
        time.advance(Duration.ofMinutes(2));
        out += all.due(any -> true, time.instant()).stream()
                .mapToInt(Notification::count)
                .sum();

        assertThat(out).isEqualTo(told);
    }

    private void come(Kind kind, int count) {
        for (int number = 0; number < count; number++) {
            come(kind);
        }
    }

    private boolean come(Kind kind) {
        return storms.passes(notification(kind), storms.count(kind, clock.instant()), clock.instant());
    }

    private Notification notification(Kind kind) {
        String number = Integer.toString(++serial);
        return new Notification(
                number, clock.instant(), kind, null, "title " + number, "text " + number, null, 1, null);
    }

    private List<Notification> due() {
        return storms.due(one -> true, clock.instant());
    }
}
