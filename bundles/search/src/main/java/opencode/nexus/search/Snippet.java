package opencode.nexus.search;

import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.search.SearchService.Mark;
import opencode.nexus.search.Words.Term;
import opencode.nexus.search.Words.Word;

/** The place of a text where most words of a query stand together, in one line. */
record Snippet(String text, List<Mark> marks) {
    static final int LONGEST = 240;

    /** Words that stand as close as this are shown together. */
    private static final int TOGETHER = 160;

    private static final int LEAD = 50;
    private static final int MOST_PLACES = 1_000;

    /** Beyond the first place nobody looks further than this for a better one. */
    private static final int LOOK = 20_000;

    private static final char ELLIPSIS = '…';

    Snippet {
        marks = List.copyOf(marks);
    }

    /** A word of the query in the text. */
    private record Place(int start, int end, int item) {}

    static Snippet of(String text, Wanted wanted) {
        List<Place> places = places(text, wanted);
        int first = best(places, wanted.items().size());
        int start = places.isEmpty() ? 0 : startBefore(text, places.get(first).start());
        return new Line(text, places).from(start);
    }

    private static List<Place> places(String text, Wanted wanted) {
        List<Place> places = new ArrayList<>();
        for (Words words = new Words(text); words.hasNext() && places.size() < MOST_PLACES; ) {
            Word word = words.next();
            if (!places.isEmpty() && word.whole().start() > places.get(0).start() + LOOK) {
                break;
            }
            if (!add(places, word.whole(), wanted)) {
                word.pieces().forEach(piece -> add(places, piece, wanted));
            }
        }
        return places;
    }

    private static boolean add(List<Place> places, Term term, Wanted wanted) {
        int item = wanted.find(term.text());
        if (item >= 0) {
            places.add(new Place(term.start(), term.end(), item));
        }
        return item >= 0;
    }

    private static int best(List<Place> places, int items) {
        int best = 0;
        int most = 0;
        for (int i = 0; i < places.size() && most < items; i++) {
            boolean[] seen = new boolean[items];
            int different = 0;
            for (int j = i;
                    j < places.size() && places.get(j).start() - places.get(i).start() < TOGETHER;
                    j++) {
                different += seen[places.get(j).item()] ? 0 : 1;
                seen[places.get(j).item()] = true;
            }
            if (different > most) {
                most = different;
                best = i;
            }
        }
        return best;
    }

    /** A little before the place, at the beginning of a word if there is one. */
    private static int startBefore(String text, int place) {
        int earliest = Math.max(0, place - LEAD);
        if (earliest == 0) {
            return 0;
        }
        for (int at = earliest; at < place; at++) {
            if (Character.isWhitespace(text.charAt(at))) {
                return at + 1;
            }
        }
        return Character.isLowSurrogate(text.charAt(earliest)) ? earliest + 1 : earliest;
    }

    /** Writes the line: white space and control characters become single spaces, and the marks move along. */
    private static final class Line {
        private final String text;
        private final List<Place> places;
        private final StringBuilder line = new StringBuilder(LONGEST);
        private final List<Mark> marks = new ArrayList<>();
        private int next;
        private int markStart = -1;
        private int markEnd;

        Line(String text, List<Place> places) {
            this.text = text;
            this.places = places;
        }

        Snippet from(int start) {
            if (start > 0) {
                line.append(ELLIPSIS);
            }
            while (next < places.size() && places.get(next).start() < start) {
                next++;
            }
            int at = start;
            while (at < text.length()) {
                openAndCloseMarks(at);
                int point = shown(text.codePointAt(at));
                if (line.length() + Character.charCount(point) > LONGEST - 1) {
                    break;
                }
                if (point != ' ' || line.length() > 0 && line.charAt(line.length() - 1) != ' ') {
                    line.appendCodePoint(point);
                }
                at += Character.charCount(text.codePointAt(at));
            }
            openAndCloseMarks(at);
            closeMark();
            finish(at < text.length());
            return new Snippet(line.toString(), marks);
        }

        private void openAndCloseMarks(int at) {
            if (markStart >= 0 && at >= markEnd) {
                closeMark();
            }
            while (next < places.size() && places.get(next).start() <= at) {
                if (markStart < 0) {
                    markStart = line.length();
                }
                markEnd = Math.max(markEnd, places.get(next).end());
                next++;
            }
        }

        private void closeMark() {
            if (markStart >= 0 && line.length() > markStart) {
                marks.add(new Mark(markStart, line.length()));
            }
            markStart = -1;
        }

        private void finish(boolean more) {
            int end = line.length();
            int markedUntil = marks.isEmpty() ? 0 : marks.get(marks.size() - 1).end();
            if (more) {
                // Not in the middle of a word, unless it is marked.
                int space = line.lastIndexOf(" ");
                end = space >= Math.max(markedUntil, end - LEAD) ? space : end;
            } else if (end > markedUntil && line.charAt(end - 1) == ' ') {
                end--;
            }
            line.setLength(end);
            if (more) {
                line.append(ELLIPSIS);
            }
        }

        private static int shown(int point) {
            boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
            if (surrogate) {
                return 0xFFFD;
            }
            boolean turnsText = point >= 0x202A && point <= 0x202E || point >= 0x2066 && point <= 0x2069;
            boolean blank = Character.isWhitespace(point) || Character.isSpaceChar(point);
            return blank || turnsText || Character.isISOControl(point) ? ' ' : point;
        }
    }
}
