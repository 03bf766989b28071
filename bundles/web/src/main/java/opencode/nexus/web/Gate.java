package opencode.nexus.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.auth.AuthService.Device;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.web.RequestRules.Refusal;
import opencode.nexus.web.http.NexusHttp;
import opencode.nexus.web.http.Problems;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides about each request: whether it reaches a servlet, or what is answered instead. When in doubt, it does not. */
final class Gate {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final TunnelAccess tunnel;
    private volatile RequestRules rules;

    Gate(RequestRules rules, TunnelAccess tunnel) {
        this.rules = rules;
        this.tunnel = tunnel;
    }

    /** From the next request on these rules hold. */
    void use(RequestRules next) {
        rules = next;
    }

    /** True when the request may go on; otherwise it has been answered. */
    boolean admit(
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable CloudflareAccess access,
            @Nullable AuthService auth,
            @Nullable PageSource pages)
            throws IOException {
        if (request.getDispatcherType() == DispatcherType.ERROR) {
            return true; // only the answer to a request that was refused already
        }
        RequestRules now = rules;
        Optional<Refusal> foreign = now.refuseForeign(request);
        if (foreign.isPresent()) {
            return refuse(response, foreign.get());
        }
        Optional<AccessRefusal> away = refuseByAccess(request, access);
        if (away.isPresent()) {
            away.get().write(request, response);
            return false;
        }
        if (auth == null) {
            return unavailable(request, response);
        }
        try {
            Optional<Visitor> visitor = Visitor.of(request);
            if (visitor.isPresent() && !admitVisitor(request, response, visitor.get(), auth)) {
                return false;
            }
            return admit(now, request, response, pages, device(request, auth));
        } catch (RuntimeException e) {
            LOG.warn("Nobody can be let in: the login service failed", e);
            return unavailable(request, response);
        }
    }

    /** Who sits at this machine is never asked: so nobody can shut themselves out by a wrong setting. */
    private Optional<AccessRefusal> refuseByAccess(HttpServletRequest request, @Nullable CloudflareAccess access) {
        if (!Visitor.cameThroughTheTunnel(request)
                || Paths.isRead(request) && tunnel.isProbed(request.getRequestURI())) {
            return Optional.empty();
        }
        try {
            return access == null ? Optional.of(AccessRefusal.UNCHECKED) : access.refuse(request);
        } catch (RuntimeException e) {
            LOG.warn("Nobody can be let in from afar: the check of Cloudflare Access failed", e);
            return Optional.of(AccessRefusal.UNCHECKED);
        }
    }

    /** What holds for everybody from afar, before anything else is looked at. Otherwise it has been answered. */
    private static boolean admitVisitor(
            HttpServletRequest request, HttpServletResponse response, Visitor visitor, AuthService auth)
            throws IOException {
        if (auth.setupRequired()) {
            return refuse(
                    response, new Refusal(403, "not-set-up", "Nexus has no owner yet, so nobody is let in here."));
        }
        if (!visitor.https()) {
            return sendToHttps(request, response);
        }
        if (request.getRequestURI().equals(Paths.SETUP) && !Paths.isRead(request)) {
            return refuse(
                    response, new Refusal(403, "setup-is-local", "Nexus is set up at the machine that it runs on."));
        }
        return true;
    }

    private boolean admit(
            RequestRules now,
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable PageSource pages,
            Optional<Device> device)
            throws IOException {
        boolean known = device.isPresent();
        if (!known && !isPublic(request, pages)) {
            return sendToLogin(request, response, pages);
        }
        Optional<Refusal> unproven = now.refuseUnproven(request);
        if (unproven.isPresent()) {
            return refuse(response, unproven.get());
        }
        if (isNeedless(request, known)) {
            return redirect(response, "/");
        }
        return true;
    }

    private static Optional<Device> device(HttpServletRequest request, AuthService auth) {
        Optional<String> token = DeviceCookie.of(request).read(request);
        // A login holds on the side of the tunnel where it was made: what leaks here is of no use there.
        boolean remote = Visitor.cameThroughTheTunnel(request);
        Optional<Device> device =
                token.flatMap(auth::authenticate).filter(known -> (known.address() != null) == remote);
        if (device.isPresent()) {
            request.setAttribute(NexusHttp.DEVICE, device.get());
            request.setAttribute(NexusHttp.TOKEN, token.get());
        }
        return device;
    }

    private boolean isPublic(HttpServletRequest request, @Nullable PageSource pages) {
        String path = request.getRequestURI();
        boolean remote = Visitor.cameThroughTheTunnel(request);
        if (request.getMethod().equals("POST")) {
            return path.equals(Paths.SETUP) || path.equals(Paths.LOGIN) || remote && path.equals(Paths.LOGIN_LINK);
        }
        if (!Paths.isRead(request)) {
            return false;
        }
        return switch (path) {
            case Paths.HEALTH, Paths.SETUP, Paths.LOGIN_PAGE -> true;
            case Paths.SETUP_PAGE -> !remote;
            default ->
                remote && tunnel.isProbed(path)
                        || !Paths.isApi(request)
                                && pages != null
                                && pages.find(path).map(PageSource.Asset::open).orElse(false);
        };
    }

    /** Who is in needs neither login nor setup. Who of the two a stranger needs, the pages find out. */
    private static boolean isNeedless(HttpServletRequest request, boolean known) {
        String path = request.getRequestURI();
        return known && Paths.isRead(request) && (path.equals(Paths.LOGIN_PAGE) || path.equals(Paths.SETUP_PAGE));
    }

    /** A page that exists is named, so that the person gets there after the login. */
    private static boolean sendToLogin(
            HttpServletRequest request, HttpServletResponse response, @Nullable PageSource pages) throws IOException {
        if (Paths.isApi(request)) {
            return refuse(response, new Refusal(401, "login-required", "Log in first."));
        }
        String path = request.getRequestURI();
        boolean page = !path.equals("/")
                && pages != null
                && pages.find(path)
                        .filter(asset -> !asset.open() && asset.contentType().startsWith("text/html"))
                        .isPresent();
        return redirect(
                response,
                page ? Paths.LOGIN_PAGE + "?to=" + URLEncoder.encode(path, StandardCharsets.UTF_8) : Paths.LOGIN_PAGE);
    }

    private static boolean sendToHttps(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!Paths.isRead(request) || Paths.isApi(request)) {
            return refuse(response, new Refusal(403, "https-only", "Open this address with https."));
        }
        String query = request.getQueryString();
        return redirect(
                response,
                "https://" + request.getHeader("Host") + request.getRequestURI() + (query == null ? "" : "?" + query));
    }

    private static boolean redirect(HttpServletResponse response, String path) throws IOException {
        response.setStatus(HttpServletResponse.SC_FOUND);
        response.setHeader("Location", path);
        response.setHeader("Cache-Control", "no-store");
        response.setContentLength(0);
        response.flushBuffer();
        return false;
    }

    private static boolean unavailable(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (Paths.wantsPage(request)) {
            SmallPage.BACK_SOON.write(response);
            return false;
        }
        response.setHeader("Retry-After", "1");
        return refuse(
                response,
                new Refusal(503, "auth-unavailable", "Nobody can be let in right now; try again in a moment."));
    }

    private static boolean refuse(HttpServletResponse response, Refusal refusal) throws IOException {
        Problems.write(response, refusal.status(), refusal.code(), refusal.detail());
        return false;
    }
}
