package opencode.nexus.search;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.Message;
import opencode.nexus.api.opencode.OpenCodeClient;
import opencode.nexus.api.opencode.OpenCodeSession;
import opencode.nexus.search.Documents.Entry;
import opencode.nexus.search.Documents.ReadState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the index as OpenCode is: what changed is read again soon, what is missing page by page with pauses in between.
 * One thread runs it.
 */
final class Filler implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Filler.class);

    /** Pages are small: one with much output of tools takes some memory. */
    private static final int PAGE = 20;

    private static final Duration LONG = Duration.ofHours(1);

    private final Shelf shelf;
    private final Backlog backlog;
    private final Hidden hidden;
    private final Pace pace;
    private final Deque<OpenCodeSession> unread = new ArrayDeque<>();
    private final Map<String, ReadState> read = new HashMap<>();
    private Set<String> busy = Set.of();
    private @Nullable Reading reading;
    private boolean compared;
    private long changes;
    private long refreshedChanges;
    private long committedChanges;
    private long refreshedAt = System.nanoTime();
    private long committedAt = System.nanoTime();
    private long nextPageAt = System.nanoTime();
    private volatile long resumeAt = System.nanoTime();
    private boolean troubled;
    private volatile @Nullable OpenCodeClient client;
    private volatile boolean complete;

    /** A session that is being read, newest page first. */
    private static final class Reading {
        private final OpenCodeSession session;
        /** How it was read before; null when it never was. */
        private final @Nullable ReadState earlier;

        private final Map<String, Long> known;
        private final Set<String> seen = new HashSet<>();
        private boolean running;
        private @Nullable String before;

        Reading(OpenCodeSession session, @Nullable ReadState earlier, Map<String, Long> known) {
            this.session = session;
            this.earlier = earlier;
            this.known = known;
        }

        String newest() {
            return seen.stream().max(String::compareTo).orElse("");
        }

        String oldest() {
            return seen.stream().min(String::compareTo).orElse("");
        }

        /** Whether a message that is in the index lies where there are no gaps. */
        boolean isBehind(String messageId) {
            return earlier != null && messageId.compareTo(earlier.newestId()) <= 0;
        }
    }

    Filler(Shelf shelf, Backlog backlog, Hidden hidden, Pace pace) {
        this.shelf = shelf;
        this.backlog = backlog;
        this.hidden = hidden;
        this.pace = pace;
    }

    synchronized void use(OpenCodeClient added) {
        client = added;
        backlog.wake();
    }

    synchronized void letGo(OpenCodeClient removed) {
        if (client == removed) {
            client = null;
        }
    }

    void connected() {
        resumeAt = System.nanoTime();
        backlog.connected();
    }

    /** Whether everything of OpenCode is in the index, as far as it was heard of. */
    boolean isComplete() {
        return complete && !backlog.wantsCompare();
    }

    @Override
    public void run() {
        try {
            backlog.awaitBegin(pace.idle());
            while (!backlog.isClosed()) {
                backlog.await(step());
            }
        } catch (InterruptedException e) {
            LOG.debug("Interrupted, and done", e);
        }
    }

    /** Does one thing. Answers how long the next can wait; zero as long as there is more to do. */
    Duration step() {
        long left = resumeAt - System.nanoTime();
        if (left > 0) {
            return Duration.ofNanos(left);
        }
        MessageIndex index = null;
        try {
            if (backlog.takeRebuild()) {
                complete = false;
                shelf.throwAway();
            }
            index = shelf.toWrite();
            return work(index);
        } catch (NexusException e) {
            LOG.debug("Reading for the search goes on later", e);
            backlog.compare();
        } catch (IOException | RuntimeException e) {
            failed(index, e);
        }
        resumeAt = System.nanoTime() + pace.retry().toNanos();
        return pace.retry();
    }

    private void failed(@Nullable MessageIndex index, Exception failure) {
        if (backlog.isClosed()) {
            return;
        }
        boolean givenUp = index != null && shelf.failed(index, failure);
        if (!givenUp && !troubled) {
            LOG.warn("The search is not kept up to date: {}", failure.toString());
        }
        troubled = true;
        complete = false;
        backlog.compare();
    }

    private Duration work(MessageIndex index) throws IOException {
        Set<String> deleted = hidden.now().deleted();
        if (!deleted.isEmpty()) {
            index.removeSessions(deleted);
            changes++;
            refresh(index);
            hidden.forget(deleted);
        }
        commitWhenDue(index);
        OpenCodeClient opencode = client;
        if (opencode == null || !backlog.isConnected()) {
            return untilCommit();
        }
        Optional<Backlog.Touched> touched = backlog.takeTouched(pace.quiet());
        if (touched.isPresent()) {
            readAgain(index, opencode, touched.get());
            return Duration.ZERO;
        }
        if (backlog.wantsCompare()) {
            compare(index, opencode);
            return Duration.ZERO;
        }
        if (reading != null || !unread.isEmpty()) {
            return readOn(index, opencode);
        }
        refresh(index);
        if (compared && !complete) {
            complete = true;
            troubled = false;
            LOG.info("All messages can be searched");
        }
        return shorter(untilCommit(), backlog.untilTouched(pace.quiet()).orElse(LONG));
    }

    // ---- single messages ----

    private void readAgain(MessageIndex index, OpenCodeClient opencode, Backlog.Touched touched) throws IOException {
        String sessionId = touched.sessionId();
        try {
            if (touched.messageIds().isEmpty()) {
                busy = ask(opencode, client -> client.statuses().keySet());
                unread.addFirst(ask(opencode, client -> client.session(sessionId)));
            }
            for (String messageId : touched.messageIds()) {
                readAgain(index, opencode, sessionId, messageId);
            }
        } catch (NexusException e) {
            if (e.kind() == NexusException.Kind.UNAVAILABLE) {
                backlog.touch(touched);
                throw e;
            }
            LOG.debug("Session {} is not read again", sessionId, e);
        }
        refresh(index);
    }

    private void readAgain(MessageIndex index, OpenCodeClient opencode, String sessionId, String messageId)
            throws IOException {
        changes++;
        try {
            Entry entry = ask(opencode, client -> entry(client.message(sessionId, messageId)));
            index.put(List.of(entry));
        } catch (NexusException e) {
            if (e.kind() == NexusException.Kind.UNAVAILABLE) {
                throw e;
            }
            // Gone, or such that nobody can read it.
            index.removeMessages(List.of(messageId));
        }
    }

    // ---- whole sessions ----

    private void compare(MessageIndex index, OpenCodeClient opencode) throws IOException {
        boolean wasComplete = complete;
        complete = false;
        backlog.takeCompare();
        busy = ask(opencode, client -> client.statuses().keySet());
        List<OpenCodeSession> sessions = ask(opencode, OpenCodeClient::sessions);
        hidden.know(sessions);
        refresh(index);
        read.clear();
        read.putAll(index.readSessions());
        Set<String> gone = index.sessions();
        gone.removeAll(sessions.stream().map(OpenCodeSession::id).collect(Collectors.toSet()));
        if (!gone.isEmpty()) {
            index.removeSessions(gone);
            changes++;
            refresh(index);
        }
        reading = null;
        unread.clear();
        boolean allRead = true;
        for (OpenCodeSession session : sessions) {
            ReadState earlier = read.get(session.id());
            allRead &= earlier != null;
            if (earlier == null || !earlier.updatedAt().equals(updatedAt(session))) {
                unread.add(session);
            }
        }
        compared = true;
        // What is only to be read again can be found meanwhile.
        complete = wasComplete && allRead;
        LOG.debug("{} of {} sessions are to be read", unread.size(), sessions.size());
    }

    private Duration readOn(MessageIndex index, OpenCodeClient opencode) throws IOException {
        long left = nextPageAt - System.nanoTime();
        if (left > 0) {
            return shorter(
                    Duration.ofNanos(left), backlog.untilTouched(pace.quiet()).orElse(LONG));
        }
        long begin = System.nanoTime();
        if (reading == null) {
            OpenCodeSession session = unread.remove();
            reading = new Reading(session, read.get(session.id()), index.messages(session.id()));
        }
        try {
            readPage(index, opencode, reading);
        } catch (NexusException e) {
            failedToRead(index, reading, e);
        }
        Duration twice = Duration.ofNanos(2 * (System.nanoTime() - begin));
        Duration pause = backlog.isStreaming(pace.whileStreaming()) ? pace.whileStreaming() : pace.pause();
        nextPageAt = pause.isZero()
                ? begin
                : System.nanoTime() + longer(pause, twice).toNanos();
        if (System.nanoTime() - refreshedAt > pace.refresh().toNanos()) {
            refresh(index);
        }
        return Duration.ZERO;
    }

    private void readPage(MessageIndex index, OpenCodeClient opencode, Reading now) throws IOException {
        String sessionId = now.session.id();
        OpenCodeClient.Page page = ask(opencode, client -> client.messages(sessionId, PAGE, now.before));
        List<Entry> changed = new ArrayList<>();
        boolean reachedEarlier = false;
        for (Message message : page.messages()) {
            now.seen.add(message.id());
            now.running |= message.state() == Message.State.RUNNING;
            Entry entry = ask(opencode, client -> entry(message));
            boolean known = Long.valueOf(entry.stamp()).equals(now.known.get(message.id()));
            reachedEarlier |= known && now.isBehind(message.id());
            if (!known && (!entry.text().isEmpty() || now.known.containsKey(message.id()))) {
                changed.add(entry);
            }
        }
        index.put(changed);
        changes += changed.size();
        boolean caughtUp = reachedEarlier && changed.isEmpty();
        if (page.before() != null && !caughtUp) {
            if (now.before == null) {
                // Should this be cut short, the gap between its pages must not be taken for read.
                index.unread(sessionId);
                read.remove(sessionId);
                changes++;
            }
            now.before = page.before();
            return;
        }
        removeVanished(index, now, page.before() != null);
        if (!now.running && !busy.contains(sessionId)) {
            ReadState state = new ReadState(updatedAt(now.session), now.newest());
            index.read(sessionId, state);
            read.put(sessionId, state);
            changes++;
        }
        reading = null;
    }

    /** Messages that are in the index and no longer in OpenCode; beyond the oldest that was seen nothing is known. */
    private void removeVanished(MessageIndex index, Reading now, boolean onlyNewer) throws IOException {
        String oldest = onlyNewer ? now.oldest() : "";
        List<String> vanished = now.known.keySet().stream()
                .filter(id -> !now.seen.contains(id) && id.compareTo(oldest) > 0)
                .toList();
        index.removeMessages(vanished);
        changes += vanished.size();
    }

    private void failedToRead(MessageIndex index, Reading now, NexusException failure) throws IOException {
        if (failure.kind() == NexusException.Kind.UNAVAILABLE) {
            throw failure;
        }
        reading = null;
        if (failure.kind() == NexusException.Kind.NOT_FOUND) {
            index.removeSessions(Set.of(now.session.id()));
            changes++;
            return;
        }
        LOG.warn("Session {} cannot be searched: {}", now.session.id(), failure.getMessage());
    }

    // ---- small things ----

    private static Entry entry(Message message) {
        return new Entry(
                message.sessionId(), message.id(), message.role(), message.createdAt(), MessageText.of(message));
    }

    private static Instant updatedAt(OpenCodeSession session) {
        return Instant.ofEpochMilli(session.updatedAt().toEpochMilli());
    }

    /** A bug in what answers must not look like a broken index. */
    private static <T> T ask(OpenCodeClient opencode, Function<OpenCodeClient, T> call) {
        try {
            return call.apply(opencode);
        } catch (NexusException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new NexusException(NexusException.Kind.UPSTREAM, "opencode-failed", e.toString(), e);
        }
    }

    private void refresh(MessageIndex index) throws IOException {
        if (refreshedChanges != changes) {
            index.refresh();
            refreshedChanges = changes;
        }
        refreshedAt = System.nanoTime();
    }

    private void commitWhenDue(MessageIndex index) throws IOException {
        if (committedChanges == changes) {
            committedAt =
                    Math.max(committedAt, System.nanoTime() - pace.commit().toNanos());
            return;
        }
        if (untilCommit().isZero()) {
            index.commit();
            committedChanges = changes;
            committedAt = System.nanoTime();
        }
    }

    private Duration untilCommit() {
        return committedChanges == changes
                ? LONG
                : Duration.ofNanos(Math.max(0, committedAt + pace.commit().toNanos() - System.nanoTime()));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
