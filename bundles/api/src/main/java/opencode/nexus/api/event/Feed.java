package opencode.nexus.api.event;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** One follower's place in the hub. Used by one thread at a time; {@link #close} by any. */
@ProviderType
public interface Feed extends AutoCloseable {

    /** Whether everything since the id asked for is there, or something was lost. */
    enum Verdict {
        OK,
        GAP
    }

    /** How the start went. Fixed from the beginning. */
    Verdict verdict();

    /** The id after which this feed began. Fixed from the beginning. */
    String start();

    /**
     * The next events in order, those of other topics left out; empty when there is nothing new. The events of one call
     * never reach across a cursor that {@link EventHub#running} gave out: pieces of one call may be merged without joining
     * what a page already has with what it has not. Passing events have the id of the numbered one before them.
     *
     * @param limit the largest number wanted
     * @throws FellBehind when events were dropped before this feed had read them; the feed is then of no more use
     */
    List<NexusEvent> next(int limit) throws FellBehind;

    @Override
    void close();

    /** The follower was so slow that the hub dropped what it had not read. */
    final class FellBehind extends Exception {
        private static final long serialVersionUID = 1;

        public FellBehind() {
            super("the reader fell behind what is kept");
        }
    }
}
