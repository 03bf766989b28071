package opencode.nexus.streaming;

/** The JSON of {@code text} frames, written without a library: it is made for every piece and every browser. */
final class TextFrames {
    private static final String HEX = "0123456789abcdef";

    private TextFrames() {}

    /** Begins {@code {"part":…,"text":"}; pieces follow, then {@link #end}. */
    static StringBuilder begin(String key, int expected) {
        StringBuilder json = new StringBuilder(expected + 32);
        json.append("{\"part\":\"");
        escape(key, json);
        return json.append("\",\"text\":\"");
    }

    /** Adds a piece of text. */
    static void escape(String text, StringBuilder json) {
        int copied = 0;
        int length = text.length();
        for (int index = 0; index < length; index++) {
            char unit = text.charAt(index);
            if (isPlain(unit)) {
                continue;
            }
            if (Character.isHighSurrogate(unit)
                    && index + 1 < length
                    && Character.isLowSurrogate(text.charAt(index + 1))) {
                index++;
                continue;
            }
            json.append(text, copied, index);
            appendEscaped(unit, json);
            copied = index + 1;
        }
        json.append(text, copied, length);
    }

    static String end(StringBuilder json) {
        return json.append("\"}").toString();
    }

    private static boolean isPlain(char unit) {
        return unit >= ' ' && unit != '"' && unit != '\\' && !Character.isSurrogate(unit);
    }

    private static void appendEscaped(char unit, StringBuilder json) {
        switch (unit) {
            case '"', '\\' -> json.append('\\').append(unit);
            case '\n' -> json.append("\\n");
            case '\r' -> json.append("\\r");
            case '\t' -> json.append("\\t");
            // Control characters, and half a surrogate pair: the other half may be in another piece, and UTF-8 cannot
            // carry either alone.
            default ->
                json.append("\\u")
                        .append(HEX.charAt(unit >> 12))
                        .append(HEX.charAt(unit >> 8 & 0xF))
                        .append(HEX.charAt(unit >> 4 & 0xF))
                        .append(HEX.charAt(unit & 0xF));
        }
    }
}
