package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import opencode.nexus.testkit.cloudflared.Yaml.Node;

/**
 * Which tunnel this is: from a token, a token file or a credentials file, in this order.
 *
 * @param isToken whether the edge may push a configuration
 * @param isForeign whether the secret belongs to another tunnel: only the edge notices
 */
record Credentials(String tunnelId, boolean isToken, boolean isForeign) {
    static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private static final String INVALID = "Provided Tunnel token is not valid.";

    /** @param configured what {@code tunnel:} or the operand of {@code run} says; may be empty */
    static Credentials of(Options options, String configured, Log log) throws Failure {
        if (options.isSet("token")) {
            return token(options.value("token", ""));
        }
        if (options.isSet("token-file")) {
            return token(tokenFile(options.value("token-file", "")));
        }
        if (configured.isEmpty()) {
            throw Failure.usage("\"cloudflared tunnel run\" requires the ID or name of the tunnel to run as the last "
                    + "command line argument or in the configuration file.");
        }
        if (!UUID.matcher(configured).matches()) {
            log.error("Cannot determine default origin certificate path. No file cert.pem in [~/.cloudflared "
                    + "~/.cloudflare-warp ~/cloudflare-warp /etc/cloudflared /usr/local/etc/cloudflared]");
            throw new Failure(
                    "error parsing tunnel ID: Error locating origin cert: client didn't specify origincert path");
        }
        return file(options.value("credentials-file", options.value("cred-file", "")), configured);
    }

    private static Credentials token(String token) throws Failure {
        // The real decoder skips line ends and insists on padding.
        String text = token.replaceAll("[\\r\\n]", "");
        try {
            if (text.isEmpty() || text.length() % 4 != 0) {
                throw Failure.usage(INVALID);
            }
            Node content = Yaml.read(new String(Base64.getDecoder().decode(text), UTF_8));
            String tunnelId = content.at("t").scalar();
            Base64.getDecoder().decode(content.at("s").scalar());
            if (content.map() == null || !UUID.matcher(tunnelId).matches()) {
                throw Failure.usage(INVALID);
            }
            return new Credentials(tunnelId, true, false);
        } catch (IllegalArgumentException | Failure e) {
            throw Failure.usage(INVALID);
        }
    }

    private static String tokenFile(String file) throws Failure {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            String reason = Files.exists(Path.of(file)) ? "permission denied" : "no such file or directory";
            throw Failure.usage("Failed to read token file: open " + file + ": " + reason);
        }
    }

    private static Credentials file(String file, String configured) throws Failure {
        if (file.isEmpty()) {
            throw new Failure("tunnel credentials file not found");
        }
        if (!Files.isRegularFile(Path.of(file))) {
            throw new Failure("Tunnel credentials file '" + file + "' doesn't exist or is not a file");
        }
        Node content =
                content(file).orElseThrow(() -> new Failure("Invalid JSON when parsing tunnel credentials file"));
        String own = content.at("TunnelID").scalar();
        return new Credentials(configured, false, !own.isEmpty() && !own.equalsIgnoreCase(configured));
    }

    private static Optional<Node> content(String file) {
        try {
            return Optional.of(Yaml.read(Files.readString(Path.of(file)))).filter(content -> content.map() != null);
        } catch (IOException | Failure e) {
            return Optional.empty();
        }
    }
}
