package opencode.nexus.chat;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, while a file goes by, whether OpenCode can read it, and as what. A sender's word is not enough: OpenCode takes
 * a broken image at first and fails later, and hands files of kinds it does not know to models that do not know them
 * either. All text is therefore sent as plain text.
 */
final class MediaCheck {
    static final String TEXT = "text/plain";
    static final String PDF = "application/pdf";

    private static final int HEAD = 1_024;
    private static final String ANY = "application/octet-stream";
    private static final String IMAGE = "image/";
    private static final String DRAWING = "image/svg+xml";
    private static final Map<String, String> NAMES =
            Map.of("image/png", "PNG", "image/jpeg", "JPEG", "image/gif", "GIF", "image/webp", "WebP");

    private final byte[] head = new byte[HEAD];
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer characters = CharBuffer.allocate(8_192);
    private ByteBuffer rest = ByteBuffer.allocate(0);
    private int headLength;
    private long size;
    private boolean text = true;

    /** What a file is, or why it cannot be sent: exactly one of them is set. */
    record Verdict(@Nullable String mime, @Nullable String problem) {}

    /** Of which kind a picture is, whatever anybody says; nothing when it is none that browsers show. */
    static Optional<String> picture(byte[] content) {
        MediaCheck check = new MediaCheck();
        check.text = false;
        check.add(content, content.length);
        return check.signature().filter(NAMES::containsKey);
    }

    void add(byte[] content, int length) {
        int missing = Math.min(length, HEAD - headLength);
        System.arraycopy(content, 0, head, headLength, missing);
        headLength += missing;
        size += length;
        if (text) {
            text = isText(content, length);
        }
    }

    long size() {
        return size;
    }

    /**
     * What was seen.
     *
     * @param declared what the sender says it is; nothing when he does not know
     * @param whole false when there is more that was not looked at
     */
    Verdict verdict(String name, @Nullable String declared, boolean whole) {
        String said = declared == null ? ANY : declared.toLowerCase(Locale.ROOT);
        Optional<String> found = signature();
        if (size == 0) {
            return new Verdict(null, "is empty");
        }
        if (said.equals("image/jpg")) {
            said = "image/jpeg";
        }
        if (NAMES.containsKey(said) || said.equals(PDF)) {
            String kind = said.equals(PDF) ? "PDF" : NAMES.get(said) + " image";
            return found.filter(said::equals).isPresent()
                    ? new Verdict(said, null)
                    : new Verdict(null, name + " is said to be a " + kind + ", but it is none");
        }
        if (said.startsWith(IMAGE) && !said.equals(DRAWING)) {
            return unreadable(name, "Send the picture as PNG, JPEG, GIF or WebP");
        }
        if (found.isPresent() && said.equals(ANY)) {
            return new Verdict(found.get(), null);
        }
        if (found.isPresent() || !text || (whole && rest.hasRemaining())) {
            return unreadable(name, "It takes pictures, PDF, and text in UTF-8");
        }
        return new Verdict(TEXT, null);
    }

    private static Verdict unreadable(String name, String remedy) {
        return new Verdict(null, name + " cannot be read by OpenCode. " + remedy);
    }

    /** A character may be cut in two between one call and the next. */
    private boolean isText(byte[] content, int length) {
        ByteBuffer in = ByteBuffer.allocate(rest.remaining() + length);
        in.put(rest).put(content, 0, length).flip();
        while (in.hasRemaining()) {
            characters.clear();
            if (utf8.decode(in, characters, false).isError() || hasNul(characters.flip())) {
                return false;
            }
            if (characters.limit() == 0) {
                break;
            }
        }
        rest = in.slice();
        return true;
    }

    private static boolean hasNul(CharBuffer decoded) {
        return decoded.chars().anyMatch(character -> character == 0);
    }

    private Optional<String> signature() {
        if (begins(0, new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})) {
            return Optional.of("image/png");
        }
        if (begins(0, new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff})) {
            return Optional.of("image/jpeg");
        }
        if (begins(0, "GIF87a".getBytes(US_ASCII)) || begins(0, "GIF89a".getBytes(US_ASCII))) {
            return Optional.of("image/gif");
        }
        if (begins(0, "RIFF".getBytes(US_ASCII)) && begins(8, "WEBP".getBytes(US_ASCII))) {
            return Optional.of("image/webp");
        }
        return begins(0, "%PDF-".getBytes(US_ASCII)) ? Optional.of(PDF) : Optional.empty();
    }

    private boolean begins(int offset, byte[] signature) {
        if (offset + signature.length > headLength) {
            return false;
        }
        for (int index = 0; index < signature.length; index++) {
            if (head[offset + index] != signature[index]) {
                return false;
            }
        }
        return true;
    }
}
