package opencode.nexus.api.tunnel;

/**
 * Something about a configuration.
 *
 * @param field as in the JSON, for instance {@code ingress[0].service}
 * @param message what is wrong and what would be right
 * @param severity whether it cannot be used so
 */
public record TunnelProblem(String field, String message, Severity severity) {

    public enum Severity {
        /** It cannot be used so. */
        ERROR,
        /** It can, but only after the owner has given the password once more: it opens something else than Nexus. */
        NEEDS_PASSWORD,
        /** It can, but the owner should know. */
        WARNING
    }
}
