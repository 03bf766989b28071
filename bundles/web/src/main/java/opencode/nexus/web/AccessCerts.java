package opencode.nexus.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import opencode.nexus.web.http.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a team at Cloudflare Access, as it publishes them: a set of JSON Web Keys, of which the RSA keys of 2048 bits
 * and more are taken. Only an answer with status 200, of at most 64 KiB and within the limit is read; a redirect is not
 * followed.
 */
final class AccessCerts implements AccessKeys.Source {
    static final int LARGEST = 64 * 1024;
    static final Duration LIMIT = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(AccessCerts.class);
    private static final int FEWEST_BITS = 2_048;
    private static final int MOST_BITS = 8_192;
    private static final int MOST_EXPONENT_BITS = 64;
    private static final int PIECE = 8_192;

    private final URI address;
    private final Duration limit;
    private final ScheduledExecutorService watch;

    /**
     * @param limit for everything, from the first connection to the last byte
     * @param watch ends what takes longer
     */
    AccessCerts(URI address, Duration limit, ScheduledExecutorService watch) {
        this.address = address;
        this.limit = limit;
        this.watch = watch;
    }

    @Override
    public Map<String, RSAPublicKey> fetch() throws IOException {
        long begin = System.nanoTime();
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setConnectTimeout((int) limit.toMillis());
        connection.setReadTimeout((int) limit.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "application/json");
        // The timeouts hold for each piece: an answer that comes drop by drop would never be too late.
        Future<?> end = watch.schedule(connection::disconnect, limit.toMillis(), TimeUnit.MILLISECONDS);
        try {
            byte[] answer = answer(connection, begin);
            return keys(answer);
        } catch (IOException e) {
            throw isOver(begin) ? new IOException("there was no whole answer in " + limit.toMillis() + " ms", e) : e;
        } finally {
            end.cancel(false);
            connection.disconnect();
        }
    }

    private byte[] answer(HttpURLConnection connection, long begin) throws IOException {
        int status = connection.getResponseCode();
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException("the answer has status " + status);
        }
        byte[] answer = new byte[LARGEST + 1];
        int length = 0;
        try (InputStream in = connection.getInputStream()) {
            int read = 0;
            while (read >= 0 && length <= LARGEST && !isOver(begin)) {
                length += read;
                read = in.read(answer, length, Math.min(PIECE, answer.length - length));
            }
        }
        if (length > LARGEST) {
            throw new IOException("the answer is larger than " + LARGEST + " bytes");
        }
        if (isOver(begin)) {
            throw new IOException("too late");
        }
        return Arrays.copyOf(answer, length);
    }

    private boolean isOver(long begin) {
        return System.nanoTime() - begin >= limit.toNanos();
    }

    /** The usable keys of a set by their ids; there is at least one. */
    static Map<String, RSAPublicKey> keys(byte[] set) throws IOException {
        JsonNode all;
        try {
            all = Json.mapper().readTree(set);
        } catch (JsonProcessingException e) {
            throw new IOException("the answer is not JSON", e);
        }
        Map<String, RSAPublicKey> keys = new HashMap<>();
        for (JsonNode one : all.path("keys")) {
            String id = one.path("kid").textValue();
            if (isForTokens(one) && AccessToken.isKeyId(id)) {
                Optional<RSAPublicKey> key = key(one);
                if (key.isPresent() && keys.put(id, key.get()) != null) {
                    throw new IOException("two keys of the answer have one name");
                }
            }
        }
        if (keys.isEmpty()) {
            throw new IOException("there is no key in the answer that can be used");
        }
        return Map.copyOf(keys);
    }

    private static boolean isForTokens(JsonNode key) {
        return "RSA".equals(key.path("kty").textValue())
                && key.path("use").asText("sig").equals("sig")
                && key.path("alg").asText("RS256").equals("RS256");
    }

    /** Empty for one that nobody should rely on. */
    private static Optional<RSAPublicKey> key(JsonNode key) {
        try {
            BigInteger modulus = number(key.path("n"));
            BigInteger exponent = number(key.path("e"));
            boolean sound = modulus.bitLength() >= FEWEST_BITS
                    && modulus.bitLength() <= MOST_BITS
                    && exponent.compareTo(BigInteger.TWO) > 0
                    && exponent.testBit(0)
                    && exponent.bitLength() <= MOST_EXPONENT_BITS;
            return sound
                    ? Optional.of((RSAPublicKey)
                            KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent)))
                    : Optional.empty();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            LOG.debug("A key of Cloudflare Access is none", e);
            return Optional.empty();
        }
    }

    private static BigInteger number(JsonNode base64) {
        return new BigInteger(1, AccessToken.decoded(base64.asText()));
    }
}
