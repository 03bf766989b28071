package opencode.nexus.api.process;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How to start a child process. Secrets go into {@code environment} or {@code notes}, which are never printed.
 *
 * @param name a short word by which the process is found again
 * @param directory its working directory
 * @param environment added to, or replacing, what the child inherits from the gateway
 * @param withheld names of variables, or prefixes ending in {@code *}, that the child does not inherit
 * @param notes kept 0600 with the process and given back by {@link ChildProcess#notes()}, also to a later gateway
 */
public record ProcessSpec(
        String name,
        List<String> command,
        Path directory,
        Map<String, String> environment,
        Set<String> withheld,
        Map<String, String> notes) {

    public ProcessSpec {
        if (!name.matches("[a-z][a-z0-9-]{0,31}")) {
            throw new IllegalArgumentException("not a process name: " + name);
        }
        if (command.isEmpty()) {
            throw new IllegalArgumentException("command is empty");
        }
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        withheld = Set.copyOf(withheld);
        notes = Map.copyOf(notes);
    }

    @Override
    public String toString() {
        return name + " " + command;
    }
}
