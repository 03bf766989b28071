package opencode.nexus.web;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import opencode.nexus.api.NexusException;
import opencode.nexus.web.http.NexusHttp;
import opencode.nexus.web.http.Problems;
import opencode.nexus.web.http.Remainder;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardFilterAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardFilterPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Failures of servlets, as problems or small pages. The server itself would render them for some methods only. */
@Component(service = Filter.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardFilterPattern("/*")
@HttpWhiteboardFilterAsyncSupported
public final class ErrorFilter implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorFilter.class);

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        doFilter((HttpServletRequest) request, (HttpServletResponse) response, chain);
    }

    private static void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        response.setHeader("Cache-Control", "no-store"); // unless a servlet knows better
        answer(request, response, chain);
        if (response.isCommitted() && response.getStatus() >= 400 && !request.isAsyncStarted()) {
            Remainder.discard(request);
        }
    }

    private static void answer(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        try {
            chain.doFilter(request, new Response(request, response));
        } catch (NexusException failure) {
            if (response.isCommitted()) {
                throw failure;
            }
            Problems.write(response, failure);
        } catch (RuntimeException | ServletException e) {
            LOG.error("{} {} failed", request.getMethod(), request.getServletPath(), e);
            if (!response.isCommitted()) {
                answer(request, response, HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
                return;
            }
            throw e;
        }
    }

    static void answer(HttpServletRequest request, HttpServletResponse response, int status) throws IOException {
        if (Paths.wantsPage(request)) {
            SmallPage.of(status).write(response, status);
            return;
        }
        Problems.write(response, status);
    }

    private static final class Response extends HttpServletResponseWrapper {
        private final HttpServletRequest request;
        private final HttpServletResponse response;

        Response(HttpServletRequest request, HttpServletResponse response) {
            super(response);
            this.request = request;
            this.response = response;
        }

        @Override
        public void sendError(int status, String message) throws IOException {
            sendError(status);
        }

        @Override
        public void sendError(int status) throws IOException {
            answer(request, response, status);
        }
    }
}
