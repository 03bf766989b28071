package opencode.nexus.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.chat.Part;
import opencode.nexus.api.event.EventHub.Running;
import opencode.nexus.api.event.EventHub.RunningText;
import org.jspecify.annotations.Nullable;

/**
 * Puts the texts that are still being written over what OpenCode stores, where they are empty.
 *
 * <p>What a page gets must be exact at the cursor it gets: with every event after the cursor applied, and none before it,
 * each text is right. The hub's texts are taken first and are exact at the hub's cursor by themselves. OpenCode is asked
 * afterwards, so it can only be ahead of them. Hence, for each text OpenCode answers with:
 *
 * <ul>
 *   <li>the hub has it: the hub's text counts, even when OpenCode says it has ended. Its last pieces and its end come as
 *       events after the cursor;
 *   <li>the hub has it frozen, and OpenCode says it has ended: OpenCode's counts, since no more pieces come;
 *   <li>the hub has it frozen, and OpenCode has nothing: the hub's counts. OpenCode lost it, the reader must not;
 *   <li>the hub does not have it, and it has ended: OpenCode's counts. The hub forgets a text before its end is published,
 *       so if that event is still to come it repeats what is here already;
 *   <li>the hub does not have it, and it is empty without an end: it began after the cursor and is announced by an event,
 *       or was abandoned. It is left out.
 * </ul>
 */
final class TextOverlay {
    private final Map<String, RunningText> running = new HashMap<>();
    private final boolean busy;

    /**
     * An overlay of one moment.
     *
     * @param busy whether the session works on an answer; without, what looks as if it ran was cut off
     */
    TextOverlay(Running texts, boolean busy) {
        this.busy = busy;
        texts.texts().forEach(text -> running.put(text.partId(), text));
    }

    List<Message> over(List<Message> stored) {
        return stored.stream().map(this::over).toList();
    }

    private Message over(Message stored) {
        List<Part> parts = new ArrayList<>();
        for (Part part : stored.parts() == null ? List.<Part>of() : stored.parts()) {
            Part seen = part instanceof Part.Text text ? over(text) : part;
            if (seen != null) {
                parts.add(seen);
            }
        }
        boolean cutOff = stored.state() == Message.State.RUNNING && !busy;
        return (cutOff ? stored.in(Message.State.INTERRUPTED) : stored).with(parts);
    }

    private @Nullable Part over(Part.Text stored) {
        RunningText live = running.get(stored.id());
        if (live == null) {
            return isUnwritten(stored) ? null : stored;
        }
        if (live.frozen() && !isUnwritten(stored)) {
            return stored.as(live.key(), stored.text());
        }
        return stored.growing(live.key(), live.text());
    }

    private static boolean isUnwritten(Part.Text text) {
        return text.text().isEmpty() && text.endedAt() == null;
    }
}
