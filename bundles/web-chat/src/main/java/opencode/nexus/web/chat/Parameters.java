package opencode.nexus.web.chat;

import jakarta.servlet.http.HttpServletRequest;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import org.jspecify.annotations.Nullable;

/** What stands in a query, translated. */
final class Parameters {

    private Parameters() {}

    static int number(HttpServletRequest request, String name, int otherwise) {
        String value = request.getParameter(name);
        return value == null ? otherwise : number(name, value);
    }

    static @Nullable Integer number(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        return value == null ? null : (Integer) number(name, value);
    }

    /** @throws NexusException INVALID when it is not there */
    static String required(HttpServletRequest request, String name) {
        String value = request.getParameter(name);
        if (value == null) {
            throw NexusException.invalid(name, "is required");
        }
        return value;
    }

    /** The workspace that is named, or that of the session that is; null when neither is. */
    static @Nullable String workspace(HttpServletRequest request, ChatService chat) {
        String workspace = request.getParameter("workspace");
        String session = request.getParameter("sessionId");
        if (workspace != null && session != null) {
            throw NexusException.invalid("workspace", "goes without sessionId");
        }
        return session == null ? workspace : chat.session(session).workspace();
    }

    private static int number(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw NexusException.invalid(name, "must be a whole number");
        }
    }
}
