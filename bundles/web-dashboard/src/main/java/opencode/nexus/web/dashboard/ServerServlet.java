package opencode.nexus.web.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.supervise.Installer;
import opencode.nexus.api.supervise.Installer.Installation;
import opencode.nexus.api.supervise.Supervised;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.Json;
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
 * {@code GET /api/server}: how OpenCode stands. {@code POST /api/server/start}, {@code /stop}, {@code /restart},
 * {@code /install}: asks for a change and returns at once.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/server", "/api/server/*"})
public final class ServerServlet extends ApiServlet {

    @Reference(
            target = "(" + Supervised.NAME + "=server)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable Supervised server;

    @Reference(
            target = "(" + Supervised.NAME + "=server)",
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable Installer installer;

    /** For the container, which sets {@link #server} and {@link #installer}. */
    public ServerServlet() {
        this(null, null);
    }

    ServerServlet(@Nullable Supervised server, @Nullable Installer installer) {
        this.server = server;
        this.installer = installer;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!path(request).isEmpty()) {
            throw unknown();
        }
        ObjectNode status = Json.mapper().valueToTree(server().status());
        Installer present = installer;
        Installation installation = present == null ? Installation.NOTHING : present.installation();
        if (!installation.equals(Installation.NOTHING)) {
            status.set("install", Json.mapper().valueToTree(installation));
        }
        json(response, HttpServletResponse.SC_OK, status);
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        switch (path.size() == 1 ? path.get(0) : "") {
            case "start" -> server().start();
            case "stop" -> server().stop();
            case "restart" -> server().restart();
            case "install" -> installer().install();
            default -> throw unknown();
        }
        empty(response, HttpServletResponse.SC_ACCEPTED);
    }

    private Supervised server() {
        return present(server);
    }

    private Installer installer() {
        return present(installer);
    }

    private static <T> T present(@Nullable T service) {
        if (service == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "server-unavailable",
                    "The part of Nexus that runs OpenCode is not there right now; try again in a moment.");
        }
        return service;
    }

    private static NexusException unknown() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }
}
