package opencode.nexus.auth;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a password may be guessed. A device that has logged in before has a counter of its own, so nobody else can
 * lock it out. All others share 100 guesses in any 24 hours, however many they are and wherever they come from, and wait
 * for a counter: one for each network of which the tunnel tells, one for all that did not come through it. A guess is booked as wrong, on disk, before the password is looked at: neither a flood nor a restart gains one.
 *
 * <p>Time never runs backwards here: when the clock is set back, all that is booked moves back with it. So waits go on
 * where they were, and none becomes longer than it was.
 */
final class Lockout {
    static final int GUESSES_A_DAY = 100;
    private static final Logger LOG = LoggerFactory.getLogger(Lockout.class);
    private static final Duration DAY = Duration.ofDays(1);
    private static final String UNKNOWN_ADDRESS = "unknown";
    private static final int FREE = 3;
    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofMinutes(15);
    private static final Duration LONGEST_DELAY_NETWORK = DAY;
    private static final Duration LONGEST_DELAY_KNOWN = Duration.ofMinutes(1);

    /** Wrong guesses in a row, when the last one was, and when the next one may be. */
    record Counter(int wrong, Instant last, Instant open) {
        private static final Counter NONE = new Counter(0, Instant.EPOCH, Instant.EPOCH);

        Counter {
            requireNonNull(last);
            requireNonNull(open);
        }

        private Counter next(Instant now, Duration longestDelay) {
            int count = last.plus(DAY).isAfter(now) ? Math.min(wrong, 1_000) + 1 : 1;
            return new Counter(count, now, now.plus(delay(count, longestDelay)));
        }

        private Counter moved(Duration by) {
            return equals(NONE) ? this : new Counter(wrong, last.plus(by), open.plus(by));
        }

