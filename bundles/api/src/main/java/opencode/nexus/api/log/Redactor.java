package opencode.nexus.api.log;

import org.osgi.annotation.versioning.ProviderType;

/** Takes out of texts what nobody is to see. Safe for use by several threads; never blocks. */
@ProviderType
public interface Redactor {

    /**
     * The text with {@code [redacted]} in place of what every {@link SecretSource} knows, as it is or as it is written in
     * JSON, in URLs and in Base64, and of what looks like a secret: known prefixes of keys, JSON Web Tokens, PEM blocks,
     * passwords in URLs, values of names like {@code password}. Everything else stays as it is.
     */
    String redact(String text);
}
