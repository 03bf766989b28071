package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Model;
import opencode.nexus.api.model.ModelOffer;
import org.jspecify.annotations.Nullable;

/**
 * Which model answers when the owner names none, in one directory.
 *
 * <p>OpenCode's own order is: model of the agent, last model of the session, {@code model} of the configuration, model
 * used last in its terminal, first provider. The last step looks only at providers that the configuration names if it names
 * any. Since the offered provider is named there, it would become the default of everybody whose keys come from the
 * environment or from {@code opencode auth}; so that step is taken here, without it.
 *
 * <p>The hosted provider {@code opencode} is connected without any key. It is no default: nothing leaves the machine
 * unless the owner chose so, by the configuration or in the terminal.
 *
 * @param config answer of {@code GET /config}
 * @param providers answer of {@code GET /config/providers}
 * @param recent {@code recent} of OpenCode's {@code model.json}, or nothing
 */
record Models(JsonNode config, JsonNode providers, JsonNode recent, @Nullable ModelOffer offer) {
    private static final String HOSTED = "opencode";
    private static final String KEYLESS = "public";

    /** All that can be chosen, the default first. */
    List<Model> all() {
        String preferred = preferred().orElse("");
        List<Model> models = new ArrayList<>();
        for (JsonNode provider : providers.path("providers")) {
            String providerId = Wire.text(provider, "id", "");
            String name = Wire.text(provider, "name", providerId);
            provider.path("models").properties().forEach(entry -> {
                String id = providerId + "/" + entry.getKey();
                boolean isDefault = id.equals(preferred);
                Model model = new Model(
                        id,
                        Wire.text(entry.getValue(), "name", entry.getKey()),
                        name,
                        isDefault,
                        isOffered(id),
                        inputs(entry.getValue().path("capabilities")));
                models.add(isDefault ? 0 : models.size(), model);
            });
        }
        return models;
    }

    /** Provider and model of {@code provider/model}. */
    static String[] names(String model) {
        int slash = model.indexOf('/');
        if (slash < 1 || slash == model.length() - 1) {
            throw NexusException.invalid("model", "has to be like provider/model");
        }
        return new String[] {model.substring(0, slash), model.substring(slash + 1)};
    }

    /** The agent that works when none is named. */
    String defaultAgent() {
        return Wire.text(config, "default_agent", "build");
    }

    /** What to ask for when nobody said anything; nothing when OpenCode has no model at all. */
    Optional<String> preferred() {
        Optional<String> own = ownDefault();
        return own.isPresent() ? own : offered();
    }

    /**
     * The model to send with a prompt for which the owner chose none.
     *
     * @param last the last model of the session
     * @param agent the agent asked for
     * @return nothing when OpenCode chooses right by itself
     * @throws NexusException UNAVAILABLE {@code no-model} when only a model is left that nobody asked for
     */
    Optional<String> forPrompt(@Nullable String last, @Nullable String agent) {
        if (agentHasModel(agent) || (last != null && !isOffered(last))) {
            return Optional.empty();
        }
        Optional<String> preferred = preferred();
        if (preferred.isEmpty() && !providers.path("providers").isEmpty()) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "no-model",
                    "No model is set up. Choose one for this message, or connect a provider with: opencode auth login");
        }
        return preferred;
    }

    /** Whether this is the model that Nexus offers. */
    boolean isOffered(String model) {
        return offer != null && model.startsWith(offer.providerId() + "/");
    }

    private Optional<String> offered() {
        return Optional.ofNullable(offer)
                .map(known -> known.providerId() + "/" + known.modelId())
                .filter(this::exists);
    }

    private Optional<String> ownDefault() {
        String configured = Wire.text(config, "model", "");
        if (!configured.isEmpty()) {
            // A model that is configured but not connected stays the owner's choice, as long as there is no other way
            // out.
            return exists(configured) || offered().isEmpty() ? Optional.of(configured) : Optional.empty();
        }
        for (JsonNode used : recent) {
            String model = Conversations.model(used);
            if (model != null && exists(model) && !isOffered(model)) {
                return Optional.of(model);
            }
        }
        return firstProvider();
    }

    private Optional<String> firstProvider() {
        List<String> named = new ArrayList<>();
        config.path("provider").fieldNames().forEachRemaining(named::add);
        if (offer != null) {
            named.remove(offer.providerId());
        }
        for (JsonNode provider : providers.path("providers")) {
            String id = Wire.text(provider, "id", "");
            boolean wanted = named.isEmpty() || named.contains(id);
            if (wanted && !isOffered(id + "/") && (isAskedFor(id, named) || !isKeyless(provider))) {
                String model = Wire.text(providers.path("default"), id);
                if (model != null) {
                    return Optional.of(id + "/" + model);
                }
            }
        }
        return Optional.empty();
    }

    private boolean exists(String model) {
        int slash = model.indexOf('/');
        if (slash < 0) {
            return false;
        }
        for (JsonNode provider : providers.path("providers")) {
            if (model.substring(0, slash).equals(Wire.text(provider, "id"))) {
                return provider.path("models").has(model.substring(slash + 1));
            }
        }
        return false;
    }

    private boolean agentHasModel(@Nullable String agent) {
        String name = agent == null ? defaultAgent() : agent;
        return config.path("agent").path(name).path("model").isTextual()
                || config.path("mode").path(name).path("model").isTextual();
    }

    /** What OpenCode hands on to the model. Anything else it replaces by a remark that this model cannot read it. */
    private static List<String> inputs(JsonNode capabilities) {
        List<String> inputs = new ArrayList<>();
        JsonNode known = capabilities.path("input");
        known.properties().forEach(entry -> {
            if (entry.getValue().asBoolean()) {
                inputs.add(entry.getKey());
            }
        });
        if (!known.isObject() && Wire.flag(capabilities, "attachment", false)) {
            inputs.addAll(List.of("text", "image"));
        }
        return inputs;
    }

    private boolean isAskedFor(String provider, List<String> named) {
        return named.contains(provider)
                || Wire.texts(config, "enabled_providers").contains(provider);
    }

    private static boolean isKeyless(JsonNode provider) {
        return HOSTED.equals(Wire.text(provider, "id"))
                && Wire.text(provider, "key") == null
                && KEYLESS.equals(Wire.text(provider.path("options"), "apiKey"));
    }
}
