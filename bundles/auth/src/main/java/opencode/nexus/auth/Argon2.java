package opencode.nexus.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Turns passwords into PHC strings and compares them: Argon2id, one at a time. The memory of a hash lives no longer than
 * the hash; because only one runs and few wait, a flood of logins costs neither heap nor the second processor.
 */
final class Argon2 {
    /** What one hash costs. */
    record Cost(int memoryKib, int passes, int lanes) {
        /** 64 MiB, three passes: the second recommendation of RFC 9106, with the one lane that Java can use. */
        static final Cost STANDARD = new Cost(64 * 1024, 3, 1);

        Cost {
            if (lanes < 1 || lanes > 16 || passes < 1 || passes > 64 || memoryKib < 8 * lanes || memoryKib > 1 << 20) {
                throw new IllegalArgumentException("cost out of range");
            }
        }
    }

    private record Phc(Cost cost, byte[] salt, byte[] tag) {}

    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,8}),t=(\\d{1,3}),p=(\\d{1,3})\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");
    private static final int SALT_BYTES = 16;
    private static final int TAG_BYTES = 32;
    private static final int WAITING = 8;

    private final Cost cost;
    private final SecureRandom random;
    private final Semaphore places = new Semaphore(WAITING + 1);
    private final Semaphore turn = new Semaphore(1, true);

    Argon2(Cost cost, SecureRandom random) {
        this.cost = cost;
        this.random = random;
    }

    /**
     * Does work that hashes when it is its turn. What happens in one turn never overlaps with another.
     *
     * @throws NexusException TOO_MANY {@code too-many-tries} at once, when too many wait already
     */
    <T> T inTurn(Supplier<T> work) {
        if (!places.tryAcquire()) {
            throw NexusException.tooMany(
                    "too-many-tries",
                    "Several logins are being checked right now. Try again in a second.",
                    Duration.ofSeconds(1));
        }
        try {
            turn.acquire();
            try {
                return work.get();
            } finally {
                turn.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "shutting-down",
                    "OpenCode Nexus is stopping. Try again in a moment.");
        } finally {
            places.release();
        }
    }

    /** A new PHC string for a password. */
    String hash(String password) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        byte[] tag = tag(cost, salt, TAG_BYTES, password);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + cost.memoryKib() + ",t=" + cost.passes() + ",p=" + cost.lanes() + "$"
                + base64.encodeToString(salt) + "$" + base64.encodeToString(tag);
    }

    /** Whether the PHC string is that of the password; takes as long for a right one as for a wrong one. */
    boolean matches(String phc, String password) {
        Phc known = parse(phc);
        return MessageDigest.isEqual(known.tag(), tag(known.cost(), known.salt(), known.tag().length, password));
    }

    /** Whether a PHC string was made at another cost than today's. */
    boolean outdated(String phc) {
        Phc known = parse(phc);
        return !known.cost().equals(cost) || known.salt().length != SALT_BYTES || known.tag().length != TAG_BYTES;
    }

    /** Throws IllegalArgumentException for anything but a PHC string of a cost that this machine may be asked for. */
    static void requireValid(String phc) {
        parse(phc);
    }

    private static Phc parse(String phc) {
        Matcher matcher = PHC.matcher(phc);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not an Argon2id PHC string");
        }
        return new Phc(
                new Cost(
                        Integer.parseInt(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        Integer.parseInt(matcher.group(3))),
                Base64.getDecoder().decode(matcher.group(4)),
                Base64.getDecoder().decode(matcher.group(5)));
    }

    private static byte[] tag(Cost cost, byte[] salt, int length, String password) {
        Argon2BytesGenerator generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(cost.memoryKib())
                .withIterations(cost.passes())
                .withParallelism(cost.lanes())
                .withSalt(salt)
                .build());
        byte[] tag = new byte[length];
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        try {
            generator.generateBytes(bytes, tag);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
        return tag;
    }
}
