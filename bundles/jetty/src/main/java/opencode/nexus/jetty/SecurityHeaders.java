package opencode.nexus.jetty;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/** Puts the headers that keep a browser from harm on every answer, whoever writes it. */
public final class SecurityHeaders implements HttpConfiguration.Customizer {
    private static final HttpField[] FIELDS = {
        new PreEncodedHttpField(
                "Content-Security-Policy",
                String.join(
                        "; ",
                        "default-src 'none'",
                        "script-src 'self'",
                        "style-src 'self'",
                        "connect-src 'self'",
                        "img-src 'self' data: blob:",
                        "font-src 'self'",
                        "manifest-src 'self'",
                        "worker-src 'self'",
                        "form-action 'self'",
                        "base-uri 'none'",
                        "object-src 'none'",
                        "frame-ancestors 'none'",
                        "require-trusted-types-for 'script'",
                        "trusted-types lit-html nexus-worker")),
        new PreEncodedHttpField("X-Content-Type-Options", "nosniff"),
        new PreEncodedHttpField("X-Frame-Options", "DENY"),
        new PreEncodedHttpField("Referrer-Policy", "no-referrer"),
        new PreEncodedHttpField("Cross-Origin-Opener-Policy", "same-origin"),
        new PreEncodedHttpField("Cross-Origin-Resource-Policy", "same-origin"),
        new PreEncodedHttpField(
                "Permissions-Policy",
                "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(self), geolocation=(),"
                        + " gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"),
    };

    private static final HttpField HTTPS_ONLY =
            new PreEncodedHttpField("Strict-Transport-Security", "max-age=31536000");

    /** Also tells the listener that a request came in at, see {@link Listeners}. */
    @Override
    public Request customize(Request request, HttpFields.Mutable headers) {
        put(request, headers);
        String listener = Listeners.nameOf(request);
        if (listener == null) {
            return request;
        }
        request.setAttribute(Listeners.NAME, listener);
        return new Secure(request);
    }

    static void put(Request request, HttpFields.Mutable headers) {
        headers.remove(HttpHeader.SERVER);
        for (HttpField field : FIELDS) {
            headers.put(field);
        }
        if (Listeners.nameOf(request) != null) {
            headers.put(HTTPS_ONLY);
        }
    }

    /** A request that came by https as far as the browser knows. */
    private static final class Secure extends Request.Wrapper {
        private final HttpURI uri;

        Secure(Request request) {
            super(request);
            uri = HttpURI.build(request.getHttpURI()).scheme(HttpScheme.HTTPS).asImmutable();
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public boolean isSecure() {
            return true;
        }
    }
}
