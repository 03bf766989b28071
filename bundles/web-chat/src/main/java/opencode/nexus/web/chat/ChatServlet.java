package opencode.nexus.web.chat;

import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.search.SearchService;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
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

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    transient volatile @Nullable SearchService search;

    @Activate
    public ChatServlet(@Reference ChatService chat) {
        resources = Map.ofEntries(
                Map.entry("sessions", new SessionResources.All(chat)),
                Map.entry("sessions/*", new SessionResources.One(chat)),
                Map.entry("sessions/*/messages", new MessagesResource(chat)),
                Map.entry("sessions/*/abort", new SessionResources.Abort(chat)),
                Map.entry("sessions/*/todos", new SessionResources.Todos(chat)),
                Map.entry("sessions/*/queue", new QueueResources.All(chat)),
                Map.entry("sessions/*/queue/*", new QueueResources.One(chat)),
                Map.entry("sessions/*/queue/resume", new QueueResources.Resume(chat)),
                Map.entry("sessions/*/fork", new HistoryResources.Fork(chat)),
                Map.entry("sessions/*/revert", new HistoryResources.Revert(chat)),
                Map.entry("sessions/*/unrevert", new HistoryResources.Unrevert(chat)),
                Map.entry("sessions/*/diff", new HistoryResources.Diff(chat)),
                Map.entry("sessions/*/export", new HistoryResources.Export(chat)),
                Map.entry("sessions/*/attachments/*", new HistoryResources.Attachment(chat)),
                Map.entry("uploads", new UploadResources.All(chat)),
                Map.entry("uploads/*", new UploadResources.One(chat)),
                Map.entry("requests", new RequestResources.All(chat)),
                Map.entry("permissions/*", new RequestResources.Permission(chat)),
                Map.entry("questions/*", new RequestResources.Question(chat)),
                Map.entry("models", new ChoiceResources.Models(chat)),
                Map.entry("agents", new ChoiceResources.Agents(chat)),
                Map.entry("commands", new ChoiceResources.Commands(chat)),
                Map.entry("files", new ChoiceResources.Files(chat)),
                Map.entry("preferences", new ChoiceResources.Preferences(chat)),
                Map.entry("workspaces", new ChoiceResources.Workspaces(chat)),
                Map.entry("search", new SearchResources.Find(chat, this::search)),
                Map.entry("search/rebuild", new SearchResources.Rebuild(this::search)));
    }

    private Optional<SearchService> search() {
        return Optional.ofNullable(search);
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        resource(request).service(request, response);
    }

    /** The path is not decoded: an id with an encoded slash is one segment. What has a name of its own is no id. */
    private HttpServlet resource(HttpServletRequest request) {
        String path = request.getRequestURI();
        int known = request.getServletPath().length();
        String[] segments = path.substring(Math.min(known + 1, path.length())).split("/", -1);
        HttpServlet found = resources.get(String.join("/", segments));
        for (int id = 1; found == null && id < segments.length; id += 2) {
            segments[id] = ANY;
            found = resources.get(String.join("/", segments));
        }
        return found == null ? unknown : found;
    }
}
