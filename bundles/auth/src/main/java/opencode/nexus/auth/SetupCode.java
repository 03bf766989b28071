package opencode.nexus.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one-time code that makes somebody the owner: 128 random bits in letters that cannot be mixed up, good for 15
 * minutes and 10 tries. {@code state/auth/setup-code} holds it for the launcher, and nothing else.
 */
final class SetupCode {
    private static final Logger LOG = LoggerFactory.getLogger(SetupCode.class);
    private static final Duration LIFETIME = Duration.ofMinutes(15);
    private static final int TRIES = 10;
    private static final String LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 26;

    private final NexusHome home;
    private final Clock clock;
    private final SecureRandom random;
    private final Path file;
    private @Nullable String code;
    private Instant madeAt = Instant.EPOCH;
    private int triesLeft;

    SetupCode(NexusHome home, Clock clock, SecureRandom random) {
        this.home = home;
        this.clock = clock;
        this.random = random;
        this.file = home.directory("auth").resolve("setup-code");
    }

    /** The code that is good now; a new one when the last one is not. */
    synchronized String current() {
        String known = code;
        if (known != null && good()) {
            return known;
        }
        String next = next();
        home.write(file, (next + "\n").getBytes(StandardCharsets.US_ASCII));
        code = next;
        madeAt = clock.instant();
        triesLeft = TRIES;
        LOG.info("No owner yet: a setup code is in {}", file);
        return next;
    }

    /** Passes for the right code, as often as it comes; FORBIDDEN {@code wrong-code}, and one try less, for any other. */
    synchronized void check(String offered) {
        String known = code;
        if (known == null || !good()) {
            throw wrong("This setup code is too old or was tried too often.");
        }
        if (!MessageDigest.isEqual(bytes(known), bytes(typed(offered)))) {
            triesLeft--;
            throw wrong("This is not the setup code.");
        }
    }

    /** Takes the code back, from memory and from disk. */
    synchronized void withdraw() {
        code = null;
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("Cannot delete {}; it is of no use to anybody any more", file);
        }
    }

    private boolean good() {
        return triesLeft > 0 && Duration.between(madeAt, clock.instant()).abs().compareTo(LIFETIME) < 0;
    }

    private String next() {
        StringBuilder letters = new StringBuilder(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return letters.toString();
    }

    /** Forgives what happens between a console and a keyboard. */
    private static String typed(String offered) {
        if (offered.length() > 4 * LENGTH) {
            return "";
        }
        return offered.toLowerCase(Locale.ROOT)
                .replaceAll("[\\s-]", "")
                .replace('o', '0')
                .replace('i', '1')
                .replace('l', '1');
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static NexusException wrong(String what) {
        return new NexusException(
                NexusException.Kind.FORBIDDEN,
                "wrong-code",
                what + " Get a good one with nexus:setup-code in the console, or by restarting Nexus.");
    }
}
