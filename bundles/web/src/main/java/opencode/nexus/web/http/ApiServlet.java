package opencode.nexus.web.http;

import com.fasterxml.jackson.databind.ObjectReader;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;

/**
 * Base of the API servlets. A {@link NexusException} thrown by any {@code do…} method becomes the problem it stands for,
 * and a method that is not there becomes a 405 problem.
 */
public abstract class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final int DEFAULT_MAX_BYTES = 1024 * 1024;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        try {
            super.service(request, new ProblemResponse(request, response));
        } catch (NexusException failure) {
            if (response.isCommitted()) {
                throw failure;
            }
            Problems.write(response, failure);
        } catch (NotJsonException failure) {
            Problems.write(response, 415, "not-json", "Send the body as JSON, with Content-Type: application/json.");
        }
    }

    /**
     * The JSON body as a record, at most 1 MiB.
     *
     * @throws NexusException MALFORMED {@code malformed-json}; TOO_LARGE {@code body-too-large}; INVALID naming the field
     *     of the wrong type
     */
    protected final <T> T body(HttpServletRequest request, Class<T> type) throws IOException {
        return body(request, type, DEFAULT_MAX_BYTES);
    }

    /** As {@link #body(HttpServletRequest, Class)}, with a limit of its own, counted while reading. */
    protected final <T> T body(HttpServletRequest request, Class<T> type, int maxBytes) throws IOException {
        return body(request, Json.mapper().readerFor(type), maxBytes);
    }

    /**
     * As {@link #body(HttpServletRequest, Class, int)}, with a reader made from {@link Json#mapper}, which may carry what
     * the type needs while it is read.
     */
    protected final <T> T body(HttpServletRequest request, ObjectReader reader, int maxBytes) throws IOException {
        if (!Json.isJson(request.getContentType())) {
            throw new NotJsonException();
        }
        return new JsonBody(maxBytes).read(request, reader);
    }

    /**
     * The body as it comes, when it is no JSON.
     *
     * @throws NexusException TOO_LARGE {@code body-too-large}; reading throws that, too, and MALFORMED
     *     {@code body-too-slow}
     */
    protected final InputStream stream(HttpServletRequest request, int maxBytes) throws IOException {
        return new BodyStream(request, maxBytes, System::nanoTime);
    }

    /**
     * A field of the body that must be there.
     *
     * @throws NexusException INVALID naming the field when it is not
     */
    protected final <T> T required(@Nullable T value, String field) {
        if (value == null) {
            throw NexusException.invalid(field, "is required");
        }
        return value;
    }

    /**
     * The decoded segments of the path after the servlet's pattern; an id with an encoded slash is one segment. For
     * {@code /api/devices/*} and {@code /api/devices/d1} it is {@code [d1]}.
     *
     * @throws NexusException NOT_FOUND for a path with empty or dotted segments, or one that cannot be decoded
     */
    protected final List<String> path(HttpServletRequest request) {
        String[] segments = request.getRequestURI().split("/", -1);
        int known = request.getServletPath().split("/", -1).length;
        List<String> path = new ArrayList<>();
        for (int index = known; index < segments.length; index++) {
            path.add(segment(segments[index]));
        }
        return List.copyOf(path);
    }

    /** Answers with a value as JSON. */
    protected final void json(HttpServletResponse response, int status, Object value) throws IOException {
        Json.write(response, status, value);
    }

    /** Answers with a status and nothing else, as in 202 or 204. */
    protected final void empty(HttpServletResponse response, int status) {
        response.setStatus(status);
        response.setHeader("Cache-Control", "no-store");
    }

    /** Nobody asks from another origin, so there is nothing to tell. */
    @Override
    protected void doOptions(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.sendError(405);
    }

    @Override
    protected void doTrace(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.sendError(405);
    }

    private void allow(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            super.doOptions(request, response);
        } catch (ServletException e) {
            throw new IOException(e);
        }
    }

    private static String segment(String raw) {
        int parameters = raw.indexOf(';');
        String encoded = parameters < 0 ? raw : raw.substring(0, parameters);
        String decoded = decode(encoded);
        if (decoded.isEmpty() || decoded.equals(".") || decoded.equals("..")) {
            throw unknownPath();
        }
        return decoded;
    }

    private static String decode(String encoded) {
        try {
            return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw unknownPath();
        }
    }

    private static NexusException unknownPath() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }

    /** Writes problems where the servlet API would ask the container for an error page. */
    private final class ProblemResponse extends HttpServletResponseWrapper {
        private final HttpServletRequest request;
        private final HttpServletResponse response;

        ProblemResponse(HttpServletRequest request, HttpServletResponse response) {
            super(response);
            this.request = request;
            this.response = response;
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            sendError(status);
        }

        @Override
        public void sendError(int status) throws IOException {
            if (status == 405 || status == 501) {
                allow(request, this);
                Problems.write(response, 405);
                return;
            }
            Problems.write(response, status);
        }

        @Override
        public void setHeader(String name, String value) {
            super.setHeader(name, name.equals("Allow") ? withoutRefused(value) : value);
        }

        private String withoutRefused(String methods) {
            List<String> taken = new ArrayList<>(List.of(methods.split(", *")));
            taken.removeAll(List.of("TRACE", "OPTIONS"));
            return String.join(", ", taken);
        }
    }

    private static final class NotJsonException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
