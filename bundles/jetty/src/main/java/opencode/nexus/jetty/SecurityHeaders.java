package opencode.nexus.jetty;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
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

    @Override
    public Request customize(Request request, HttpFields.Mutable headers) {
        put(headers);
        return request;
    }

    static void put(HttpFields.Mutable headers) {
        headers.remove(HttpHeader.SERVER);
        for (HttpField field : FIELDS) {
            headers.put(field);
        }
    }
}
