package opencode.nexus.demo.protocol;

import java.io.IOException;

/** What a stand-in model answers. Called by many threads at once, one call for each request. */
@FunctionalInterface
public interface Script {

    /**
     * Answers one request; the answer is complete when this returns.
     *
     * @throws IOException when the client went away or the server closes; just let it pass
     */
    void answer(ChatRequest request, Reply reply) throws IOException;
}
