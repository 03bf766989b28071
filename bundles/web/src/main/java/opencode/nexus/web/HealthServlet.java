package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.NexusHttp;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code GET /api/health}: 200 when requests reach servlets. Tells nothing else, since anybody may ask. */
@Component(
        service = {Servlet.class, HealthServlet.class},
        immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern(Paths.HEALTH)
public final class HealthServlet extends ApiServlet {
    private volatile boolean asked;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        asked = true;
        json(response, HttpServletResponse.SC_OK, Map.of("status", "up"));
    }

    /** True once anybody was answered: then it is this gateway that listens, and not another program on its port. */
    boolean wasAsked() {
        return asked;
    }
}
