package opencode.nexus.opencode;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import opencode.nexus.api.NexusException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands. OpenCode answers such a call only when the whole run is over, so each has a thread and a connection of its
 * own. A run goes on when the connection is given up, as it is when this bundle is replaced.
 */
final class CommandRuns implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CommandRuns.class);

    /** As many as there are connections. */
    private static final int MOST = 32;

    private static final Duration LONGEST = Duration.ofDays(1);
    private static final long LOOK_MILLIS = 100;

    private final OpenCodeCalls calls;
    private final OpenCodeCalls runs;
    private final Duration patience;
    private final ThreadPoolExecutor threads;

    CommandRuns(RunningOpenCode server, OpenCodeCalls calls, Duration patience) {
        this.calls = calls;
        this.patience = patience;
        runs = new OpenCodeCalls(server, LONGEST, new OpenCodeHttp("command"));
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(0, MOST, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "nexus-opencode-command-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts a command and waits until OpenCode has stored its message, or has refused it. What goes wrong afterwards
     * comes as an event.
     */
    void start(String sessionId, String messageId, OpenCodeHttp.Writer body) {
        Future<?> run;
        try {
            run = threads.submit(() -> runs.begin("/session/" + sessionId + "/command", body));
        } catch (RejectedExecutionException e) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT,
                    "too-many-commands",
                    "Too many commands run at the same time. Wait until one of them is done.");
        }
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (!isOver(run) && !isStored(sessionId, messageId)) {
                if (System.nanoTime() - end > 0) {
                    // It may be at work on the template, which may call programs.
                    LOG.debug("OpenCode has not stored the message of a command yet");
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw OpenCodeCalls.failed("Nexus was stopped while OpenCode took the command.", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        runs.close();
    }

    private static boolean isOver(Future<?> run) throws InterruptedException {
        try {
            run.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NexusException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private boolean isStored(String sessionId, String messageId) {
        try {
            calls.get("/session/" + sessionId + "/message/" + messageId);
            return true;
        } catch (NexusException e) {
            return false;
        }
    }
}
