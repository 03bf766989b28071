package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What makes a tunnel the owner's: a token, or a file with credentials. Messages never hold any of it. */
final class Secrets {
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final int LONGEST_TOKEN = 4_096;
    private static final int LONGEST_FILE = 64 * 1024;
    private static final int SHORTEST_SECRET = 16;

    private Secrets() {}

    /**
     * Either a tunnel or what is wrong.
     *
     * @param tunnelId empty when something is wrong
     * @param secret what must not be shown; empty when something is wrong
     */
    record Found(String tunnelId, String secret, @Nullable String problem) {
        static Found wrong(String problem) {
            return new Found("", "", problem);
        }

        @Override
        public String toString() {
            return "Found[" + tunnelId + "]";
        }
    }

    static Found token(String token) {
        if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            return Found.wrong("must be one line without spaces; copy it again, and nothing but it");
        }
        if (token.length() > LONGEST_TOKEN) {
            return Found.wrong("is too long for a token; copy what stands behind --token in the Cloudflare dashboard");
        }
        String malformed = "is no tunnel token; copy what stands behind --token in the Cloudflare dashboard, it begins"
                + " with eyJ";
        try {
            // Without padding cloudflared does not take it.
            if (token.length() % 4 != 0) {
                return Found.wrong("is incomplete; copy it again to its end");
            }
            JsonNode content = TunnelJson.MAPPER.readTree(Base64.getDecoder().decode(token));
            if (content == null || !content.isObject()) {
                return Found.wrong(malformed);
            }
            return checked(content, "a", "s", "t", malformed);
        } catch (IOException | IllegalArgumentException e) {
            return Found.wrong(malformed);
        }
    }

    static Found credentials(String file) {
        String named = "must be the JSON file that \"cloudflared tunnel create\" wrote";
        try {
            Path path = Path.of(file);
            if (!path.isAbsolute()) {
                return Found.wrong("must be an absolute path");
            }
            if (!Files.isRegularFile(path)) {
                return Found.wrong(Files.isDirectory(path) ? "is a directory; " + named : "is not there; " + named);
            }
            if (Files.size(path) > LONGEST_FILE) {
                return Found.wrong("is too large; " + named);
            }
            String text = new String(Files.readAllBytes(path), UTF_8);
            if (text.contains("BEGIN ARGO TUNNEL TOKEN")) {
                return Found.wrong("is the certificate of an account, not the credentials of a tunnel; " + named);
            }
            JsonNode content = TunnelJson.MAPPER.readTree(text);
            if (content == null || !content.isObject()) {
                return Found.wrong("is no JSON object; " + named);
            }
            return checked(content, "AccountTag", "TunnelSecret", "TunnelID", named);
        } catch (InvalidPathException e) {
            return Found.wrong("is no path");
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            return Found.wrong("is no valid JSON; " + named);
        } catch (IOException e) {
            return Found.wrong("cannot be read; make it readable for the user that runs Nexus");
        }
    }

    private static Found checked(JsonNode content, String account, String secret, String tunnel, String remedy) {
        for (String key : new String[] {account, secret, tunnel}) {
            if (!content.path(key).isTextual() || content.path(key).textValue().isEmpty()) {
                return Found.wrong("lacks " + key + ": it " + remedy);
            }
        }
        String id = content.get(tunnel).textValue();
        if (!UUID.matcher(id).matches()) {
            return Found.wrong("names no tunnel: " + tunnel + " is no UUID");
        }
        try {
            if (Base64.getDecoder().decode(content.get(secret).textValue()).length < SHORTEST_SECRET) {
                return Found.wrong("holds a secret that is too short: it was cut off or changed");
            }
        } catch (IllegalArgumentException e) {
            return Found.wrong("holds a secret that is no base64: it was cut off or changed");
        }
        return new Found(id, content.get(secret).textValue(), null);
    }
}
