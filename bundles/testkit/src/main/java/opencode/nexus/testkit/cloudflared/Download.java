package opencode.nexus.testkit.cloudflared;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Carries an answer to the visitor. Each piece goes on at once when the answer has no length or is of a streaming
 * type; with a length it is held until its end. On a quick tunnel the answer to a GET without a length is held until
 * the origin closes it, the answer to a POST is not.
 */
final class Download {
    private static final int MOST_HELD = 8 * 1024 * 1024;

    private final Head head;
    private final boolean holdsBody;
    private final long length;

    private Download(Head head, boolean holdsBody, long length) {
        this.head = head;
        this.holdsBody = holdsBody;
        this.length = length;
    }

    static Download of(Head answer, Head request, Control control, Standing standing) {
        boolean upgraded = answer.word(1).equals("101");
        boolean hasLength = answer.first("Content-Length").isPresent();
        String type = answer.first("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        boolean streams = Stream.of("text/event-stream", "application/grpc", "application/x-ndjson")
                .anyMatch(type::startsWith);
        boolean quickHolds = control.flag("edge.hold", standing.isQuick)
                && request.word(0).equals("GET")
                && (streams || !hasLength)
                && !upgraded;
        answer.set("Server", "cloudflare");
        if (!upgraded) {
            answer.set("Connection", "close").remove("Keep-Alive");
        }
        return new Download(answer, quickHolds || hasLength && !streams, length(answer, request));
    }

    private static long length(Head answer, Head request) {
        if (request.word(0).equals("HEAD") || answer.word(1).matches("204|304")) {
            return 0;
        }
        return answer.first("Content-Length")
                .filter(value -> value.matches("\\d{1,18}"))
                .map(Long::parseLong)
                .orElse(Long.MAX_VALUE);
    }

    void pump(InputStream origin, OutputStream visitor) throws IOException {
        visitor.write(head.bytes());
        visitor.flush();
        ByteArrayOutputStream held = new ByteArrayOutputStream();
        byte[] buffer = new byte[16 * 1024];
        long left = length;
        while (left > 0) {
            int count = origin.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count < 0) {
                break;
            }
            left -= count;
            if (!holdsBody) {
                visitor.write(buffer, 0, count);
                visitor.flush();
                continue;
            }
            held.write(buffer, 0, count);
            if (held.size() > MOST_HELD) {
                held.writeTo(visitor);
                held.reset();
            }
        }
        held.writeTo(visitor);
        visitor.flush();
    }
}
