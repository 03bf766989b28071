package opencode.nexus.search;

/** Cutting text without breaking a character in two. */
final class Characters {
    private Characters() {}

    /** The text, or its start when it is longer than {@code most}. */
    static String start(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        boolean broken = most > 0 && Character.isHighSurrogate(text.charAt(most - 1));
        return text.substring(0, broken ? most - 1 : most);
    }
}
