package opencode.nexus.web.http;

import jakarta.servlet.http.HttpServletRequest;
import opencode.nexus.api.auth.AuthService.Device;

/** Names that servlets and the login gate agree on. */
public final class NexusHttp {

    /**
     * Selects the context behind the login gate. Every servlet, filter and resource of Nexus carries
     * {@code @HttpWhiteboardContextSelect(NexusHttp.CONTEXT)}; whatever forgets it is shut.
     */
    public static final String CONTEXT = "(osgi.http.whiteboard.context.name=nexus)";

    /** Request attribute: the {@link Device} that asks. Absent on public paths. */
    public static final String DEVICE = "opencode.nexus.device";

    /** Request attribute: the token of that device, a {@link String} and a secret. Absent on public paths. */
    public static final String TOKEN = "opencode.nexus.token";

    private NexusHttp() {}

    /** The device that asks, on a path behind the gate. */
    public static Device device(HttpServletRequest request) {
        return (Device) request.getAttribute(DEVICE);
    }

    /** The token of the device that asks, on a path behind the gate. A secret. */
    public static String token(HttpServletRequest request) {
        return (String) request.getAttribute(TOKEN);
    }
}
