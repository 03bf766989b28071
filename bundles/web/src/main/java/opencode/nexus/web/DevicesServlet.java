package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
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

/** {@code GET /api/devices}: the browsers that have logged in. {@code DELETE /api/devices/{id}}: forgets one. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/devices", "/api/devices/*"})
public final class DevicesServlet extends ApiServlet {
    private final transient AuthService auth;

    @Activate
    public DevicesServlet(@Reference AuthService auth) {
        this.auth = auth;
    }

    /** One browser; {@code current}: the one that asks; {@code address}: where from, if it is not this machine. */
    private record Listed(
            String id,
            String name,
            Instant createdAt,
            Instant lastSeenAt,
            boolean loggedIn,
            boolean current,
            @Nullable String address) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!path(request).isEmpty()) {
            throw unknown();
        }
        String current = NexusHttp.device(request).id();
        List<Listed> devices = auth.devices().stream()
                .map(device -> new Listed(
                        device.id(),
                        device.name(),
                        device.createdAt(),
                        device.lastSeenAt(),
                        device.loggedIn(),
                        device.id().equals(current),
                        device.address()))
                .toList();
        json(response, HttpServletResponse.SC_OK, devices);
    }

    @Override
    protected void doDelete(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        if (path.size() != 1) {
            throw unknown();
        }
        auth.revoke(path.get(0));
        empty(response, HttpServletResponse.SC_NO_CONTENT);
    }

    private static NexusException unknown() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "unknown-device", "There is no such device.");
    }
}
