package opencode.nexus.auth;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService.Device;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The browsers that have logged in, found by the SHA-256 of their token: the token itself is nowhere. A device that was
 * logged out or stayed away too long remains known, so that its owner's next try is not counted with those of strangers.
 *
 * <p>What ends logins answers with the ids of the devices concerned; telling others about it is the caller's part.
 */
final class Devices {
    /** How long a login lasts: without being used, and at all; and how many devices are kept. */
    record Limits(Duration idle, Duration absolute, int count) {}

    /** One device on disk. */
    record Stored(
            String id,
            String name,
            String tokenHash,
            Instant createdAt,
            Instant loggedInAt,
            Instant lastSeenAt,
            boolean loggedIn) {
        Stored {
            requireNonNull(id);
            requireNonNull(name);
            requireNonNull(tokenHash);
            requireNonNull(createdAt);
            requireNonNull(loggedInAt);
            requireNonNull(lastSeenAt);
        }

        @Override
        public String toString() {
            return "Stored[" + id + "]";
        }
    }

    /** All devices, and the owner they belong to. */
    record Known(String owner, List<Stored> devices) {
        Known {
            requireNonNull(owner);
            devices = List.copyOf(devices);
        }
    }

    /** One device in memory. What changes with every request changes here, without a lock. */
    private static final class Entry {
        private final Stored stored;
        private volatile Instant lastSeenAt;
        private volatile boolean loggedIn;

        private Entry(Stored stored) {
            this.stored = stored;
            this.lastSeenAt = stored.lastSeenAt();
            this.loggedIn = stored.loggedIn();
        }

        private Instant lastSeenAt() {
            return lastSeenAt;
        }

        private Stored snapshot() {
            return new Stored(
                    stored.id(),
                    stored.name(),
                    stored.tokenHash(),
                    stored.createdAt(),
                    stored.loggedInAt(),
                    lastSeenAt,
                    loggedIn);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);
    private static final Duration WRITE_EVERY = Duration.ofMinutes(5);
    private static final int TOKEN_BYTES = 32;
    private static final int ID_BYTES = 9;
    private static final int LONGEST_NAME = 120;

    private final StateFile<Known> file;
    private final Clock clock;
    private final SecureRandom random;
    private final Limits limits;
    private final Map<String, Entry> byTokenHash = new ConcurrentHashMap<>();
    private volatile boolean changed;
    private String owner = "";
    private Instant written = Instant.EPOCH;

    Devices(NexusHome home, Clock clock, SecureRandom random, Limits limits) {
        this.clock = clock;
        this.random = random;
        this.limits = limits;
        this.file = new StateFile<>(home, "devices.json", Known.class);
    }

    /** Reads what is known of this owner's devices; the devices of another owner are forgotten. */
    synchronized void load(String ownerId) {
        owner = ownerId;
        byTokenHash.clear();
        try {
            file.read().filter(known -> known.owner().equals(ownerId)).ifPresent(known -> known.devices().stream()
                    .map(this::notFromTheFuture)
                    .forEach(device -> byTokenHash.put(device.tokenHash(), new Entry(device))));
        } catch (StateFile.UnreadableException e) {
            LOG.warn("{} {}: nobody is logged in any more", file.path(), e.getMessage());
        }
        written = now();
    }

    /** The id of the device that has or had this token, or null. */
    @Nullable
    String idOf(@Nullable String token) {
        Entry entry = find(token);
        return entry == null ? null : entry.stored.id();
    }

    /** The device of this token, logged in or not; if it is, it is now seen. A lookup in memory. */
    Optional<Device> seen(@Nullable String token) {
        Entry entry = find(token);
        if (entry == null) {
            return Optional.empty();
        }
        Instant now = now();
        if (loggedIn(entry, now) && !now.equals(entry.lastSeenAt)) {
            entry.lastSeenAt = now;
            changed = true;
        }
        return Optional.of(device(entry, now));
    }

    /** All devices, the one seen last first. */
    List<Device> list() {
        Instant now = now();
        return byTokenHash.values().stream()
                .sorted(Comparator.comparing(Entry::lastSeenAt).reversed())
                .map(entry -> device(entry, now))
                .toList();
    }

    Set<String> ids() {
        return byTokenHash.values().stream().map(entry -> entry.stored.id()).collect(Collectors.toSet());
    }

    /**
     * Logs a device in with a fresh token; on disk when this returns. A device known by {@code oldToken} keeps its id.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable}, then nothing has changed
     */
    synchronized Grant grant(@Nullable String oldToken, String name) {
        Instant now = now();
        Entry old = find(oldToken);
        String token = random(TOKEN_BYTES);
        Entry entry = new Entry(new Stored(
                old == null ? random(ID_BYTES) : old.stored.id(),
                presentable(name),
                hash(token),
                old == null ? now : old.stored.createdAt(),
                now,
                now,
                true));
        List<Entry> next = new ArrayList<>(byTokenHash.values());
        next.remove(old);
        next.add(entry);
        write(next);
        byTokenHash.put(entry.stored.tokenHash(), entry);
        if (old != null) {
            byTokenHash.remove(old.stored.tokenHash());
        }
        return new Grant(token, device(entry, now));
    }

