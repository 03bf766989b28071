package opencode.nexus.restart;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;

/** A chat service that knows some sessions and nothing else. */
final class Sessions {
    private Sessions() {}

    static ChatService of(String title) {
        return of(List.of(session("ses_1", title, Session.Status.BUSY)));
    }

    static Session session(String id, String title, Session.Status status) {
        return new Session(
                id,
                title,
                "/work",
                status,
                true,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                null,
                null,
                null,
                null,
                1,
                null,
                null,
                null,
                null,
                null);
    }

    /** It knows what is in the list whenever it is asked. */
    static ChatService of(List<Session> sessions) {
        return (ChatService) Proxy.newProxyInstance(
                ChatService.class.getClassLoader(), new Class<?>[] {ChatService.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("sessions")) {
                        return List.copyOf(sessions);
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
