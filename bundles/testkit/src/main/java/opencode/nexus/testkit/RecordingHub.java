package opencode.nexus.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.event.Feed;
import opencode.nexus.api.event.NexusEvent;
import org.jspecify.annotations.Nullable;

/**
 * A hub that keeps everything it was given in a plain list. It behaves as {@link EventHub} promises, slowly and without
 * bounds, and can lose its past on request. Passing events are numbered and replayed as the others.
 */
public final class RecordingHub implements EventHub {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<NexusEvent> events = new ArrayList<>();
    private final Map<String, Text> texts = new LinkedHashMap<>();
    private final Map<String, String> keys = new LinkedHashMap<>();
    private final List<ListFeed> feeds = new CopyOnWriteArrayList<>();
    private final Set<Integer> borders = new HashSet<>();
    private String epoch = "1";
    private int oldest;

    // ---- what a test looks at ----

    /** Everything published so far, pieces of text included, oldest first. */
    public synchronized List<NexusEvent> published() {
        return List.copyOf(events);
    }

    /** Everything of one type, for instance {@code chat.session}. */
    public List<NexusEvent> published(String type) {
        return published().stream().filter(event -> event.type().equals(type)).toList();
    }

    /** Waits for the first event that matches, past or future; fails after 20 seconds. */
    public synchronized NexusEvent await(Predicate<NexusEvent> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int seen = 0;
        while (true) {
            for (; seen < events.size(); seen++) {
                if (wanted.test(events.get(seen))) {
                    return events.get(seen);
                }
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("no such event among " + events);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for an event", e);
            }
        }
    }

    /** How many feeds are open. */
    public int followers() {
        return feeds.size();
    }

    /** Drops all events up to now, as a full ring does: older ids become a gap, feeds that had not read them fall behind. */
    public synchronized void dropPast() {
        oldest = events.size();
    }

    /** Begins a new epoch, as a restart does: nothing is kept and every id from before is a gap. */
    public synchronized void beginEpoch(String name) {
        epoch = name;
        events.clear();
        texts.clear();
        keys.clear();
        borders.clear();
        oldest = 0;
    }

    // ---- the hub ----

    @Override
    public String publish(String topic, String type, String json) {
        if (json.indexOf('\n') >= 0 || json.indexOf('\r') >= 0) {
            throw new IllegalArgumentException("data of " + type + " has more than one line");
        }
        String id = add(topic, type, null, json);
        wakeAll();
        return id;
    }

    @Override
    public synchronized String cursor() {
        return epoch + "-" + events.size();
    }

    @Override
    public synchronized String epoch() {
        return epoch;
    }

    @Override
    public synchronized Feed follow(@Nullable String after, Set<String> topics, Runnable wake) {
        int from = after == null ? events.size() : position(after);
        ListFeed feed = from < 0
                ? new ListFeed(Feed.Verdict.GAP, events.size(), topics, wake)
                : new ListFeed(Feed.Verdict.OK, from, topics, wake);
        feeds.add(feed);
        return feed;
    }

    @Override
    public int followers(String topic) {
        return (int) feeds.stream().filter(feed -> feed.topics.contains(topic)).count();
    }

    @Override
    public synchronized String begin(String sessionId, String messageId, String partId, String text) {
        String key = keys.computeIfAbsent(partId, unknown -> Integer.toString(keys.size() + 1, Character.MAX_RADIX));
        texts.put(partId, new Text(sessionId, messageId, partId, key, new StringBuilder(text)));
        return key;
    }

    @Override
    public boolean append(String partId, String text) {
        synchronized (this) {
            Text known = texts.get(partId);
            if (known == null || known.frozen) {
                return false;
            }
            known.text.append(text);
            add("chat", NexusEvent.TEXT, known.key, text);
        }
        wakeAll();
        return true;
    }

    @Override
    public synchronized void freeze(String sessionId) {
        texts.values().stream().filter(text -> text.sessionId.equals(sessionId)).forEach(text -> text.frozen = true);
    }

    @Override
    public synchronized void end(String partId) {
        texts.remove(partId);
    }

    @Override
    public synchronized void forget(String sessionId) {
        texts.values().removeIf(text -> text.sessionId.equals(sessionId));
    }

    @Override
    public synchronized Running running(String sessionId) {
        borders.add(events.size());
        return new Running(
                cursor(),
                texts.values().stream()
                        .filter(text -> text.sessionId.equals(sessionId))
                        .map(Text::snapshot)
                        .toList());
    }

    @Override
    public synchronized Set<String> runningSessions() {
        return texts.values().stream().map(text -> text.sessionId).collect(Collectors.toUnmodifiableSet());
    }

    private synchronized String add(String topic, String type, @Nullable String part, String data) {
        String id = epoch + "-" + (events.size() + 1);
        events.add(new NexusEvent(id, topic, type, part, data));
        notifyAll();
        return id;
    }

    private void wakeAll() {
        feeds.forEach(feed -> feed.wake.run());
    }

    /** How many events come before what follows the id; negative when that is not known any more. */
    private int position(String id) {
        String prefix = epoch + "-";
        if (!id.matches("[0-9a-z]+-[0-9]{1,9}") || !id.startsWith(prefix)) {
            return -1;
        }
        int sequence = Integer.parseInt(id.substring(prefix.length()));
        return sequence < oldest || sequence > events.size() ? -1 : sequence;
    }

    private static final class Text {
        private final String sessionId;
        private final String messageId;
        private final String partId;
        private final String key;
        private final StringBuilder text;
        private boolean frozen;

        private Text(String sessionId, String messageId, String partId, String key, StringBuilder text) {
            this.sessionId = sessionId;
            this.messageId = messageId;
            this.partId = partId;
            this.key = key;
            this.text = text;
        }

        private RunningText snapshot() {
            return new RunningText(messageId, partId, key, text.toString(), frozen);
        }
    }

    private final class ListFeed implements Feed {
        private final Verdict verdict;
        private final String start;
        private final String startEpoch;
        private final Set<String> topics;
        private final Runnable wake;
        private int position;

        private ListFeed(Verdict verdict, int position, Set<String> topics, Runnable wake) {
            this.verdict = verdict;
            this.position = position;
            this.startEpoch = epoch;
            this.start = epoch + "-" + position;
            this.topics = Set.copyOf(topics);
            this.wake = wake;
        }

        @Override
        public Verdict verdict() {
            return verdict;
        }

        @Override
        public String start() {
            return start;
        }

        @Override
        public List<NexusEvent> next(int limit) throws FellBehind {
            synchronized (RecordingHub.this) {
                if (position < oldest || !startEpoch.equals(epoch)) {
                    throw new FellBehind();
                }
                List<NexusEvent> found = new ArrayList<>();
                while (found.size() < limit && position < events.size()) {
                    if (!found.isEmpty() && borders.contains(position)) {
                        break;
                    }
                    NexusEvent event = events.get(position++);
                    if (topics.contains(event.topic())) {
                        found.add(event);
                    }
                }
                return found;
            }
        }

        @Override
        public void close() {
            feeds.remove(this);
        }
    }
}
