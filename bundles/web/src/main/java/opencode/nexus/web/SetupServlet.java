package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code GET /api/setup}: whether there is no owner yet. {@code POST}: become the owner. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern(Paths.SETUP)
public final class SetupServlet extends ApiServlet {
    private static final int MAX_BYTES = 16 * 1024;

    private final transient AuthService auth;

    @Activate
    public SetupServlet(@Reference AuthService auth) {
        this.auth = auth;
    }

    private record Setup(@Nullable String code, @Nullable String password) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        json(response, HttpServletResponse.SC_OK, Map.of("required", auth.setupRequired()));
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Setup setup = body(request, Setup.class, MAX_BYTES);
        AuthService.Grant grant = auth.setUp(
                required(setup.code(), "code"), required(setup.password(), "password"), DeviceName.of(request));
        DeviceCookie.of(request).write(response, grant.token());
        json(response, HttpServletResponse.SC_CREATED, Map.of("device", grant.device()));
    }
}
