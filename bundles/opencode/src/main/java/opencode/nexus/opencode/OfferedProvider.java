package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import opencode.nexus.api.model.ModelOffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts an offered model into {@code OPENCODE_CONFIG_CONTENT}, as one more provider and nothing else: the owner's default
 * model, providers and {@code enabled_providers} stay in force. Where the owner configured the same thing, the owner wins.
 *
 * <p>Only the model for answers is put there. Titles of sessions that use it are made by {@link HttpOpenCode} from the
 * first words: OpenCode would ask the owner's {@code small_model} for them, which may be a hosted one.
 */
final class OfferedProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OfferedProvider.class);
    private static final int CONTEXT_TOKENS = 200_000;
    private static final int OUTPUT_TOKENS = 8_000;

    /** OpenCode takes comments and trailing commas. */
    private static final JsonMapper LENIENT = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA)
            .build();

    private final ModelOffer offer;

    OfferedProvider(ModelOffer offer) {
        this.offer = offer;
    }

    /** The owner's content with the provider added; unchanged when it is not valid, so that OpenCode reports it. */
    String addTo(@Nullable String content) {
        ObjectNode config = LENIENT.createObjectNode();
        config.putObject("provider").set(offer.providerId(), provider());
        if (content == null || content.isBlank()) {
            return config.toString();
        }
        try {
            JsonNode own = LENIENT.readTree(content);
            if (own.isObject()) {
                merge(config, own);
                return config.toString();
            }
        } catch (JsonProcessingException e) {
            LOG.debug("OPENCODE_CONFIG_CONTENT is not valid JSON at {}", e.getLocation());
        }
        LOG.warn("OPENCODE_CONFIG_CONTENT is not a JSON object; {} is not offered to OpenCode", offer.providerName());
        return content;
    }

    /** Changes with everything that OpenCode has to be told anew. Says nothing about the key. */
    String fingerprint() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest((offer.providerId() + provider()).getBytes(UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private ObjectNode provider() {
        ObjectNode provider = LENIENT.createObjectNode();
        provider.put("npm", "@ai-sdk/openai-compatible").put("name", offer.providerName());
        provider.putObject("options").put("baseURL", offer.baseUrl().toString()).put("apiKey", offer.apiKey());
        ObjectNode model = provider.putObject("models").putObject(offer.modelId());
        model.put("name", offer.providerName()).put("tool_call", true);
        model.putObject("limit").put("context", CONTEXT_TOKENS).put("output", OUTPUT_TOKENS);
        return provider;
    }

    private static void merge(ObjectNode into, JsonNode from) {
        from.properties().forEach(entry -> {
            if (into.get(entry.getKey()) instanceof ObjectNode known
                    && entry.getValue().isObject()) {
                merge(known, entry.getValue());
                return;
            }
            into.set(entry.getKey(), entry.getValue());
        });
    }
}
