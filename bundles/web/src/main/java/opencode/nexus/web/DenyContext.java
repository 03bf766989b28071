package opencode.nexus.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URL;
import opencode.nexus.web.http.Problems;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.servlet.context.ServletContextHelper;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContext;

/**
 * Stands where the whiteboard has an open context for those who select none: a servlet that forgets the gate is shut. It
 * ranks below {@link NexusContext}, which answers for unknown addresses.
 */
@Component(service = ServletContextHelper.class, immediate = true, property = "service.ranking:Integer=1000")
@HttpWhiteboardContext(name = "default", path = "/")
public final class DenyContext extends ServletContextHelper {

    @Override
    public boolean handleSecurity(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Problems.write(response, 404);
        return false;
    }

    @Override
    public @Nullable URL getResource(String name) {
        return null;
    }
}
