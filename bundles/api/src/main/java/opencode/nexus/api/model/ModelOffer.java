package opencode.nexus.api.model;

import java.net.URI;
import org.osgi.annotation.versioning.ProviderType;

/** An OpenAI-compatible model that Nexus itself serves, offered to OpenCode as a provider. */
@ProviderType
public interface ModelOffer {

    /** Id of the provider, for instance {@code nexus-demo}. */
    String providerId();

    /** What a person reads. */
    String providerName();

    /** Id of the model for answers, and of the one for titles. */
    String modelId();

    String titleModelId();

    /** Where it answers; the same after every restart, as far as the port is free. */
    URI baseUrl();

    /** What it wants as a bearer token. A secret. */
    String apiKey();
}
