package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import opencode.nexus.api.supervise.Exit;
import opencode.nexus.api.supervise.Exit.Cause;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was recorded of ends that cloudflared says nothing about, or that no setting mends. */
class EndingsTest {

    @ParameterizedTest
    @CsvSource({
        "129, , 1, cloudflared ended by signal 1; its last words: Metrics server stopped",
        "137, , 9, cloudflared ended by signal 9; its last words: Metrics server stopped",
        "141, , 13, cloudflared ended by signal 13; its last words: Metrics server stopped",
        "143, , 15, cloudflared ended by signal 15; its last words: Metrics server stopped",
        "0, 0, , cloudflared ended with code 0; its last words: Metrics server stopped",
        "1, 1, , cloudflared ended with code 1; its last words: Metrics server stopped",
        "11, 11, , cloudflared ended with code 11; its last words: Metrics server stopped",
        "-1, , , cloudflared ended; its last words: Metrics server stopped"
    })
    void aSignalIsToldAsOneAndAnotherStartMayHelp(int code, Integer told, Integer signal, String sentence) {
        LogReading.Last last = LogReading.end(code, List.of("Metrics server stopped"));
        Exit exit = Endings.exit(last.end(), code, true, Instant.EPOCH);

        assertThat(exit).isEqualTo(new Exit(Cause.ENDED, told, signal, true, Instant.EPOCH));
        assertThat(Endings.sentence(exit, last.reason())).isEqualTo(sentence);
    }
}
