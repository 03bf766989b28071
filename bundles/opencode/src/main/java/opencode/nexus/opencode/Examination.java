package opencode.nexus.opencode;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Questions to a running OpenCode about its health. On connections of its own, so that nothing else is in their way. */
final class Examination implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Examination.class);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final Duration QUICK = Duration.ofSeconds(1);

    private final OpenCodeHttp http = new OpenCodeHttp("health");

    /**
     * How long an authenticated question took; null when there was no answer in three seconds, or a wrong one.
     *
     * @throws NexusException UNAVAILABLE {@code too-many-files} when it could not even be asked
     */
    @Nullable
    Duration answersIn(Endpoint endpoint) {
        long begin = System.nanoTime();
        try {
            OpenCodeHttp.Answer answer =
                    http.exchange(endpoint, OpenCodeHttp.Call.of("GET", "/global/health", null, PATIENCE));
            return answer.is2xx() && answer.json() != null ? Duration.ofNanos(System.nanoTime() - begin) : null;
        } catch (IOException e) {
            mustBeAbleToAsk();
            return null;
        }
    }

    /** Without a free descriptor there is no connection, and no answer says nothing of whoever was asked. */
    private static void mustBeAbleToAsk() {
        try {
            new FileInputStream("/dev/null").close();
        } catch (FileNotFoundException e) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "too-many-files",
                    "Nexus itself can open no more files or connections: see ulimit -n.",
                    e);
        } catch (IOException e) {
            LOG.debug("A file that cannot be closed", e);
        }
    }

    /** Whether any session works; true also when that cannot be learned. */
    boolean isBusy(Endpoint endpoint, List<String> workspaces) {
        long end = System.nanoTime() + QUICK.toNanos();
        for (String workspace : workspaces) {
            String path = "/session/status?directory=" + OpenCodeHttp.encode(workspace);
            try {
                OpenCodeHttp.Answer answer = http.exchange(endpoint, OpenCodeHttp.Call.of("GET", path, null, QUICK));
                if (answer.json() == null || !answer.json().isEmpty() || System.nanoTime() > end) {
                    return true;
                }
            } catch (IOException e) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        http.close();
    }
}
