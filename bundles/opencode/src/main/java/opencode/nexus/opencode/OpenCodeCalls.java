package opencode.nexus.opencode;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.core5.http.HttpEntity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls of the API with OpenCode's failures as those the owner should know. Safe for use by several threads. */
final class OpenCodeCalls implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenCodeCalls.class);

    /** How long OpenCode may take. */
    static final Duration LIMIT = Duration.ofSeconds(30);

    private final RunningOpenCode server;
    private final Duration limit;
    private final OpenCodeHttp http;

    OpenCodeCalls(RunningOpenCode server, Duration limit) {
        this(server, limit, new OpenCodeHttp("client"));
    }

    OpenCodeCalls(RunningOpenCode server, Duration limit, OpenCodeHttp http) {
        this.server = server;
        this.limit = limit;
        this.http = http;
    }

    /** The answer did not fit; less may be asked for. */
    static final class AnswerTooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;

        AnswerTooLarge(Throwable cause) {
            super(cause.getMessage(), cause);
        }

        NexusException failure() {
            return failed("OpenCode answered with more than can be read.", this);
        }
    }

    JsonNode get(String path) {
        try {
            return json(getWithHeaders(path));
        } catch (AnswerTooLarge e) {
            throw e.failure();
        }
    }

    /** As {@link #get}, but too much is told apart. */
    OpenCodeHttp.Answer getWithHeaders(String path) {
        return call("GET", path, null);
    }

    /** Hands the JSON of the answer to the reader as it comes. */
    void read(String path, OpenCodeHttp.Reader reader) {
        call("GET", path, null, (endpoint, call) -> http.exchange(endpoint, call, reader));
    }

    JsonNode patch(String path, JsonNode body) {
        return json(change("PATCH", path, body));
    }

    /** The JSON of the answer; a missing node when there is none. */
    JsonNode post(String path, @Nullable JsonNode body) {
        OpenCodeHttp.Answer answer = change("POST", path, body);
        return answer.status() == 204 ? Wire.MAPPER.missingNode() : json(answer);
    }

    /** Posts a body that is written while it is sent. Whatever is answered is of no interest, unless it is a failure. */
    void send(String path, OpenCodeHttp.Writer body) {
        post(path, OpenCodeHttp.json(body), http::exchange);
    }

    /** As {@link #send}, for an answer that need not be read. */
    void begin(String path, OpenCodeHttp.Writer body) {
        post(path, OpenCodeHttp.json(body), http::status);
    }

    void delete(String path) {
        json(change("DELETE", path, null));
    }

    /** One call for each workspace. One that fails is left out, unless all do. */
    List<JsonNode> each(List<String> workspaces, Function<String, String> path) {
        List<JsonNode> answers = new ArrayList<>();
        NexusException failure = null;
        for (String workspace : workspaces) {
            try {
                answers.add(get(path.apply(workspace)));
            } catch (NexusException e) {
                LOG.debug("OpenCode has nothing to say about {}: {}", workspace, e.getMessage());
                failure = e;
            }
        }
        if (answers.isEmpty() && failure != null) {
            throw failure;
        }
        return answers;
    }

    /** The answer as something of the API. */
    <T> T read(JsonNode node, Function<JsonNode, T> mapping) {
        try {
            return mapping.apply(node);
        } catch (Wire.Incomplete e) {
            throw failed(e.getMessage() + ". Perhaps its version is too new or too old for this Nexus.", e);
        }
    }

    /** One of many; nothing when it makes no sense. */
    <T> Optional<T> tolerant(JsonNode node, Function<JsonNode, T> mapping) {
        try {
            return Optional.of(mapping.apply(node));
        } catch (Wire.Incomplete e) {
            LOG.debug("{}; left out", e.getMessage());
            return Optional.empty();
        }
    }

    JsonNode array(OpenCodeHttp.Answer answer) {
        JsonNode json = json(answer);
        if (!json.isArray()) {
            throw failed("OpenCode answered with something else than a list.", null);
        }
        return json;
    }

    @Override
    public void close() {
        http.close();
    }

    private OpenCodeHttp.Answer change(String method, String path, @Nullable JsonNode body) {
        try {
            return call(method, path, body);
        } catch (AnswerTooLarge e) {
            throw e.failure();
        }
    }

    private OpenCodeHttp.Answer call(String method, String path, @Nullable JsonNode body) {
        return call(method, path, body == null ? null : OpenCodeHttp.json(body), http::exchange);
    }

    private interface Exchange {
        OpenCodeHttp.Answer with(Endpoint endpoint, OpenCodeHttp.Call call) throws IOException;
    }

    private void post(String path, HttpEntity body, Exchange exchange) {
        try {
            call("POST", path, body, exchange);
        } catch (AnswerTooLarge e) {
            throw e.failure();
        }
    }

    private OpenCodeHttp.Answer call(String method, String path, @Nullable HttpEntity body, Exchange exchange) {
        Endpoint endpoint = server.endpoint().orElseThrow(this::notRunning);
        OpenCodeHttp.Answer answer;
        try {
            answer = exchange.with(endpoint, OpenCodeHttp.Call.of(method, path, body, limit));
        } catch (AttachedFile.Unreadable e) {
            throw e.failure();
        } catch (OpenCodeHttp.TooLarge e) {
            throw new AnswerTooLarge(e);
        } catch (ConnectException | ConnectTimeoutException e) {
            throw notRunning();
        } catch (OpenCodeHttp.TooSlow e) {
            throw failed("OpenCode did not answer within " + limit.toSeconds() + " seconds.", e);
        } catch (IOException e) {
            if (!server.endpoint().equals(Optional.of(endpoint))) {
                throw notRunning();
            }
            throw failed("The connection to OpenCode broke. Try again.", e);
        }
        if (!answer.is2xx()) {
            throw refused(path, answer);
        }
        return answer;
    }

    private NexusException notRunning() {
        return new NexusException(Kind.UNAVAILABLE, "server-not-running", server.reason());
    }

    private static JsonNode json(OpenCodeHttp.Answer answer) {
        if (answer.json() == null) {
            throw failed(
                    "OpenCode did not answer with JSON. Perhaps its version is too new or too old for this Nexus.",
                    null);
        }
        return answer.json();
    }

    private static NexusException refused(String path, OpenCodeHttp.Answer answer) {
        boolean request = path.startsWith("/permission/") || path.startsWith("/question/");
        if (answer.status() == 400 && path.contains("&before=")) {
            return Ids.unknownCursor();
        }
        if (answer.status() == 400 && path.endsWith("/command")) {
            return NexusException.invalid("attachments", "OpenCode cannot use one of the files");
        }
        return switch (answer.status()) {
            case 404 -> request ? Ids.unknownRequest() : missing(path);
            case 409 ->
                new NexusException(
                        Kind.CONFLICT, "session-busy", "The session is busy. Stop the answer first, or wait for it.");
            case 401 -> failed("OpenCode does not accept the password of Nexus. Restart the server.", null);
            default ->
                answer.isJson()
                        ? failed("OpenCode failed: " + Failures.message(answer.json()), null)
                        : failed("OpenCode failed with status " + answer.status() + ".", null);
        };
    }

    private static NexusException missing(String path) {
        return path.contains("/message/") ? Ids.unknownMessage() : Ids.unknownSession();
    }

    static NexusException failed(String message, @Nullable Throwable cause) {
        return cause == null
                ? new NexusException(Kind.UPSTREAM, "opencode-failed", message)
                : new NexusException(Kind.UPSTREAM, "opencode-failed", message, cause);
    }
}
