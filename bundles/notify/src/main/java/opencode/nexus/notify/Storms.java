package opencode.nexus.notify;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.Notification.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a storm from the channels. The first {@value #AT_ONCE} of a kind within a minute go out at once. What follows is
 * held until no other came for {@link #PAUSE}, at most {@link #LONGEST} after the first that was held, and then goes out
 * as one digest; alone, as it is. Pure: it knows no clock and no thread. Not safe for use by several threads.
 */
final class Storms {
    static final int AT_ONCE = 5;

    /** So many of a kind within a minute are listed one by one; the rest becomes one entry with a count. */
    static final int LISTED = 20;

    static final Duration WINDOW = Duration.ofMinutes(1);
    static final Duration PAUSE = Duration.ofSeconds(10);
    static final Duration LONGEST = Duration.ofMinutes(1);

    static final String PLACE = "/dashboard#notifications";
    private static final int MOST_HELD = 100;
    private static final int NAMED = 3;

    private final Map<Kind, Storm> storms = new EnumMap<>(Kind.class);

    /** What goes on with one kind. */
    private static final class Storm {
        /** When the newest of this kind came, oldest first; no more than it takes to see a storm. */
        private final Deque<Instant> times = new ArrayDeque<>();
        /** What is held, the newest last. */
        private final Map<String, Held> held = new LinkedHashMap<>();

        private @Nullable Instant heldSince;
        private Instant lastHeld = Instant.EPOCH;
    }

    /** @param tells how often it was told while it was held */
    private record Held(Notification notification, int tells) {}

    /** Counts one of a kind. Tells how many there were within the minute, this one included, and at most one more than {@link #LISTED}. */
    int count(Kind kind, Instant now) {
        Deque<Instant> times = storm(kind).times;
        times.removeIf(then -> !Ledger.within(WINDOW, then, now));
        times.addLast(now);
        if (times.size() > LISTED + 1) {
            times.removeFirst();
        }
        return times.size();
    }

    /** Whether one that was counted goes out at once; else it is held. */
    boolean passes(Notification notification, int counted, Instant now) {
        Storm storm = storm(notification.kind());
        if (counted <= AT_ONCE && storm.heldSince == null) {
            return true;
        }
        Held before = storm.held.remove(notification.id());
        storm.held.put(notification.id(), new Held(notification, before == null ? 1 : before.tells() + 1));
        if (storm.held.size() > MOST_HELD) {
            storm.held.remove(storm.held.keySet().iterator().next());
        }
        storm.heldSince = storm.heldSince == null ? now : storm.heldSince;
        storm.lastHeld = now;
        return false;
    }

    /**
     * What is to go out now, and is held no longer.
     *
     * @param wanted whether the owner still needs to hear of one
     */
    List<Notification> due(Predicate<Notification> wanted, Instant now) {
        List<Notification> due = new ArrayList<>();
        storms.forEach((kind, storm) -> {
            if (storm.heldSince == null
                    || Ledger.within(PAUSE, storm.lastHeld, now) && Ledger.within(LONGEST, storm.heldSince, now)) {
                return;
            }
            List<Held> left = storm.held.values().stream()
                    .filter(held -> wanted.test(held.notification()))
                    .toList();
            storm.held.clear();
            storm.heldSince = null;
            if (left.size() == 1) {
                due.add(left.get(0).notification());
            } else if (left.size() > 1) {
                due.add(digest(kind, left, now));
            }
        });
        return due;
    }

    private Storm storm(Kind kind) {
        return storms.computeIfAbsent(kind, unknown -> new Storm());
    }

    private static Notification digest(Kind kind, List<Held> held, Instant now) {
        int count = held.stream().mapToInt(Held::tells).sum();
        List<String> newest = new ArrayList<>();
        for (int index = held.size() - 1; index >= 0 && newest.size() < NAMED; index--) {
            Notification one = held.get(index).notification();
            newest.add(one.text().isEmpty() ? one.title() : one.text());
        }
        String named = String.join("; ", newest);
        String text = count > newest.size() ? named + "; and " + (count - newest.size()) + " more" : named;
        return new Notification(
                UUID.randomUUID().toString(),
                now,
                kind,
                null,
                title(kind, count),
                PlainText.of(text, StoredNotifications.LONGEST_TEXT),
                PLACE,
                count,
                null);
    }

    /** What the list calls the one entry that stands for many of a kind. */
    static String many(Kind kind) {
        return switch (kind) {
            case NEEDS_ME -> "Many requests need you";
            case FINISHED -> "Many answers are complete";
            case FAILED -> "Many failures";
            case RESTARTED -> "Many restarts";
            case GAVE_UP -> "Many are not started again";
            case ADDRESS_CHANGED -> "The address changed many times";
            case NEW_DEVICE -> "Many new devices";
            case THRESHOLD -> "Many warnings";
        };
    }

    private static String title(Kind kind, int count) {
        return switch (kind) {
            case NEEDS_ME -> count + " more requests need you";
            case FINISHED -> count + " more answers are complete";
            case FAILED -> count + " more failures";
            case RESTARTED -> count + " more restarts";
            case GAVE_UP -> count + " more are not started again";
            case ADDRESS_CHANGED -> "The address changed " + count + " more times";
            case NEW_DEVICE -> count + " more new devices";
            case THRESHOLD -> count + " more warnings";
        };
    }
}
