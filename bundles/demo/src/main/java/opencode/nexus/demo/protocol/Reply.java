package opencode.nexus.demo.protocol;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * The answer being written. Each piece leaves at once when the client asked for a stream. Used by one thread. Every method
 * throws IOException when the client is gone.
 */
public interface Reply {

    /** Adds a piece of the answer. */
    void text(String piece) throws IOException;

    /** Adds a piece of what the model pretends to think. */
    void reasoning(String piece) throws IOException;

    /** Asks the client to run a tool. Its result comes with the next request. */
    void toolCall(String tool, Map<String, ?> arguments) throws IOException;

    /** Sets why the answer ended; without it {@code stop}, or {@code tool_calls} after a tool call. */
    void finish(String reason);

    /**
     * Answers with a failure, which ends the answer. Before the first piece it is an HTTP status, afterwards an error
     * event in the stream.
     */
    void fail(int status, String message, Map<String, String> headers) throws IOException;

    /** Waits, and notices at once when the client goes away. Successive pauses keep an even beat. */
    void pause(Duration length) throws IOException;

    /** Sends bytes into the stream as they are. Only for a streamed answer. */
    void raw(byte[] bytes) throws IOException;

    /** Sends nothing more; never returns but by the exception that the client went away. */
    void hang() throws IOException;

    /** Cuts the connection in the middle of the answer; never returns normally. */
    void drop() throws IOException;
}
