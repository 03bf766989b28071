package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One exchange after the other with OpenCode, on pooled connections: HTTP/1.1 without {@code Upgrade} (OpenCode would let
 * a POST hang), a limit for the time of each exchange and for the size of each answer. Safe for use by several threads.
 */
final class OpenCodeHttp implements AutoCloseable {

    /** The largest answer that is read. */
    static final int MAX_BODY = 64 * 1024 * 1024;

    private static final Timeout CONNECT = Timeout.ofSeconds(2);
    /** A connection unused for longer is tried before a POST is risked on it. */
    private static final Timeout IDLE = Timeout.ofMilliseconds(500);

    private static final int CONNECTIONS = 32;
    private static final String JSON = "application/json";
    private static final String EVENT_STREAM = "text/event-stream";

    private final CloseableHttpClient client;
    private final int maxBody;
    private final Set<HttpUriRequestBase> active = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor watch;
    private volatile boolean cancelled;

    OpenCodeHttp(String name) {
        this(name, MAX_BODY);
    }

    OpenCodeHttp(String name, int maxBody) {
        this.maxBody = maxBody;
        watch = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "nexus-opencode-" + name + "-limit");
            thread.setDaemon(true);
            return thread;
        });
        watch.setRemoveOnCancelPolicy(true);
        client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setMaxConnTotal(CONNECTIONS)
                        .setMaxConnPerRoute(CONNECTIONS)
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setValidateAfterInactivity(IDLE)
                                .build())
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .setUserAgent("opencode-nexus")
                .build();
    }

    /**
     * What OpenCode answered.
     *
     * @param json the body, when it is JSON; nothing else ever is
     * @param cursor the header {@code X-Next-Cursor}
     */
    record Answer(int status, @Nullable JsonNode json, @Nullable String cursor) {
        boolean isJson() {
            return json != null;
        }

        boolean is2xx() {
            return status / 100 == 2;
        }
    }

    /** The answer was larger than is read. */
    static final class TooLarge extends IOException {
        private static final long serialVersionUID = 1;

        TooLarge() {
            super("OpenCode answered with more than can be read");
        }
    }

    /** No answer within the time given. */
    static final class TooSlow extends IOException {
        private static final long serialVersionUID = 1;

        TooSlow(Throwable cause) {
            super("OpenCode did not answer in time", cause);
        }
    }

    /** What a call wants. {@code body} null for none. */
    record Call(String method, String path, @Nullable HttpEntity body, Duration limit, boolean authenticated) {

        static Call of(String method, String path, @Nullable HttpEntity body, Duration limit) {
            return new Call(method, path, body, limit, true);
        }

        Call anonymous() {
            return new Call(method, path, body, limit, false);
        }
    }

    /** Writes a body while it is sent. */
    interface Writer {
        void write(OutputStream out) throws IOException;
    }

    static HttpEntity json(JsonNode body) {
        try {
            return new ByteArrayEntity(Wire.MAPPER.writeValueAsBytes(body), ContentType.APPLICATION_JSON);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A body of any size that is never in memory as a whole. */
    static HttpEntity json(Writer body) {
        return new EntityTemplate(-1, ContentType.APPLICATION_JSON, null, body::write);
    }

    /** A value, fit to be part of a path or of a query. */
    static String encode(String value) {
        return URLEncoder.encode(value, UTF_8).replace("+", "%20");
    }

    Answer exchange(Endpoint endpoint, Call call) throws IOException {
        return limited(endpoint, call, request -> execute(request, this::read));
    }

    /** As {@link #exchange}, but the bytes of a good answer are handed on as they come, with the content of all files. */
    Answer exchange(Endpoint endpoint, Call call, Reader reader) throws IOException {
        return limited(
                endpoint,
                call,
                request -> execute(request, response -> {
                    HttpEntity entity = response.getEntity();
                    if (response.getCode() != 200 || entity == null || !isOfType(entity, JSON)) {
                        return read(response);
                    }
                    try (InputStream content = entity.getContent()) {
                        reader.read(content);
                    }
                    return new Answer(response.getCode(), null, null);
                }));
    }

    /**
     * As {@link #exchange}, but a good answer is not read: there may be much of it, and OpenCode sometimes forgets to end
     * it.
     */
    Answer status(Endpoint endpoint, Call call) throws IOException {
        return limited(
                endpoint,
                call,
                request -> guarded(request, () -> {
                    HttpHost host = HttpHost.create(endpoint.url());
                    ClassicHttpResponse response = client.executeOpen(host, request, null);
                    if (response.getCode() / 100 == 2) {
                        // To close it would be to read it first.
                        request.abort();
                        return new Answer(response.getCode(), null, null);
                    }
                    try (response) {
                        return read(response);
                    }
                }));
    }

    private interface Exchange {
        Answer with(HttpUriRequestBase request) throws IOException;
    }

    private Answer limited(Endpoint endpoint, Call call, Exchange exchange) throws IOException {
        HttpUriRequestBase request = request(endpoint, call);
        request.setConfig(config(call.limit()));
        request.setEntity(call.body());
        AtomicBoolean late = new AtomicBoolean();
        ScheduledFuture<?> limit = watch.schedule(
                () -> {
                    late.set(true);
                    request.abort();
                },
                call.limit().toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            return exchange.with(request);
        } catch (SocketTimeoutException e) {
            throw new TooSlow(e);
        } catch (IOException e) {
            throw late.get() ? new TooSlow(e) : e;
        } finally {
            limit.cancel(false);
        }
    }

    /** Reads an answer, or a stream that does not end. */
    interface Reader {
        /** Returns at the end of the stream. A read fails when nothing has come for the time given to {@link #stream}. */
        void read(InputStream content) throws IOException;
    }

    /** Opens a stream of events and hands it to the reader, on this thread. */
    void stream(Endpoint endpoint, String path, Duration silence, Reader reader) throws IOException {
        HttpUriRequestBase request = request(endpoint, Call.of("GET", path, null, silence));
        request.setHeader(HttpHeaders.ACCEPT, EVENT_STREAM);
        request.setConfig(config(silence));
        execute(request, response -> {
            HttpEntity entity = response.getEntity();
            if (response.getCode() != 200 || entity == null || !isOfType(entity, EVENT_STREAM)) {
                throw new IOException("no stream of events but status " + response.getCode());
            }
            try (InputStream content = new DataUrls(entity.getContent())) {
                reader.read(content);
            }
            return null;
        });
    }

    /** Breaks off every exchange that is under way and refuses more, until {@link #resume}: each fails with an IOException. */
    void cancel() {
        cancelled = true;
        active.forEach(HttpUriRequestBase::abort);
    }

    void resume() {
        cancelled = false;
    }

    @Override
    public void close() {
        cancel();
        watch.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }

    private <T> T execute(HttpUriRequestBase request, HttpClientResponseHandler<T> handler) throws IOException {
        return guarded(request, () -> client.execute(request, handler));
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T guarded(HttpUriRequestBase request, Work<T> work) throws IOException {
        active.add(request);
        try {
            if (cancelled) {
                throw new IOException("cancelled");
            }
            return work.run();
        } catch (IllegalStateException e) {
            // What the pool says when it is closed in this very moment.
            throw new IOException("closed", e);
        } finally {
            active.remove(request);
        }
    }

    private static RequestConfig config(Duration silence) {
        return RequestConfig.custom()
                .setProtocolUpgradeEnabled(false)
                .setConnectionRequestTimeout(CONNECT)
                .setResponseTimeout(Timeout.of(silence))
                .build();
    }

    private static HttpUriRequestBase request(Endpoint endpoint, Call call) {
        HttpUriRequestBase request = new HttpUriRequestBase(call.method(), URI.create(endpoint.url() + call.path()));
        request.setVersion(HttpVersion.HTTP_1_1);
        request.setHeader(HttpHeaders.ACCEPT, JSON);
        if (call.authenticated()) {
            request.setHeader(HttpHeaders.AUTHORIZATION, endpoint.authorization());
        }
        return request;
    }

    private Answer read(ClassicHttpResponse response) throws IOException {
        Header cursor = response.getFirstHeader("X-Next-Cursor");
        HttpEntity entity = response.getEntity();
        JsonNode json = null;
        if (entity != null) {
            byte[] body = bounded(entity);
            json = isOfType(entity, JSON) ? parse(body) : null;
        }
        return new Answer(response.getCode(), json, cursor == null ? null : cursor.getValue());
    }

    private byte[] bounded(HttpEntity entity) throws IOException {
        try (InputStream content = new DataUrls(entity.getContent())) {
            byte[] body = content.readNBytes(maxBody);
            if (body.length == maxBody && content.read() >= 0) {
                throw new TooLarge();
            }
            return body;
        }
    }

    private static boolean isOfType(HttpEntity entity, String wanted) {
        String type = entity.getContentType();
        return type != null && type.startsWith(wanted);
    }

    private static @Nullable JsonNode parse(byte[] body) throws IOException {
        try {
            JsonNode json = Wire.MAPPER.readTree(body);
            return json.isMissingNode() ? null : json;
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
