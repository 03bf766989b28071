package opencode.nexus.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import opencode.nexus.testkit.FakeExchange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudflareAccessTest {
    private static final String ISSUER = "https://harbour.cloudflareaccess.com";

    private final FakeTeam team = new FakeTeam();
    private final CloudflareAccess access = team.access();

    // ---- tokens ----

    @Test
    void aTokenOfTheApplicationIsLetInAndTheRequestKnowsForHowLong() {
        FakeExchange exchange = visit(team.token());

        assertThat(access.refuse(exchange.request())).isEmpty();
        assertThat(exchange.attribute(CloudflareAccess.UNTIL))
                .isEqualTo(team.clock.instant().plus(Duration.ofHours(1)).plusSeconds(60));
    }

    @Test
    void withoutATokenNothingIsLetIn() {
        FakeExchange exchange = visit();

        assertThat(access.refuse(exchange.request())).hasValue(AccessRefusal.NO_TOKEN);
        assertThat(exchange.attribute(CloudflareAccess.UNTIL)).isNull();
    }

    @Test
    void aCookieIsNoToken() {
        FakeExchange exchange = visit().header("Cookie", "CF_Authorization=" + team.token());

        assertThat(access.refuse(exchange.request())).hasValue(AccessRefusal.NO_TOKEN);
    }

    @Test
    void twoTokensAreNoneEvenTheSameOneTwice() {
        FakeExchange exchange = visit(team.token()).add(CloudflareAccess.TOKEN, team.token());

        assertThat(access.refuse(exchange.request())).hasValue(AccessRefusal.NOT_GENUINE);
        assertRefused(team.token() + ", " + team.token(), AccessRefusal.NOT_GENUINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "RS256 ", ""})
    void noOtherWayOfSigningIsKnown(String algorithm) {
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + FakeTeam.OLD + "\"}";

        assertRefused(FakeTeam.signed(FakeTeam.OLD, header, FakeTeam.object(team.claims())), AccessRefusal.NOT_GENUINE);
    }

    @Test
    void thePublicKeyIsNoSecretThatCouldBeSignedWith() throws GeneralSecurityException {
        String text = FakeTeam.base64(("{\"alg\":\"HS256\",\"kid\":\"" + FakeTeam.OLD + "\"}").getBytes(UTF_8)) + "."
                + FakeTeam.base64(FakeTeam.object(team.claims()).getBytes(UTF_8));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(FakeTeam.publicKey(FakeTeam.OLD).getEncoded(), "HmacSHA256"));

        assertRefused(text + "." + FakeTeam.base64(mac.doFinal(text.getBytes(UTF_8))), AccessRefusal.NOT_GENUINE);
    }

    @Test
    void aTokenWithoutSignatureOrWithThatOfAnotherIsNone() {
        String[] parts = team.token().split("\\.");
        Map<String, String> claims = team.claims();
        claims.put("email", "\"somebody@example.org\"");
        String[] others = team.token(FakeTeam.OLD, claims).split("\\.");

        assertRefused(parts[0] + "." + parts[1] + ".", AccessRefusal.NOT_GENUINE);
        assertRefused(parts[0] + "." + parts[1], AccessRefusal.NOT_GENUINE);
        assertRefused(parts[0] + "." + parts[1] + "." + others[2], AccessRefusal.NOT_GENUINE);
        assertRefused(parts[0] + "." + others[1] + "." + parts[2], AccessRefusal.NOT_GENUINE);
        assertRefused(parts[0] + "." + parts[1] + "." + parts[2].substring(4), AccessRefusal.NOT_GENUINE);
        assertRefused(
                FakeTeam.signed(
                        FakeTeam.NEW,
                        "{\"alg\":\"RS256\",\"kid\":\"" + FakeTeam.OLD + "\"}",
                        FakeTeam.object(team.claims())),
                AccessRefusal.NOT_GENUINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ".",
                "..",
                "a.b.c",
                "....",
                "e30.e30.e30",
                "null.null.null",
                "\u00e9.\u00e9.\u00e9",
                "Bearer x",
                "a=.b=.c="
            })
    void garbageIsNoToken(String token) {
        assertRefused(token, AccessRefusal.NOT_GENUINE);
    }

    @Test
    void whatIsNotWrittenAsItIsSignedIsNoToken() {
        String token = team.token();

        assertRefused(token + "=", AccessRefusal.NOT_GENUINE);
        assertRefused(token + ".", AccessRefusal.NOT_GENUINE);
        assertRefused(token.replaceFirst("\\.", ".\n"), AccessRefusal.NOT_GENUINE);
        assertRefused("!" + token, AccessRefusal.NOT_GENUINE);
        assertRefused("x" + token, AccessRefusal.NOT_GENUINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"RS256\"}",
                "{\"alg\":\"RS256\",\"kid\":\"\"}",
                "{\"alg\":\"RS256\",\"kid\":7}",
                "{\"alg\":\"RS256\",\"kid\":[\"key-old\"]}",
                "{\"kid\":\"key-old\"}",
                "{\"alg\":[\"RS256\"],\"kid\":\"key-old\"}",
                "{\"alg\":\"RS256\",\"kid\":\"key-old\",\"crit\":[\"exp\"]}",
                "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"key-old\"}",
                "{\"alg\":\"RS256\",\"kid\":\"key-old\"} {}",
                "{\"alg\":\"RS256\",\"kid\":\"key-old\"",
                "[{\"alg\":\"RS256\",\"kid\":\"key-old\"}]",
                "\"RS256\"",
                "7"
            })
    void aHeaderThatIsNotOneOfAccessIsRefused(String header) {
        assertRefused(FakeTeam.signed(FakeTeam.OLD, header, FakeTeam.object(team.claims())), AccessRefusal.NOT_GENUINE);
    }

    @Test
    void aTokenThatNestsWithoutEndIsRefused() {
        assertRefused(
                FakeTeam.signed(FakeTeam.OLD, "[".repeat(5_000), FakeTeam.object(team.claims())),
                AccessRefusal.NOT_GENUINE);
        assertRefused(
                team.token(FakeTeam.OLD, "{\"aud\":" + "[".repeat(3_000) + "]".repeat(3_000) + "}"),
                AccessRefusal.NOT_GENUINE);
    }

    @Test
    void aHugeTokenIsNotRead() {
        Map<String, String> claims = team.claims();
        claims.put("groups", "\"" + "x".repeat(AccessToken.LONGEST) + "\"");

        assertRefused(team.token(FakeTeam.OLD, claims), AccessRefusal.NOT_GENUINE);
    }

    // ---- what a token claims ----

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "aud, '[\"" + OTHER + "\"]', OTHER_APPLICATION",
                "aud, '[]', OTHER_APPLICATION",
                "aud, '{}', OTHER_APPLICATION",
                "aud, '\"0a0a\"', OTHER_APPLICATION",
                "aud, 'null', OTHER_APPLICATION",
                "iss, '\"https://other.cloudflareaccess.com\"', NOT_GENUINE",
                "iss, '\"" + ISSUER + "/\"', NOT_GENUINE",
                "iss, '\"HTTPS://harbour.cloudflareaccess.com\"', NOT_GENUINE",
                "iss, '\"http://harbour.cloudflareaccess.com\"', NOT_GENUINE",
                "iss, '[\"" + ISSUER + "\"]', NOT_GENUINE",
                "iss, 'null', NOT_GENUINE",
                "exp, 'null', NOT_GENUINE",
                "exp, '\"9999999999\"', NOT_GENUINE",
                "exp, '1e400', NOT_GENUINE",
                "exp, '99999999999999999999', NOT_GENUINE",
                "exp, 'true', NOT_GENUINE",
                "exp, '-1', NOT_NOW",
                "exp, '-9223372036854775808', NOT_NOW",
                "nbf, '\"0\"', NOT_GENUINE",
                "nbf, 'null', NOT_GENUINE",
                "nbf, '9223372036854775807', NOT_NOW",
                "iat, 'false', NOT_GENUINE"
            })
    void whatIsClaimedHasToFit(String claim, String value, AccessRefusal refusal) {
        Map<String, String> claims = team.claims();
        claims.put(claim, value);

        assertRefused(team.token(FakeTeam.OLD, claims), refusal);
    }

    private static final String OTHER = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

    @ParameterizedTest
    @CsvSource({"iss, NOT_GENUINE", "exp, NOT_GENUINE", "aud, OTHER_APPLICATION"})
    void whatEveryTokenHasMustNotBeMissing(String claim, AccessRefusal refusal) {
        Map<String, String> claims = team.claims();
        claims.remove(claim);

        assertRefused(team.token(FakeTeam.OLD, claims), refusal);
    }

    @Test
    void theAudienceMayBeATextOrOneOfSeveral() {
        Map<String, String> claims = team.claims();
        claims.put("aud", "\"" + FakeTeam.AUDIENCE + "\"");
        assertLetIn(team.token(FakeTeam.OLD, claims));
        claims.put("aud", "[\"" + OTHER + "\",\"" + FakeTeam.AUDIENCE + "\"]");
        assertLetIn(team.token(FakeTeam.OLD, claims));
    }

    @Test
    void aTokenThatNamesOnlyItsEndIsOne() {
        Map<String, String> claims = team.claims();
        claims.remove("nbf");
        claims.remove("iat");
        claims.put("exp", Long.toString(Long.MAX_VALUE));

        assertLetIn(team.token(FakeTeam.OLD, claims));
    }

    @ParameterizedTest
    @ValueSource(strings = {"aud", "exp", "iss", "email"})
    void aClaimThatIsMadeTwiceIsNone(String claim) {
        String claims = FakeTeam.object(team.claims());

        assertRefused(
                team.token(
                        FakeTeam.OLD,
                        claims.replace(
                                "}", ",\"" + claim + "\":" + team.claims().get(claim) + "}")),
                AccessRefusal.NOT_GENUINE);
        assertRefused(team.token(FakeTeam.OLD, claims + "{}"), AccessRefusal.NOT_GENUINE);
    }

    @Test
    void itEndsAMinuteAfterItsEndAndNotBefore() {
        String token = team.token();

        team.clock.advance(Duration.ofHours(1).plusSeconds(59));
        assertLetIn(token);
        team.clock.advance(Duration.ofSeconds(1));
        assertRefused(token, AccessRefusal.NOT_NOW);
        assertRefused(token, AccessRefusal.NOT_NOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nbf", "iat"})
    void itBeginsAMinuteBeforeItsBeginningAndNotEarlier(String claim) {
        Map<String, String> claims = team.claims();
        claims.put(claim, team.in(Duration.ofSeconds(61)));
        String token = team.token(FakeTeam.OLD, claims);

        assertRefused(token, AccessRefusal.NOT_NOW);
        team.clock.advance(Duration.ofSeconds(1));
        assertLetIn(token);
    }

    // ---- keys ----

    @Test
    void aNewKeyIsFetchedWhenSomebodyComesWithIt() {
        String token = team.token(FakeTeam.NEW, team.claims());
        team.clock.advance(AccessKeys.PAUSE);
        team.published.put(FakeTeam.NEW, FakeTeam.publicKey(FakeTeam.NEW));

        assertRefused(token, AccessRefusal.SOON);
        assertLetIn(team.token());
        team.fetch();

        assertLetIn(token);
        assertLetIn(team.token());
    }

    @Test
    void aKeyThatWasWithdrawnIsOfNoUseToATokenThatWasVerified() {
        String token = team.token();
        assertLetIn(token);
        team.clock.advance(AccessKeys.FRESH);
        team.published.clear();
        team.published.put(FakeTeam.NEW, FakeTeam.publicKey(FakeTeam.NEW));
        access.refuse(visit(token).request());
        team.fetch();

        assertRefused(token, AccessRefusal.NOT_GENUINE);
    }

    @Test
    void anotherKeyOfTheSameNameVerifiesAnew() {
        String token = team.token();
        assertLetIn(token);
        team.clock.advance(AccessKeys.FRESH.minusMinutes(1));
        Map<String, String> late = team.claims();
        String later = team.token(FakeTeam.OLD, late);
        assertLetIn(later);
        team.clock.advance(Duration.ofMinutes(1));
        team.published.put(FakeTeam.OLD, FakeTeam.publicKey(FakeTeam.NEW));
        access.refuse(visit(later).request());
        team.fetch();

        assertRefused(later, AccessRefusal.NOT_GENUINE);
    }

    @Test
    void withoutKeysNobodyIsLetInUntilTheyAreThere() {
        team.down = new IOException("no network");
        CloudflareAccess blind = team.access();
        String token = team.token();

        assertThat(blind.refuse(visit(token).request())).hasValue(AccessRefusal.NO_KEYS);
        team.down = null;
        assertThat(blind.refuse(visit(token).request())).hasValue(AccessRefusal.NO_KEYS);
        team.clock.advance(AccessKeys.PAUSE);
        assertThat(blind.refuse(visit(token).request())).hasValue(AccessRefusal.SOON);
        team.fetch();
        assertThat(blind.refuse(visit(token).request())).isEmpty();
    }

    @Test
    void moreTokensThanAreRememberedAreAllVerified() {
        for (int i = 0; i < AccessCheck.REMEMBERED + 10; i++) {
            Map<String, String> claims = team.claims();
            claims.put("sub", "\"" + i + "\"");
            assertLetIn(team.token(FakeTeam.OLD, claims));
        }
        assertLetIn(team.token());
    }

    // ---- settings ----

    @Test
    void withoutSettingsEverythingGoesOn() {
        CloudflareAccess off = team.access(" ", "");

        assertThat(off.refuse(visit().request())).isEmpty();
        assertThat(off.refuse(visit("garbage").request())).isEmpty();
    }

    @Test
    void theDomainOfTheTeamIsItsNameToo() {
        CloudflareAccess domain = team.access(" Harbour.CloudflareAccess.com ", FakeTeam.AUDIENCE.toUpperCase());

        assertThat(domain.refuse(visit(team.token()).request())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"harbour, ''", "'', 0a", "https://harbour.cloudflareaccess.com, 0a", "a/b, 0a", "harbour, 0a0a"})
    void whatDoesNotFitShutsTheDoor(String name, String audience) {
        CloudflareAccess broken = team.access(name, audience);

        assertThat(broken.refuse(visit(team.token()).request())).hasValue(AccessRefusal.BROKEN);
        broken.modified(FakeTeam.settings(FakeTeam.NAME, FakeTeam.AUDIENCE));
        team.fetch();
        assertThat(broken.refuse(visit(team.token()).request())).isEmpty();
    }

    @Test
    void otherSettingsHoldAtOnceAndForgetWhatWasFetchedAndVerified() {
        String token = team.token();
        assertLetIn(token);
        int before = team.fetches;

        access.modified(FakeTeam.settings(FakeTeam.NAME, OTHER));
        assertRefused(token, AccessRefusal.SOON);
        team.fetch();
        assertThat(team.fetches).isEqualTo(before + 1);
        assertRefused(token, AccessRefusal.OTHER_APPLICATION);

        access.modified(FakeTeam.settings("other", FakeTeam.AUDIENCE));
        assertRefused(token, AccessRefusal.SOON);
        team.fetch();
        assertRefused(token, AccessRefusal.NOT_GENUINE);

        access.modified(FakeTeam.settings("", ""));
        assertLetIn("garbage");
        assertThat(team.changes).isEqualTo(3);
    }

    @Test
    void theSameSettingsOnceMoreChangeNothing() {
        int before = team.fetches;

        access.modified(FakeTeam.settings(FakeTeam.NAME, FakeTeam.AUDIENCE));
        team.fetch();

        assertThat(team.fetches).isEqualTo(before);
        assertThat(team.changes).isZero();
        assertLetIn(team.token());
    }

    private void assertLetIn(String token) {
        assertThat(access.refuse(visit(token).request())).isEmpty();
    }

    private void assertRefused(String token, AccessRefusal refusal) {
        FakeExchange exchange = visit(token);
        assertThat(access.refuse(exchange.request())).hasValue(refusal);
        assertThat(exchange.attribute(CloudflareAccess.UNTIL)).isNull();
    }

    private static FakeExchange visit(@Nullable String... token) {
        FakeExchange exchange = new FakeExchange("GET", "/").attribute(Visitor.LISTENER, "tunnel");
        List.of(token).forEach(one -> exchange.add(CloudflareAccess.TOKEN, one));
        return exchange;
    }
}
