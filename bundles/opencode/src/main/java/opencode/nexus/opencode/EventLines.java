package opencode.nexus.opencode;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Cuts a stream of server-sent events into its {@code data:} lines. OpenCode writes each event on one line. */
final class EventLines {
    private static final int USUAL = 64 * 1024;
    private static final byte[] DATA = {'d', 'a', 't', 'a', ':'};

    private final int maxLine;
    private byte[] buffer = new byte[USUAL];
    private int start;
    private int end;

    EventLines(int maxLine) {
        this.maxLine = maxLine;
    }

    /** Takes the bytes of one event; they are valid during the call only. */
    interface Sink {
        void data(byte[] bytes, int offset, int length);
    }

    /**
     * Reads to the end of the stream.
     *
     * @throws IOException also when a line is longer than allowed
     */
    void read(InputStream content, Sink sink) throws IOException {
        while (true) {
            makeRoom();
            int count = content.read(buffer, end, buffer.length - end);
            if (count < 0) {
                return;
            }
            int scan = end;
            end += count;
            for (; scan < end; scan++) {
                if (buffer[scan] == '\n') {
                    line(start, scan, sink);
                    start = scan + 1;
                }
            }
        }
    }

    private void line(int from, int to, Sink sink) {
        if (to - from < DATA.length || !Arrays.equals(buffer, from, from + DATA.length, DATA, 0, DATA.length)) {
            return;
        }
        int first = from + DATA.length;
        int last = to > first && buffer[to - 1] == '\r' ? to - 1 : to;
        sink.data(buffer, first, last - first);
    }

    private void makeRoom() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
            if (buffer.length > USUAL) {
                buffer = new byte[USUAL];
            }
            return;
        }
        if (end < buffer.length) {
            return;
        }
        int length = end - start;
        if (length >= maxLine) {
            throw new IOException("an event of more than " + maxLine + " bytes");
        }
        byte[] next = length > buffer.length / 2 ? new byte[Math.min(buffer.length * 2, maxLine)] : buffer;
        System.arraycopy(buffer, start, next, 0, length);
        buffer = next;
        start = 0;
        end = length;
    }
}
