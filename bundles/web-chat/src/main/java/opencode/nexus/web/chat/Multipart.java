package opencode.nexus.web.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import org.jspecify.annotations.Nullable;

/**
 * A {@code multipart/form-data} body, part by part as it comes. The server could take it apart too, but would first put
 * every part into a file of its own, however slowly it comes, and answer in its own words when something is wrong.
 */
final class Multipart {
    private static final Pattern BOUNDARY =
            Pattern.compile("(?i)multipart/form-data\\s*;.*\\bboundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70})).*");
    private static final Pattern PARAMETER = Pattern.compile("(?i)[;\\s](name|filename)=(?:\"([^\"]*)\"|([^\\s;\"]+))");
    private static final int BUFFER = 64 * 1024;
    private static final int MAX_HEADERS = 8 * 1024;
    private static final int MAX_PARTS = 20;

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;
    private int parts;

    /** One part; its content has to be read before the next one is asked for. */
    record Part(@Nullable String name, @Nullable String fileName, @Nullable String contentType, InputStream content) {}

    /** @throws NexusException MALFORMED when the content type names no boundary */
    Multipart(@Nullable String contentType, InputStream in) {
        Matcher named = BOUNDARY.matcher(String.valueOf(contentType));
        if (!named.matches()) {
            throw malformed();
        }
        this.in = in;
        this.delimiter = ("\r\n--" + (named.group(1) == null ? named.group(2) : named.group(1))).getBytes(UTF_8);
        // The first delimiter may stand at the very beginning: as if a line had ended before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        limit = 2;
    }

    /** The next part; nothing after the last. */
    Optional<Part> next() throws IOException {
        new Content().transferTo(OutputStream.nullOutputStream());
        position += delimiter.length;
        String end = line();
        if (end.strip().equals("--")) {
            return Optional.empty();
        }
        parts++;
        if (!end.isBlank() || parts > MAX_PARTS) {
            throw malformed();
        }
        Map<String, String> headers = headers();
        Map<String, String> names = new TreeMap<>();
        Matcher parameters = PARAMETER.matcher(headers.getOrDefault("content-disposition", ""));
        while (parameters.find()) {
            String value = parameters.group(2) == null ? parameters.group(3) : parameters.group(2);
            names.putIfAbsent(parameters.group(1).toLowerCase(Locale.ROOT), value);
        }
        return Optional.of(
                new Part(names.get("name"), names.get("filename"), headers.get("content-type"), new Content()));
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            length += line.length();
            int colon = line.indexOf(':');
            if (colon < 1 || length > MAX_HEADERS) {
                throw malformed();
            }
            headers.put(
                    line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    /** A line without its end; only the end of the whole body may be missing. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (position < limit || fill()) {
            byte next = buffer[position++];
            if (next == '\n') {
                String text = line.toString(UTF_8);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            line.write(next);
            if (line.size() > MAX_HEADERS) {
                throw malformed();
            }
        }
        if (line.toString(UTF_8).equals("--")) {
            return "--";
        }
        throw malformed();
    }

    /** Reads more behind what is there; false at the end of the body. */
    private boolean fill() throws IOException {
        if (position > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        limit += Math.max(0, read);
        return read >= 0;
    }

    private static NexusException malformed() {
        return new NexusException(
                NexusException.Kind.MALFORMED,
                "malformed-multipart",
                "The body is not a whole multipart/form-data form.");
    }

    /** What comes up to the next delimiter, which stays where it is. */
    private final class Content extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int end = end();
            while (end == position) {
                if (limit - position >= delimiter.length) {
                    return -1;
                }
                if (!fill()) {
                    throw malformed();
                }
                end = end();
            }
            int count = Math.min(length, end - position);
            System.arraycopy(buffer, position, bytes, offset, count);
            position += count;
            return count;
        }

        /** Up to where it is certain that no delimiter begins. */
        private int end() {
            for (int start = position; start < limit; start++) {
                int length = Math.min(delimiter.length, limit - start);
                if (buffer[start] == delimiter[0]
                        && Arrays.equals(buffer, start, start + length, delimiter, 0, length)) {
                    return start;
                }
            }
            return limit;
        }
    }
}
