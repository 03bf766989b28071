package opencode.nexus.process;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ProcessSpec;

/** Turns a {@link ProcessSpec} into a running process that is attached to nothing of the gateway. */
final class Launch {
    private static final String CANNOT_START = "cannot-start";

    /** What the gateway was started with concerns nobody else. */
    private static final Set<String> OWN_VARIABLES = Set.of("KARAF_*", "NEXUS_*");

    /** Takes the child out of the terminal's process group: Ctrl-C is for the gateway, which stops it in good order. */
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private final Map<String, String> inherited;

    /** @param inherited the environment of the gateway */
    Launch(Map<String, String> inherited) {
        this.inherited = Map.copyOf(inherited);
    }

    /**
     * Starts it, with no input and all output appended to a file.
     *
     * @throws NexusException UNAVAILABLE {@code cannot-start}
     */
    Process start(ProcessSpec spec, Path output, Mark mark) {
        // Never through a pipe: when nobody reads it any more, the child stops after 64 KiB.
        return start(spec, Redirect.appendTo(output.toFile()), mark);
    }

    /** Starts it with its output thrown away, as nobody's child. */
    Process startSilent(ProcessSpec spec) {
        return start(spec, Redirect.DISCARD, Mark.fresh());
    }

    private Process start(ProcessSpec spec, Redirect output, Mark mark) {
        String name = spec.command().get(0);
        if (!Files.isDirectory(spec.directory())) {
            throw cannotStart(name, "the directory " + spec.directory() + " does not exist");
        }
        Path program = find(name, spec.directory())
                .orElseThrow(() -> cannotStart(name, "it is not installed, not on the PATH or not executable"));
        ProcessBuilder builder = new ProcessBuilder(detached(program, spec.command()))
                .directory(spec.directory().toFile())
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(output);
        Map<String, String> environment = builder.environment();
        environment.clear();
        inherited.forEach((variable, value) -> {
            if (!isNamed(variable, OWN_VARIABLES) && !isNamed(variable, spec.withheld())) {
                environment.put(variable, value);
            }
        });
        environment.putAll(spec.environment());
        environment.put(Mark.VARIABLE, mark.value());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE, CANNOT_START, name + " cannot be started: the system refuses.", e);
        }
    }

    /** Looks where the gateway would, whatever PATH the child gets. */
    private Optional<Path> find(String name, Path directory) {
        try {
            Stream<Path> places = name.contains(File.separator)
                    ? Stream.of(directory)
                    : Stream.of(inherited.getOrDefault("PATH", "").split(File.pathSeparator))
                            .map(Path::of);
            return places.map(place -> place.resolve(name).toAbsolutePath())
                    .filter(Launch::isExecutable)
                    .findFirst();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static boolean isExecutable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    private static List<String> detached(Path program, List<String> command) {
        List<String> detached = new ArrayList<>();
        if (isExecutable(SETSID)) {
            detached.add(SETSID.toString());
        }
        detached.add(program.toString());
        detached.addAll(command.subList(1, command.size()));
        return detached;
    }

    private static boolean isNamed(String variable, Set<String> names) {
        return names.stream()
                .anyMatch(name -> name.endsWith("*")
                        ? variable.startsWith(name.substring(0, name.length() - 1))
                        : variable.equals(name));
    }

    private static NexusException cannotStart(String program, String reason) {
        return new NexusException(
                NexusException.Kind.UNAVAILABLE, CANNOT_START, program + " cannot be started: " + reason + ".");
    }
}
