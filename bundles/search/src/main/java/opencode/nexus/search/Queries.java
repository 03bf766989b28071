package opencode.nexus.search;

import java.util.List;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** What is wanted, as a query of Lucene. Nothing of it is parsed: each word is a term. */
final class Queries {
    /** A word that goes on counts less than the whole word. */
    private static final float BEGINNING = 0.5f;

    /** Lucene takes about a thousand clauses. */
    private static final int MOST_TAKEN_BACK = 200;

    private Queries() {}

    static Query of(Wanted wanted, @Nullable String sessionId, Hidden.Now hidden) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        wanted.items().forEach(item -> all.add(word(item), Occur.MUST));
        if (sessionId != null) {
            all.add(new TermQuery(new Term(Documents.SESSION, sessionId)), Occur.FILTER);
        }
        if (!hidden.deleted().isEmpty()) {
            List<BytesRef> ids = hidden.deleted().stream().map(BytesRef::new).toList();
            all.add(new TermInSetQuery(Documents.SESSION, ids), Occur.MUST_NOT);
        }
        hidden.takenBack().entrySet().stream()
                .limit(MOST_TAKEN_BACK)
                .forEach(back -> all.add(from(back.getKey(), back.getValue()), Occur.MUST_NOT));
        return all.build();
    }

    private static Query word(Wanted.Item item) {
        BooleanQuery.Builder either = new BooleanQuery.Builder();
        either.add(term(item.whole()), Occur.SHOULD);
        if (item.open()) {
            either.add(beginning(item.whole()), Occur.SHOULD);
        }
        if (!item.pieces().isEmpty()) {
            BooleanQuery.Builder pieces = new BooleanQuery.Builder();
            List<String> closed =
                    item.open() ? item.pieces().subList(0, item.pieces().size() - 1) : item.pieces();
            closed.forEach(piece -> pieces.add(term(piece), Occur.MUST));
            if (item.open()) {
                pieces.add(beginning(item.lastPiece()), Occur.MUST);
            }
            either.add(pieces.build(), Occur.SHOULD);
        }
        return either.build();
    }

    private static Query term(String text) {
        return new TermQuery(new Term(Documents.WORDS, text));
    }

    private static Query beginning(String text) {
        return new BoostQuery(new PrefixQuery(new Term(Documents.WORDS, text)), BEGINNING);
    }

    /** The messages of a session from one on: ids grow. */
    private static Query from(String sessionId, String messageId) {
        return new BooleanQuery.Builder()
                .add(new TermQuery(new Term(Documents.SESSION, sessionId)), Occur.FILTER)
                .add(TermRangeQuery.newStringRange(Documents.MESSAGE, messageId, null, true, true), Occur.FILTER)
                .build();
    }
}
