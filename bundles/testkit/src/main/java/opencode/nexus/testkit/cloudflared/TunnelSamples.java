package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/** Invented credentials of each kind, one that is well formed and some that are not. None of them opens anything. */
public final class TunnelSamples {
    public static final String TUNNEL_ID = "7f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b";
    public static final String OTHER_TUNNEL_ID = "0badc0de-1111-4222-8333-444455556666";
    public static final String ACCOUNT = "0123456789abcdef0123456789abcdef";

    /** The secret in each of them: what must never be seen in a log, an answer, an argument or a page. */
    public static final String SECRET = base64("invented-secret-of-thirty-two-by");

    /** A tunnel's token: base64 of JSON with account, secret and tunnel. */
    public static final String TOKEN = token(TUNNEL_ID);

    /** Just as good, of another tunnel. */
    public static final String FOREIGN_TOKEN = token(OTHER_TUNNEL_ID);

    /** No base64 at all. */
    public static final String MALFORMED_TOKEN = "eyJhIjoi!!not-base64!!";

    /** Base64 of something else. */
    public static final String TOKEN_OF_NOTHING = base64("{\"hello\":\"world\"}");

    /** Copied with a line break in its middle; the real program takes it. */
    public static final String TOKEN_WITH_NEWLINE = TOKEN.substring(0, 60) + "\n" + TOKEN.substring(60);

    /** What {@code credentials-file} names. */
    public static final String CREDENTIALS = credentials(TUNNEL_ID);

    /** Of another tunnel: nothing is wrong with it until the edge says so. */
    public static final String FOREIGN_CREDENTIALS = credentials(OTHER_TUNNEL_ID);

    /** Accepted by the program, refused by nobody on this machine. */
    public static final String EMPTY_CREDENTIALS = "{}";

    public static final String MALFORMED_CREDENTIALS = CREDENTIALS.substring(0, CREDENTIALS.length() / 2);

    /** What {@code cloudflared tunnel login} leaves behind: needed for a tunnel by name only. */
    public static final String CERTIFICATE = pem(base64(
            "{\"zoneID\":\"" + ACCOUNT + "\",\"accountID\":\"" + ACCOUNT + "\",\"apiToken\":\"" + SECRET + "\"}"));

    public static final String MALFORMED_CERTIFICATE = CERTIFICATE.replace("-----END ARGO TUNNEL TOKEN-----\n", "");

    private TunnelSamples() {}

    private static String token(String tunnelId) {
        return base64("{\"a\":\"" + ACCOUNT + "\",\"s\":\"" + SECRET + "\",\"t\":\"" + tunnelId + "\"}");
    }

    private static String credentials(String tunnelId) {
        return "{\"AccountTag\":\"" + ACCOUNT + "\",\"TunnelSecret\":\"" + SECRET + "\",\"TunnelID\":\"" + tunnelId
                + "\"}";
    }

    private static String pem(String content) {
        String lines = content.replaceAll("(.{64})", "$1\n").strip();
        return "-----BEGIN ARGO TUNNEL TOKEN-----\n" + lines + "\n-----END ARGO TUNNEL TOKEN-----\n";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
