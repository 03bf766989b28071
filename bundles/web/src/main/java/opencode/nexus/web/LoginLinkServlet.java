package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code POST /api/login/link}: the code of a link for a cookie. Only through the tunnel, which the link was made for. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern(Paths.LOGIN_LINK)
public final class LoginLinkServlet extends ApiServlet {
    private static final int MAX_BYTES = 4 * 1024;

    private final transient AuthService auth;

    @Activate
    public LoginLinkServlet(@Reference AuthService auth) {
        this.auth = auth;
    }

    private record Link(@Nullable String code) {}

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Link link = body(request, Link.class, MAX_BYTES);
        Visitor visitor = Visitor.of(request)
                .orElseThrow(() -> new NexusException(
                        NexusException.Kind.FORBIDDEN,
                        "tunnel-only",
                        "A link to log in is good at the public address only. Log in with the password here."));
        DeviceCookie cookie = DeviceCookie.of(request);
        AuthService.Grant grant = auth.loginByLink(
                required(link.code(), "code"),
                cookie.read(request).orElse(null),
                DeviceName.of(request),
                visitor.address());
        cookie.write(response, grant.token());
        empty(response, HttpServletResponse.SC_NO_CONTENT);
    }
}
