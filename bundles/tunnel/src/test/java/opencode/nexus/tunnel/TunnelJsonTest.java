package opencode.nexus.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import opencode.nexus.testkit.SampleTunnel;
import org.junit.jupiter.api.Test;

/** The HTTP API is held against the same samples. */
class TunnelJsonTest {

    @Test
    void theEventHasTheShapeOfTheAnswer() {
        assertThat(TunnelJson.of(SampleTunnel.FULL)).isEqualTo(SampleTunnel.FULL_JSON);
        assertThat(TunnelJson.of(SampleTunnel.CLOSED)).isEqualTo(SampleTunnel.CLOSED_JSON);
    }

    @Test
    void theFileHasTheShapeOfTheAnswer() {
        assertThat(TunnelJson.of(SampleTunnel.CONFIG).toString()).isEqualTo(SampleTunnel.CONFIG_JSON);
    }
}
