package opencode.nexus.opencode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import org.junit.jupiter.api.Test;

class OfferedProviderTest {
    private final OfferedProvider offered = new OfferedProvider(new FixedOffer());

    @Test
    void nothingButTheProviderIsAdded() throws Exception {
        JsonNode config = Wire.MAPPER.readTree(offered.addTo(null));

        assertThat(config.properties()).extracting(java.util.Map.Entry::getKey).containsExactly("provider");
        JsonNode provider = config.at("/provider/nexus-demo");
        assertThat(provider.path("npm").asText()).isEqualTo("@ai-sdk/openai-compatible");
        assertThat(provider.at("/options/baseURL").asText()).isEqualTo("http://127.0.0.1:4999/v1");
        assertThat(provider.at("/options/apiKey").asText()).isEqualTo("offer-key");
        assertThat(provider.path("models").properties())
                .extracting(java.util.Map.Entry::getKey)
                .containsExactly("canned");
    }

    @Test
    void theOwnersContentStaysAndWins() throws Exception {
        JsonNode config = Wire.MAPPER.readTree(
                offered.addTo(
                        """
                {
                  // comments are allowed
                  "model": "mine/m",
                  "provider": {
                    "mine": {"models": {"m": {}}},
                    "nexus-demo": {"name": "My name for it"},
                  },
                }
                """));

        assertThat(config.path("model").asText()).isEqualTo("mine/m");
        assertThat(config.at("/provider/mine/models/m").isObject()).isTrue();
        assertThat(config.at("/provider/nexus-demo/name").asText()).isEqualTo("My name for it");
        assertThat(config.at("/provider/nexus-demo/options/apiKey").asText()).isEqualTo("offer-key");
    }

    @Test
    void contentThatIsNotJsonIsLeftForOpenCodeToReport() {
        assertThat(offered.addTo("{bad")).isEqualTo("{bad");
        assertThat(offered.addTo("[1]")).isEqualTo("[1]");
    }

    @Test
    void theFingerprintChangesWithTheOfferAndHidesTheKey() {
        assertThat(offered.fingerprint())
                .isEqualTo(new OfferedProvider(new FixedOffer()).fingerprint())
                .isNotEqualTo(new OfferedProvider(new FixedOffer(URI.create("http://127.0.0.1:5/v1"), "offer-key"))
                        .fingerprint())
                .isNotEqualTo(new OfferedProvider(new FixedOffer(URI.create("http://127.0.0.1:4999/v1"), "other"))
                        .fingerprint())
                .doesNotContain("offer-key");
    }
}
