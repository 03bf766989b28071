package opencode.nexus.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.process.ProcessSpec;

/** Describes what to start, step by step. */
final class ProcessSpecs {
    private final List<String> command;
    private Map<String, String> environment = Map.of();
    private Set<String> withheld = Set.of();

    ProcessSpecs(String... command) {
        this.command = List.of(command);
    }

    ProcessSpecs environment(Map<String, String> variables) {
        environment = variables;
        return this;
    }

    ProcessSpecs withheld(Set<String> names) {
        withheld = names;
        return this;
    }

    ProcessSpec in(Path directory) {
        return new ProcessSpec("test", command, directory, environment, withheld, Map.of());
    }
}
