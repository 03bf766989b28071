package opencode.nexus.search;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.search.Documents.Entry;
import opencode.nexus.search.Documents.ReadState;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.SimpleCollector;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopFieldDocs;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.NIOFSDirectory;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * The index on disk. What is written can be found after {@link #refresh}, and outlives a crash after {@link #commit}. Safe
 * for use by several threads, of which one writes.
 */
final class MessageIndex implements AutoCloseable {
    private static final double MEMORY_MB = 4;
    private static final double LARGEST_SEGMENT_MB = 64;
    private static final Sort BEST_FIRST =
            new Sort(SortField.FIELD_SCORE, new SortField(Documents.CREATED, SortField.Type.LONG, true));

    // Read through channels, not mapped into memory: that would want more of the JVM than a bundle is given.
    private final Directory directory;
    private final @Nullable IndexWriter writer;
    private final SearcherManager searchers;

    /** Some of what matches, and how many match in all. */
    record Found(List<Entry> entries, long total) {}

    private MessageIndex(Directory directory, @Nullable IndexWriter writer, SearcherManager searchers) {
        this.directory = directory;
        this.writer = writer;
        this.searchers = searchers;
    }

    /** Opens what is there, or begins a new one. Whether the files made no sense is told by {@link #isBroken}. */
    static MessageIndex open(Path place) throws IOException {
        return open(new NIOFSDirectory(place));
    }

    static MessageIndex open(Directory directory) throws IOException {
        try {
            return openToWrite(directory);
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    /** Opens what is there, for reading only. */
    static MessageIndex openToRead(Path place) throws IOException {
        Directory directory = new NIOFSDirectory(place);
        try {
            return new MessageIndex(directory, null, new SearcherManager(directory, new Searchers()));
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static MessageIndex openToWrite(Directory directory) throws IOException {
        boolean existed = DirectoryReader.indexExists(directory);
        // Merging is done by the thread that writes: one with a name and an owner.
        IndexWriter writer = new IndexWriter(
                directory,
                new IndexWriterConfig(null)
                        .setRAMBufferSizeMB(MEMORY_MB)
                        .setMergeScheduler(new SerialMergeScheduler())
                        .setMergePolicy(new TieredMergePolicy().setMaxMergedSegmentMB(LARGEST_SEGMENT_MB)));
        try {
            if (existed) {
                checkFormat(writer);
            }
            SearcherManager searchers = new SearcherManager(writer, new Searchers());
            MessageIndex opened = new MessageIndex(directory, writer, searchers);
            opened.checkIntegrity();
            return opened;
        } catch (IOException | RuntimeException e) {
            writer.rollback();
            throw e;
        }
    }

    /** Whether a failure means that the files make no sense, rather than that the disk refuses or the index was closed. */
    static boolean isBroken(Throwable failure) {
        return failure instanceof CorruptIndexException
                || failure instanceof IndexFormatTooOldException
                || failure instanceof IndexFormatTooNewException
                || failure instanceof EOFException
                || failure instanceof FileNotFoundException
                || failure instanceof NoSuchFileException
                || failure instanceof AccessDeniedException
                || failure instanceof RuntimeException && !(failure instanceof AlreadyClosedException)
                || failure.getCause() != null && isBroken(failure.getCause());
    }

    /** Whether somebody interrupted a thread that was reading, and with it closed the file for everybody. */
    static boolean isCutOff(Throwable failure) {
        return failure instanceof ClosedChannelException || failure.getCause() != null && isCutOff(failure.getCause());
    }

    private static void checkFormat(IndexWriter writer) throws IOException {
        String format = "";
        Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
        if (data != null) {
            for (Map.Entry<String, String> entry : data) {
                format = entry.getKey().equals(Documents.FORMAT_KEY) ? entry.getValue() : format;
            }
        }
        if (!format.equals(Documents.FORMAT)) {
            throw new CorruptIndexException("made by another version: " + format, "commit");
        }
    }

    /** Reads all of it once: wrong bytes found later could mean anything. */
    private void checkIntegrity() throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                leaf.reader().checkIntegrity();
            }
        } finally {
            searchers.release(searcher);
        }
    }

    /** False for one that was opened for reading, and after the disk refused to take more. */
    boolean isWritable() {
        return writer != null && writer.isOpen();
    }

    // ---- writing ----

    /** Adds messages, or replaces them; one without text is removed. */
    void put(Collection<Entry> entries) throws IOException {
        for (Entry entry : entries) {
            Term id = new Term(Documents.MESSAGE, entry.messageId());
            if (entry.text().isEmpty()) {
                writer().deleteDocuments(id);
            } else {
                writer().updateDocument(id, Documents.of(entry));
            }
        }
    }

    void removeMessages(Collection<String> messageIds) throws IOException {
        for (String id : messageIds) {
            writer().deleteDocuments(new Term(Documents.MESSAGE, id));
        }
    }

    void removeSessions(Collection<String> sessionIds) throws IOException {
        for (String id : sessionIds) {
            writer().deleteDocuments(new Term(Documents.SESSION, id), new Term(Documents.READ, id));
        }
    }

    /** Notes that all of a session is here. */
    void read(String sessionId, ReadState state) throws IOException {
        writer().updateDocument(new Term(Documents.READ, sessionId), Documents.ofSession(sessionId, state));
    }

    /** Takes that back. */
    void unread(String sessionId) throws IOException {
        writer().deleteDocuments(new Term(Documents.READ, sessionId));
    }

    void refresh() throws IOException {
        searchers.maybeRefreshBlocking();
    }

    void commit() throws IOException {
        if (writer().hasUncommittedChanges()) {
            writer().setLiveCommitData(
                            Map.of(Documents.FORMAT_KEY, Documents.FORMAT).entrySet());
            writer().commit();
        }
    }

    /** Keeps what was written. */
    @Override
    public void close() throws IOException {
        IndexWriter open = writer;
        try (Closeable last = directory;
                Closeable then = searchers;
                Closeable first = open == null ? () -> {} : open::rollback) {
            if (open != null && open.isOpen()) {
                // Tidying up is for later: whoever stops wants to be done.
                open.getConfig().setMergePolicy(NoMergePolicy.INSTANCE);
                commit();
            }
        }
    }

    private IndexWriter writer() {
        if (writer == null) {
            throw new AlreadyClosedException("opened for reading");
        }
        return writer;
    }

    // ---- reading ----

    Found search(Wanted wanted, @Nullable String sessionId, Hidden.Now hidden, int limit, int offset)
            throws IOException {
        Query query = Queries.of(wanted, sessionId, hidden);
        IndexSearcher searcher = searchers.acquire();
        try {
            TopFieldDocs top =
                    searcher.search(query, new TopFieldCollectorManager(BEST_FIRST, offset + limit, Integer.MAX_VALUE));
            StoredFields stored = searcher.storedFields();
            List<Entry> entries = new ArrayList<>();
            for (int i = offset; i < top.scoreDocs.length; i++) {
                entries.add(Documents.entry(stored.document(top.scoreDocs[i].doc)));
            }
            return new Found(entries, top.totalHits.value);
        } finally {
            searchers.release(searcher);
        }
    }

    /** The messages of a session that are here, and their stamps. */
    Map<String, Long> messages(String sessionId) throws IOException {
        Map<String, Long> stamps = new HashMap<>();
        Query ofSession = new TermQuery(new Term(Documents.SESSION, sessionId));
        each(ofSession, (id, stamp, newest) -> stamps.put(id, stamp));
        return stamps;
    }

    /** The sessions of which all is here, or was at the time. */
    Map<String, ReadState> readSessions() throws IOException {
        Map<String, ReadState> read = new HashMap<>();
        Query sessions = new TermQuery(new Term(Documents.KIND, Documents.KIND_SESSION));
        each(sessions, (id, stamp, newest) -> read.put(id, new ReadState(Instant.ofEpochMilli(stamp), newest)));
        return read;
    }

    /** All sessions of which something is here, and perhaps some that were removed. */
    Set<String> sessions() throws IOException {
        Set<String> sessions = new HashSet<>();
        IndexSearcher searcher = searchers.acquire();
        try {
            for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
                for (String field : List.of(Documents.SESSION, Documents.READ)) {
                    Terms terms = leaf.reader().terms(field);
                    TermsEnum each = terms == null ? TermsEnum.EMPTY : terms.iterator();
                    for (BytesRef id = each.next(); id != null; id = each.next()) {
                        sessions.add(id.utf8ToString());
                    }
                }
            }
        } finally {
            searchers.release(searcher);
        }
        return sessions;
    }

    private interface Each {
        void take(String name, long stamp, String newest);
    }

    private void each(Query query, Each each) throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            searcher.search(query, new Walk(each));
        } finally {
            searchers.release(searcher);
        }
    }

    /** Goes through documents by what they are called. */
    private static final class Walk extends SimpleCollector {
        private final Each each;
        private BinaryDocValues names = DocValues.emptyBinary();
        private BinaryDocValues newest = DocValues.emptyBinary();
        private NumericDocValues stamps = DocValues.emptyNumeric();

        Walk(Each each) {
            this.each = each;
        }

        @Override
        protected void doSetNextReader(LeafReaderContext leaf) throws IOException {
            names = DocValues.getBinary(leaf.reader(), Documents.NAME);
            newest = DocValues.getBinary(leaf.reader(), Documents.NEWEST);
            stamps = DocValues.getNumeric(leaf.reader(), Documents.STAMP);
        }

        @Override
        public void collect(int document) throws IOException {
            if (names.advanceExact(document) && stamps.advanceExact(document)) {
                String until =
                        newest.advanceExact(document) ? newest.binaryValue().utf8ToString() : "";
                each.take(names.binaryValue().utf8ToString(), stamps.longValue(), until);
            }
        }

        @Override
        public ScoreMode scoreMode() {
            return ScoreMode.COMPLETE_NO_SCORES;
        }
    }

    /** Searchers that keep nothing between two searches. */
    private static final class Searchers extends SearcherFactory {
        @Override
        public IndexSearcher newSearcher(IndexReader reader, @Nullable IndexReader previous) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setQueryCache(null);
            return searcher;
        }
    }
}
