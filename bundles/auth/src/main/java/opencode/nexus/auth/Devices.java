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

    /** One device, as it is on disk. */
    record Known(
            String id,
            String name,
            String tokenHash,
            Instant createdAt,
            Instant loggedInAt,
            Instant lastSeenAt,
            boolean loggedIn,
            @Nullable String address) {
        Known {
            requireNonNull(id);
            requireNonNull(name);
            requireNonNull(tokenHash);
            requireNonNull(createdAt);
            requireNonNull(loggedInAt);
            requireNonNull(lastSeenAt);
        }

        private Known seen(Instant now) {
            return new Known(id, name, tokenHash, createdAt, loggedInAt, now, loggedIn, address);
        }

        private Known ended() {
            return new Known(id, name, tokenHash, createdAt, loggedInAt, lastSeenAt, false, address);
        }

        /** A clock that ran ahead once must not make a login last longer. */
        private Known notAfter(Instant now) {
            return new Known(
                    id,
                    name,
                    tokenHash,
                    createdAt,
                    earlier(loggedInAt, now),
                    earlier(lastSeenAt, now),
                    loggedIn,
                    address);
        }

        private static Instant earlier(Instant one, Instant other) {
            return one.isBefore(other) ? one : other;
        }

        @Override
        public String toString() {
            return "Known[" + id + "]";
        }
    }

    /** The file: all devices, and the owner they belong to. */
    record Content(String owner, List<Known> devices) {
        Content {
            requireNonNull(owner);
            devices = List.copyOf(devices);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Devices.class);
    private static final Duration WRITE_EVERY = Duration.ofMinutes(5);
    private static final int TOKEN_BYTES = 32;
    private static final int ID_BYTES = 9;
    private static final int LONGEST_NAME = 120;

    private final StateFile<Content> file;
    private final Clock clock;
    private final SecureRandom random;
    private final Limits limits;
    private final Map<String, Known> byTokenHash = new ConcurrentHashMap<>();
    private volatile boolean changed;
    private String owner = "";
    private Instant written = Instant.EPOCH;

    Devices(NexusHome home, Clock clock, SecureRandom random, Limits limits) {
        this.clock = clock;
        this.random = random;
        this.limits = limits;
        this.file = new StateFile<>(home, "devices.json", Content.class);
    }

    /** Reads what is known of this owner's devices; the devices of another owner are forgotten. */
    synchronized void load(String ownerId) {
        Instant now = now();
        owner = ownerId;
        written = now;
        byTokenHash.clear();
        try {
            file.read().filter(content -> content.owner().equals(ownerId)).stream()
                    .flatMap(content -> content.devices().stream())
                    .forEach(device -> byTokenHash.put(device.tokenHash(), device.notAfter(now)));
        } catch (StateFile.UnreadableException e) {
            LOG.warn("{} {}: nobody is logged in any more", file.path(), e.getMessage());
        }
    }

    /** The id of the device that has or had this token, or null. */
    @Nullable
    String idOf(@Nullable String token) {
        Known known = find(token);
        return known == null ? null : known.id();
    }

    /** True for the token of a device whose last login came through the tunnel, or did not. */
    boolean isFrom(@Nullable String token, boolean throughTheTunnel) {
        Known known = find(token);
        return known != null && (known.address() != null) == throughTheTunnel;
    }

    /** The device of this token, logged in or not; if it is, it is now seen. Without the disk. */
    Optional<Device> seen(@Nullable String token) {
        Known known = find(token);
        if (known == null) {
            return Optional.empty();
        }
        Instant now = now();
        if (loggedIn(known, now) && !now.equals(known.lastSeenAt())) {
            known = byTokenHash.computeIfPresent(known.tokenHash(), (hash, device) -> device.seen(now));
            changed = true;
        }
        return Optional.ofNullable(known).map(device -> device(device, now));
    }

    /** All devices, the one seen last first. */
    List<Device> list() {
        Instant now = now();
        return byTokenHash.values().stream()
                .sorted(Comparator.comparing(Known::lastSeenAt).reversed())
                .map(known -> device(known, now))
                .toList();
    }

    Set<String> ids() {
        return byTokenHash.values().stream().map(Known::id).collect(Collectors.toSet());
    }

    /**
     * Logs a device in with a fresh token; on disk when this returns. A device known by {@code oldToken} keeps its id.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable}, then nothing has changed
     */
    synchronized Grant grant(@Nullable String oldToken, String name, @Nullable String address) {
        Instant now = now();
        Known old = find(oldToken);
        String token = random(TOKEN_BYTES);
        String id = old == null ? random(ID_BYTES) : old.id();
        Instant createdAt = old == null ? now : old.createdAt();
        Known known = new Known(id, presentable(name), hash(token), createdAt, now, now, true, address);
        List<Known> next = new ArrayList<>(byTokenHash.values());
        next.removeIf(device -> device.id().equals(id));
        next.add(known);
        write(next);
        byTokenHash.put(known.tokenHash(), known);
        if (old != null) {
            byTokenHash.remove(old.tokenHash());
        }
        return new Grant(token, device(known, now));
    }

    /** Drops devices beyond the limit, first those that are logged out, of each kind those not seen for longest. */
    synchronized List<String> dropSurplus() {
        Instant now = now();
        Comparator<Known> firstToGo = Comparator.<Known, Boolean>comparing(known -> loggedIn(known, now))
                .thenComparing(Known::lastSeenAt);
        return forget(byTokenHash.values().stream()
                .sorted(firstToGo)
                .limit(Math.max(0, byTokenHash.size() - limits.count()))
                .toList());
    }

    /** Ends the login of this token's device; it stays known. In memory: {@link #save} makes it last. */
    synchronized List<String> end(String token) {
        String id = idOf(token);
        return endIf(known -> known.id().equals(id));
    }

    /** Ends all logins but that of this token. In memory: {@link #save} makes it last. */
    synchronized List<String> endAllBut(String token) {
        String id = idOf(token);
        return endIf(known -> !known.id().equals(id));
    }

    /** Ends the logins that are too old. In memory, to be saved by and by. */
    synchronized List<String> endExpired() {
        Instant now = now();
        return endIf(known -> !loggedIn(known, now));
    }

    /** Forgets a device. In memory: {@link #save} makes it last. NOT_FOUND {@code unknown-device}. */
    synchronized List<String> forget(String id) {
        List<Known> found = byTokenHash.values().stream()
                .filter(known -> known.id().equals(id))
                .toList();
        if (found.isEmpty()) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND, "unknown-device", "There is no such device. Reload the list.");
        }
        return forget(found);
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

    private List<String> endIf(Predicate<Known> wanted) {
        List<String> ended = byTokenHash.values().stream()
                .filter(known -> known.loggedIn() && wanted.test(known))
                .map(Known::id)
                .toList();
        byTokenHash.replaceAll((hash, known) -> ended.contains(known.id()) ? known.ended() : known);
        changed |= !ended.isEmpty();
        return ended;
    }

    private List<String> forget(List<Known> devices) {
        devices.forEach(known -> byTokenHash.remove(known.tokenHash()));
        changed |= !devices.isEmpty();
        return devices.stream().filter(Known::loggedIn).map(Known::id).toList();
    }

    private void write(Collection<Known> devices) {
        changed = false;
        try {
            file.write(new Content(owner, List.copyOf(devices)));
            written = now();
        } catch (RuntimeException e) {
            changed = true;
            throw e;
        }
    }

    private @Nullable Known find(@Nullable String token) {
        return token == null || token.length() > 2 * TOKEN_BYTES ? null : byTokenHash.get(hash(token));
    }

    private boolean loggedIn(Known known, Instant now) {
        return known.loggedIn()
                && now.isBefore(known.lastSeenAt().plus(limits.idle()))
                && now.isBefore(known.loggedInAt().plus(limits.absolute()));
    }

    private Device device(Known known, Instant now) {
        return new Device(
                known.id(), known.name(), known.createdAt(), known.lastSeenAt(), loggedIn(known, now), known.address());
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
