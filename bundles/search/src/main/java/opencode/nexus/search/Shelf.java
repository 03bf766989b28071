package opencode.nexus.search;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the index stands: opens it when it is needed for the first time, and throws away one that makes no sense. Safe for
 * use by several threads.
 */
final class Shelf implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);

    private final Supplier<Path> place;
    private final Opener opener;
    private volatile @Nullable MessageIndex index;
    private boolean closed;

    /** How an index is opened. */
    interface Opener {
        MessageIndex open(Path place) throws IOException;
    }

    Shelf(Supplier<Path> place) {
        this(place, directory -> MessageIndex.open(directory));
    }

    Shelf(Supplier<Path> place, Opener opener) {
        this.place = place;
        this.opener = opener;
    }

    /** The index for a reader; perhaps an older state of it when the disk takes nothing. */
    MessageIndex toRead() throws IOException {
        MessageIndex open = index;
        return open == null ? openToRead() : open;
    }

    private synchronized MessageIndex openToRead() throws IOException {
        if (index != null) {
            return index;
        }
        try {
            return toWrite();
        } catch (IOException e) {
            if (closed) {
                throw e;
            }
            LOG.debug("The search index cannot be written", e);
            index = MessageIndex.openToRead(place.get());
            return index;
        }
    }

    synchronized MessageIndex toWrite() throws IOException {
        if (closed) {
            throw new IOException("The search is closed.");
        }
        MessageIndex old = index;
        if (old == null || !old.isWritable()) {
            index = openOrMake();
            closeQuietly(old);
        }
        return index;
    }

    private MessageIndex openOrMake() throws IOException {
        try {
            return opener.open(place.get());
        } catch (IOException | RuntimeException e) {
            if (!MessageIndex.isBroken(e)) {
                throw e;
            }
            LOG.warn("The search index cannot be read and is made anew: {}", e.getMessage());
            deleteFiles();
            return opener.open(place.get());
        }
    }

    /**
     * Something went wrong with an index that was taken from here.
     *
     * @return whether it was given up, and with it what was not on disk
     */
    synchronized boolean failed(MessageIndex failed, Exception failure) {
        if (closed || failed != index) {
            return false;
        }
        if (MessageIndex.isBroken(failure)) {
            LOG.warn("The search index is damaged and is made anew: {}", failure.toString());
            throwAway();
            return true;
        }
        if (MessageIndex.isCutOff(failure)) {
            // Somebody interrupted a reader, and with it the file for everybody.
            index = null;
            closeQuietly(failed);
            return true;
        }
        return false;
    }

    /** The next who needs it begins a new one. */
    synchronized void throwAway() {
        MessageIndex old = index;
        index = null;
        closeQuietly(old);
        try {
            deleteFiles();
        } catch (IOException e) {
            LOG.warn("The search index cannot be deleted: {}", e.getMessage());
        }
    }

    private void deleteFiles() throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(place.get())) {
            files = found.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        MessageIndex old = index;
        index = null;
        closeQuietly(old);
    }

    private static void closeQuietly(@Nullable MessageIndex old) {
        if (old == null) {
            return;
        }
        // Lucene would stop in the middle.
        boolean interrupted = Thread.interrupted();
        try {
            old.close();
        } catch (IOException | RuntimeException e) {
            // What is lost is read again.
            LOG.debug("The search index was not closed well", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
