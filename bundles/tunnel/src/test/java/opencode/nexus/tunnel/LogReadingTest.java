package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import opencode.nexus.tunnel.LogReading.End;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each row of what was recorded from cloudflared 2026.8.2. */
class LogReadingTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            255 | Provided Tunnel token is not valid. | SETTINGS
            255 | Failed to read token file: open /x: no such file or directory | SETTINGS
            255 | "cloudflared tunnel run" requires the ID or name of the tunnel to run as the last | SETTINGS
            255 | anything else | SETTINGS
            1 | You did not specify any valid additional argument to the cloudflared tunnel command. | SETTINGS
            1 | open /x/config.yml: no such file or directory | SETTINGS
            1 | error parsing YAML in config file at /x: yaml: line 1 | SETTINGS
            1 | tunnel credentials file not found | SETTINGS
            1 | Tunnel credentials file '/x' doesn't exist or is not a file | SETTINGS
            1 | The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter) | SETTINGS
            1 | Error opening metrics server listener: failed to bind to address (127.0.0.1:1): listen tcp 127.0.0.1:1: bind: address already in use | PORT
            1 | failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup api.trycloudflare.com: no such host | NETWORK
            1 | failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp 192.0.2.10:443: connect: connection refused | NETWORK
            1 | failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value | TOO_MANY
            1 | failed to parse quick Tunnel ID: invalid UUID length: 0 | ENDED
            1 | Could not lookup srv records on _v2-origintunneld._tcp.argotunnel.com: no such host | NETWORK
            1 | the edge says no | ENDED
            1 | unknown protocol carrier-pigeon, Available protocols: 'auto', 'quic', 'http2' | SETTINGS
            1 | Use `cloudflared tunnel run` to start tunnel 7f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b | ENDED
            11 | update error: 10 | ENDED
            143 | Initiating graceful shutdown due to signal terminated ... | ENDED
            0 | Metrics server stopped | ENDED
            0 | Incorrect Usage: flag provided but not defined: -colour | ARGUMENTS
            -1 | Provided Tunnel token is not valid. | SETTINGS
            """)
    void theEndTellsWhetherAnotherStartCouldHelp(int code, String line, End end) {
        assertThat(LogReading.end(code, List.of("{\"level\":\"info\",\"message\":\"Starting tunnel\"}", line)))
                .isEqualTo(new LogReading.Last(end, line));
    }

    @Test
    void theHintAfterTheReasonIsNone() {
        assertThat(LogReading.end(
                                255,
                                List.of("Provided Tunnel token is not valid.", "See 'cloudflared tunnel run --help'."))
                        .reason())
                .isEqualTo("Provided Tunnel token is not valid.");
    }

    @Test
    void nothingSaidIsNoReason() {
        assertThat(LogReading.end(1, List.of())).isEqualTo(new LogReading.Last(End.ENDED, ""));
    }

    @Test
    void unauthorizedIsReadInEitherForm() {
        assertThat(LogReading.of(List.of("{\"level\":\"error\",\"error\":\"Unauthorized: Invalid tunnel secret\","
                                + "\"message\":\"Register tunnel error from server side\"}"))
                        .refused())
                .isEqualTo("Unauthorized: Invalid tunnel secret");
        assertThat(LogReading.of(List.of("2026-01-01T00:00:00Z ERR Register tunnel error from server side"
                                + " error=\"Unauthorized: Invalid tunnel secret\" connIndex=0"))
                        .refused())
                .isEqualTo("Unauthorized: Invalid tunnel secret");
    }

    @Test
    void aRegistrationTellsWhereAndIsTheLastWord() {
        LogReading reading = LogReading.of(List.of(
                "{\"error\":\"Unauthorized: x\",\"message\":\"Register tunnel error from server side\"}",
                "{\"message\":\"Registered tunnel connection\",\"connIndex\":0,\"location\":\"bru01\"}",
                "2026-01-01T00:00:00Z INF Registered tunnel connection connIndex=1 location=fra07 protocol=quic"));

        assertThat(reading).isEqualTo(new LogReading(null, List.of("bru01", "fra07")));
    }

    @Test
    void brokenAndHostileLinesAreNoFailure() {
        List<String> lines = new ArrayList<>(Collections.nCopies(10_000, "{\"error\":\"Lost connection with the edge"));
        lines.add("{\"message\":\"Registered tunnel connection\",\"location\":");
        lines.add("Registered tunnel connection location=\"" + "\\".repeat(200_000));
        lines.add("{".repeat(10_000) + "Unauthorized Register");

        assertThat(LogReading.of(lines).locations().toString()).hasSizeLessThan(1_000_000);
    }
}
