package opencode.nexus.web.chat;

import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.web.http.NexusHttp;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * {@code /api/chat/*}: finds the resource that a path names. The pattern of a servlet cannot have an id in its middle, so
 * each resource is a servlet of its own behind this one.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern("/api/chat/*")
public final class ChatServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final String ANY = "*";

    private final transient Map<String, HttpServlet> resources;
    private final transient HttpServlet unknown = new UnknownResource();

    @Activate
    public ChatServlet(@Reference ChatService chat) {
        resources = Map.ofEntries(
                Map.entry("sessions", new SessionResources.All(chat)),
                Map.entry("sessions/*", new SessionResources.One(chat)),
                Map.entry("sessions/*/messages", new MessagesResource(chat)),
                Map.entry("sessions/*/abort", new SessionResources.Abort(chat)),
                Map.entry("sessions/*/todos", new SessionResources.Todos(chat)),
                Map.entry("requests", new RequestResources.All(chat)),
                Map.entry("permissions/*", new RequestResources.Permission(chat)),
                Map.entry("questions/*", new RequestResources.Question(chat)),
                Map.entry("models", new ChoiceResources.Models(chat)),
                Map.entry("workspaces", new ChoiceResources.Workspaces(chat)));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        resources.getOrDefault(shape(request), unknown).service(request, response);
    }

    /** The path with every second segment, an id, replaced. Not decoded: an id with an encoded slash is one segment. */
    private static String shape(HttpServletRequest request) {
        String path = request.getRequestURI();
        int known = request.getServletPath().length();
        String[] segments = path.substring(Math.min(known + 1, path.length())).split("/", -1);
        if (segments.length > 1) {
            segments[1] = ANY;
        }
        return String.join("/", segments);
    }
}
