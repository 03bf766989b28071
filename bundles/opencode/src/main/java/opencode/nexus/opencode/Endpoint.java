package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.Base64;

/** Where one start of OpenCode answers, and what it wants to hear. The password is fresh at every start. */
public record Endpoint(int port, String password) {

    /** The user every request names; OpenCode's own default. */
    static final String USER = "opencode";

    /** The address without credentials. */
    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Value of the {@code Authorization} header. */
    String authorization() {
        return "Basic " + Base64.getEncoder().encodeToString((USER + ":" + password).getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return url().toString();
    }
}
