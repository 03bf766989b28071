package opencode.nexus.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one failure a user should know about. It carries what an answer needs: the kind of failure, a stable code, a
 * sentence that names the remedy, and the fields that were wrong. Everything else that is thrown is a bug.
 *
 * <p>The message is shown to the owner: it never holds a secret, a stack trace or a class name.
 */
public final class NexusException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What sort of failure it is; the web bundle maps each to one HTTP status. */
    public enum Kind {
        /** The request cannot be understood (400). */
        MALFORMED,
        /** Nobody is logged in, or the password is wrong (401). */
        UNAUTHENTICATED,
        /** Known, but not allowed (403). */
        FORBIDDEN,
        /** There is no such thing (404). */
        NOT_FOUND,
        /** The state of things does not allow it now (409). */
        CONFLICT,
        /** More bytes than are taken (413). */
        TOO_LARGE,
        /** Understood, but a field is wrong (422). */
        INVALID,
        /** Too often; {@link NexusException#retryAfter()} tells when to come back (429). */
        TOO_MANY,
        /** OpenCode or another program answered with a failure of its own (502). */
        UPSTREAM,
        /** A part that is needed is not there or not ready (503). */
        UNAVAILABLE
    }

    /** One wrong field: its name as the caller wrote it, and what would be right. */
    public record Field(String field, String message) {}

    private final Kind kind;
    private final String code;
    private final transient List<Field> fields;
    private final @Nullable Duration retryAfter;

    /**
     * A failure without further detail.
     *
     * @param code stable, lower-case-dashed, as in {@code too-many-active}
     * @param message one sentence for the owner: what is wrong and what helps
     */
    public NexusException(Kind kind, String code, String message) {
        this(kind, code, message, List.of(), null, null);
    }

    /** A failure with a cause, which is logged but never shown. */
    public NexusException(Kind kind, String code, String message, Throwable cause) {
        this(kind, code, message, List.of(), null, cause);
    }

    private NexusException(
            Kind kind,
            String code,
            String message,
            List<Field> fields,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.code = code;
        this.fields = List.copyOf(fields);
        this.retryAfter = retryAfter;
    }

    /** A field of the request that is wrong (422). */
    public static NexusException invalid(String field, String message) {
        return invalid(List.of(new Field(field, message)));
    }

    /** Several fields of the request that are wrong (422); at least one. */
    public static NexusException invalid(List<Field> fields) {
        Field first = fields.get(0);
        return new NexusException(
                Kind.INVALID, "invalid-field", first.field() + ": " + first.message(), fields, null, null);
    }

    /** Not allowed so (403), because of these fields. */
    public static NexusException forbidden(String code, String message, List<Field> fields) {
        return new NexusException(Kind.FORBIDDEN, code, message, fields, null, null);
    }

    /** Too many tries; come back after {@code retryAfter}. */
    public static NexusException tooMany(String code, String message, Duration retryAfter) {
        return new NexusException(Kind.TOO_MANY, code, message, List.of(), retryAfter, null);
    }

    public Kind kind() {
        return kind;
    }

    public String code() {
        return code;
    }

    /** The fields it is about; empty unless the kind is {@link Kind#INVALID} or {@link Kind#FORBIDDEN}. */
    public List<Field> fields() {
        return fields;
    }

    /** How long to wait before the next try, if that is known. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
