package opencode.nexus.jetty;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Failures that never reach a servlet, as {@code application/problem+json}: a bad URI, headers that are too long, no
 * context while bundles are swapped. Says nothing of what is inside.
 */
public final class ProblemErrors extends ErrorHandler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = status(request, response);
        response.setStatus(status);
        // Where Jetty gives up before its customizers ran, nothing has put them on yet.
        SecurityHeaders.put(response.getHeaders());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (HttpStatus.hasNoBody(status)) {
            callback.succeeded();
            return true;
        }
        byte[] body = problem(status).getBytes(StandardCharsets.UTF_8);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/problem+json");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }

    private static int status(Request request, Response response) {
        if (request.getAttribute(ERROR_EXCEPTION) instanceof HttpException refused) {
            return refused.getCode();
        }
        return HttpStatus.isClientError(response.getStatus()) || HttpStatus.isServerError(response.getStatus())
                ? response.getStatus()
                : HttpStatus.INTERNAL_SERVER_ERROR_500;
    }

    private static String problem(int status) {
        HttpStatus.Code known = HttpStatus.getCode(status);
        String title = known == null ? "Request Refused" : known.getMessage();
        String code = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "-");
        String detail = status < 500
                ? "The request cannot be answered as it stands."
                : "Something went wrong inside; the log tells more.";
        return "{\"type\":\"about:blank\",\"status\":" + status + ",\"title\":\"" + title + "\",\"detail\":\"" + detail
                + "\",\"code\":\"" + code + "\"}";
    }
}
