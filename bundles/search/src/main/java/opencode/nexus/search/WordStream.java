package opencode.nexus.search;

import java.util.Iterator;
import java.util.List;
import opencode.nexus.search.Words.Term;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** The words of a text for Lucene: each whole word and its pieces. */
final class WordStream extends TokenStream {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final String text;
    private Words words;
    private Iterator<Term> pieces = List.<Term>of().iterator();

    WordStream(String text) {
        this.text = text;
        words = new Words(text);
    }

    @Override
    public boolean incrementToken() {
        clearAttributes();
        Term next;
        if (pieces.hasNext()) {
            next = pieces.next();
        } else if (words.hasNext()) {
            Words.Word word = words.next();
            pieces = word.pieces().iterator();
            next = word.whole();
        } else {
            return false;
        }
        term.append(next.text());
        return true;
    }

    @Override
    public void reset() {
        words = new Words(text);
        pieces = List.<Term>of().iterator();
    }
}
