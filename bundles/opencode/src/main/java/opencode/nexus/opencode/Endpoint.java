package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.Base64;

/**
 * Where an OpenCode answers, and what it wants to hear.
 *
 * @param url the address without credentials
 */
public record Endpoint(URI url, String user, String password) {

    /** The user of those that Nexus starts; OpenCode's own default. */
    static final String USER = "opencode";

    /** One on this machine that Nexus started. Its password is fresh at every start. */
    Endpoint(int port, String password) {
        this(URI.create("http://127.0.0.1:" + port), USER, password);
    }

    int port() {
        return url.getPort();
    }

    /** Value of the {@code Authorization} header. */
    String authorization() {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return url.toString();
    }
}