        private static Duration delay(int wrong, Duration longest) {
            if (wrong < FREE) {
                return Duration.ZERO;
            }
            Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(wrong - FREE, 20));
            return delay.compareTo(longest) < 0 ? delay : longest;
        }
    }

    /** What is on disk. {@code seen}: the latest time of which this knows. */
    record Booked(Instant seen, Counter unknown, List<Instant> guesses, Map<String, Counter> devices) {
        Booked {
            requireNonNull(seen);
            requireNonNull(unknown);
            guesses = List.copyOf(guesses);
            devices = Map.copyOf(devices);
        }
    }

    private final StateFile<Booked> file;
    private final Clock clock;
    private final List<Instant> guesses = new ArrayList<>();
    private final Map<String, Counter> devices = new TreeMap<>();
    // Only in memory: that guesses are booked in the sum outlives a restart. Never more than there are guesses in a
    // day.
    private final Map<String, Counter> networks = new HashMap<>();
    private Counter unknown = Counter.NONE;
    private Instant seen = Instant.EPOCH;

    Lockout(NexusHome home, Clock clock) {
        this.clock = clock;
        file = new StateFile<>(home, "lockout.json", Booked.class);
        try {
            file.read().ifPresent(this::restore);
        } catch (StateFile.UnreadableException e) {
            seen = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            guesses.addAll(Collections.nCopies(GUESSES_A_DAY, seen));
            LOG.warn(
                    "{} {}: for a day only browsers that logged in before may log in. Delete it and restart to end that",
                    file.path(),
                    e.getMessage());
            saveIfPossible();
        }
    }

    /**
     * Whether a guess may be made now. Changes nothing.
     *
     * @param device the id of a known device, or null for all others
     * @param address where one of those others is from, if the tunnel told
     * @throws NexusException TOO_MANY {@code too-many-tries}, with the time after which a guess is taken
     */
    void check(@Nullable String device, @Nullable String address) {
        Duration wait = waitFor(device, address);
        if (!wait.isZero()) {
            throw NexusException.tooMany(
                    "too-many-tries", "Too many wrong passwords. Try again in " + inWords(wait) + ".", wait);
        }
    }

    /** How long until the next guess is taken; zero when it may be made now. */
    synchronized Duration waitFor(@Nullable String device, @Nullable String address) {
        Instant now = now();
        Instant open = counter(device, address).open();
        if (device == null && guesses.size() >= GUESSES_A_DAY) {
            Instant day = guesses.get(guesses.size() - GUESSES_A_DAY).plus(DAY);
            open = day.isAfter(open) ? day : open;
        }
        return open.isAfter(now) ? Duration.between(now, open) : Duration.ZERO;
    }

    /**
     * Books one guess, as wrong until {@link #right} takes it back; on disk when this returns.
     *
     * @throws NexusException as {@link #check}; UNAVAILABLE {@code home-not-writable}, then nothing is booked
     */
    synchronized void book(@Nullable String device, @Nullable String address) {
        check(device, address);
        Instant now = now();
        Counter before = counter(device, address);
        put(device, address, before.next(now, longestDelay(device, address)));
        if (device == null) {
            guesses.add(now);
        }
        try {
            save();
        } catch (NexusException e) {
            put(device, address, before);
            if (device == null) {
                guesses.remove(guesses.size() - 1);
            }
            throw e;
        }
    }

    /** The guess booked last was right: it does not count, and the next one need not wait. */
    synchronized void right(@Nullable String device, @Nullable String address) {
        now();
        put(device, address, Counter.NONE);
        if (device == null && !guesses.isEmpty()) {
            guesses.remove(guesses.size() - 1);
        }
        saveIfPossible();
    }

    /** Wrong guesses of unknown browsers in the last 24 hours, or those in a row of a known device. */
    synchronized int wrong(@Nullable String device) {
        now();
        return device == null ? guesses.size() : counter(device, null).wrong();
    }

    /** Forgets the counters of all devices but these. */
    synchronized void keep(Set<String> known) {
        if (devices.keySet().retainAll(known)) {
            saveIfPossible();
        }
    }

    /** The time, never earlier than before; old guesses drop out. */
    private Instant now() {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        if (now.isBefore(seen)) {
            Duration by = Duration.between(seen, now);
            guesses.replaceAll(at -> at.plus(by));
            unknown = unknown.moved(by);
            devices.replaceAll((id, counter) -> counter.moved(by));
            networks.replaceAll((network, counter) -> counter.moved(by));
        }
        seen = now;
        guesses.removeIf(at -> !at.plus(DAY).isAfter(now));
        networks.values()
                .removeIf(counter -> !counter.last().plus(DAY).isAfter(now)
                        && !counter.open().isAfter(now));
        return now;
    }

    private Counter counter(@Nullable String device, @Nullable String address) {
        if (device != null) {
            return devices.getOrDefault(device, Counter.NONE);
        }
        return address == null ? unknown : networks.getOrDefault(network(address), Counter.NONE);
    }

    private void put(@Nullable String device, @Nullable String address, Counter counter) {
        if (device != null) {
            put(devices, device, counter);
        } else if (address != null) {
            put(networks, network(address), counter);
        } else {
            unknown = counter;
        }
    }

    private static void put(Map<String, Counter> counters, String key, Counter counter) {
        if (counter.equals(Counter.NONE)) {
            counters.remove(key);
            return;
        }
        counters.put(key, counter);
    }

    private static Duration longestDelay(@Nullable String device, @Nullable String address) {
        if (device != null) {
            return LONGEST_DELAY_KNOWN;
        }
        // Whom the tunnel tells nothing of may be many.
        return address == null || address.equals(UNKNOWN_ADDRESS) ? LONGEST_DELAY : LONGEST_DELAY_NETWORK;
    }

    /** Of the new kind of address everybody has as many as they like, but only one network of 64 bits. */
    private static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        String[] groups = address.split(":", -1);
        return String.join(":", Arrays.copyOf(groups, Math.min(4, groups.length)));
    }

    private void restore(Booked booked) {
        seen = booked.seen();
        unknown = booked.unknown();
        guesses.addAll(booked.guesses());
        devices.putAll(booked.devices());
    }

    private void save() {
        file.write(new Booked(seen, unknown, guesses, devices));
    }

    /** For what may be lost: without it more is forbidden after a restart, never more allowed. */
    private void saveIfPossible() {
        try {
            save();
        } catch (NexusException e) {
            LOG.warn("Cannot write {}: {}", file.path(), e.getMessage());
        }
    }

    private static String inWords(Duration wait) {
        long seconds = wait.plusMillis(999).toSeconds();
        if (seconds < 120) {
            return seconds == 1 ? "a second" : seconds + " seconds";
        }
        return seconds < 7_200 ? (seconds + 59) / 60 + " minutes" : (seconds + 3_599) / 3_600 + " hours";
    }
}
