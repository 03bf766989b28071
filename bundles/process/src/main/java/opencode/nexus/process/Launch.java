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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.process.ProcessSpec;
import org.jspecify.annotations.Nullable;

/** Turns a {@link ProcessSpec} into a running process that is attached to nothing of the gateway. */
final class Launch {
    private static final String CANNOT_START = "cannot-start";
    private static final Pattern SYSTEM = Pattern.compile("(?:error=[0-9]+, |\\()([A-Z][a-z]+(?: [a-z/-]+)+)\\)?$");

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
     * @param output null to throw the output away
     * @throws NexusException UNAVAILABLE {@code cannot-start}
     */
    Process start(ProcessSpec spec, @Nullable Path output, Mark mark) {
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
                // Never through a pipe: when nobody reads it any more, the child stops after 64 KiB.
                .redirectOutput(output == null ? Redirect.DISCARD : Redirect.appendTo(output.toFile()));
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
                    NexusException.Kind.UNAVAILABLE,
                    CANNOT_START,
                    name + " cannot be started: the system refuses" + why(e) + ".",
                    e);
        }
    }

    /** What the system says, without command and directory: {@code (Too many open files)}. */
    private static String why(IOException failure) {
        Matcher told = SYSTEM.matcher(String.valueOf(failure.getMessage()));
        return told.find() ? " (" + told.group(1) + ")" : "";
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
