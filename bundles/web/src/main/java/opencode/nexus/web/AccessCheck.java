package opencode.nexus.web;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import opencode.nexus.web.AccessToken.Claims;
import org.jspecify.annotations.Nullable;

/**
 * Whether a token is one for an application, with what was verified lately kept: a page asks for dozens of things with the
 * same token. Safe for use by several threads.
 */
final class AccessCheck {
    /** How far the clock here may be off. */
    static final Duration LEEWAY = Duration.ofSeconds(60);

    static final int REMEMBERED = 64;

    private final AccessApplication application;
    private final AccessKeys keys;
    private final Clock clock;

    /** By a hash of the token; those used last at the end. Guarded by this. */
    private final Map<String, Verified> verified = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
            return size() > REMEMBERED;
        }
    };

    AccessCheck(AccessApplication application, AccessKeys keys, Clock clock) {
        this.application = application;
        this.keys = keys;
        this.clock = clock;
    }

    /** What a token claims whose signature was verified with that key. */
    private record Verified(RSAPublicKey key, Claims claims) {}

    /** Either why it is refused, or until when it is good. */
    record Verdict(@Nullable AccessRefusal refusal, Instant until) {
        private static Verdict no(AccessRefusal why) {
            return new Verdict(why, Instant.EPOCH);
        }
    }

    Verdict of(String text) {
        Optional<AccessToken> token = AccessToken.of(text);
        if (token.isEmpty()) {
            return Verdict.no(AccessRefusal.NOT_GENUINE);
        }
        AccessKeys.Found found = keys.find(token.get().keyId());
        RSAPublicKey key = found.key();
        if (key == null) {
            return Verdict.no(
                    switch (found.standing()) {
                        case FETCHING -> AccessRefusal.SOON;
                        case NONE -> AccessRefusal.NO_KEYS;
                        case UNKNOWN, KNOWN -> AccessRefusal.NOT_GENUINE;
                    });
        }
        return claims(hash(text), token.get(), key)
                .filter(claims -> claims.issuer().equals(application.issuer()))
                .map(this::judge)
                .orElse(Verdict.no(AccessRefusal.NOT_GENUINE));
    }

    private Verdict judge(Claims claims) {
        if (!claims.audiences().contains(application.audience())) {
            return Verdict.no(AccessRefusal.OTHER_APPLICATION);
        }
        long now = clock.instant().getEpochSecond();
        if (now - LEEWAY.toSeconds() >= claims.expires() || now + LEEWAY.toSeconds() < claims.begins()) {
            return Verdict.no(AccessRefusal.NOT_NOW);
        }
        long latest = Instant.MAX.getEpochSecond() - LEEWAY.toSeconds();
        return new Verdict(
                null, Instant.ofEpochSecond(Math.min(claims.expires(), latest)).plus(LEEWAY));
    }

    /** Empty when its signature is not of that key, or it claims nothing of use. */
    private Optional<Claims> claims(String hash, AccessToken token, RSAPublicKey key) {
        Optional<Claims> known = remembered(hash, key);
        if (known.isPresent()) {
            return known;
        }
        Optional<Claims> claims = token.isSignedWith(key) ? token.claims() : Optional.empty();
        claims.ifPresent(one -> remember(hash, new Verified(key, one)));
        return claims;
    }

    /** A key may have been replaced by another one of the same name: then it has to be verified anew. */
    private synchronized Optional<Claims> remembered(String hash, RSAPublicKey key) {
        Verified known = verified.get(hash);
        return known != null && known.key().equals(key) ? Optional.of(known.claims()) : Optional.empty();
    }

    private synchronized void remember(String hash, Verified token) {
        verified.put(hash, token);
    }

    /** So that no token lies in the memory for longer than its request. */
    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
