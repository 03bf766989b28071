package opencode.nexus.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Collectors;
import opencode.nexus.testkit.FakeClock;
import org.jspecify.annotations.Nullable;
import org.osgi.util.converter.Converters;

/** A team at Cloudflare Access with keys of its own, and a Nexus that asks for them. Keys are fetched when a test says so. */
final class FakeTeam {
    static final String NAME = "harbour";
    static final String AUDIENCE = "0a".repeat(32);
    static final String OLD = "key-old";
    static final String NEW = "key-new";

    /** They take long to make. */
    private static final Map<String, KeyPair> PAIRS = Map.of(OLD, pair(2_048), NEW, pair(2_048));

    final FakeClock clock = new FakeClock();

    /** What there is to fetch. */
    final Map<String, RSAPublicKey> published = new HashMap<>(Map.of(OLD, publicKey(OLD)));

    /** How often something was fetched. */
    int fetches;

    /** Why nothing can be fetched. */
    @Nullable
    IOException down;

    /** How often other settings began to hold. */
    int changes;

    private final Queue<Runnable> tasks = new ArrayDeque<>();

    /** Of a Nexus with these settings. Its keys are there. */
    CloudflareAccess access(String team, String audience) {
        CloudflareAccess access =
                new CloudflareAccess(settings(team, audience), clock, ignored -> source(), tasks::add, () -> changes++);
        fetch();
        return access;
    }

    CloudflareAccess access() {
        return access(NAME, AUDIENCE);
    }

    static AccessSettings settings(String team, String audience) {
        return Converters.standardConverter()
                .convert(Map.of("team", team, "audience", audience))
                .to(AccessSettings.class);
    }

    AccessKeys keys() {
        return new AccessKeys(source(), clock, tasks::add);
    }

    private AccessKeys.Source source() {
        return () -> {
            fetches++;
            if (down != null) {
                throw down;
            }
            return Map.copyOf(published);
        };
    }

    /** Fetches what is waited for. */
    void fetch() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    static RSAPublicKey publicKey(String id) {
        return (RSAPublicKey) PAIRS.get(id).getPublic();
    }

    /** A token as Cloudflare makes it, which ends in an hour. */
    String token() {
        return token(OLD, claims());
    }

    /** @param claims as JSON, each value of them */
    String token(String keyId, Map<String, String> claims) {
        return token(keyId, object(claims));
    }

    String token(String keyId, String claims) {
        return signed(keyId, "{\"alg\":\"RS256\",\"kid\":\"" + keyId + "\",\"typ\":\"JWT\"}", claims);
    }

    /** Signed with that key, whatever the header says. */
    static String signed(String keyId, String header, String claims) {
        try {
            String text = base64(header.getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8));
            Signature signer = Signature.getInstance("SHA256withRSA");
            signer.initSign(PAIRS.get(keyId).getPrivate());
            signer.update(text.getBytes(UTF_8));
            return text + "." + base64(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** What a token of Cloudflare claims, to be changed. */
    Map<String, String> claims() {
        return new LinkedHashMap<>(Map.of(
                "iss",
                "\"https://" + NAME + ".cloudflareaccess.com\"",
                "aud",
                "[\"" + AUDIENCE + "\"]",
                "exp",
                in(Duration.ofHours(1)),
                "iat",
                in(Duration.ZERO),
                "nbf",
                in(Duration.ZERO),
                "type",
                "\"app\"",
                "email",
                "\"owner@example.org\""));
    }

    /** A moment as a claim. */
    String in(Duration duration) {
        return Long.toString(clock.instant().plus(duration).getEpochSecond());
    }

    static String object(Map<String, String> values) {
        return values.entrySet().stream()
                .map(value -> "\"" + value.getKey() + "\":" + value.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** As Cloudflare publishes a key. */
    static String jwk(String id, RSAPublicKey key) {
        return "{\"kid\":\"" + id + "\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"e\":\""
                + number(key.getPublicExponent()) + "\",\"n\":\"" + number(key.getModulus()) + "\"}";
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static KeyPair pair(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String number(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return base64(bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
    }
}
