package opencode.nexus.api.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Numbers events, keeps the newest of them, and hands them to any number of followers. It is also the memory of answers
 * that are still being written, because OpenCode stores a text only when it is complete.
 *
 * <p>Every method is safe for use by several threads and none of them blocks on a follower. Ids are
 * {@code <epoch>-<sequence>}: the epoch changes whenever the hub starts anew, the sequence grows by one with each event.
 *
 * <p>Events of the {@link #PASSING} topics are told to whoever follows at that moment and not replayed, because their
 * service keeps them itself; they take no number, so that many of them never displace the others. A follower who is too slow
 * for them misses some.
 */
@ProviderType
public interface EventHub {

    /** Topics whose events are told once: measurements and lines of the log. */
    Set<String> PASSING = Set.of("metrics", "logs");

    /**
     * Publishes one event.
     *
     * @param topic as a browser subscribes to it: {@code chat}, {@code server}, …
     * @param type the event's name, for instance {@code chat.session}
     * @param json its data, one JSON value without line breaks
     * @return the id it got; that of the newest numbered event for a passing one
     */
    String publish(String topic, String type, String json);

    /** Id of the newest event; a follower that starts after it sees only what comes later. */
    String cursor();

    /** The number that every id of this hub starts with. */
    String epoch();

    /**
     * Follows the hub from after the given id, first what is kept, then what comes, without gap or repetition.
     *
     * @param after an id, or null to start at the newest event
     * @param topics the topics wanted
     * @param wake called after something was added, on the publisher's thread: must return at once and must not call the
     *     hub. May be called more often than needed
     */
    Feed follow(@Nullable String after, Set<String> topics, Runnable wake);

    /** How many feeds of a topic are open, for those who would rather not work for nobody. */
    int followers(String topic);

    // ---- texts that are still being written ----

    /**
     * Begins the text of a part. If the part is known already its text is replaced. The part is given a short key, under
     * which the pieces are published, and keeps it as long as this hub lives.
     *
     * @return the key, at most a few characters long
     */
    String begin(String sessionId, String messageId, String partId, String text);

    /**
     * Appends a piece to a text that was begun and publishes it as {@code text} on topic {@code chat}. The two are one
     * step: a {@link #running} taken at a cursor holds exactly the pieces up to that cursor.
     *
     * @return false when the part was not begun or was frozen; the piece is then dropped, since it would leave a hole
     */
    boolean append(String partId, String text);

    /** Keeps the text so far, but takes no more pieces: some may have been missed. */
    void freeze(String sessionId);

    /** Forgets a text, because OpenCode now keeps it. */
    void end(String partId);

    /** Forgets every text of a session. */
    void forget(String sessionId);

    /** The texts of a session that OpenCode does not keep yet, exact at the cursor that comes with them. */
    Running running(String sessionId);

    /** The sessions that have such texts. */
    Set<String> runningSessions();

    /** Texts at one moment: what they were when {@code cursor} was the newest event. */
    record Running(String cursor, List<RunningText> texts) {
        public Running {
            texts = List.copyOf(texts);
        }
    }

    /**
     * The text of one part so far.
     *
     * @param key the short key its pieces are published under
     * @param frozen true when pieces may be missing at its end
     */
    record RunningText(String messageId, String partId, String key, String text, boolean frozen) {}
}
