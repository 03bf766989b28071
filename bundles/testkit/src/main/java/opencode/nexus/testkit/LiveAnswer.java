package opencode.nexus.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import opencode.nexus.demo.protocol.ChatRequest;
import opencode.nexus.demo.protocol.Reply;
import opencode.nexus.demo.protocol.Script;

/** An answer that the test gives piece by piece, for {@link ScriptedModel#on}. Good for one request. */
public final class LiveAnswer implements Script {
    private static final String END = "\u0000";

    private final BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);

    /** Sends a piece now, or as soon as the model is asked. */
    public void say(String piece) {
        pieces.add(piece);
    }

    /** Completes the answer after what was said. */
    public void end() {
        pieces.add(END);
    }

    /** Waits until the model is asked. */
    public boolean awaitAsked(Duration limit) throws InterruptedException {
        return asked.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits until the answer is complete or OpenCode has hung up. */
    public boolean awaitOver(Duration limit) throws InterruptedException {
        return over.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void answer(ChatRequest request, Reply reply) throws IOException {
        asked.countDown();
        try {
            while (true) {
                String piece = pieces.poll();
                if (piece == null) {
                    reply.pause(Duration.ofMillis(2));
                    continue;
                }
                if (piece.equals(END)) {
                    return;
                }
                reply.text(piece);
            }
        } finally {
            over.countDown();
        }
    }
}
