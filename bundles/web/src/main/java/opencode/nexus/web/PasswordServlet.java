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

/** {@code POST /api/password}: a new password; every other browser is logged out. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern("/api/password")
public final class PasswordServlet extends ApiServlet {
    private static final int MAX_BYTES = 16 * 1024;

    private final transient AuthService auth;

    @Activate
    public PasswordServlet(@Reference AuthService auth) {
        this.auth = auth;
    }

    private record NewPassword(@Nullable String current, @Nullable String next) {}

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        NewPassword password = body(request, NewPassword.class, MAX_BYTES);
        auth.changePassword(
                NexusHttp.token(request), required(password.current(), "current"), required(password.next(), "next"));
        empty(response, HttpServletResponse.SC_NO_CONTENT);
    }
}
