package opencode.nexus.web;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import opencode.nexus.api.page.PageSource;
import opencode.nexus.api.page.PageSource.Asset;
import opencode.nexus.web.http.NexusHttp;
import opencode.nexus.web.http.Problems;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** The pages and their files, and the answer to every address that nothing else answers. */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern("/*")
public final class PagesServlet extends HttpServlet {

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable PageSource pages;

    /** The container; SCR sets {@link #pages}. */
    public PagesServlet() {
        this(null);
    }

    PagesServlet(@Nullable PageSource pages) {
        this.pages = pages;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (Paths.belongsToAPart(request)) {
            response.setHeader("Retry-After", "1");
            Problems.write(
                    response,
                    HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                    "part-missing",
                    "The part of Nexus that answers here is being started or replaced; try again in a moment.");
            return;
        }
        if (Paths.isApi(request)) {
            Problems.write(response, HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        PageSource source = pages;
        if (source == null) {
            ErrorFilter.answer(request, response, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            return;
        }
        Optional<Asset> asset = source.find(request.getRequestURI());
        if (asset.isEmpty()) {
            ErrorFilter.answer(request, response, HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        if (!Paths.isRead(request)) {
            response.setHeader("Allow", "GET, HEAD");
            Problems.write(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED);
            return;
        }
        write(request, response, asset.get());
    }

    private static void write(HttpServletRequest request, HttpServletResponse response, Asset asset)
            throws IOException {
        Optional<Encoding> encoding = Encoding.choose(asset, request.getHeader("Accept-Encoding"));
        String etag = etag(asset, encoding);
        response.setHeader("ETag", etag);
        response.setHeader("Cache-Control", caching(asset));
        if (asset.brotli() != null || asset.gzip() != null) {
            response.setHeader("Vary", "Accept-Encoding");
        }
        if (isKnown(request.getHeader("If-None-Match"), etag)) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        byte[] content = encoding.map(chosen -> chosen.of(asset)).orElse(asset.content());
        encoding.ifPresent(chosen -> response.setHeader("Content-Encoding", chosen.token()));
        response.setContentType(asset.contentType());
        response.setContentLength(content.length);
        if (!request.getMethod().equals("HEAD")) {
            response.getOutputStream().write(content);
        }
    }

    private static String caching(Asset asset) {
        if (asset.immutable()) {
            // What is behind the login must not lie in a cache on the way, which would give it to anybody.
            return (asset.open() ? "public" : "private") + ", max-age=31536000, immutable";
        }
        // A page behind the login must not come back from a cache after the logout, its content still in it.
        return asset.open() ? "no-cache" : "no-store";
    }

    /** Each form of a file has a tag of its own, since the bytes differ. */
    private static String etag(Asset asset, Optional<Encoding> encoding) {
        String tag = asset.etag().replace("W/", "").replace("\"", "");
        return '"' + tag + encoding.map(chosen -> "-" + chosen.token()).orElse("") + '"';
    }

    private static boolean isKnown(@Nullable String ifNoneMatch, String etag) {
        if (ifNoneMatch == null) {
            return false;
        }
        for (String tag : ifNoneMatch.split(",")) {
            String known = tag.strip();
            if (known.equals("*") || known.equals(etag) || known.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }
}
