package opencode.nexus.api.chat;

/**
 * A language model that can be chosen.
 *
 * @param id {@code provider/model}
 * @param isDefault used when the owner chooses none
 * @param demo true for the canned answers of Nexus itself
 */
public record Model(String id, String name, String provider, boolean isDefault, boolean demo) {}
