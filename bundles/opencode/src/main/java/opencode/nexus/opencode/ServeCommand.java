package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import opencode.nexus.api.process.ProcessSpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How {@code opencode serve} is started: on loopback, behind a password that is fresh each time and stands in the
 * environment only.
 *
 * <p>The owner's environment and configuration reach OpenCode as they are, but for what belongs to Nexus, to Karaf or to
 * another OpenCode around it. It does not update itself, share sessions or download language servers, unless the owner has
 * set these variables otherwise. It may fetch its list of models, since the owner's own OpenCode does: without it, newer
 * models would be missing here.
 */
final class ServeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    /** How the line begins by which it says that it takes calls. */
    static final String LISTENS = "opencode server listening on ";

    static final String PROCESS = "opencode";

    private static final String PORT = "port";
    private static final String PASSWORD = "password";
    private static final String OFFER = "offer";
    private static final String SETTINGS = "settings";
    private static final String CONTENT = "OPENCODE_CONFIG_CONTENT";
    private static final int PASSWORD_BYTES = 32;
    private static final Pattern PORT_NUMBER = Pattern.compile("[1-9][0-9]{0,4}");

    private static final Pattern FORBIDDEN = Pattern.compile("--(hostname|port|mdns|mdns-domain|cors)(=.*)?");

    private static final List<String> QUIET =
            List.of("OPENCODE_DISABLE_AUTOUPDATE", "OPENCODE_DISABLE_LSP_DOWNLOAD", "OPENCODE_DISABLE_SHARE");

    private static final Set<String> WITHHELD =
            Set.of("NEXUS_*", "KARAF_*", "OPENCODE_SERVER_*", "OPENCODE_PID", "OPENCODE", "AGENT");

    private final List<String> commands;
    private final Function<String, @Nullable String> environment;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param commands where the program may be, first choice first: a path, or a name to look up on the PATH
     * @param environment the gateway's own, by name
     */
    ServeCommand(List<String> commands, Function<String, @Nullable String> environment) {
        this.commands = List.copyOf(commands);
        this.environment = environment;
    }

    /** The program, if it is there. */
    Optional<Path> program() {
        return commands.stream()
                .flatMap(command -> lookUp(command, environment).stream())
                .findFirst();
    }

    /** A program that has this path, or this name on the PATH. */
    static Optional<Path> lookUp(String command, Function<String, @Nullable String> environment) {
        try {
            if (command.contains("/")) {
                return Optional.of(Path.of(command)).filter(ServeCommand::isProgram);
            }
            String path = environment.apply("PATH");
            for (String directory : (path == null ? "" : path).split(":")) {
                Path candidate = Path.of(directory.isEmpty() ? "." : directory, command);
                if (isProgram(candidate)) {
                    return Optional.of(candidate.toAbsolutePath());
                }
            }
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** An address with a fresh password; {@code port} 0 takes one that is free now. */
    Endpoint freshEndpoint(int port) throws IOException {
        byte[] password = new byte[PASSWORD_BYTES];
        random.nextBytes(password);
        return new Endpoint(
                port == 0 ? freePort() : port,
                Base64.getUrlEncoder().withoutPadding().encodeToString(password));
    }

    ProcessSpec spec(
            Path program, Endpoint endpoint, Path directory, ServerConfig config, Optional<OfferedProvider> offer) {
        Map<String, String> variables = new HashMap<>(variables(config));
        variables.put("OPENCODE_SERVER_USERNAME", endpoint.user());
        variables.put("OPENCODE_SERVER_PASSWORD", endpoint.password());
        for (String name : QUIET) {
            if (environment.apply(name) == null) {
                variables.putIfAbsent(name, "1");
            }
        }
        offer.ifPresent(provider ->
                variables.put(CONTENT, provider.addTo(variables.getOrDefault(CONTENT, environment.apply(CONTENT)))));
        Map<String, String> notes = new HashMap<>();
        notes.put(PORT, String.valueOf(endpoint.port()));
        notes.put(PASSWORD, endpoint.password());
        notes.put(SETTINGS, fingerprint(program, directory, config));
        offer.ifPresent(provider -> notes.put(OFFER, provider.fingerprint()));
        List<String> line = new ArrayList<>(List.of(
                program.toString(), "serve", "--hostname", "127.0.0.1", "--port", String.valueOf(endpoint.port())));
        line.addAll(allowed(config.extra()));
        return new ProcessSpec(PROCESS, line, directory, variables, WITHHELD, notes);
    }

    /** Where a process answers that was started by {@link #spec}, perhaps by an earlier gateway. */
    static Optional<Endpoint> endpoint(Map<String, String> notes) {
        String port = notes.getOrDefault(PORT, "");
        String password = notes.getOrDefault(PASSWORD, "");
        return PORT_NUMBER.matcher(port).matches() && !password.isEmpty()
                ? Optional.of(new Endpoint(Integer.parseInt(port), password))
                : Optional.empty();
    }

    /** Whether the process was started as it would be started now; true for one that is older than this note. */
    static boolean isUpToDate(Map<String, String> notes, Path program, Path directory, ServerConfig config) {
        return notes.getOrDefault(SETTINGS, fingerprint(program, directory, config))
                .equals(fingerprint(program, directory, config));
    }

    /** Changes with every setting that OpenCode is told only when it starts. */
    private static String fingerprint(Path program, Path directory, ServerConfig config) {
        List<String> all = new ArrayList<>(List.of(program.toString(), directory.toString(), "" + config.port()));
        all.addAll(List.of(config.extra()));
        all.add("");
        all.addAll(List.of(config.environment()));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(String.join("\0", all).getBytes(UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What the owner set for OpenCode; never what keeps strangers out. */
    private static Map<String, String> variables(ServerConfig config) {
        Map<String, String> variables = new HashMap<>();
        for (String variable : config.environment()) {
            int end = variable.indexOf('=');
            if (end > 0 && !variable.startsWith("OPENCODE_SERVER_")) {
                variables.put(variable.substring(0, end), variable.substring(end + 1));
            } else {
                LOG.warn(
                        "A variable for OpenCode is left out: it has to be NAME=value, and OPENCODE_SERVER_* belongs to Nexus");
            }
        }
        return variables;
    }

    /** What a process is given that nobody else is to see. */
    static Set<String> secrets(Endpoint endpoint, ServerConfig config) {
        Set<String> secrets = new HashSet<>(variables(config).values());
        secrets.add(endpoint.password());
        return secrets;
    }

    /** Whether the process was told of this offer. */
    static boolean knows(Map<String, String> notes, OfferedProvider offer) {
        return offer.fingerprint().equals(notes.get(OFFER));
    }

    /** Whether nobody has the port, as far as can be found out. */
    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            LOG.debug("Whether port {} is free is not known: {}", port, e.getMessage());
            return true;
        }
    }

    /** All but what would let OpenCode listen elsewhere, or let other pages in. */
    private static List<String> allowed(String[] extra) {
        if (Arrays.stream(extra)
                .anyMatch(argument -> FORBIDDEN.matcher(argument).matches())) {
            LOG.warn("The extra arguments of OpenCode are left out: address, port and cors belong to Nexus");
            return List.of();
        }
        return List.of(extra);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }
}
