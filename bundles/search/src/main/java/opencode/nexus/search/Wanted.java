package opencode.nexus.search;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import opencode.nexus.search.Words.Word;

/** What a query asks for: all of its words, of which the last may be the beginning of one. */
record Wanted(List<Wanted.Item> items) {

    Wanted {
        items = List.copyOf(items);
    }

    /**
     * One word of the query. It is there when the text has the whole word, or all of its pieces.
     *
     * @param open whether more letters may follow
     */
    record Item(String whole, List<String> pieces, boolean open) {
        Item {
            pieces = List.copyOf(pieces);
        }

        boolean fits(String term) {
            if (open && (term.startsWith(whole) || !pieces.isEmpty() && term.startsWith(lastPiece()))) {
                return true;
            }
            return term.equals(whole) || pieces.contains(term);
        }

        String lastPiece() {
            return pieces.get(pieces.size() - 1);
        }
    }

    /** Nothing is wanted by a query without letters and digits. */
    static Wanted parse(String query) {
        Set<Item> items = new LinkedHashSet<>();
        int pairedUntil = -1;
        for (Words words = new Words(query); words.hasNext(); ) {
            Word word = words.next();
            boolean last = !words.hasNext();
            if (!word.unspaced()) {
                List<String> pieces =
                        word.pieces().stream().map(Words.Term::text).toList();
                items.add(new Item(word.whole().text(), pieces, last));
            } else if (!word.pieces().isEmpty()) {
                // Pairs that overlap say where the characters stand; each alone would say little.
                Words.Term pair = word.pieces().get(0);
                items.add(new Item(pair.text(), List.of(), false));
                pairedUntil = pair.end();
            } else if (word.whole().end() != pairedUntil) {
                items.add(new Item(word.whole().text(), List.of(), false));
            }
        }
        return new Wanted(new ArrayList<>(items));
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** Which word of the query a term of a text is, or -1. */
    int find(String term) {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).fits(term)) {
                return i;
            }
        }
        return -1;
    }
}
