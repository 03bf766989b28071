package opencode.nexus.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import opencode.nexus.api.auth.AuthService.LoginLink;

/**
 * The codes that let a new device in without the password: 192 random bits each, good for five minutes and once. Only their
 * hashes are known, and only in memory; at most three are open, the oldest goes first.
 */
final class LoginLinks {
    static final Duration LIFETIME = Duration.ofMinutes(5);
    static final int MOST = 3;
    private static final int BYTES = 24;
    private static final int LONGEST = 64;

    private record Open(String madeBy, Instant until) {}

    private final Clock clock;
    private final SecureRandom random;
    private final Map<String, Open> byHash = new LinkedHashMap<>();

    LoginLinks(Clock clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /** One more, in the name of a device: it ends with the login of that one. */
    synchronized LoginLink make(String device) {
        forgetOld();
        while (byHash.size() >= MOST) {
            byHash.remove(byHash.keySet().iterator().next());
        }
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String code = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant until = clock.instant().truncatedTo(ChronoUnit.MILLIS).plus(LIFETIME);
        byHash.put(hash(code), new Open(device, until));
        return new LoginLink(code, until);
    }

    synchronized boolean isGood(String code) {
        forgetOld();
        return code.length() <= LONGEST && byHash.containsKey(hash(code));
    }

    /** From now on it is not good any more. */
    synchronized void use(String code) {
        byHash.remove(hash(code));
    }

    /** Takes back what these devices made. */
    synchronized void withdraw(Collection<String> devices) {
        byHash.values().removeIf(open -> devices.contains(open.madeBy()));
    }

    /** Takes back all. */
    synchronized void withdraw() {
        byHash.clear();
    }

    /** Also those that a clock which was set back would keep for longer. */
    private void forgetOld() {
        Instant now = clock.instant();
        byHash.values()
                .removeIf(open -> !open.until().isAfter(now) || open.until().isAfter(now.plus(LIFETIME)));
    }

    private static String hash(String code) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(code.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
