package opencode.nexus.restart;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.chat.Session;

/** A chat service that knows one busy session and nothing else. */
final class Sessions {
    private Sessions() {}

    static ChatService of(String title) {
        Session session = new Session(
                "ses_1",
                title,
                "/work",
                Session.Status.BUSY,
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
        return (ChatService) Proxy.newProxyInstance(
                ChatService.class.getClassLoader(), new Class<?>[] {ChatService.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("sessions")) {
                        return List.of(session);
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
