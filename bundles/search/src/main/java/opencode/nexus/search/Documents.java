package opencode.nexus.search;

import java.time.Instant;
import opencode.nexus.api.chat.Message;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.util.BytesRef;

/** What lies in the index: a document for each message, and one for each session that was read to its end. */
final class Documents {
    /** Raised when documents change their shape: older indexes are then made anew. */
    static final String FORMAT = "1";

    static final String FORMAT_KEY = "format";

    static final String WORDS = "words";
    static final String MESSAGE = "message";
    static final String SESSION = "session";
    static final String CREATED = "created";

    /** On documents of sessions only: their id. */
    static final String READ = "read";

    static final String KIND = "kind";
    static final String KIND_SESSION = "session";

    /** Id and version of a document, for going through many of them. */
    static final String NAME = "name";

    static final String STAMP = "stamp";

    /** On documents of sessions only: the newest message that was read. */
    static final String NEWEST = "newest";

    private static final String ROLE = "role";
    private static final String TEXT = "text";
    private static final FieldType OF_WORDS = ofWords();

    private Documents() {}

    /** A message as it is kept. */
    record Entry(String sessionId, String messageId, Message.Role role, Instant createdAt, String text) {

        /** Another number when anything is different, as good as always. */
        long stamp() {
            return ((long) text.length() << 32) + 31 * createdAt.toEpochMilli() + text.hashCode();
        }
    }

    /**
     * How a session stood when all of it was read.
     *
     * @param newestId the newest message then: what is older was read without a gap
     */
    record ReadState(Instant updatedAt, String newestId) {}

    static Document of(Entry entry) {
        Document document = new Document();
        document.add(new StringField(MESSAGE, entry.messageId(), Field.Store.YES));
        document.add(new StringField(SESSION, entry.sessionId(), Field.Store.YES));
        document.add(new StoredField(ROLE, entry.role().name()));
        document.add(new NumericDocValuesField(CREATED, entry.createdAt().toEpochMilli()));
        document.add(new StoredField(CREATED, entry.createdAt().toEpochMilli()));
        document.add(new StoredField(TEXT, entry.text()));
        document.add(new Field(WORDS, new WordStream(entry.text()), OF_WORDS));
        stamp(document, entry.messageId(), entry.stamp());
        return document;
    }

    static Entry entry(Document document) {
        return new Entry(
                document.get(SESSION),
                document.get(MESSAGE),
                Message.Role.valueOf(document.get(ROLE)),
                Instant.ofEpochMilli(document.getField(CREATED).numericValue().longValue()),
                document.get(TEXT));
    }

    static Document ofSession(String sessionId, ReadState state) {
        Document document = new Document();
        document.add(new StringField(READ, sessionId, Field.Store.NO));
        document.add(new StringField(KIND, KIND_SESSION, Field.Store.NO));
        // Nothing to find, but what every document has is stored in a way that is much faster to read.
        document.add(new Field(WORDS, new WordStream(""), OF_WORDS));
        document.add(new NumericDocValuesField(CREATED, 0));
        document.add(new BinaryDocValuesField(NEWEST, new BytesRef(state.newestId())));
        stamp(document, sessionId, state.updatedAt().toEpochMilli());
        return document;
    }

    private static void stamp(Document document, String name, long stamp) {
        document.add(new BinaryDocValuesField(NAME, new BytesRef(name)));
        document.add(new NumericDocValuesField(STAMP, stamp));
    }

    private static FieldType ofWords() {
        FieldType type = new FieldType();
        type.setTokenized(true);
        // Where a word stands is found out again for the few texts that are shown.
        type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
        type.freeze();
        return type;
    }
}
