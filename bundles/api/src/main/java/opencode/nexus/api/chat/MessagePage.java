package opencode.nexus.api.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Part of a conversation, oldest first.
 *
 * @param before cursor of the page before this one, null when there is none
 * @param cursor the event id up to which the running texts are exact
 */
public record MessagePage(List<Message> messages, @Nullable String before, String cursor) {
    public MessagePage {
        messages = List.copyOf(messages);
    }
}
