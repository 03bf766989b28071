package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.EdgeIp;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelConfig.Protocol;
import opencode.nexus.api.tunnel.TunnelConfig.Rule;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the owner set, in one file that is replaced as a whole, and the token in one of its own, which cloudflared reads too.
 * Safe for use by several threads.
 */
final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private final NexusHome home;
    private final Path file;
    private final Path tokenFile;
    private TunnelConfig config;
    private @Nullable String token;

    ConfigFile(NexusHome home) {
        this.home = home;
        Path directory = home.directory("tunnel");
        file = directory.resolve("config.json");
        tokenFile = directory.resolve("token");
        token = read(tokenFile)
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .orElse(null);
        config = load();
    }

    /** Without the token. */
    synchronized TunnelConfig config() {
        return config;
    }

    synchronized @Nullable String token() {
        return token;
    }

    /** What must not be shown: the token, its secret, and that of the file with credentials. Reads that file. */
    Set<String> secrets() {
        String known = token();
        String file = config().credentialsFile();
        Set<String> secrets = new HashSet<>();
        if (known != null) {
            secrets.add(known);
            secrets.add(Secrets.token(known).secret());
        }
        if (file != null) {
            secrets.add(Secrets.credentials(file).secret());
        }
        secrets.remove("");
        return secrets;
    }

    /** Where the token lies, if there is one. */
    Path tokenFile() {
        return tokenFile;
    }

    /**
     * Keeps what was checked before. The token is written first: one too many is no harm, one too few is.
     *
     * @throws NexusException UNAVAILABLE when the disk refuses
     */
    synchronized void store(TunnelConfig next) {
        String given = next.token();
        if (given != null && !given.equals(token)) {
            home.write(tokenFile, given.getBytes(UTF_8));
            token = given.isEmpty() ? null : given;
        }
        TunnelConfig kept = tidy(next).shown(token != null);
        home.write(file, (TunnelJson.of(kept).toPrettyString() + "\n").getBytes(UTF_8));
        config = kept;
    }

    /** Names in ASCII, nothing instead of empty texts. */
    static TunnelConfig tidy(TunnelConfig config) {
        List<Rule> rules = config.ingress().stream()
                .map(rule ->
                        new Rule(name(rule.hostname()), nothing(rule.path()), rule.service(), rule.originRequest()))
                .toList();
        return new TunnelConfig(
                config.kind(),
                config.token(),
                config.tokenSet(),
                nothing(config.credentialsFile()),
                name(config.domain()),
                config.autoStart(),
                config.protocol(),
                config.edgeIpVersion(),
                nothing(config.region()),
                rules,
                config.arguments());
    }

    private TunnelConfig load() {
        Optional<String> text = read(file);
        if (text.isEmpty()) {
            return TunnelConfig.STANDARD.shown(token != null);
        }
        try {
            JsonNode node = TunnelJson.MAPPER.readTree(text.get());
            if (node instanceof ObjectNode) {
                return parse(node).shown(token != null);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("Not to be read", e);
        }
        LOG.warn("{} cannot be understood; the tunnel is as if it had never been set up", file);
        home.write(file.resolveSibling("config.json.rejected"), text.get().getBytes(UTF_8));
        return TunnelConfig.STANDARD.shown(token != null);
    }

    /** @throws IllegalArgumentException when a value cannot be */
    private static TunnelConfig parse(JsonNode node) {
        List<Rule> rules = new ArrayList<>();
        for (JsonNode rule : node.path("ingress")) {
            rules.add(new Rule(
                    text(rule, "hostname"),
                    text(rule, "path"),
                    rule.path("service").asText(),
                    rule.path("originRequest").isObject()
                            ? TunnelJson.MAPPER.convertValue(rule.get("originRequest"), MAP)
                            : Map.of()));
        }
        List<String> arguments = new ArrayList<>();
        node.path("arguments").forEach(argument -> arguments.add(argument.asText()));
        String edgeIp = node.path("edgeIpVersion").asText("auto");
        return new TunnelConfig(
                Kind.valueOf(node.path("kind").asText("quick").toUpperCase(Locale.ROOT)),
                null,
                false,
                text(node, "credentialsFile"),
                text(node, "domain"),
                node.path("autoStart").asBoolean(false),
                Protocol.valueOf(node.path("protocol").asText("auto").toUpperCase(Locale.ROOT)),
                edgeIp.equals("4") ? EdgeIp.V4 : edgeIp.equals("6") ? EdgeIp.V6 : EdgeIp.AUTO,
                text(node, "region"),
                rules,
                arguments);
    }

    private Optional<String> read(Path path) {
        try {
            return home.read(path).map(bytes -> new String(bytes, UTF_8));
        } catch (NexusException e) {
            LOG.warn("What was set for the tunnel is not known: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static @Nullable String text(JsonNode node, String field) {
        return node.path(field).isTextual() ? node.get(field).textValue() : null;
    }

    private static @Nullable String name(@Nullable String name) {
        String given = nothing(name);
        if (given == null) {
            return null;
        }
        return given.startsWith("*.") ? "*." + HostNames.ascii(given.substring(2)) : HostNames.ascii(given);
    }

    private static @Nullable String nothing(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }
}
