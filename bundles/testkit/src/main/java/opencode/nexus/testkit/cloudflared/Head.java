package opencode.nexus.testkit.cloudflared;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;

/** The first line of a request or an answer, and its headers in their order. */
final class Head {
    private static final int MOST = 64 * 1024;

    private final String start;
    private final List<Entry<String, String>> headers = new ArrayList<>();

    Head(String start) {
        this.start = start;
    }

    /** @return empty when the other side went away without a word */
    static Optional<Head> read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int ends = 0;
        while (ends < 2) {
            int c = in.read();
            if (c < 0 && bytes.size() == 0) {
                return Optional.empty();
            }
            if (c < 0 || bytes.size() > MOST) {
                throw new IOException("unfinished or too long");
            }
            bytes.write(c);
            ends = c == '\n' ? ends + 1 : c == '\r' ? ends : 0;
        }
        String[] lines = bytes.toString(ISO_8859_1).split("\r?\n");
        Head head = new Head(lines[0]);
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0) {
                throw new IOException("malformed header");
            }
            head.add(
                    lines[i].substring(0, colon).strip(),
                    lines[i].substring(colon + 1).strip());
        }
        return Optional.of(head);
    }

    String start() {
        return start;
    }

    /** The n-th word of the first line; empty where there is none. */
    String word(int number) {
        String[] words = start.split(" ", 3);
        return number < words.length ? words[number] : "";
    }

    List<Entry<String, String>> headers() {
        return List.copyOf(headers);
    }

    Optional<String> first(String name) {
        return headers.stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(Entry::getValue)
                .findFirst();
    }

    Head add(String name, String value) {
        headers.add(Map.entry(name, value));
        return this;
    }

    Head remove(String name) {
        headers.removeIf(header -> header.getKey().equalsIgnoreCase(name));
        return this;
    }

    Head set(String name, String value) {
        return remove(name).add(name, value);
    }

    byte[] bytes() {
        StringBuilder text = new StringBuilder(start).append("\r\n");
        headers.forEach(header -> text.append(header.getKey())
                .append(": ")
                .append(header.getValue())
                .append("\r\n"));
        return text.append("\r\n").toString().getBytes(ISO_8859_1);
    }
}
