package opencode.nexus.testkit;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request and its response, for tests of servlets without a server. What no servlet of Nexus uses is not there and
 * throws. Give it to a servlet with {@code servlet.service(exchange.request(), exchange.response())}.
 */
public final class FakeExchange {
    private final String method;
    private final String uri;
    private final @Nullable String query;
    private final Map<String, String> parameters = new HashMap<>();
    private final Map<String, List<String>> requestHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, List<String>> responseHeaders = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, Object> attributes = new HashMap<>();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private String servletPath;
    private In body = new In(new byte[0]);
    private long contentLength = -1;
    private boolean secure;
    private DispatcherType dispatcher = DispatcherType.REQUEST;
    private @Nullable AsyncContext async;
    private ServletOutputStream out = new Out();
    private int status = 200;
    private boolean committed;
    private boolean asyncStarted;

    /**
     * A request to {@code 127.0.0.1:8181}.
     *
     * @param target path and query, as sent; the query is not decoded
     */
    public FakeExchange(String method, String target) {
        this.method = method;
        String[] parts = target.split("\\?", 2);
        uri = parts[0];
        servletPath = uri;
        query = parts.length == 2 ? parts[1] : null;
        if (parts.length == 2) {
            for (String pair : parts[1].split("&")) {
                String[] parameter = pair.split("=", 2);
                parameters.put(parameter[0], parameter.length == 2 ? parameter[1] : "");
            }
        }
        header("Host", "127.0.0.1:8181");
    }

    /** Sets a header of the request, or takes it away with null. */
    public FakeExchange header(String name, @Nullable String value) {
        requestHeaders.remove(name);
        return value == null ? this : add(name, value);
    }

    /** Adds one more header of the request. */
    public FakeExchange add(String name, String value) {
        requestHeaders.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        return this;
    }

    /** A JSON body, of the same origin. */
    public FakeExchange json(String json) {
        return header("Origin", "http://127.0.0.1:8181")
                .body("application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    public FakeExchange body(@Nullable String contentType, byte[] bytes) {
        body = new In(bytes);
        contentLength = bytes.length;
        return header("Content-Type", contentType);
    }

    /** The body comes in chunks: its length is not told. */
    public FakeExchange chunked() {
        contentLength = -1;
        return header("Transfer-Encoding", "chunked");
    }

    /** The part of the path that the servlet's pattern matched; the whole path unless set. */
    public FakeExchange servletPath(String path) {
        servletPath = path;
        return this;
    }

    public FakeExchange attribute(String name, Object value) {
        attributes.put(name, value);
        return this;
    }

    public FakeExchange secure() {
        secure = true;
        return this;
    }

    public FakeExchange dispatcher(DispatcherType type) {
        dispatcher = type;
        return this;
    }

    /** What the servlet gets when it asks to answer later, and where it then writes. */
    public FakeExchange async(AsyncContext context, ServletOutputStream output) {
        async = context;
        out = output;
        return this;
    }

    /** As {@link #async(AsyncContext, ServletOutputStream)}, with what is written in {@link #text}. */
    public FakeExchange async(AsyncContext context) {
        async = context;
        return this;
    }

    public HttpServletRequest request() {
        return proxy(HttpServletRequest.class, (proxy, called, arguments) -> switch (called.getName()) {
            case "getMethod" -> method;
            case "getProtocol" -> "HTTP/1.1";
            case "getRequestURI" -> uri;
            case "getQueryString" -> query;
            case "getServletPath" -> servletPath;
            case "getHeader" -> first(requestHeaders, arguments);
            case "getHeaders" -> Collections.enumeration(requestHeaders.getOrDefault(name(arguments), List.of()));
            case "getDateHeader" -> -1L;
            case "getParameter" -> parameters.get(name(arguments));
            case "getContentType" -> first(requestHeaders, new Object[] {"Content-Type"});
            case "getContentLengthLong" -> contentLength;
            case "getInputStream" -> body;
            case "isSecure" -> secure;
            case "getDispatcherType" -> dispatcher;
            case "getAttribute" -> attributes.get(name(arguments));
            case "setAttribute" -> attributes.put(name(arguments), arguments[1]);
            case "startAsync" -> startAsync();
            case "isAsyncStarted" -> asyncStarted;
            default -> throw new UnsupportedOperationException(called.getName());
        });
    }

    public HttpServletResponse response() {
        return proxy(HttpServletResponse.class, (proxy, called, arguments) -> {
            switch (called.getName()) {
                case "setStatus" -> status = (int) arguments[0];
                case "sendError" -> throw new UnsupportedOperationException("the container's error page");
                case "setContentType" -> respond("Content-Type", name(arguments));
                case "setHeader" -> respond(name(arguments), (String) arguments[1]);
                case "setContentLength" -> respond("Content-Length", String.valueOf(arguments[0]));
                case "addHeader" ->
                    responseHeaders
                            .computeIfAbsent(name(arguments), key -> new ArrayList<>())
                            .add((String) arguments[1]);
                case "setCharacterEncoding" -> {}
                case "resetBuffer" -> written.reset();
                case "flushBuffer" -> committed = true;
                case "isCommitted" -> {
                    return committed;
                }
                case "getStatus" -> {
                    return status;
                }
                case "containsHeader" -> {
                    return responseHeaders.containsKey(name(arguments));
                }
                case "getHeader" -> {
                    return first(responseHeaders, arguments);
                }
                case "getOutputStream" -> {
                    return out;
                }
                default -> throw new UnsupportedOperationException(called.getName());
            }
            return null;
        });
    }

    /** How many bytes of the request nobody has read. */
    public int unread() {
        return body.bytes.available();
    }

    /** The status that was answered; 200 when nothing else was said. */
    public int status() {
        return status;
    }

    /** A header of the response. */
    public @Nullable String answered(String name) {
        return first(responseHeaders, new Object[] {name});
    }

    /** The body of the response. */
    public String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    /** The bytes of the response. */
    public byte[] bytes() {
        return written.toByteArray();
    }

    public boolean isCommitted() {
        return committed;
    }

    /** What was left in the request for others. */
    public @Nullable Object attribute(String name) {
        return attributes.get(name);
    }

    private AsyncContext startAsync() {
        if (async == null) {
            throw new IllegalStateException("not asynchronous");
        }
        asyncStarted = true;
        return async;
    }

    private void respond(String name, @Nullable String value) {
        if (value == null) {
            responseHeaders.remove(name);
            return;
        }
        responseHeaders.put(name, new ArrayList<>(List.of(value)));
    }

    private static @Nullable String first(Map<String, List<String>> headers, Object[] arguments) {
        List<String> values = headers.getOrDefault(name(arguments), List.of());
        return values.isEmpty() ? null : values.get(0);
    }

    private static String name(Object[] arguments) {
        return (String) arguments[0];
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static final class In extends ServletInputStream {
        private final ByteArrayInputStream bytes;

        In(byte[] bytes) {
            this.bytes = new ByteArrayInputStream(bytes);
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            return bytes.read(buffer, offset, length);
        }

        @Override
        public boolean isFinished() {
            return bytes.available() == 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    private final class Out extends ServletOutputStream {
        @Override
        public void write(int value) {
            written.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            written.write(bytes, offset, length);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new UnsupportedOperationException();
        }
    }
}
