package opencode.nexus.settings;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The text of one {@code .cfg} file: UTF-8, {@code key = value}, comments with {@code #} or {@code !}, a line that ends with
 * a backslash goes on in the next. What is not changed keeps its place, its comments and its spelling.
 *
 * <p>There is one level of backslashes, and not two as there would be with a list inside of a properties file: a backslash
 * takes its special meaning from whatever follows it, the comma of a list included, or is one of {@code \n \t \r \f} and
 * {@code \}{@code uXXXX}. What properties files swallow is a mistake here: a line without a sign of equality, a key that is
 * there twice.
 */
final class CfgText {
    static final CfgText EMPTY = new CfgText(List.of());

    /** It cannot be understood. The message names the line and quotes nothing, since that might be a secret. */
    static final class BrokenException extends Exception {
        private static final long serialVersionUID = 1;

        BrokenException(String message) {
            super(message);
        }
    }

    /**
     * One entry, or whatever stands between two.
     *
     * @param key null for comments and empty lines
     * @param value as written, backslashes included
     * @param source the lines it came from
     */
    private record Piece(@Nullable String key, String value, List<String> source) {}

    private final List<Piece> pieces;

    private CfgText(List<Piece> pieces) {
        this.pieces = List.copyOf(pieces);
    }

    static CfgText parse(byte[] bytes) throws BrokenException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BrokenException("it is no text in UTF-8");
        }
        if (text.startsWith("\uFEFF")) {
            text = text.substring(1); // as some editors of Windows begin a file
        }
        return parse(text.split("\r\n|\n|\r", -1));
    }

    private static CfgText parse(String[] lines) throws BrokenException {
        List<Piece> pieces = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        int end = lines.length;
        while (end > 0 && lines[end - 1].isBlank()) {
            end--;
        }
        for (int index = 0; index < end; index++) {
            String stripped = stripLeading(lines[index]);
            if (stripped.isEmpty() || stripped.startsWith("#") || stripped.startsWith("!")) {
                pieces.add(new Piece(null, "", List.of(lines[index])));
                continue;
            }
            int first = index;
            StringBuilder logical = new StringBuilder(stripped);
            while (goesOn(logical) && index + 1 < end) {
                logical.setLength(logical.length() - 1);
                logical.append(stripLeading(lines[++index]));
            }
            Piece piece = entry(logical.toString(), first + 1, List.of(lines).subList(first, index + 1));
            if (!keys.add(piece.key())) {
                throw new BrokenException("line " + (first + 1) + ": " + piece.key() + " is there twice");
            }
            pieces.add(piece);
        }
        return new CfgText(pieces);
    }

    private static Piece entry(String logical, int line, List<String> source) throws BrokenException {
        int separator = 0;
        while (separator < logical.length() && logical.charAt(separator) != '=' && logical.charAt(separator) != ':') {
            separator += logical.charAt(separator) == '\\' ? 2 : 1;
        }
        if (separator >= logical.length()) {
            throw new BrokenException("line " + line + ": there is no =");
        }
        try {
            String key = scalar(logical.substring(0, separator));
            String value = logical.substring(separator + 1);
            if (key.isEmpty()) {
                throw new BrokenException("there is no name before =");
            }
            scalar(value); // whatever it is for, its backslashes must make sense
            return new Piece(key, value, List.copyOf(source));
        } catch (BrokenException e) {
            throw new BrokenException("line " + line + ": " + e.getMessage());
        }
    }

    /** What is written behind each key, backslashes included, in the order of the file. */
    Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        for (Piece piece : pieces) {
            if (piece.key() != null) {
                entries.put(piece.key(), piece.value());
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    /** With this written behind the key, or with no such entry when null. A new entry comes last. */
    CfgText with(String key, @Nullable String written) {
        List<Piece> next = new ArrayList<>();
        boolean known = false;
        for (Piece piece : pieces) {
            if (!key.equals(piece.key())) {
                next.add(piece);
                continue;
            }
            known = true;
            if (written != null) {
                next.add(piece.value().strip().equals(written) ? piece : piece(key, written));
            }
        }
        if (!known && written != null) {
            next.add(piece(key, written));
        }
        return new CfgText(next);
    }

    /** With a comment before everything else. */
    CfgText withHead(String comment) {
        List<Piece> next = new ArrayList<>();
        next.add(new Piece(null, "", List.of("# " + comment)));
        next.addAll(pieces);
        return new CfgText(next);
    }

    byte[] bytes() {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            piece.source().forEach(line -> text.append(line).append('\n'));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Piece piece(String key, String written) {
        return new Piece(key, written, List.of(written(key, "=:#!") + " = " + written));
    }

    // ---- one value ----

    /** The one text that is written there, perhaps in quotes as other files of Karaf have it. */
    static String scalar(String written) throws BrokenException {
        String quoted = new Reader(written).whollyQuoted();
        return quoted == null ? new Reader(written).text("") : quoted;
    }

    /** The texts of a list: {@code a, b}, or {@code [ "a", "b" ]} as in other files of Karaf. Empty ones are left out. */
    static List<String> list(String written) throws BrokenException {
        Reader reader = new Reader(written);
        List<String> texts = new ArrayList<>();
        if (reader.bracketed()) {
            reader.quoted(texts);
            return texts;
        }
        while (!reader.atEnd()) {
            String text = reader.text(",");
            if (!text.isEmpty()) {
                texts.add(text);
            }
            reader.pass();
        }
        return texts;
    }

    /** How a text is written, so that {@link #scalar} gives it back. */
    static String written(String text) {
        String written = written(text, "");
        return written.startsWith("\"") ? "\\" + written : written;
    }

    /** How texts are written, so that {@link #list} gives them back. None of them may be empty. */
    static String written(List<String> texts) {
        List<String> written = new ArrayList<>();
        for (String text : texts) {
            String one = written(text, ",");
            written.add(one.startsWith("[") ? "\\" + one : one);
        }
        return String.join(", ", written);
    }

    private static String written(String text, String special) {
        StringBuilder written = new StringBuilder();
        for (int index = 0; index < text.length(); index++) {
            char sign = text.charAt(index);
            boolean edge = index == 0 || index == text.length() - 1;
            switch (sign) {
                case '\n' -> written.append("\\n");
                case '\r' -> written.append("\\r");
                case '\t' -> written.append("\\t");
                case '\f' -> written.append("\\f");
                case '\\' -> written.append("\\\\");
                case ' ' -> written.append(edge ? "\\ " : " ");
                default -> {
                    if (special.indexOf(sign) >= 0) {
                        written.append('\\').append(sign);
                    } else if (Character.isISOControl(sign) || sign == '\uFEFF' || isHalf(text, index)) {
                        written.append(String.format("\\u%04x", (int) sign));
                    } else {
                        written.append(sign);
                    }
                }
            }
        }
        return written.toString();
    }

    /** Whether the other half of this character is missing, so that UTF-8 cannot carry it. */
    static boolean isHalf(String text, int index) {
        char sign = text.charAt(index);
        if (Character.isHighSurrogate(sign)) {
            return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return Character.isLowSurrogate(sign) && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
    }

    private static boolean isBlank(char sign) {
        return sign == ' ' || sign == '\t' || sign == '\f';
    }

    private static String stripLeading(String line) {
        int begin = 0;
        while (begin < line.length() && isBlank(line.charAt(begin))) {
            begin++;
        }
        return line.substring(begin);
    }

    private static boolean goesOn(CharSequence line) {
        int count = 0;
        while (count < line.length() && line.charAt(line.length() - 1 - count) == '\\') {
            count++;
        }
        return count % 2 == 1;
    }

    /** Goes through what is written, once. */
    private static final class Reader {
        private final String written;
        private int at;

        Reader(String written) {
            this.written = written;
        }

        boolean atEnd() {
            return at >= written.length();
        }

        void pass() {
            at++;
        }

        /** A text up to one of these signs or the end, without the blanks around it that have no backslash. */
        String text(String ends) throws BrokenException {
            skipBlanks();
            StringBuilder text = new StringBuilder();
            int kept = 0;
            while (!atEnd() && ends.indexOf(written.charAt(at)) < 0) {
                char sign = written.charAt(at++);
                boolean special = sign == '\\' && !atEnd();
                text.append(special ? escaped() : sign);
                if (special || !isBlank(sign)) {
                    kept = text.length();
                }
            }
            return text.substring(0, kept);
        }

        /** The text between two quotes that enclose everything; null when there are none. */
        @Nullable
        String whollyQuoted() throws BrokenException {
            skipBlanks();
            if (atEnd() || written.charAt(at++) != '"') {
                return null;
            }
            StringBuilder text = new StringBuilder();
            while (!atEnd()) {
                char sign = written.charAt(at++);
                if (sign == '"') {
                    skipBlanks();
                    return atEnd() ? text.toString() : null;
                }
                text.append(sign == '\\' && !atEnd() ? escaped() : sign);
            }
            return null;
        }

        /** Whether a bracket opens here; it is passed. */
        boolean bracketed() {
            skipBlanks();
            if (!atEnd() && written.charAt(at) == '[') {
                at++;
                return true;
            }
            return false;
        }

        /** Texts in quotes up to the bracket that closes. */
        void quoted(List<String> texts) throws BrokenException {
            while (true) {
                skipBlanks();
                char sign = next();
                if (sign == ']') {
                    skipBlanks();
                    if (!atEnd()) {
                        throw new BrokenException("something follows the list");
                    }
                    return;
                }
                if (sign == ',') {
                    continue;
                }
                if (sign != '"') {
                    throw new BrokenException("a list in brackets holds texts in quotes");
                }
                StringBuilder text = new StringBuilder();
                for (sign = next(); sign != '"'; sign = next()) {
                    text.append(sign == '\\' && !atEnd() ? escaped() : sign);
                }
                if (!text.isEmpty()) {
                    texts.add(text.toString());
                }
            }
        }

        private char next() throws BrokenException {
            if (atEnd()) {
                throw new BrokenException("the list in brackets does not end");
            }
            return written.charAt(at++);
        }

        /** What a backslash and the sign after it stand for. */
        private char escaped() throws BrokenException {
            char sign = written.charAt(at++);
            return switch (sign) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                case 'f' -> '\f';
                case 'u' -> unicode();
                default -> sign;
            };
        }

        private char unicode() throws BrokenException {
            int value = 0;
            for (int digit = 0; digit < 4; digit++) {
                int next = atEnd() ? -1 : Character.digit(written.charAt(at++), 16);
                if (next < 0) {
                    throw new BrokenException("\\u wants four digits");
                }
                value = value * 16 + next;
            }
            return (char) value;
        }

        private void skipBlanks() {
            while (!atEnd() && isBlank(written.charAt(at))) {
                at++;
            }
        }
    }
}
