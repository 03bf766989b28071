package opencode.nexus.chat;

import opencode.nexus.api.NexusException;
import opencode.nexus.api.opencode.OpenCodeClient;
import org.jspecify.annotations.Nullable;

/**
 * What OpenCode can be asked for now. It would take a message first and then find that it has no such model or agent, so
 * that is checked before. Each check throws INVALID naming the field; null is always right.
 */
final class Offers {
    private final OpenCodeClient opencode;

    Offers(OpenCodeClient opencode) {
        this.opencode = opencode;
    }

    void checkModel(@Nullable String model) {
        if (model != null
                && opencode.models().stream().noneMatch(known -> known.id().equals(model))) {
            throw NexusException.invalid("model", "is not a model that OpenCode can use now");
        }
    }

    void checkAgent(@Nullable String agent, String workspace) {
        if (agent != null
                && opencode.agents(workspace).stream()
                        .noneMatch(known -> known.name().equals(agent))) {
            throw NexusException.invalid("agent", "is not an agent of this workspace");
        }
    }

    void checkCommand(@Nullable String command, String workspace) {
        if (command != null
                && opencode.commands(workspace).stream()
                        .noneMatch(known -> known.name().equals(command))) {
            throw NexusException.invalid("command", "is not a command of this workspace");
        }
    }
}
