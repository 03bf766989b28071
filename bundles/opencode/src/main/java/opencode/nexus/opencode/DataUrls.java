package opencode.nexus.opencode;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;

/**
 * OpenCode's JSON without the content of attached files. OpenCode repeats it with every message and every event, as
 * {@code "url":"data:image/png;base64,…"}; what comes out here is {@code "url":"data:image/png;base64,","dataSize":123}.
 * Nothing is held back: each byte that is passed on is passed on as soon as it has come.
 */
final class DataUrls extends InputStream {

    /** The field that is put in; the size of the content in bytes. */
    static final String SIZE = "dataSize";

    /** Only a field can look like this: within a text the quotes would be escaped. */
    private static final byte[] FIELD = "\"url\":\"data:".getBytes(US_ASCII);

    private static final byte QUOTE = '"';
    private static final byte[] BASE64 = ";base64".getBytes(US_ASCII);
    private static final int MAX_HEADER = 200;
    private static final int CHUNK = 16 * 1024;

    private final InputStream in;
    private final Content content;
    private final byte[] chunk = new byte[CHUNK];
    private int position;
    private int end;
    private State state = State.OUTSIDE;
    private int matched;
    private int header;
    private int base64;
    private long length;
    private int padding;
    private int number = -1;
    private byte[] pending = new byte[0];
    private int pendingAt;

    private enum State {
        OUTSIDE,
        HEADER,
        CONTENT
    }

    DataUrls(InputStream in) {
        this(in, (number, next) -> {});
    }

    /** Also hands over what is left out. */
    DataUrls(InputStream in, Content content) {
        this.in = in;
        this.content = content;
    }

    /** Takes what is left out: Base64, byte by byte; {@code number} counts the files from 0. */
    interface Content {
        void take(int number, byte next);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) throws IOException {
        if (wanted == 0) {
            return 0;
        }
        int written = 0;
        while (written == 0) {
            if (pendingAt == pending.length && position == end) {
                end = in.read(chunk);
                position = 0;
                if (end < 0) {
                    end = 0;
                    return -1;
                }
            }
            written = transfer(target, offset, wanted);
        }
        return written;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private int transfer(byte[] target, int offset, int wanted) {
        int written = 0;
        while (written < wanted) {
            if (pendingAt < pending.length) {
                target[offset + written++] = pending[pendingAt++];
                continue;
            }
            if (position == end) {
                break;
            }
            if (state == State.CONTENT) {
                content();
                continue;
            }
            if (state == State.OUTSIDE && matched == 0) {
                int run = run(wanted - written);
                System.arraycopy(chunk, position, target, offset + written, run);
                position += run;
                written += run;
                if (run > 0) {
                    continue;
                }
            }
            byte next = chunk[position++];
            if (state == State.HEADER) {
                header(next);
            } else {
                outside(next);
            }
            target[offset + written++] = next;
        }
        return written;
    }

    /** How many bytes from here on cannot begin what is looked for. */
    private int run(int most) {
        int last = Math.min(end, position + most);
        int at = position;
        while (at < last && chunk[at] != QUOTE) {
            at++;
        }
        return at - position;
    }

    private void outside(byte next) {
        if (next == FIELD[matched]) {
            matched++;
            if (matched == FIELD.length) {
                matched = 0;
                header = 0;
                base64 = 0;
                state = State.HEADER;
            }
            return;
        }
        // The only byte that can begin it anew is the quote; two of them never follow each other in what is looked for.
        matched = next == QUOTE ? 1 : 0;
    }

    private void header(byte next) {
        header++;
        if (next == ',' && base64 == BASE64.length) {
            number++;
            length = 0;
            padding = 0;
            state = State.CONTENT;
            return;
        }
        if (next == QUOTE || next == ',' || header > MAX_HEADER) {
            state = State.OUTSIDE;
            return;
        }
        base64 =
                next == BASE64[0] ? 1 : base64 < BASE64.length && base64 > 0 && next == BASE64[base64] ? base64 + 1 : 0;
    }

    private void content() {
        while (position < end) {
            byte next = chunk[position++];
            if (next == QUOTE) {
                long size = length / 4 * 3 + length % 4 * 3 / 4 - padding;
                pending = ("\",\"" + SIZE + "\":" + Math.max(size, 0)).getBytes(US_ASCII);
                pendingAt = 0;
                state = State.OUTSIDE;
                return;
            }
            content.take(number, next);
            length++;
            padding = next == '=' ? padding + 1 : padding;
        }
    }
}
