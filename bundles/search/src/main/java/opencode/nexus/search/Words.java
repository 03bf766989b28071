package opencode.nexus.search;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The words of a text, as the index, a query and a snippet see them: runs of letters and digits, without case and accents.
 * A word of code also has pieces ({@code createGuard}: create, guard). Scripts that put no spaces between words come
 * character by character, each with the pair that begins there as its piece.
 */
final class Words implements Iterator<Words.Word> {
    /** Characters of a word that count; what is longer is no word a person looks for. */
    static final int LONGEST = 64;

    /** Longer runs are data, not names: they have no pieces. */
    private static final int LONGEST_WITH_PIECES = 256;

    private static final Set<UnicodeScript> UNSPACED = EnumSet.of(
            UnicodeScript.HAN,
            UnicodeScript.HIRAGANA,
            UnicodeScript.KATAKANA,
            UnicodeScript.THAI,
            UnicodeScript.LAO,
            UnicodeScript.KHMER,
            UnicodeScript.MYANMAR);

    private static final int FIRST_UNSPACED = 0x0E00;
    private static final int LONG_VOWEL = 0x30FC;

    /**
     * One word.
     *
     * @param pieces in the order of the text; empty for a word that has none
     * @param unspaced a single character of a script without spaces
     */
    record Word(Term whole, List<Term> pieces, boolean unspaced) {}

    /** What is looked up in the index, and where it stands in the text. */
    record Term(String text, int start, int end) {}

    private enum Kind {
        LETTER,
        UNSPACED,
        /** Belongs to the word it stands in, but says nothing: accents that stand alone, soft hyphens. */
        MARK,
        SEPARATOR
    }

    private final String text;
    private int position;

    Words(String text) {
        this.text = text;
        skipSeparators();
    }

    @Override
    public boolean hasNext() {
        return position < text.length();
    }

    @Override
    public Word next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int start = position;
        boolean unspaced = kind(text.codePointAt(start)) == Kind.UNSPACED;
        position = unspaced ? endOfCharacter(start) : endOfRun(start);
        int end = position;
        Term whole = term(start, end);
        List<Term> pieces = unspaced ? pair(start, end) : pieces(start, end);
        skipSeparators();
        return new Word(whole, pieces, unspaced);
    }

    private void skipSeparators() {
        while (position < text.length()) {
            int point = text.codePointAt(position);
            Kind kind = kind(point);
            if (kind == Kind.LETTER || kind == Kind.UNSPACED) {
                return;
            }
            position += Character.charCount(point);
        }
    }

    private int endOfRun(int start) {
        int end = start;
        while (end < text.length()) {
            int point = text.codePointAt(end);
            Kind kind = kind(point);
            if (kind == Kind.SEPARATOR || kind == Kind.UNSPACED) {
                break;
            }
            end += Character.charCount(point);
        }
        return end;
    }

    private int endOfCharacter(int start) {
        int end = start + Character.charCount(text.codePointAt(start));
        while (end < text.length() && kind(text.codePointAt(end)) == Kind.MARK) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end;
    }

    private List<Term> pair(int start, int end) {
        if (end == text.length() || kind(text.codePointAt(end)) != Kind.UNSPACED) {
            return List.of();
        }
        return List.of(term(start, endOfCharacter(end)));
    }

    private List<Term> pieces(int start, int end) {
        if (end - start > LONGEST_WITH_PIECES) {
            return List.of();
        }
        List<Term> pieces = new ArrayList<>(0);
        int from = start;
        for (int at = start + 1; at < end; at++) {
            if (beginsPiece(at, end)) {
                pieces.add(term(from, at));
                from = at;
            }
        }
        if (!pieces.isEmpty()) {
            pieces.add(term(from, end));
        }
        return pieces;
    }

    /** A capital after a small letter or a digit, and the last of several capitals when a small letter follows. */
    private boolean beginsPiece(int at, int end) {
        char here = text.charAt(at);
        if (!Character.isUpperCase(here)) {
            return false;
        }
        char before = text.charAt(at - 1);
        if (!Character.isUpperCase(before)) {
            return Character.isLetterOrDigit(before);
        }
        return at + 1 < end && Character.isLowerCase(text.charAt(at + 1));
    }

    private Term term(int start, int end) {
        // A letter may be written with several marks; what lies beyond is cut off below anyway.
        int enough = Math.min(end, start + 4 * LONGEST);
        return new Term(fold(text.substring(start, enough)), start, end);
    }

    private static Kind kind(int point) {
        if (point < 0x80) {
            return point >= 'a' && point <= 'z' || point >= 'A' && point <= 'Z' || point >= '0' && point <= '9'
                    ? Kind.LETTER
                    : Kind.SEPARATOR;
        }
        if (Character.isLetterOrDigit(point)) {
            boolean unspaced =
                    point >= FIRST_UNSPACED && (point == LONG_VOWEL || UNSPACED.contains(UnicodeScript.of(point)));
            return unspaced ? Kind.UNSPACED : Kind.LETTER;
        }
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT -> Kind.MARK;
            default -> Kind.SEPARATOR;
        };
    }

    /** Without case, accents and compatibility forms, and no longer than {@link #LONGEST}. */
    private static String fold(String raw) {
        StringBuilder folded = new StringBuilder(raw.length());
        boolean ascii = true;
        for (int i = 0; i < raw.length() && ascii; i++) {
            char c = raw.charAt(i);
            ascii = c < 0x80;
            folded.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
        }
        if (!ascii) {
            folded.setLength(0);
            Normalizer.normalize(raw, Normalizer.Form.NFKD).codePoints().forEach(point -> foldInto(folded, point));
        }
        String all = ascii ? folded.toString() : Normalizer.normalize(folded, Normalizer.Form.NFC);
        return Characters.start(all, LONGEST);
    }

    private static void foldInto(StringBuilder folded, int point) {
        boolean accent = point >= 0x0300 && point <= 0x036F;
        if (accent || Character.getType(point) == Character.FORMAT) {
            return;
        }
        int lower = Character.toLowerCase(point);
        switch (lower) {
            case 'ß' -> folded.append("ss");
            case 'æ' -> folded.append("ae");
            case 'œ' -> folded.append("oe");
            case 'þ' -> folded.append("th");
            case 'ø' -> folded.append('o');
            case 'ł' -> folded.append('l');
            case 'đ', 'ð' -> folded.append('d');
            case 'ı' -> folded.append('i');
            case 'ς' -> folded.append('σ');
            default -> folded.appendCodePoint(lower);
        }
    }
}
