package opencode.nexus.itests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A team at Cloudflare Access whose keys are where those of every team are: the gateway asks for them by their real address
 * and over TLS, through a proxy and with a certificate authority that are given to its Java. Keys of other teams are not there.
 */
final class AccessTeam implements AutoCloseable {
    static final String NAME = "harbour";
    static final String AUDIENCE = "0a".repeat(32);

    private static final String DOMAIN = ".cloudflareaccess.com";
    private static final String PASSWORD = "certificates";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger asked = new AtomicInteger();
    private final KeyPair key = pair();
    private final Path trusted;
    private final HttpsServer server;
    private final ServerSocket proxy;

    AccessTeam(Path directory) throws Exception {
        KeyStore own = certificate(directory.resolve("own.p12"));
        trusted = trust(own, directory.resolve("trusted.p12"));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(threads);
        server.createContext("/cdn-cgi/access/certs", exchange -> {
            asked.incrementAndGet();
            boolean ours = (NAME + DOMAIN).equals(exchange.getRequestHeaders().getFirst("Host"));
            byte[] answer = (ours ? "{\"keys\":[" + jwk() + "]}" : "{}").getBytes(UTF_8);
            exchange.sendResponseHeaders(ours ? 200 : 404, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        threads.execute(this::listen);
    }

    /** What the Java of a gateway has to be given. */
    String options() {
        return "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=" + proxy.getLocalPort() + " -Djavax.net.ssl.trustStore="
                + trusted + " -Djavax.net.ssl.trustStorePassword=" + PASSWORD;
    }

    /** How often keys were asked for, of whatever team. */
    int asked() {
        return asked.get();
    }

    /** A token that ends in an hour. */
    String token() throws Exception {
        return token(key, AUDIENCE);
    }

    String tokenFor(String audience) throws Exception {
        return token(key, audience);
    }

    /** One that names our key and is signed with another. */
    String forged() throws Exception {
        return token(pair(), AUDIENCE);
    }

    private static String token(KeyPair signer, String audience) throws Exception {
        long now = Instant.now().getEpochSecond();
        String text = base64("{\"alg\":\"RS256\",\"kid\":\"one\"}".getBytes(UTF_8)) + "."
                + base64(("{\"iss\":\"https://" + NAME + DOMAIN + "\",\"aud\":[\"" + audience + "\"],\"iat\":" + now
                                + ",\"nbf\":" + now + ",\"exp\":" + (now + 3_600) + "}")
                        .getBytes(UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(signer.getPrivate());
        signature.update(text.getBytes(UTF_8));
        return text + "." + base64(signature.sign());
    }

    private String jwk() {
        RSAPublicKey published = (RSAPublicKey) key.getPublic();
        return "{\"kid\":\"one\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"e\":\""
                + number(published.getPublicExponent()) + "\",\"n\":\"" + number(published.getModulus()) + "\"}";
    }

    private static String number(BigInteger number) {
        return base64(number.toByteArray());
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static KeyPair pair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        return generator.generateKeyPair();
    }

    /** With a tool of Java: in Java itself there is no way to make one. */
    private static KeyStore certificate(Path file) throws Exception {
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "own",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-validity",
                        "2",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "SAN=dns:*" + DOMAIN,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(tool.getInputStream().readAllBytes(), UTF_8);
        if (tool.waitFor() != 0) {
            throw new IOException(output);
        }
        return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    }

    private static Path trust(KeyStore own, Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("test", own.getCertificate("own"));
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        return file;
    }

    private void listen() {
        while (!proxy.isClosed()) {
            try {
                Socket client = proxy.accept();
                threads.execute(() -> tunnel(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    /** Whatever is asked for by {@code CONNECT} is our server. */
    private void tunnel(Socket client) {
        try (client;
                Socket target = new Socket(
                        InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
            StringBuilder header = new StringBuilder();
            while (header.indexOf("\r\n\r\n") < 0) {
                header.append((char) client.getInputStream().read());
            }
            client.getOutputStream().write("HTTP/1.1 200 Connected\r\n\r\n".getBytes(US_ASCII));
            InputStream answers = target.getInputStream();
            threads.execute(() -> pass(answers, client));
            client.getInputStream().transferTo(target.getOutputStream());
        } catch (IOException e) {
            // One of the two has hung up.
        }
    }

    private static void pass(InputStream from, Socket to) {
        try {
            from.transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One of the two has hung up.
        }
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        server.stop(0);
        threads.shutdownNow();
    }
}
