package opencode.nexus.api.chat;

import java.util.List;

/**
 * A language model that can be chosen.
 *
 * @param id {@code provider/model}
 * @param isDefault used when the owner chooses none
 * @param demo true for the canned answers of Nexus itself
 * @param inputs what it can read: {@code text}, {@code image}, {@code pdf}, …; empty when that is not known
 */
public record Model(String id, String name, String provider, boolean isDefault, boolean demo, List<String> inputs) {
    public Model {
        inputs = List.copyOf(inputs);
    }
}
