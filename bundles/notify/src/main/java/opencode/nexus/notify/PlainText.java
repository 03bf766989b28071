package opencode.nexus.notify;

/** Words of models, files and strangers as one line of plain text that is not too long and cannot pretend to be another. */
final class PlainText {
    private static final String CUT = "…";

    private PlainText() {}

    /**
     * Control characters and line ends become spaces, marks that turn the direction of writing and halves of characters
     * go, and what is too long ends in an ellipsis.
     *
     * @param most in {@code char}s, the ellipsis included
     */
    static String of(String text, int most) {
        // What is left out shortens the text, so more than fits is looked at; but never all of something huge.
        String looked = text.substring(0, Math.min(text.length(), 4 * most));
        StringBuilder line = new StringBuilder();
        boolean gap = false;
        for (int at = 0; at < looked.length(); at += Character.charCount(looked.codePointAt(at))) {
            int character = looked.codePointAt(at);
            if (Character.isWhitespace(character) || Character.isISOControl(character)) {
                gap = true;
            } else if (isShown(character)) {
                line.append(gap && !line.isEmpty() ? " " : "").appendCodePoint(character);
                gap = false;
            }
        }
        if (line.length() <= most && looked.length() == text.length()) {
            return line.toString();
        }
        int end = Math.min(line.length(), most - CUT.length());
        if (end > 0 && Character.isHighSurrogate(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(0, end) + CUT;
    }

    /** Signs that are not seen go, but those that join letters stay: some writing and many pictures need them. */
    private static boolean isShown(int character) {
        boolean joins = character == 0x200C || character == 0x200D;
        int type = Character.getType(character);
        return type != Character.SURROGATE && (type != Character.FORMAT || joins);
    }
}