    /** Drops devices beyond the limit, first those that are logged out, of each kind those not seen for longest. */
    synchronized List<String> dropSurplus() {
        Instant now = now();
        Comparator<Entry> firstToGo = Comparator.<Entry, Boolean>comparing(entry -> loggedIn(entry, now))
                .thenComparing(Entry::lastSeenAt);
        List<Entry> surplus = byTokenHash.values().stream()
                .sorted(firstToGo)
                .limit(Math.max(0, byTokenHash.size() - limits.count()))
                .toList();
        return forget(surplus, now);
    }

    /** Ends the login of this token's device; it stays known. In memory: {@link #save} makes it last. */
    synchronized List<String> end(String token) {
        Entry entry = find(token);
        return entry == null ? List.of() : endIf(entry::equals);
    }

    /** Ends all logins but that of this token. In memory: {@link #save} makes it last. */
    synchronized List<String> endAllBut(String token) {
        Entry kept = find(token);
        return endIf(entry -> entry != kept);
    }

    /** Ends the logins that are too old. In memory, to be saved by and by. */
    synchronized List<String> endExpired() {
        Instant now = now();
        return endIf(entry -> !loggedIn(entry, now));
    }

    /** Forgets a device. In memory: {@link #save} makes it last. NOT_FOUND {@code unknown-device}. */
    synchronized List<String> forget(String id) {
        List<Entry> found = byTokenHash.values().stream()
                .filter(entry -> entry.stored.id().equals(id))
                .toList();
        if (found.isEmpty()) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-device", "There is no such device. Reload the list.");
        }
        return forget(found, now());
    }

    /** Writes what has changed. UNAVAILABLE {@code home-not-writable}. */
    synchronized void save() {
        if (changed) {
            write(byTokenHash.values());
        }
    }

    /** Writes what has changed, if the last time is long enough ago. */
    synchronized void saveByAndBy() {
        if (Duration.between(written, now()).abs().compareTo(WRITE_EVERY) >= 0) {
            save();
        }
    }

    private List<String> endIf(Predicate<Entry> wanted) {
        List<String> ended = new ArrayList<>();
        for (Entry entry : byTokenHash.values()) {
            if (entry.loggedIn && wanted.test(entry)) {
                entry.loggedIn = false;
                changed = true;
                ended.add(entry.stored.id());
            }
        }
        return ended;
    }

    private List<String> forget(List<Entry> entries, Instant now) {
        List<String> ended = entries.stream()
                .filter(entry -> entry.loggedIn)
                .map(entry -> entry.stored.id())
                .toList();
        for (Entry entry : entries) {
            entry.loggedIn = false;
            byTokenHash.remove(entry.stored.tokenHash());
            changed = true;
        }
        return ended;
    }

    private void write(Collection<Entry> entries) {
        changed = false;
        try {
            file.write(new Known(owner, entries.stream().map(Entry::snapshot).toList()));
            written = now();
        } catch (RuntimeException e) {
            changed = true;
            throw e;
        }
    }

    private @Nullable Entry find(@Nullable String token) {
        return token == null || token.length() > 2 * TOKEN_BYTES ? null : byTokenHash.get(hash(token));
    }

    private boolean loggedIn(Entry entry, Instant now) {
        return entry.loggedIn
                && now.isBefore(entry.lastSeenAt.plus(limits.idle()))
                && now.isBefore(entry.stored.loggedInAt().plus(limits.absolute()));
    }

    private Device device(Entry entry, Instant now) {
        return new Device(
                entry.stored.id(),
                entry.stored.name(),
                entry.stored.createdAt(),
                entry.lastSeenAt,
                loggedIn(entry, now));
    }

    /** A clock that ran ahead once must not make a login last longer. */
    private Stored notFromTheFuture(Stored device) {
        Instant now = now();
        return new Stored(
                device.id(),
                device.name(),
                device.tokenHash(),
                device.createdAt(),
                earlier(device.loggedInAt(), now),
                earlier(device.lastSeenAt(), now),
                device.loggedIn());
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private String random(int bytes) {
        byte[] random = new byte[bytes];
        this.random.nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private static String hash(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** What a browser says of itself, safe to show and to log. */
    private static String presentable(String name) {
        String clean = name.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]+", " ").strip();
        if (clean.codePointCount(0, clean.length()) > LONGEST_NAME) {
            clean = clean.substring(0, clean.offsetByCodePoints(0, LONGEST_NAME))
                    .strip();
        }
        return clean.isEmpty() ? "Unknown browser" : clean;
    }
}
