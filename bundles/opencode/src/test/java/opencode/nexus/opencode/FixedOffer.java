package opencode.nexus.opencode;

import java.net.URI;
import opencode.nexus.api.model.ModelOffer;

/** The demo model, or what pretends to be it. */
record FixedOffer(URI baseUrl, String apiKey) implements ModelOffer {

    FixedOffer() {
        this(URI.create("http://127.0.0.1:4999/v1"), "offer-key");
    }

    @Override
    public String providerId() {
        return "nexus-demo";
    }

    @Override
    public String providerName() {
        return "Demo";
    }

    @Override
    public String modelId() {
        return "canned";
    }

    @Override
    public String titleModelId() {
        return "canned-title";
    }
}
