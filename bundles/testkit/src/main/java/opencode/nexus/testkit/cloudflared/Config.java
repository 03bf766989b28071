package opencode.nexus.testkit.cloudflared;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.testkit.cloudflared.Yaml.Node;
import org.jspecify.annotations.Nullable;

/**
 * The configuration file: the one of {@code --config}, else the first that lies in one of the places where cloudflared
 * 2026.8.2 looks for one. A file of the person's is therefore found here too when {@code --config} is forgotten.
 */
record Config(@Nullable Path source, Node root, List<String> unused) {
    private static final List<String> NAMES = List.of("config.yml", "config.yaml");
    private static final List<String> HOME = List.of(".cloudflared", ".cloudflare-warp", "cloudflare-warp");
    private static final List<String> SYSTEM = List.of("/etc/cloudflared", "/usr/local/etc/cloudflared");
    private static final Set<String> RULE = Set.of("hostname", "path", "rewrite", "service", "originRequest");
    private static final Set<String> DURATIONS =
            Set.of("connectTimeout", "tlsTimeout", "tcpKeepAlive", "keepAliveTimeout");
    private static final Set<String> SWITCHES =
            Set.of("noHappyEyeballs", "matchSNItoHost", "noTLSVerify", "disableChunkedEncoding", "http2Origin");
    private static final Set<String> OTHERS =
            Set.of("keepAliveConnections", "httpHostHeader", "originServerName", "caPool", "access");

    static Config load(Options options, Map<String, String> environment) throws Failure {
        Path source = options.isSet("config") ? Path.of(options.value("config", "")) : found(environment);
        if (source == null) {
            return new Config(null, Yaml.plain(0, "", false), List.of());
        }
        String text = text(source);
        Node root;
        List<String> unused = new ArrayList<>();
        try {
            root = Yaml.read(text);
            if (root.map() == null && !root.isEmpty()) {
                throw new Failure("yaml: unmarshal errors:\n  line " + root.line() + ": cannot unmarshal into "
                        + "config.configFileSettings");
            }
            check(root, unused);
        } catch (Failure e) {
            throw new Failure("error parsing YAML in config file at " + source + ": " + e.text());
        }
        return new Config(source, root, unused);
    }

    /** The places that are looked at, as the log names them. */
    static String places() {
        return "No file [config.yml config.yaml] in [~/.cloudflared ~/.cloudflare-warp ~/cloudflare-warp "
                + "/etc/cloudflared /usr/local/etc/cloudflared]";
    }

    /** Says what is odd about it but stops nothing. */
    void warn(Log log) {
        if (source != null && root.isEmpty()) {
            log.error("Configuration file " + source + " was empty");
        }
    }

    /** The flat keys, which stand for flags of the same name. */
    Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        if (root.map() != null) {
            root.map().forEach((key, value) -> {
                if (!key.equals("tunnel") && !value.scalar().isEmpty()) {
                    settings.put(key, value.scalar());
                }
            });
        }
        return settings;
    }

    List<Node> rules() {
        List<Node> rules = root.at("ingress").list();
        return rules == null ? List.of() : rules;
    }

    private static @Nullable Path found(Map<String, String> environment) {
        List<Path> directories = new ArrayList<>();
        HOME.forEach(name -> directories.add(Path.of(environment.getOrDefault("HOME", "/"), name)));
        SYSTEM.forEach(name -> directories.add(Path.of(name)));
        for (Path directory : directories) {
            for (String name : NAMES) {
                if (Files.isReadable(directory.resolve(name))) {
                    return directory.resolve(name);
                }
            }
        }
        return null;
    }

    private static String text(Path source) throws Failure {
        try {
            return Files.readString(source);
        } catch (NoSuchFileException e) {
            throw new Failure("open " + source + ": no such file or directory");
        } catch (CharacterCodingException e) {
            throw new Failure("error parsing YAML in config file at " + source + ": yaml: invalid leading UTF-8 octet");
        } catch (IOException e) {
            throw new Failure(
                    Files.isDirectory(source)
                            ? "read " + source + ": is a directory"
                            : "open " + source + ": permission denied");
        }
    }

    private static void check(Node root, List<String> unused) throws Failure {
        List<String> wrong = new ArrayList<>();
        check(root.at("originRequest"), wrong, unused);
        Node ingress = root.at("ingress");
        if (ingress.list() == null && !ingress.isEmpty()) {
            wrong.add("line " + ingress.line() + ": cannot unmarshal into []config.UnvalidatedIngressRule");
        }
        for (Node rule : ingress.list() == null ? List.<Node>of() : ingress.list()) {
            if (rule.map() == null) {
                wrong.add("line " + rule.line() + ": cannot unmarshal !!str into config.UnvalidatedIngressRule");
                continue;
            }
            unknown(rule, RULE, "config.UnvalidatedIngressRule", unused);
            check(rule.at("originRequest"), wrong, unused);
        }
        if (!wrong.isEmpty()) {
            throw new Failure("yaml: unmarshal errors:\n  " + String.join("\n  ", wrong));
        }
    }

    private static void check(Node originRequest, List<String> wrong, List<String> unused) {
        if (originRequest.map() == null) {
            return;
        }
        originRequest.map().forEach((key, value) -> {
            String text = value.scalar();
            if (DURATIONS.contains(key) && (value.isQuoted() || !text.isEmpty())) {
                if (GoDuration.parse(text).isEmpty() || text.equals("0")) {
                    wrong.add("line " + value.line() + ": cannot unmarshal "
                            + (text.matches("-?\\d+") ? "!!int" : "!!str") + " `" + text + "` into time.Duration");
                }
            } else if (SWITCHES.contains(key) && !text.matches("true|false")) {
                wrong.add("line " + value.line() + ": cannot unmarshal !!str `" + text + "` into bool");
            } else if (key.equals("keepAliveConnections") && !text.matches("-?\\d+")) {
                wrong.add("line " + value.line() + ": cannot unmarshal !!str `" + text + "` into int");
            } else if (!DURATIONS.contains(key) && !SWITCHES.contains(key) && !OTHERS.contains(key)) {
                unused.add("line " + value.line() + ": field " + key + " not found in type config.OriginRequestConfig");
            }
        });
    }

    private static void unknown(Node map, Set<String> known, String type, List<String> unused) {
        if (map.map() != null) {
            map.map().forEach((key, value) -> {
                if (!known.contains(key)) {
                    unused.add("line " + value.line() + ": field " + key + " not found in type " + type);
                }
            });
        }
    }
}
