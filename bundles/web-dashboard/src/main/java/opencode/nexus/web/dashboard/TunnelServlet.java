package opencode.nexus.web.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.api.tunnel.TunnelService;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * {@code GET /api/tunnel}: how the tunnel stands; {@code /config}: what is set, {@code /qr}: its address to be photographed,
 * {@code /log}: the last lines. {@code POST /start}, {@code /stop}: asks for a change; {@code /validate}: checks a
 * configuration; {@code /login-link}: lets a new device in. {@code PUT /config}: another one.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/tunnel", "/api/tunnel/*"})
public final class TunnelServlet extends ApiServlet {
    private static final long serialVersionUID = 1;
    private static final int MOST_BYTES = 256 * 1_024;
    private static final int DEFAULT_LINES = 200;
    private static final int MOST_LINES = 1_000;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable TunnelService tunnel;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable AuthService auth;

    /** For the container, which sets {@link #tunnel} and {@link #auth}. */
    public TunnelServlet() {
        this(null, null);
    }

    TunnelServlet(@Nullable TunnelService tunnel, @Nullable AuthService auth) {
        this.tunnel = tunnel;
        this.auth = auth;
    }

    private record Lines(List<String> lines) {}

    private record Link(String url, String qr, Instant expiresAt) {}

    private record Valid(boolean ok, List<Field> warnings, boolean needsPassword, String preview) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (only(path(request))) {
            case "" -> json(response, HttpServletResponse.SC_OK, TunnelJson.of(tunnel().status()));
            case "config" -> json(response, HttpServletResponse.SC_OK, TunnelJson.of(tunnel().config()));
            case "log" -> json(response, HttpServletResponse.SC_OK, new Lines(tunnel().logTail(lines(request))));
            case "qr" -> qr(response);
            default -> throw unknown();
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (only(path(request))) {
            case "start" -> {
                tunnel().start();
                json(response, HttpServletResponse.SC_ACCEPTED, TunnelJson.of(tunnel().status()));
            }
            case "stop" -> {
                tunnel().stop();
                json(response, HttpServletResponse.SC_ACCEPTED, TunnelJson.of(tunnel().status()));
            }
            case "validate" -> validate(request, response);
            case "login-link" -> loginLink(request, response);
            default -> throw unknown();
        }
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!only(path(request)).equals("config")) {
            throw unknown();
        }
        TunnelService service = tunnel();
        JsonNode body = body(request, JsonNode.class, MOST_BYTES);
        TunnelConfig config = config(body, service);
        List<Field> elsewhere = of(Severity.NEEDS_PASSWORD, checked(config, service));
        if (!elsewhere.isEmpty()) {
            confirm(request, body.path("password"), elsewhere);
        }
        json(response, HttpServletResponse.SC_OK, TunnelJson.of(service.configure(config)));
    }

    private void validate(HttpServletRequest request, HttpServletResponse response) throws IOException {
        TunnelService service = tunnel();
        TunnelConfig config = config(body(request, JsonNode.class, MOST_BYTES), service);
        List<TunnelProblem> found = checked(config, service);
        List<Field> elsewhere = of(Severity.NEEDS_PASSWORD, found);
        List<Field> warnings = new ArrayList<>(elsewhere);
        warnings.addAll(of(Severity.WARNING, found));
        json(
                response,
                HttpServletResponse.SC_OK,
                new Valid(true, warnings, !elsewhere.isEmpty(), service.preview(config)));
    }

    /** @throws NexusException INVALID naming everything that is wrong, with the form as well as with what can be read */
    private static TunnelConfig config(JsonNode body, TunnelService service) {
        TunnelConfigReading reading = new TunnelConfigReading(body);
        List<Field> wrong = new ArrayList<>(reading.wrong());
        if (wrong.isEmpty()) {
            return reading.config();
        }
        if (!reading.isWrong("kind")) {
            try {
                service.preview(reading.config());
            } catch (NexusException e) {
                e.fields().stream()
                        .filter(field -> !reading.isWrong(field.field()))
                        .forEach(wrong::add);
            }
        }
        throw NexusException.invalid(wrong);
    }

    /** @throws NexusException INVALID when it cannot be used */
    private static List<TunnelProblem> checked(TunnelConfig config, TunnelService service) {
        List<TunnelProblem> found = service.validate(config);
        List<Field> errors = of(Severity.ERROR, found);
        if (!errors.isEmpty()) {
            throw NexusException.invalid(errors);
        }
        return found;
    }

    private static List<Field> of(Severity severity, List<TunnelProblem> found) {
        return found.stream()
                .filter(problem -> problem.severity() == severity)
                .map(problem -> new Field(problem.field(), problem.message()))
                .toList();
    }

    private void confirm(HttpServletRequest request, JsonNode password, List<Field> elsewhere) {
        if (password.isMissingNode() || password.isNull()) {
            throw NexusException.forbidden(
                    "password-required",
                    "A rule leads past the login of Nexus. Give your password once more if that is meant.",
                    elsewhere);
        }
        if (!password.isTextual()) {
            throw NexusException.invalid("password", "must be a text");
        }
        auth().confirm(NexusHttp.token(request), password.textValue());
    }

    /** The code stands in the fragment, which no browser sends and so no log has. */
    private void loginLink(HttpServletRequest request, HttpServletResponse response) throws IOException {
        URI address = tunnel().status().url();
        if (address == null) {
            throw noAddress(Kind.CONFLICT);
        }
        AuthService.LoginLink link = auth().loginLink(NexusHttp.token(request));
        String url = address.resolve("/login#code=" + link.code()).toString();
        json(
                response,
                HttpServletResponse.SC_OK,
                new Link(url, QrCode.svg(url, "QR code that logs a new device in"), link.expiresAt()));
    }

    private void qr(HttpServletResponse response) throws IOException {
        URI url = tunnel().status().url();
        if (url == null) {
            throw noAddress(Kind.NOT_FOUND);
        }
        byte[] svg = QrCode.svg(url.toString(), "QR code of " + url).getBytes(UTF_8);
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("image/svg+xml");
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(svg.length);
        response.getOutputStream().write(svg);
    }

    private static int lines(HttpServletRequest request) {
        String given = request.getParameter("lines");
        if (given == null) {
            return DEFAULT_LINES;
        }
        try {
            int lines = Integer.parseInt(given);
            if (lines >= 1) {
                return Math.min(lines, MOST_LINES);
            }
        } catch (NumberFormatException e) {
            // Answered as any other wrong value.
        }
        throw NexusException.invalid("lines", "must be a whole number, at least 1");
    }

    private TunnelService tunnel() {
        return present(
                tunnel, "The part of Nexus that opens the tunnel is not there right now; try again in a moment.");
    }

    private AuthService auth() {
        return present(auth, "The login is not there right now; try again in a moment.");
    }

    private static NexusException noAddress(Kind kind) {
        return new NexusException(kind, "no-address", "The tunnel has no address right now.");
    }

    private static <T> T present(@Nullable T service, String otherwise) {
        if (service == null) {
            throw new NexusException(Kind.UNAVAILABLE, "part-missing", otherwise);
        }
        return service;
    }

    /** The one segment that a path may have; empty for none. */
    private static String only(List<String> path) {
        if (path.size() > 1) {
            throw unknown();
        }
        return path.isEmpty() ? "" : path.get(0);
    }

    private static NexusException unknown() {
        return new NexusException(Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }
}
