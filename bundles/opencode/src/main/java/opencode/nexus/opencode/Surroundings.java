package opencode.nexus.opencode;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Nexus was started with.
 *
 * @param properties system properties and those of the framework, by name
 * @param environment environment variables, by name
 */
record Surroundings(Function<String, @Nullable String> properties, Function<String, @Nullable String> environment) {
    private static final Logger LOG = LoggerFactory.getLogger(Surroundings.class);

    static Surroundings of(BundleContext context) {
        return new Surroundings(context::getProperty, System::getenv);
    }

    /** The program to run: as the launcher was told, else as configured, else the one that Nexus has installed. */
    List<String> programs(ServerConfig config) {
        return Stream.of(
                        property("nexus.opencode"),
                        config.command(),
                        NpmInstall.program(installed()).toString())
                .filter(command -> !command.isEmpty())
                .toList();
    }

    /** Where Nexus installs OpenCode, as its launcher does. */
    Path installed() {
        return Path.of(property("karaf.base"), "opencode").toAbsolutePath();
    }

    /** The launcher's directory first, then the configured ones, else where Nexus was started, else the home directory. */
    List<String> workspaces(ServerConfig config) {
        Set<String> found = new LinkedHashSet<>();
        add(found, property("nexus.workspace"));
        for (String workspace : config.workspaces()) {
            add(found, workspace);
        }
        if (found.isEmpty()) {
            add(found, property("nexus.cwd"));
        }
        if (found.isEmpty()) {
            add(found, property("user.home"));
        }
        if (found.isEmpty()) {
            found.add("/");
        }
        return List.copyOf(found);
    }

    private void add(Set<String> found, String directory) {
        if (directory.isBlank()) {
            return;
        }
        try {
            Path path = Path.of(directory.strip());
            if (path.isAbsolute()) {
                found.add(path.normalize().toString());
                return;
            }
        } catch (InvalidPathException e) {
            LOG.debug("Not a path", e);
        }
        LOG.warn("The workspace {} is left out: it has to be an absolute path", directory);
    }

    String userHome() {
        return property("user.home");
    }

    private String property(String name) {
        String value = properties.apply(name);
        return value == null ? "" : value;
    }
}
