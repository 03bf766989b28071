package opencode.nexus.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.api.tunnel.TunnelService;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.Session;
import org.jspecify.annotations.Nullable;

/** {@code nexus:tunnel-config}: shows what is set; with {@code name=value}, changes it. The token is never on the line. */
@Service
@Command(
        scope = "nexus",
        name = "tunnel-config",
        description = "Show or change what is set for the tunnel, for instance: kind=quick autoStart=true")
public final class TunnelConfigCommand extends TunnelCommand {
    private static final int LONGEST_FILE = 64 * 1024;

    @Argument(name = "values", description = "name=value, any number of them", multiValued = true)
    @Nullable
    List<String> values;

    @Option(name = "--ask-token", description = "Ask for the token, which is not shown while it is typed")
    boolean askToken;

    @Option(name = "--token-file", description = "Take the token from this file")
    @Nullable
    String tokenFile;

    @Option(name = "--forget-token", description = "Forget the token that is stored")
    boolean forgetToken;

    @Reference(optional = true)
    @Nullable
    TunnelService tunnel;

    @Reference
    @Nullable
    Session session;

    @Override
    @Nullable
    TunnelService tunnel() {
        return tunnel;
    }

    @Override
    void act(TunnelService service, PrintStream out) {
        List<String> given = values == null ? List.of() : values;
        TunnelConfig config = service.config();
        if (!given.isEmpty() || askToken || tokenFile != null || forgetToken) {
            TunnelConfig plain = TunnelValues.changed(config, given, null);
            String token = token();
            TunnelConfig changed = token == null ? plain : TunnelValues.changed(plain, List.of(), token);
            List<TunnelProblem> found = service.validate(changed);
            mustBeRight(found);
            config = service.configure(changed);
            found.forEach(problem -> out.println("note  " + problem.field() + ": " + problem.message()));
        }
        show(out, config);
    }

    private static void mustBeRight(List<TunnelProblem> found) {
        List<Field> errors = found.stream()
                .filter(problem -> problem.severity() == Severity.ERROR)
                .map(problem -> new Field(problem.field(), problem.message()))
                .toList();
        if (!errors.isEmpty()) {
            throw NexusException.invalid(errors);
        }
    }

    /** As in {@link TunnelConfig#token}. */
    private @Nullable String token() {
        if (forgetToken) {
            return "";
        }
        String file = tokenFile;
        if (file != null) {
            return read(file);
        }
        return askToken ? typed() : null;
    }

    private String typed() {
        Session asked = session;
        if (asked == null) {
            throw NexusException.invalid("token", "cannot be asked for here; use --token-file");
        }
        try {
            String line = asked.readLine("Token: ", '*');
            if (line == null || line.isBlank()) {
                throw NexusException.invalid("token", "was not given; nothing was changed");
            }
            return line.strip();
        } catch (IOException e) {
            throw NexusException.invalid("token", "could not be read; use --token-file");
        }
    }

    private static String read(String file) {
        try {
            Path path = Path.of(file);
            if (!Files.isRegularFile(path) || Files.size(path) > LONGEST_FILE) {
                throw NexusException.invalid("token", "is not in " + file + ", which is no file or too large");
            }
            String token = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).strip();
            if (token.isEmpty()) {
                throw NexusException.invalid("token", "is not in " + file + ", which is empty");
            }
            return token;
        } catch (InvalidPathException | IOException e) {
            throw NexusException.invalid("token", "cannot be read from that file");
        }
    }

    private static void show(PrintStream out, TunnelConfig config) {
        out.println("kind             " + TunnelValues.lower(config.kind()));
        out.println("domain           " + shown(config.domain()));
        out.println("credentialsFile  " + shown(config.credentialsFile()));
        out.println("token            " + (config.tokenSet() ? "set" : "none"));
        out.println("autoStart        " + config.autoStart());
        out.println("protocol         " + TunnelValues.lower(config.protocol()));
        out.println("edgeIpVersion    " + config.edgeIpVersion().word());
        out.println("region           " + shown(config.region()));
        out.println("arguments        " + String.join(",", config.arguments()));
        if (config.ingress().isEmpty()) {
            out.println("ingress          all of it leads to Nexus");
        }
        for (TunnelConfig.Rule rule : config.ingress()) {
            out.println("ingress          " + (rule.hostname() == null ? "any host" : rule.hostname())
                    + (rule.path() == null ? "" : ", path " + rule.path()) + ": " + rule.service());
        }
    }

    private static String shown(@Nullable String value) {
        return value == null ? "" : value;
    }
}
