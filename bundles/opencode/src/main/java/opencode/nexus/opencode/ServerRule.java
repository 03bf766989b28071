package opencode.nexus.opencode;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.settings.Settings;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Header;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * What Metatype cannot say of {@link ServerConfig}. It is registered by the bundle's activator and is no component: so it is
 * there before {@link OpenCodeServer} is, which then never sees a value that was not checked.
 *
 * <p>A workspace is refused when a link leads to it. Nexus keeps to the directory that is named here, and whoever can change
 * the link could move the border; its target may be named instead.
 */
@Header(name = Constants.BUNDLE_ACTIVATOR, value = "${@class}")
public final class ServerRule implements Settings.Rule, BundleActivator {
    private static final String GROUP = "opencode";

    /** In every spelling that its parser takes: {@code --no-mdns}, {@code --mdnsDomain}, {@code --port.x}. */
    private static final Pattern NOT_THE_OWNERS = Pattern.compile(
            "--?(no-)?(hostname|port|password|mdns-?(domain)?|cors)([=.].*)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern VARIABLE = Pattern.compile("(?!OPENCODE_SERVER_)[A-Za-z_][A-Za-z0-9_]*=.*");

    @Override
    public void start(BundleContext context) {
        context.registerService(Settings.Rule.class, this, new Hashtable<>(Map.of(Settings.Rule.GROUP, GROUP)));
    }

    @Override
    public void stop(BundleContext context) {}

    @Override
    public List<Field> check(Map<String, Object> values) {
        List<Field> wrong = new ArrayList<>();
        texts(values.get("workspaces")).forEach(workspace -> {
            String problem = problem(workspace);
            if (problem != null) {
                wrong.add(new Field("workspaces", problem));
            }
        });
        for (String argument : texts(values.get("extra"))) {
            if (NOT_THE_OWNERS.matcher(argument).matches()) {
                wrong.add(new Field("extra", "must leave address, port, password and cors to Nexus"));
                break;
            }
        }
        for (String variable : texts(values.get("environment"))) {
            if (!VARIABLE.matcher(variable).matches()) {
                wrong.add(new Field("environment", "must be NAME=value, and OPENCODE_SERVER_* belongs to Nexus"));
                break;
            }
        }
        if (values.get("url") instanceof String url && !url.isBlank() && !isAddress(url.strip())) {
            wrong.add(new Field("url", "must be like http://127.0.0.1:4096, without user name, query or fragment"));
        }
        return wrong;
    }

    private static boolean isAddress(String url) {
        try {
            URI uri = new URI(url);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && uri.getPort() <= 65_535;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static @Nullable String problem(String workspace) {
        try {
            Path path = Path.of(workspace);
            if (!path.isAbsolute()) {
                return "must be absolute paths: " + workspace;
            }
            if (path.normalize().getParent() == null) {
                return "must not be the whole file system";
            }
            if (!Files.isDirectory(path)) {
                return "must be directories: " + workspace + (Files.exists(path) ? " is none" : " is not there");
            }
            Path real = path.toRealPath();
            return real.equals(path.normalize())
                    ? null
                    : "must not be reached by links: " + workspace + " leads to " + real
                            + ", which may be named instead";
        } catch (InvalidPathException e) {
            return "must be paths";
        } catch (IOException e) {
            return "must be directories that Nexus may enter: " + workspace;
        }
    }

    private static List<String> texts(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
