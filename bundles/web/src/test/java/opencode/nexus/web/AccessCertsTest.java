package opencode.nexus.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessCertsTest {
    private static final RSAPublicKey KEY = FakeTeam.publicKey(FakeTeam.OLD);
    private static final String JWK = FakeTeam.jwk(FakeTeam.OLD, KEY);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private ServerSocket server;

    /** What is sent to who asks. */
    @FunctionalInterface
    private interface Talk {
        void to(OutputStream out) throws Exception;
    }

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        over.countDown();
        server.close();
        threads.shutdownNow();
        watch.shutdownNow();
    }

    // ---- how they are fetched ----

    @Test
    void theKeysOfTheTeamAreTaken() throws IOException {
        answer(ok("{\"keys\":[" + JWK + "," + FakeTeam.jwk(FakeTeam.NEW, FakeTeam.publicKey(FakeTeam.NEW))
                + "],\"public_cert\":{\"kid\":\"x\",\"cert\":\"x\"},\"public_certs\":[]}"));

        assertThat(fetch(PATIENCE))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(FakeTeam.OLD, KEY, FakeTeam.NEW, FakeTeam.publicKey(FakeTeam.NEW)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"})
    void aRedirectIsNotFollowed(String status) {
        answer("HTTP/1.1 " + status + "\r\nLocation: " + address() + "/other\r\nContent-Length: 0\r\n\r\n");

        assertFailed(PATIENCE, "status " + status.substring(0, 3));
        assertThat(asked).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"404 Not Found", "403 Forbidden", "500 Error", "503 Busy", "204 Nothing"})
    void anyOtherStatusIsAFailure(String status) {
        answer("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");

        assertFailed(PATIENCE, "status " + status.substring(0, 3));
    }

    @Test
    void aHugeAnswerIsNotReadToItsEnd() {
        String huge = "{\"keys\":[" + JWK + "],\"x\":\"" + "x".repeat(AccessCerts.LARGEST) + "\"}";
        answer(ok(huge));
        assertFailed(PATIENCE, "larger than");

        answer(out -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(US_ASCII));
            while (true) {
                out.write(("1000\r\n" + "x".repeat(0x1000) + "\r\n").getBytes(US_ASCII));
            }
        });
        assertFailed(PATIENCE, "larger than");
    }

    @Test
    void anAnswerOfExactlyTheLimitIsRead() throws IOException {
        String start = "{\"keys\":[" + JWK + "],\"x\":\"";
        answer(ok(start + "x".repeat(AccessCerts.LARGEST - start.length() - 2) + "\"}"));

        assertThat(fetch(PATIENCE)).containsOnlyKeys(FakeTeam.OLD);
    }

    @Test
    void whoSaysNothingIsGivenUp() {
        answer(out -> over.await());

        assertFailed(SHORT, "no whole answer in 300 ms");
    }

    @Test
    void whoSendsTheHeaderOrTheBodyDropByDropIsGivenUp() {
        answer(out -> {
            out.write("HTTP/1.1 200 OK\r\nX-Long: ".getBytes(US_ASCII));
            drip(out);
        });
        assertFailed(SHORT, "no whole answer in 300 ms");

        answer(out -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{\"keys\":[".getBytes(US_ASCII));
            drip(out);
        });
        assertFailed(SHORT, "no whole answer in 300 ms");
    }

    @Test
    void anAnswerThatIsCutOffIsNone() {
        String body = "{\"keys\":[" + JWK + "]}";
        answer("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body.substring(0, body.length() - 1));
        assertFailed(PATIENCE, "");

        answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"keys\":");
        assertFailed(PATIENCE, "");

        answer("SSH-2.0-OpenSSH_9\r\n");
        assertFailed(PATIENCE, "");
    }

    @Test
    void aPortWhereNobodyListensIsAFailure() throws IOException {
        server.close();

        assertFailed(PATIENCE, "");
    }

    // ---- what is a key ----

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"keys\":null}",
                "{\"keys\":[]}",
                "{\"keys\":{}}",
                "{\"keys\":[null,7,\"x\",[],{}]}",
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}",
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"!!\",\"e\":\"AQAB\"}]}",
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":7,\"e\":\"AQAB\"}]}",
                "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}]}",
                "{\"public_cert\":{\"kid\":\"a\",\"cert\":\"x\"}}",
                "<!doctype html><title>Error</title>",
                "{\"keys\":[",
                "\u0000\u0001\u0002"
            })
    void whatHasNoKeyIsAFailure(String body) {
        answer(ok(body));

        assertFailed(PATIENCE, "answer");
    }

    @Test
    void keysThatNobodyShouldRelyOnArePassedOver() throws IOException {
        RSAPublicKey small = (RSAPublicKey) FakeTeam.pair(1_024).getPublic();
        String exponentOne = JWK.replace("\"AQAB\"", "\"AQ\"").replace(FakeTeam.OLD, "one");
        String exponentEven = JWK.replace("\"AQAB\"", "\"AQAA\"").replace(FakeTeam.OLD, "even");
        String exponentHuge =
                JWK.replace("\"AQAB\"", "\"" + "f".repeat(40) + "\"").replace(FakeTeam.OLD, "huge");
        String modulusHuge = "{\"kid\":\"long\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"" + "f".repeat(20_000) + "\"}";
        String encryption = JWK.replace("\"sig\"", "\"enc\"").replace(FakeTeam.OLD, "enc");
        String other = JWK.replace("RS256", "RS512").replace(FakeTeam.OLD, "other");
        String nameless = JWK.replace("\"kid\":\"key-old\",", "");
        answer(ok("{\"keys\":["
                + String.join(
                        ",",
                        FakeTeam.jwk("small", small),
                        exponentOne,
                        exponentEven,
                        exponentHuge,
                        modulusHuge,
                        encryption,
                        other,
                        nameless,
                        JWK)
                + "]}"));

        assertThat(fetch(PATIENCE)).containsOnlyKeys(FakeTeam.OLD);
        assertThat(KEY.getPublicExponent()).isEqualTo(BigInteger.valueOf(65_537));
    }

    @Test
    void anAnswerThatContradictsItselfIsNone() {
        answer(ok("{\"keys\":[" + JWK + "," + FakeTeam.jwk(FakeTeam.OLD, FakeTeam.publicKey(FakeTeam.NEW)) + "]}"));
        assertFailed(PATIENCE, "one name");
        answer(ok("{\"keys\":[" + JWK + "],\"keys\":[" + JWK + "]}"));
        assertFailed(PATIENCE, "not JSON");
        answer(ok("{\"keys\":[" + JWK.replace("\"kty\"", "\"e\":\"AQ\",\"kty\"") + "]}"));
        assertFailed(PATIENCE, "not JSON");
        answer(ok("{\"keys\":[" + JWK + "]} {}"));
        assertFailed(PATIENCE, "not JSON");
    }

    private Map<String, RSAPublicKey> fetch(Duration limit) throws IOException {
        return new AccessCerts(URI.create(address() + "/certs"), limit, watch).fetch();
    }

    private void assertFailed(Duration limit, String reason) {
        assertThatIOException().isThrownBy(() -> fetch(limit)).withMessageContaining(reason);
    }

    private String address() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.getBytes(UTF_8).length
                + "\r\n\r\n" + body;
    }

    private void answer(String text) {
        answer(out -> out.write(text.getBytes(UTF_8)));
    }

    /** Answers the next one who asks. */
    private void answer(Talk talk) {
        threads.execute(() -> {
            try (Socket socket = server.accept()) {
                asked.incrementAndGet();
                readHeader(socket.getInputStream());
                talk.to(socket.getOutputStream());
            } catch (Exception e) {
                // Who asked has hung up, as some of these tests want, or the test is over.
            }
        });
    }

    private void drip(OutputStream out) throws Exception {
        while (!over.await(10, TimeUnit.MILLISECONDS)) {
            out.write('x');
        }
    }

    private static void readHeader(InputStream in) throws IOException {
        StringBuilder header = new StringBuilder();
        while (header.indexOf("\r\n\r\n") < 0) {
            header.append((char) in.read());
        }
    }
}
