package opencode.nexus.web;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import opencode.nexus.web.http.Json;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A token of Cloudflare Access: a JWT signed with RS256. No other way of signing is known here, whatever a token says of
 * itself, and nothing it claims is read before its signature was verified.
 */
final class AccessToken {
    static final int LONGEST = 8_192;

    private static final Logger LOG = LoggerFactory.getLogger(AccessToken.class);
    private static final int LONGEST_KEY_ID = 200;
    private static final Pattern PARTS =
            Pattern.compile("(?<header>[A-Za-z0-9_-]++)\\.(?<claims>[A-Za-z0-9_-]++)\\.(?<signature>[A-Za-z0-9_-]++)");

    private final String keyId;
    private final byte[] signed;
    private final byte[] claims;
    private final byte[] signature;

    private AccessToken(String keyId, byte[] signed, byte[] claims, byte[] signature) {
        this.keyId = keyId;
        this.signed = signed;
        this.claims = claims;
        this.signature = signature;
    }

    /**
     * What it claims.
     *
     * @param expires the second since 1970 at which it ends
     * @param begins the second before which it is not good
     */
    record Claims(String issuer, Set<String> audiences, long expires, long begins) {}

    /** Empty for what is none, or is signed in another way. */
    static Optional<AccessToken> of(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            JsonNode header = Json.mapper().readTree(decoded(parts.group("header")));
            @Nullable String key = header.path("kid").textValue();
            if (!"RS256".equals(header.path("alg").textValue()) || header.has("crit") || !isKeyId(key)) {
                return Optional.empty();
            }
            return Optional.of(new AccessToken(
                    key,
                    text.substring(0, parts.start("signature") - 1).getBytes(US_ASCII),
                    decoded(parts.group("claims")),
                    decoded(parts.group("signature"))));
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("Something is no token of Cloudflare Access", e);
            return Optional.empty();
        }
    }

    String keyId() {
        return keyId;
    }

    boolean isSignedWith(RSAPublicKey key) {
        try {
            Signature verifier = Signature.getInstance("SHA256withRSA");
            verifier.initVerify(key);
            verifier.update(signed);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            LOG.debug("A signature cannot be verified", e);
            return false;
        }
    }

    /** Empty when something is missing that every token of Access has, or has a form that none has. */
    Optional<Claims> claims() {
        try {
            JsonNode all = Json.mapper().readTree(claims);
            String issuer = all.path("iss").textValue();
            OptionalLong expires = second(all, "exp");
            OptionalLong issued = second(all, "iat");
            OptionalLong begins = second(all, "nbf");
            boolean whole = issuer != null
                    && expires.isPresent()
                    && (issued.isPresent() || !all.has("iat"))
                    && (begins.isPresent() || !all.has("nbf"));
            return whole
                    ? Optional.of(new Claims(
                            issuer,
                            audiences(all.path("aud")),
                            expires.getAsLong(),
                            Math.max(begins.orElse(Long.MIN_VALUE), issued.orElse(Long.MIN_VALUE))))
                    : Optional.empty();
        } catch (IOException e) {
            LOG.debug("What a token of Cloudflare Access claims is not JSON", e);
            return Optional.empty();
        }
    }

    static byte[] decoded(String base64) {
        return Base64.getUrlDecoder().decode(base64);
    }

    static boolean isKeyId(@Nullable String text) {
        return text != null && !text.isEmpty() && text.length() <= LONGEST_KEY_ID;
    }

    private static OptionalLong second(JsonNode claims, String name) {
        JsonNode value = claims.path(name);
        return value.isIntegralNumber() && value.canConvertToLong()
                ? OptionalLong.of(value.longValue())
                : OptionalLong.empty();
    }

    private static Set<String> audiences(JsonNode claim) {
        Set<String> audiences = new HashSet<>();
        if (claim.isTextual()) {
            audiences.add(claim.textValue());
        }
        if (claim.isArray()) {
            claim.forEach(one -> audiences.add(one.asText()));
        }
        return Set.copyOf(audiences);
    }
}
