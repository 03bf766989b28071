package opencode.nexus.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left of a request that was refused before it was read. A connection that is closed while the other side still
 * writes is reset, and a sender who was told why never gets to read it.
 */
public final class Remainder {
    private static final Logger LOG = LoggerFactory.getLogger(Remainder.class);
    private static final long MAX_BYTES = 32L * 1024 * 1024;
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(5);

    private Remainder() {}

    /**
     * Reads the rest of a body and forgets it; call it when the answer is committed. It stops after 32 MiB and, between
     * two reads, after 5 seconds: who sends more loses the connection.
     */
    public static void discard(HttpServletRequest request) {
        discard(request, System::nanoTime);
    }

    static void discard(HttpServletRequest request, LongSupplier nanoTime) {
        if (request.getHeader("Expect") != null || request.getContentLengthLong() > MAX_BYTES) {
            return; // the sender waits for a word before it sends, or is not worth waiting for
        }
        long begin = nanoTime.getAsLong();
        byte[] buffer = new byte[64 * 1024];
        long count = 0;
        try {
            InputStream body = request.getInputStream();
            while (count <= MAX_BYTES && nanoTime.getAsLong() - begin < MAX_NANOS) {
                int read = body.read(buffer);
                if (read < 0) {
                    return;
                }
                count += read;
            }
        } catch (IOException | IllegalStateException e) {
            LOG.debug("The rest of a refused request could not be read", e);
        }
    }
}
