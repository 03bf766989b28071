package opencode.nexus.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Health;
import opencode.nexus.api.restart.RestartService.Outcome;
import opencode.nexus.api.restart.RestartService.Phase;
import opencode.nexus.api.restart.RestartService.PostMortem;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.api.supervise.Supervised.Evidence;
import opencode.nexus.testkit.FakeRestartService;
import org.junit.jupiter.api.Test;

class RestartCommandsTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

    private final FakeRestartService restarts = new FakeRestartService();
    private final RestartHistoryCommand history = new RestartHistoryCommand();
    private final RestartPolicyCommand policy = new RestartPolicyCommand();

    @Test
    void withoutTheFeatureItIsSaidToBeMissing() {
        assertThat(printed(history::print)).isEqualTo("Restarts are missing: feature:install nexus-restart\n");
        assertThat(printed(policy::print)).isEqualTo("Restarts are missing: feature:install nexus-restart\n");
    }

    @Test
    void aQuietPastIsSaidToBeQuiet() {
        history.restarts = restarts;
        restarts.subjects.add(new Subject("server", Phase.RUNNING, Health.HEALTHY, 0, null, null));

        assertThat(printed(history::print))
                .isEqualTo("server  running, healthy\nNothing had to be started again in the last 90 days.\n");
    }

    @Test
    void theNewestAreShownWithWhatCameOfThem() {
        history.restarts = restarts;
        history.limit = 1;
        restarts.subjects.add(new Subject("server", Phase.BACKOFF, Health.UNKNOWN, 2, AT, "It ended."));
        restarts.postMortems.add(postMortem("a2"));
        restarts.postMortems.add(postMortem("a1"));

        assertThat(printed(history::print))
                .isEqualTo("server  backoff, unknown, 2 starts in the window, next start at 2026-01-02T03:04:05Z"
                        + " - It ended.\na2  gave up after 12 ms - It ended.\n… and 1 more\n");
    }

    @Test
    void oneIsShownInFull() {
        history.restarts = restarts;
        restarts.postMortems.add(postMortem("a1"));
        history.id = "a1";
        assertThat(printed(history::print))
                .isEqualTo("a1  gave up after 12 ms - It ended.\nIt was decided.\n\n-- Last output\nboom\n");

        history.id = "a7";
        assertThat(printed(history::print)).isEqualTo("There is no such attempt, or no more.\n");
    }

    @Test
    void thePolicyIsShown() {
        policy.restarts = restarts;

        assertThat(printed(policy::print)).contains("maxAttempts      10\n", "notify           true\n");
    }

    @Test
    void thePolicyIsChangedByNameAndValue() {
        policy.restarts = restarts;
        policy.values = List.of("maxAttempts=5", "enabled=false", "multiplier=1.5", "maxDelayMs = many");

        assertThat(printed(policy::print)).contains("enabled");

        assertThat(restarts.changes.get(0))
                .isEqualTo(Map.of("maxAttempts", 5L, "enabled", false, "multiplier", 1.5, "maxDelayMs", "many"));
    }

    @Test
    void whatIsRefusedIsToldFieldByField() {
        policy.restarts = restarts;
        policy.values = List.of("maxAttempts=-5");
        restarts.refuse(NexusException.invalid(List.of(new Field("maxAttempts", "must be from 1 to 100"))));
        assertThat(printed(policy::print)).isEqualTo("maxAttempts: must be from 1 to 100\n");

        restarts.refuse(new NexusException(NexusException.Kind.UNAVAILABLE, "x", "Try again."));
        assertThat(printed(policy::print)).isEqualTo("Try again.\n");
    }

    @Test
    void whatIsNoNameAndValueIsRefused() {
        policy.restarts = restarts;
        policy.values = List.of("maxAttempts=5", "fast");

        assertThat(printed(policy::print)).isEqualTo("Write name=value, not fast\n");
        assertThat(restarts.changes).isEmpty();
    }

    private static String printed(Consumer<PrintStream> command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        command.accept(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static PostMortem postMortem(String id) {
        return new PostMortem(
                new Attempt(id, AT, "server", "ended", "It ended.", null, 9, 500, Outcome.GAVE_UP, 12L),
                null,
                List.of(),
                List.of("It was decided."),
                List.of(new Evidence("output", "Last output", "boom\n")));
    }
}
