package opencode.nexus.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import opencode.nexus.web.AccessKeys.Standing;
import org.junit.jupiter.api.Test;

class AccessKeysTest {
    private final FakeTeam team = new FakeTeam();
    private final AccessKeys keys = team.keys();

    @Test
    void nobodyWaitsForTheNetwork() {
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.FETCHING);
        assertThat(team.fetches).isZero();

        team.fetch();

        assertThat(keys.find(FakeTeam.OLD).key()).isEqualTo(FakeTeam.publicKey(FakeTeam.OLD));
    }

    @Test
    void howeverManyAskTheyAreFetchedOnce() {
        for (int i = 0; i < 100; i++) {
            keys.find("unknown-" + i);
        }
        team.fetch();
        for (int i = 0; i < 100; i++) {
            assertThat(standing("unknown-" + i)).isEqualTo(Standing.UNKNOWN);
        }
        team.fetch();

        assertThat(team.fetches).isEqualTo(1);
    }

    @Test
    void anUnknownKeyIsLookedForOnceAMinute() {
        prepared();
        team.clock.advance(AccessKeys.PAUSE.minusSeconds(1));
        assertThat(standing(FakeTeam.NEW)).isEqualTo(Standing.UNKNOWN);
        team.published.put(FakeTeam.NEW, FakeTeam.publicKey(FakeTeam.NEW));
        team.clock.advance(Duration.ofSeconds(1));
        assertThat(standing(FakeTeam.NEW)).isEqualTo(Standing.FETCHING);
        team.fetch();

        assertThat(standing(FakeTeam.NEW)).isEqualTo(Standing.KNOWN);
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.KNOWN);
    }

    @Test
    void theyAreFetchedAnewEveryHourAndUsedMeanwhile() {
        prepared();
        team.clock.advance(AccessKeys.FRESH);

        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.KNOWN);
        team.fetch();
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.KNOWN);
        team.fetch();

        assertThat(team.fetches).isEqualTo(2);
    }

    @Test
    void whatCannotBeFetchedAnewIsUsedForADay() {
        prepared();
        team.down = new IOException("no network");
        for (int hour = 0; hour < 23; hour++) {
            team.clock.advance(Duration.ofHours(1));
            assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.KNOWN);
            team.fetch();
        }
        team.clock.advance(Duration.ofHours(1));
        standing(FakeTeam.OLD);
        team.fetch();
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.NONE);
        assertThat(team.fetches).isEqualTo(25);

        team.down = null;
        team.clock.advance(AccessKeys.PAUSE);
        standing(FakeTeam.OLD);
        team.fetch();
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.KNOWN);
    }

    @Test
    void aFailureIsTriedAgainAfterAMinute() {
        team.down = new IOException("no network");
        prepared();
        team.fetch();
        for (int second = 0; second < 59; second++) {
            team.clock.advance(Duration.ofSeconds(1));
            assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.NONE);
            team.fetch();
        }
        assertThat(team.fetches).isEqualTo(1);
        team.clock.advance(Duration.ofSeconds(1));
        standing(FakeTeam.OLD);
        team.fetch();
        assertThat(team.fetches).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackMakesNoKeyLastLonger() {
        prepared();
        team.clock.advance(Duration.ofDays(-30));
        team.down = new IOException("no network");

        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.FETCHING);
        team.fetch();
        assertThat(standing(FakeTeam.OLD)).isEqualTo(Standing.NONE);
    }

    @Test
    void aSourceThatBreaksIsAFailureLikeAnyOther() {
        AccessKeys broken = new AccessKeys(
                () -> {
                    throw new IllegalStateException("broken");
                },
                team.clock,
                Runnable::run);

        assertThat(broken.find(FakeTeam.OLD).standing()).isEqualTo(Standing.NONE);
    }

    @Test
    void withoutAnybodyToFetchThemThereAreNone() {
        AccessKeys ended =
                new AccessKeys(() -> Map.of(FakeTeam.OLD, FakeTeam.publicKey(FakeTeam.OLD)), team.clock, task -> {
                    throw new RejectedExecutionException();
                });

        assertThat(ended.find(FakeTeam.OLD).standing()).isEqualTo(Standing.NONE);
    }

    private void prepared() {
        keys.prepare();
        team.fetch();
    }

    private Standing standing(String id) {
        return keys.find(id).standing();
    }
}
