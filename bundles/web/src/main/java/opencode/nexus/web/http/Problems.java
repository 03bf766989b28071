package opencode.nexus.web.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;

/** Failures as {@code application/problem+json} (RFC 9457), all of one shape. */
public final class Problems {
    private static final String CONTENT_TYPE = "application/problem+json";

    private Problems() {}

    /** Answers with a failure. The response must not be committed. */
    public static void write(HttpServletResponse response, NexusException failure) throws IOException {
        Long seconds = failure.retryAfter().map(Problems::seconds).orElse(null);
        if (seconds != null) {
            response.setHeader("Retry-After", seconds.toString());
        }
        int status = status(failure.kind());
        List<NexusException.Field> errors = failure.fields().isEmpty() ? null : failure.fields();
        write(response, new Problem(status, failure.code(), String.valueOf(failure.getMessage()), errors, seconds));
    }

    /**
     * Answers with a failure for which HTTP has a status and {@link NexusException} has no kind.
     *
     * @param code stable, lower-case-dashed
     * @param detail one sentence: what is wrong and what helps
     */
    public static void write(HttpServletResponse response, int status, String code, String detail) throws IOException {
        write(response, new Problem(status, code, detail, null, null));
    }

    /** Answers with nothing but a status, as a container would; its code is made from the name of the status. */
    public static void write(HttpServletResponse response, int status) throws IOException {
        String title = title(status);
        write(response, status, title.toLowerCase(Locale.ROOT).replace(' ', '-'), detail(status));
    }

    /** The status that a kind of failure is answered with. */
    public static int status(NexusException.Kind kind) {
        return switch (kind) {
            case MALFORMED -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case TOO_LARGE -> 413;
            case INVALID -> 422;
            case TOO_MANY -> 429;
            case UPSTREAM -> 502;
            case UNAVAILABLE -> 503;
        };
    }

    private static void write(HttpServletResponse response, Problem problem) throws IOException {
        response.resetBuffer();
        Json.write(response, problem.status(), CONTENT_TYPE, problem);
        // Committed here, so that the container never puts a page of its own in its place.
        response.flushBuffer();
    }

    private static long seconds(Duration wait) {
        return Math.max(1, wait.plusMillis(999).toSeconds());
    }

    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 409 -> "Conflict";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 421 -> "Misdirected Request";
            case 422 -> "Unprocessable Content";
            case 429 -> "Too Many Requests";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            default -> status < 500 ? "Request Refused" : "Internal Server Error";
        };
    }

    private static String detail(int status) {
        return switch (status) {
            case 404 -> "There is nothing at this address.";
            case 405 -> "This address does not take that method.";
            default ->
                status < 500
                        ? "The request cannot be answered as it stands."
                        : "Something went wrong inside; the log tells more.";
        };
    }

    /** RFC 9457, with the extensions every answer of Nexus may carry. */
    private record Problem(
            String type,
            int status,
            String title,
            String detail,
            String code,
            @Nullable List<NexusException.Field> errors,
            @Nullable Long retryAfter) {

        Problem(
                int status,
                String code,
                String detail,
                @Nullable List<NexusException.Field> errors,
                @Nullable Long retryAfter) {
            this("about:blank", status, Problems.title(status), detail, code, errors, retryAfter);
        }
    }
}
