package opencode.nexus.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.function.LongSupplier;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;

/**
 * The body of a request that nobody vouches for. It stops at a limit, whatever the headers promised, and when a sender
 * drips to keep this thread busy; with a {@link NexusException}.
 */
final class BodyStream extends FilterInputStream {
    private static final long GRACE_SECONDS = 20;
    private static final int BYTES_PER_SECOND = 8 * 1024;

    private final int maxBytes;
    private final LongSupplier nanoTime;
    private final long begin;
    private long count;

    /** @throws NexusException TOO_LARGE when the headers say so already */
    BodyStream(HttpServletRequest request, int maxBytes, LongSupplier nanoTime) throws IOException {
        super(request.getInputStream());
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
        this.begin = nanoTime.getAsLong();
        if (request.getContentLengthLong() > maxBytes) {
            throw tooLarge();
        }
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(read);
        return read;
    }

    private void count(int read) {
        count += Math.max(0, read);
        if (count > maxBytes) {
            throw tooLarge();
        }
        long seconds = (nanoTime.getAsLong() - begin) / 1_000_000_000;
        if (seconds > GRACE_SECONDS + count / BYTES_PER_SECOND) {
            throw new NexusException(Kind.MALFORMED, "body-too-slow", "The body came too slowly; send it again.");
        }
    }

    private NexusException tooLarge() {
        return new NexusException(
                Kind.TOO_LARGE,
                "body-too-large",
                "The body is larger than " + maxBytes + " bytes; send less at a time.");
    }
}
