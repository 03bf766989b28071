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
 * Failures that never reach a servlet, as {@code application/problem+json}: a bad URI, headers that are too long. Says
 * nothing of what is inside.
 *
 * <p>Unknown addresses are told by the web bundle. That one gets here means that there is no web bundle just now, because
 * it is being started or replaced: not "not found", but "come back".
 */
public final class ProblemErrors extends ErrorHandler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = status(request, response);
        response.setStatus(status);
        // Where Jetty gives up before its customizers ran, nothing has put them on yet.
        SecurityHeaders.put(request, response.getHeaders());
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        // What is left of a refused request is not read: say that the connection is of no more use.
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        if (HttpStatus.hasNoBody(status)) {
            callback.succeeded();
            return true;
        }
        if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
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
        int status = response.getStatus();
        if (status == HttpStatus.NOT_FOUND_404) {
            return HttpStatus.SERVICE_UNAVAILABLE_503;
        }
        return HttpStatus.isClientError(status) || HttpStatus.isServerError(status)
                ? status
                : HttpStatus.INTERNAL_SERVER_ERROR_500;
    }

    private static String problem(int status) {
        HttpStatus.Code known = HttpStatus.getCode(status);
        String title = known == null ? "Request Refused" : known.getMessage();
        String code = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "-");
        return "{\"type\":\"about:blank\",\"status\":" + status + ",\"title\":\"" + title + "\",\"detail\":\""
                + detail(status) + "\",\"code\":\"" + code + "\"}";
    }

    private static String detail(int status) {
        if (status == HttpStatus.SERVICE_UNAVAILABLE_503) {
            return "Nexus is being started or replaced; try again in a moment.";
        }
        return status < 500
                ? "The request cannot be answered as it stands."
                : "Something went wrong inside; the log tells more.";
    }
}
