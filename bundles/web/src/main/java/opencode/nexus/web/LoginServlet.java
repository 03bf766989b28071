package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code POST /api/login}: a password for a cookie. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern(Paths.LOGIN)
public final class LoginServlet extends ApiServlet {
    private static final int MAX_BYTES = 16 * 1024;

    private final transient AuthService auth;

    @Activate
    public LoginServlet(@Reference AuthService auth) {
        this.auth = auth;
    }

    private record Login(@Nullable String password) {}

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Login login = body(request, Login.class, MAX_BYTES);
        DeviceCookie cookie = DeviceCookie.of(request);
        AuthService.Grant grant = auth.login(
                required(login.password(), "password"),
                cookie.read(request).orElse(null),
                DeviceName.of(request),
                Visitor.of(request).map(Visitor::address).orElse(null));
        cookie.write(response, grant.token());
        empty(response, HttpServletResponse.SC_NO_CONTENT);
    }
}
